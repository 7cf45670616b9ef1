import { fieldReducers, reduceField, type Field } from '@grafana/data';
import type { CustomOf, PanelOf } from '../read-dashboard.ts';
import { element } from './element.ts';
import { shown } from './fields.ts';

/** A line of a graph. */
export interface Line {
  readonly field: Field;
  readonly name: string;
  readonly color: string;
  readonly custom: CustomOf<'timeseries'>;
}

/** The names of the lines with a calculation in each column, the greatest of the sorted one first. */
export function plotLegend(
  lines: readonly Line[],
  { calcs, sortBy }: PanelOf<'timeseries'>['options']['legend'],
): HTMLElement {
  const names = calcs.map((calc) => fieldReducers.get(calc).name);
  const valuesOf = (field: Field): readonly unknown[] => {
    const reduced = reduceField({ field, reducers: calcs });
    return calcs.map((calc) => reduced[calc] as unknown);
  };
  const column = names.indexOf(sortBy);
  const heads = names.map((name) =>
    element('th', { class: 'number', text: name === sortBy ? `${name} ↓` : name }),
  );
  const rows = lines
    .map((line) => ({ line, values: valuesOf(line.field) }))
    .toSorted((a, b) => Number(b.values[column] ?? 0) - Number(a.values[column] ?? 0))
    .map(({ line, values }) => {
      const name = element('td', { class: 'cut' }, [swatch(line), element('span', { text: line.name })]);
      const cells = values.map((value) =>
        element('td', { class: 'number', text: shown(line.field, value).text }),
      );
      return element('tr', {}, [name, ...cells]);
    });
  const table = element('table', {}, [
    element('thead', {}, [element('tr', {}, [element('th', { text: 'Name' }), ...heads])]),
    element('tbody', {}, rows),
  ]);
  return element('div', { class: 'legend' }, [table]);
}

/** Grafana's are solid; with the dash of the line one can tell two of a colour apart. */
function swatch({ color, custom: { lineStyle } }: Line): HTMLElement {
  const borderTop = `4px ${lineStyle === undefined ? 'solid' : 'dashed'} ${color}`;
  return element('span', { class: 'swatch', style: { borderTop } });
}
