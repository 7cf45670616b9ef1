import type { Snapshot } from '../core/index.ts';
import type { WebStatus } from '../ports/web-status.ts';
import type { OtlpSignalStatus } from './otlp/otlp-status.ts';

/** `stateset`: one sample a state, 1 for the current one. `info`: always 1, facts in its labels. Both are gauges on the wire. */
export type MetricType = 'gauge' | 'counter' | 'stateset' | 'info';

export interface LabelDefinition {
  readonly name: string;
  /** Every value it can have; or, where they cannot be listed, what a value is. */
  readonly values: readonly string[] | string;
}

/** One series of a family. */
export interface Sample {
  /** In the order of the family's labels. */
  readonly labels: readonly string[];
  readonly value: number;
  /**
   * Of a counter: Unix time in milliseconds at which it was zero; absent where that is not known. OTLP sends it,
   * OpenMetrics where `web.created_timestamps` asks for it.
   */
  readonly since?: number;
}

/** What one metric says at one instant: all that a renderer needs. */
export interface Family {
  /** As in the text format; a counter ends in `_total`. */
  readonly name: string;
  readonly help: string;
  readonly type: MetricType;
  readonly unit?: 'seconds' | 'bytes';
  readonly labels: readonly string[];
  readonly samples: readonly Sample[];
}

/** What exporters say about this process and no snapshot knows. */
export interface ExporterContext {
  readonly version: string;
  readonly nodejsVersion: string;
  readonly configLastReloadSuccessful: boolean;
  /** Unix time in milliseconds at which the configuration was last loaded with success; at first at the start. */
  readonly configLastReloadSuccessMs: number;
  /** Writes to the state directory that failed since the start; absent where nothing is kept. */
  readonly stateWriteFailures?: number;
  /** Absent where nothing is served. */
  readonly web?: WebStatus;
  /** One for each signal that is sent over OTLP; absent where none is. */
  readonly otlp?: readonly OtlpSignalStatus[];
}

/** A metric, declared once: exposition, OTLP, documentation and dashboards all read this. */
export interface MetricDefinition {
  readonly name: string;
  /** One sentence without a full stop. */
  readonly help: string;
  readonly type: MetricType;
  readonly unit?: 'seconds' | 'bytes';
  readonly labels: readonly LabelDefinition[];
  /** What is counted, in the singular; for OpenTelemetry, which has it as the unit. */
  readonly counted?: string;
  /** Pure. A fact that is not known gives no sample. */
  readonly samples: (snapshot: Snapshot, context: ExporterContext) => readonly Sample[];
}
