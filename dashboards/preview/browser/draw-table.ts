import { FieldType, getFieldDisplayName, type Field } from '@grafana/data';
import type { CustomOf } from '../read-dashboard.ts';
import type { Drawing } from './drawing.ts';
import { element, linkedText } from './element.ts';
import { filled, shown } from './fields.ts';

/** The first frame as a table, the greatest first of what the panel sorts by. */
export function drawTable({ panel, frames, body }: Drawing<'table'>): void {
  const [frame] = frames;
  const [{ displayName: sortedBy }] = panel.options.sortBy;
  const columns = (frame?.fields ?? []).map((field): Column => {
    const custom = (field.config.custom ?? {}) as CustomOf<'table'>;
    return { field, custom, name: getFieldDisplayName(field, frame) };
  });
  const heads = columns.map(({ name, field, custom: { width } }) =>
    element('th', {
      class: alignment(field),
      text: name === sortedBy ? `${name} ↓` : name,
      style: width === undefined ? {} : { width: `${width}px` },
    }),
  );
  const keys = columns.find(({ name }) => name === sortedBy)?.field.values ?? [];
  const rows = Array.from({ length: frame?.length ?? 0 }, (_, row) => row)
    .sort((a, b) => Number(keys[b]) - Number(keys[a]))
    .map((row) =>
      element(
        'tr',
        {},
        columns.map((column) => tableCell(column, row)),
      ),
    );
  const table = element('table', { class: 'data-table' }, [
    element('thead', {}, [element('tr', {}, heads)]),
    element('tbody', {}, rows),
  ]);
  // Grafana lets one choose; a picture must not hide that there is more.
  const more = element('p', { class: 'not-understood', text: `1 of ${frames.length} tables shown` });
  body.replaceChildren(table, ...(frames.length > 1 ? [more] : []));
}

interface Column {
  readonly field: Field;
  readonly name: string;
  readonly custom: CustomOf<'table'>;
}

function alignment({ type }: Field): string {
  return type === FieldType.number ? 'number' : '';
}

function tableCell({ field, name, custom }: Column, row: number): HTMLElement {
  const { text, color } = shown(field, field.values[row]);
  const style = custom.cellOptions === undefined ? {} : filled(color);
  return element('td', { class: alignment(field), style, data: { column: name } }, [
    linkedText(text, field.getLinks?.({ valueRowIndex: row })),
  ]);
}
