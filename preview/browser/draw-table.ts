import { textColorOn } from '../grafana/color.ts';
import { displayValue, type DisplayContext } from '../grafana/display.ts';
import type { Cell } from '../grafana/frame.ts';
import { rowCount } from '../grafana/frame.ts';
import type { TablePanel } from '../grafana/panel-schema.ts';
import type { TableFieldConfig } from '../grafana/field-config-schema.ts';
import { resolveFields, type ResolvedField } from '../grafana/resolve-fields.ts';
import { compareCells } from '../grafana/transform.ts';
import { formattedText } from '../grafana/value-format.ts';
import type { Draw } from './drawing.ts';
import { drawNothing } from './draw-nothing.ts';
import { element } from './element.ts';
import { linkedText } from './value-link.ts';
import type { Scene } from './scene.ts';

type Column = ResolvedField<TableFieldConfig['defaults']>;

const ROW_HEIGHT_PX = { sm: 36, md: 42, lg: 48 } as const;
const LEAST_COLUMN_WIDTH = 90;

/** The first frame as a table, sorted as the panel says. */
export const drawTable: Draw<TablePanel> = ({ panel, frames, body, box, scene }) => {
  const [frame] = frames;
  const rows = frame === undefined ? 0 : rowCount(frame);
  if (frame === undefined || rows === 0) return drawNothing(body, panel.fieldConfig.defaults.noValue);
  const [resolved = []] = resolveFields([frame], panel.fieldConfig);
  const columns = resolved.filter(({ settings }) => settings.custom?.hidden !== true);
  const display: DisplayContext = {
    nowMs: scene.nowMs,
    timeZone: scene.timeZone,
    defaultColorMode: 'thresholds',
  };
  const order = sortedRows(columns, rows, panel.options.sortBy[0]);
  const [sort] = panel.options.sortBy;
  const head = element('thead', {}, [
    element(
      'tr',
      {},
      columns.map((column) =>
        element('th', {
          class: alignment(column),
          text: `${column.name}${column.name === sort?.displayName ? (sort.desc === true ? ' ↓' : ' ↑') : ''}`,
        }),
      ),
    ),
  ]);
  const tableBody = element(
    'tbody',
    {},
    order.map((row) =>
      element(
        'tr',
        { style: { height: `${ROW_HEIGHT_PX[panel.options.cellHeight]}px` } },
        columns.map((column) => tableCell(column, { row, columns, display, scene })),
      ),
    ),
  );
  const table = element('table', { class: 'data-table' }, [
    columnWidths(columns, box.width),
    ...(panel.options.showHeader ? [head] : []),
    tableBody,
  ]);
  const children: Node[] = [table];
  // Grafana lets one choose; a picture must not hide that there is more.
  if (frames.length > 1) {
    children.push(element('p', { class: 'not-understood', text: `1 of ${frames.length} tables shown` }));
  }
  body.replaceChildren(element('div', { class: 'table-scroll' }, children));
  return frames.length > 1 ? 'not-understood' : 'drawn';
};

function sortedRows(
  columns: readonly Column[],
  rows: number,
  sort: TablePanel['options']['sortBy'][number] | undefined,
): readonly number[] {
  const order = Array.from({ length: rows }, (_, row) => row);
  const column = columns.find(({ name }) => name === sort?.displayName);
  if (column === undefined) return order;
  const direction = sort?.desc === true ? -1 : 1;
  const cellAt = (row: number): Cell => column.field.values[row] ?? null;
  return order.sort((a, b) => direction * compareCells(cellAt(a), cellAt(b)));
}

function columnWidths(columns: readonly Column[], available: number): HTMLElement {
  const fixed = columns.map(({ settings }) => settings.custom?.width);
  const free = fixed.filter((width) => width === undefined).length;
  const rest = available - fixed.reduce<number>((total, width) => total + (width ?? 0), 0);
  const share = Math.max(LEAST_COLUMN_WIDTH, rest / Math.max(1, free));
  return element(
    'colgroup',
    {},
    fixed.map((width) => element('col', { style: { width: `${width ?? share}px` } })),
  );
}

function alignment({ field, settings }: Column): string {
  const align = settings.custom?.align ?? 'auto';
  if (align !== 'auto') return `align-${align}`;
  return field.type === 'number' ? 'align-right' : 'align-left';
}

function tableCell(
  column: Column,
  context: {
    readonly row: number;
    readonly columns: readonly Column[];
    readonly display: DisplayContext;
    readonly scene: Scene;
  },
): HTMLElement {
  const { row, columns, display, scene } = context;
  const textOf = (one: Column): string =>
    formattedText(displayValue(one, one.field.values[row] ?? null, display));
  const shown = displayValue(column, column.field.values[row] ?? null, display);
  const text = formattedText(shown);
  const style = cellColors(column, shown.color);
  const content = linkedText(
    text,
    column.settings.links,
    {
      rowTexts: Object.fromEntries(columns.map((one) => [one.name, textOf(one)])),
      valueText: text,
      valueRaw: String(column.field.values[row] ?? ''),
    },
    scene,
  );
  return element('td', { class: alignment(column), style, data: { column: column.name } }, [content]);
}

function cellColors({ settings }: Column, color: string): Partial<CSSStyleDeclaration> {
  const cell = settings.custom?.cellOptions ?? { type: 'auto' };
  switch (cell.type) {
    case 'auto':
      return {};
    case 'color-text':
      return { color };
    case 'color-background':
      return { background: color, color: textColorOn(color) };
    default:
      return cell satisfies never;
  }
}
