/** One cell of a frame. Times are milliseconds since 1970. */
export type Cell = number | string | null;

export type Labels = Readonly<Record<string, string>>;

/** What a query or a transformation already knows about the name and the spacing of a field. */
export interface FieldFacts {
  /** A transformation named it. Wins over everything. */
  readonly displayName?: string;
  /** The query named it (`legendFormat`). */
  readonly displayNameFromDs?: string;
  /** Step of the range query, ms: a longer distance between two points is a gap. */
  readonly stepMs?: number;
}

/** A column, in Grafana's words: a field. */
export interface Field {
  readonly name: string;
  readonly type: 'time' | 'number' | 'string';
  readonly labels?: Labels;
  readonly values: readonly Cell[];
  readonly facts: FieldFacts;
}

/** A table of fields of one length: the result of one query, or one of its series. */
export interface Frame {
  readonly refId: string;
  readonly name?: string;
  readonly fields: readonly Field[];
}

/** Number of rows. */
export function rowCount(frame: Frame): number {
  return frame.fields[0]?.values.length ?? 0;
}

/** The same frame with its rows in another order, or fewer of them. */
export function pickRows(frame: Frame, rows: readonly number[]): Frame {
  return {
    ...frame,
    fields: frame.fields.map((field) => ({ ...field, values: rows.map((row) => field.values[row] ?? null) })),
  };
}

/** Whether nothing is in it that a panel could draw. */
export function isEmpty(frames: readonly Frame[]): boolean {
  return frames.every((frame) => rowCount(frame) === 0);
}
