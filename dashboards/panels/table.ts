import type { DataLink } from '../links.ts';
import { refId, tableQueries } from '../query.ts';
import { common, table, type DynamicConfigValue, type ValueMapping } from '../sdk.ts';
import { byThresholds, forField, thresholds } from './looks.ts';
import { framed, type PanelFrame } from './panel-frame.ts';

type Table = InstanceType<typeof table.PanelBuilder>;

/** A column: a label of any query, or the value of the query with that letter. */
export interface Column {
  readonly from: { readonly label: string } | { readonly valueOf: string };
  readonly title: string;
  readonly widthPx?: number;
  readonly unit?: string;
  readonly decimals?: number;
  readonly mapping?: ValueMapping;
  readonly steps?: Parameters<typeof thresholds>[0];
  /** The colour of `mapping` or `steps` fills the cell; without, it is not shown. */
  readonly colored?: true;
  readonly link?: DataLink;
}

export interface TableOptions extends PanelFrame {
  /** By letter from A on; rows with the same labels are joined. */
  readonly exprs: readonly string[];
  /** From left to right; whatever else the queries return is left out. */
  readonly columns: readonly Column[];
  /** Title of the column that the highest value of comes first. */
  readonly worstFirstBy: string;
}

/** What Grafana calls the column after the queries are joined. */
function sourceName({ from }: Column): string {
  return 'label' in from ? from.label : `Value #${from.valueOf}`;
}

function properties(column: Column): DynamicConfigValue[] {
  const { unit, decimals, mapping, steps, widthPx, colored, link } = column;
  return [
    ...(unit === undefined ? [] : [{ id: 'unit', value: unit }]),
    ...(decimals === undefined ? [] : [{ id: 'decimals', value: decimals }]),
    ...(mapping === undefined ? [] : [{ id: 'mappings', value: [mapping] }]),
    ...(steps === undefined ? [] : [{ id: 'thresholds', value: thresholds(steps).build() }]),
    ...(widthPx === undefined ? [] : [{ id: 'custom.width', value: widthPx }]),
    ...(colored === undefined
      ? []
      : [{ id: 'custom.cellOptions', value: { type: 'color-background', mode: 'basic' } }]),
    ...(link === undefined
      ? []
      : [{ id: 'links', value: [{ title: link.title, url: link.url, targetBlank: false }] }]),
  ];
}

/** A row a thing, joined from several queries as of the end of the time shown. */
export function joinedTable({ exprs, columns, worstFirstBy, ...frame }: TableOptions): Table {
  const shown = columns.map(sourceName);
  const values = exprs.map((_, index) => `Value #${refId(index)}`);
  const hidden = ['Time', ...values].filter((name) => !shown.includes(name));
  return framed(new table.PanelBuilder(), frame)
    .targets(tableQueries(exprs))
    .unit('none')
    .thresholds(thresholds([{ from: null, color: 'text' }]))
    .colorScheme(byThresholds())
    .transformations([
      { id: 'merge', options: {} },
      {
        id: 'organize',
        options: {
          excludeByName: Object.fromEntries(hidden.map((name) => [name, true])),
          includeByName: {},
          indexByName: Object.fromEntries(shown.map((name, index) => [name, index])),
          renameByName: Object.fromEntries(columns.map((column) => [sourceName(column), column.title])),
        },
      },
    ])
    .overrides(
      columns
        .map((column) => forField(column.title, [...properties(column), ...blankCells(frame)]))
        .filter(isUseful),
    )
    .sortBy([new common.TableSortByFieldStateBuilder().displayName(worstFirstBy).desc(true)])
    .showHeader(true)
    .cellHeight(common.TableCellHeight.Sm)
    .filterable(true);
}

/** What the panel says when it is empty would otherwise stand in each empty cell, too. */
function blankCells({ whenEmpty }: PanelFrame): DynamicConfigValue[] {
  return whenEmpty === undefined ? [] : [{ id: 'noValue', value: '' }];
}

function isUseful({ properties }: { readonly properties: readonly unknown[] }): boolean {
  return properties.length > 0;
}
