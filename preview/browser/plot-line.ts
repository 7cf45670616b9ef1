import type { TimeseriesFieldConfig } from '../grafana/field-config-schema.ts';
import type { ResolvedField } from '../grafana/resolve-fields.ts';

/** A line of a graph. */
export interface Line {
  readonly resolved: ResolvedField<TimeseriesFieldConfig['defaults']>;
  readonly timesMs: readonly number[];
  /** Of a range query. */
  readonly stepMs: number | undefined;
  /** `#rrggbb`. */
  readonly color: string;
  /** Lengths of dash and gap, px; empty: not dashed. */
  readonly dash: readonly number[];
}
