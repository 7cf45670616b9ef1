import type { PanelOf } from '../read-dashboard.ts';
import { element } from './element.ts';
import { reduced, reducerName, type DrawnField } from './fields.ts';

/** A line of a graph. */
export interface Line extends DrawnField {
  readonly color: string;
  /** Lengths of dash and gap, px; empty: not dashed. */
  readonly dash: readonly number[];
}

/** The names of the lines with a calculation in each column, the greatest of the sorted one first. */
export function plotLegend(
  lines: readonly Line[],
  { calcs, sortBy }: PanelOf<'timeseries'>['options']['legend'],
): HTMLElement {
  const names = calcs.map(reducerName);
  const column = names.indexOf(sortBy ?? '');
  const rows = lines.map((line) => ({ line, values: calcs.map((calc) => reduced(line.field, calc)) }));
  const keyOf = ({ values }: (typeof rows)[number]): number => Number(values[column]?.value ?? 0);
  const heads = names.map((name) =>
    element('th', { class: 'number', text: name === sortBy ? `${name} ↓` : name }),
  );
  const body = rows
    .toSorted((a, b) => keyOf(b) - keyOf(a))
    .map(({ line, values }) => {
      const name = element('td', { class: 'cut' }, [swatch(line), element('span', { text: line.name })]);
      return element('tr', {}, [name, ...values.map(({ text }) => element('td', { class: 'number', text }))]);
    });
  return element('table', { class: 'legend' }, [
    element('thead', {}, [element('tr', {}, [element('th', { text: 'Name' }), ...heads])]),
    element('tbody', {}, body),
  ]);
}

function swatch({ color, dash: [drawn] }: Line): HTMLElement {
  // Grafana's swatches are solid; with the dash of the line one can tell two of a colour apart.
  const end = `${Math.min(drawn ?? 0, 6)}px`;
  const dashed = `repeating-linear-gradient(90deg, ${color} 0 ${end}, transparent ${end} calc(${end} + 3px))`;
  return element('span', { class: 'swatch', style: { background: drawn === undefined ? color : dashed } });
}
