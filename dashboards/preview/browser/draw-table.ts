import type { Drawing } from './drawing.ts';
import { element, linkedText } from './element.ts';
import { customOf, fieldsOf, isNumber, shown, textOn, type DrawnField } from './fields.ts';

const ROW_HEIGHT = 36;
const LEAST_COLUMN_WIDTH = 90;

/** The first frame as a table, sorted as the panel says. */
export function drawTable({ panel, frames, body, box }: Drawing<'table'>): void {
  const columns = fieldsOf(frames.slice(0, 1), () => true);
  const [sort] = panel.options.sortBy;
  const arrow = sort?.desc === true ? ' ↓' : ' ↑';
  const heads = columns.map((column) => {
    const text = `${column.name}${column.name === sort?.displayName ? arrow : ''}`;
    return element('th', { class: alignment(column), text });
  });
  const rows = sortedRows(columns, sort).map((row) =>
    element(
      'tr',
      { box: { height: ROW_HEIGHT } },
      columns.map((column) => tableCell(column, row)),
    ),
  );
  const table = element('table', { class: 'data-table' }, [
    element('colgroup', {}, columnWidths(columns, box.width)),
    element('thead', {}, [element('tr', {}, heads)]),
    element('tbody', {}, rows),
  ]);
  // Grafana lets one choose; a picture must not hide that there is more.
  const more = element('p', { class: 'not-understood', text: `1 of ${frames.length} tables shown` });
  body.replaceChildren(
    element('div', { class: 'table-scroll' }, frames.length > 1 ? [table, more] : [table]),
  );
}

function sortedRows(
  columns: readonly DrawnField[],
  sort: Drawing<'table'>['panel']['options']['sortBy'][number] | undefined,
): readonly number[] {
  const order = Array.from({ length: columns[0]?.frame.length ?? 0 }, (_, row) => row);
  const field = columns.find(({ name }) => name === sort?.displayName)?.field;
  const direction = sort?.desc === true ? -1 : 1;
  return order.sort((a, b) => direction * compare(field?.values[a], field?.values[b]));
}

function compare(a: unknown, b: unknown): number {
  return typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b));
}

function columnWidths(columns: readonly DrawnField[], available: number): readonly HTMLElement[] {
  const fixed = columns.map((column) => customOf(column).width);
  const rest = available - fixed.reduce<number>((total, width) => total + (width ?? 0), 0);
  const share = Math.max(LEAST_COLUMN_WIDTH, rest / fixed.filter((width) => width === undefined).length);
  return fixed.map((width) => element('col', { box: { width: width ?? share } }));
}

function alignment({ field }: DrawnField): string {
  return isNumber(field) ? 'number' : '';
}

function tableCell(column: DrawnField, row: number): HTMLElement {
  const { field, name } = column;
  const { text, color } = shown(field, field.values[row]);
  const isColored = customOf(column).cellOptions?.type === 'color-background';
  const style = isColored ? { background: color, color: textOn(color) } : {};
  return element('td', { class: `cut ${alignment(column)}`, style, data: { column: name } }, [
    linkedText(text, field.getLinks?.({ valueRowIndex: row }) ?? []),
  ]);
}
