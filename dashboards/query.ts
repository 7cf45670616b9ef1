import { prometheus } from './sdk.ts';

type Query = InstanceType<typeof prometheus.DataqueryBuilder>;

/** The data source that the dashboard's first variable chooses. */
export const DATA_SOURCE = { type: 'prometheus', uid: '${datasource}' } as const;

/** One query of a panel. `legend` is a text with `{{label}}`s: what a line, a row or a tile is called. */
export interface QuerySource {
  readonly expr: string;
  readonly legend: string;
}

/** `A`, `B` …: what an override or a table calls the query at `index`. */
export function refId(index: number): string {
  return String.fromCharCode('A'.charCodeAt(0) + index);
}

function query({ expr, legend }: QuerySource, index: number): Query {
  return new prometheus.DataqueryBuilder()
    .refId(refId(index))
    .datasource(DATA_SOURCE)
    .editorMode(prometheus.QueryEditorMode.Code)
    .expr(expr)
    .legendFormat(legend);
}

/** Over the time shown. */
export function rangeQueries(queries: readonly QuerySource[]): Query[] {
  return queries.map((one, index) => query(one, index).range());
}

/** At the end of the time shown. */
export function instantQueries(queries: readonly QuerySource[]): Query[] {
  return queries.map((one, index) => query(one, index).instant());
}

/** At the end of the time shown, a row a series. */
export function tableQueries(exprs: readonly string[]): Query[] {
  return exprs.map((expr, index) =>
    query({ expr, legend: '__auto' }, index).instant().format(prometheus.PromQueryFormat.Table),
  );
}
