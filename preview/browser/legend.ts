import { REDUCER_NAMES, reduceValues } from '../grafana/reduce.ts';
import type { LegendOptions } from '../grafana/panel-schema.ts';
import type { ResolvedField } from '../grafana/resolve-fields.ts';
import type { CommonSettings } from '../grafana/field-config-schema.ts';
import { displayValue, type DisplayContext } from '../grafana/display.ts';
import { formattedText } from '../grafana/value-format.ts';
import { element } from './element.ts';
import { linkedText } from './value-link.ts';
import type { Scene } from './scene.ts';

/** A line of the legend. */
export interface LegendEntry {
  readonly field: ResolvedField<CommonSettings>;
  readonly color: string;
  /** How the line is dashed, px; empty: not. */
  readonly dash: readonly number[];
}

/** The legend as the panel wants it: a list of names, or a table with a calculation in each column. */
export function legend(
  entries: readonly LegendEntry[],
  options: LegendOptions,
  display: DisplayContext,
  scene: Scene,
): HTMLElement {
  return options.displayMode === 'table'
    ? legendTable(entries, options, display, scene)
    : element(
        'div',
        { class: 'legend-list' },
        entries.map((entry) => element('span', { class: 'legend-item' }, nameParts(entry, scene))),
      );
}

function nameParts({ field, color, dash }: LegendEntry, scene: Scene): Node[] {
  const swatch = element('span', { class: 'swatch', style: { background: swatchFill(color, dash) } });
  return [swatch, linkedText(field.name, undefined, {}, scene)];
}

function swatchFill(color: string, [drawn, space]: readonly number[]): string {
  if (drawn === undefined || space === undefined) return color;
  // Grafana's swatches are solid; with the dash of the line one can tell two of a colour apart.
  const length = Math.min(drawn, 6);
  return `repeating-linear-gradient(90deg, ${color} 0 ${length}px, transparent ${length}px ${length + 3}px)`;
}

function legendTable(
  entries: readonly LegendEntry[],
  { calcs, sortBy, sortDesc }: LegendOptions,
  display: DisplayContext,
  scene: Scene,
): HTMLElement {
  const rows = entries.map((entry) => {
    const { field } = entry;
    const values = calcs.map((calc) => reduceValues(field.field.values, calc));
    return { entry, values };
  });
  const column = calcs.findIndex((calc) => REDUCER_NAMES[calc] === sortBy);
  if (sortBy === 'Name') rows.sort((a, b) => a.entry.field.name.localeCompare(b.entry.field.name));
  else if (column >= 0) rows.sort((a, b) => Number(a.values[column] ?? 0) - Number(b.values[column] ?? 0));
  if (sortDesc === true && (column >= 0 || sortBy === 'Name')) rows.reverse();
  const heading = element('tr', {}, [
    element('th', { text: 'Name' }),
    ...calcs.map((calc) =>
      element('th', {
        class: 'number',
        text: `${REDUCER_NAMES[calc]}${REDUCER_NAMES[calc] === sortBy ? (sortDesc === true ? ' ↓' : ' ↑') : ''}`,
      }),
    ),
  ]);
  const body = rows.map(({ entry, values }) =>
    element('tr', {}, [
      element('td', {}, [element('span', { class: 'legend-item' }, nameParts(entry, scene))]),
      ...values.map((value) =>
        element('td', { class: 'number', text: formattedText(displayValue(entry.field, value, display)) }),
      ),
    ]),
  );
  return element('table', { class: 'legend-table' }, [
    element('thead', {}, [heading]),
    element('tbody', {}, body),
  ]);
}
