import type { Snapshot } from '../core/index.ts';
import type { NotifyCounts } from '../ports/notify-status.ts';
import type { WebStatus } from '../ports/web-status.ts';
import type { OtlpSignalStatus } from './otlp/otlp-status.ts';

/** `stateset`: one sample a state, 1 for the current one. `info`: always 1, facts in its labels. Both are gauges on the wire. */
export type MetricType = 'gauge' | 'counter' | 'stateset' | 'info';

export interface LabelDefinition {
  readonly name: string;
  /** Every value it can have; or, where they cannot be listed, what a value is. */
  readonly values: readonly string[] | string;
}

/** One series of a subject. */
export interface Sample {
  /** Beyond those that name the subject, in the order of the family's. */
  readonly labels: readonly string[];
  readonly value: number;
}

/** What one metric says of one of its subjects. */
export interface SubjectSamples {
  /** Values of the labels that name it, which come first. */
  readonly names: readonly string[];
  readonly samples: readonly Sample[];
  /**
   * Of a counter: Unix time in milliseconds at which it was zero; absent where that is not known. OTLP sends it,
   * OpenMetrics where `web.created_timestamps` asks for it.
   */
  readonly since?: number | undefined;
}

/** What one metric says at one instant: all that a renderer needs. */
export interface Family extends Pick<MetricDefinition, 'name' | 'help' | 'type' | 'unit'> {
  readonly labels: readonly string[];
  /** Worked out as they are read, so that those of a large fleet are never all there at once. */
  readonly subjects: Iterable<SubjectSamples>;
}

/** One series of a family, with all of its labels. */
export interface Series extends Sample {
  readonly since: number | undefined;
}

export function seriesOf({ subjects }: Pick<Family, 'subjects'>): readonly Series[] {
  return [...subjects].flatMap(({ names, samples, since }) =>
    samples.map(({ labels, value }) => ({ labels: [...names, ...labels], value, since })),
  );
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
  /** Absent where nobody is told. */
  readonly notify?: NotifyCounts;
  /** One for each signal that is sent over OTLP; absent where none is. */
  readonly otlp?: readonly OtlpSignalStatus[];
}

/** A metric, declared once: exposition, OTLP, documentation and dashboards all read this. */
export interface MetricDefinition {
  /** As in the text format; a counter ends in `_total`. */
  readonly name: string;
  /** One sentence without a full stop. */
  readonly help: string;
  readonly type: MetricType;
  readonly unit?: 'seconds' | 'bytes';
  readonly labels: readonly LabelDefinition[];
  /** What is counted, in the singular; for OpenTelemetry, which has it as the unit. */
  readonly counted?: string;
  /** Pure. A fact that is not known gives no sample. */
  readonly subjects: (snapshot: Snapshot, context: ExporterContext) => Iterable<SubjectSamples>;
}

/** What a metric is about: node hosts, gateways, or the exporter itself. */
export interface Subjects<S> {
  /** The labels that name one. */
  readonly labels: readonly LabelDefinition[];
  readonly all: (snapshot: Snapshot) => readonly S[];
  /** Values of its labels. */
  readonly names: (subject: S) => readonly string[];
  /** When its counters were zero, in Unix milliseconds; `undefined` where that is not known. */
  readonly since: (subject: S) => number | undefined;
}

/** A metric as it is declared: what its name says by the conventions of Prometheus is not said again. */
export type DeclaredMetric<S> = Pick<MetricDefinition, 'name' | 'help' | 'counted'> & {
  readonly type?: 'stateset';
  /** Beyond those that name the subject. */
  readonly labels?: readonly LabelDefinition[];
  /** Of a counter that was zero at another time than the others. */
  readonly since?: (subject: S) => number | undefined;
  /** Samples of one subject; their labels are those beyond its name. */
  readonly of: (
    subject: S,
    at: { readonly snapshot: Snapshot; readonly context: ExporterContext },
  ) => readonly Sample[];
};

/** Metrics that each of some subjects has. */
export function metricsOf<S>(
  subjects: Subjects<S>,
  declarations: readonly DeclaredMetric<S>[],
): readonly MetricDefinition[] {
  return declarations.map(({ of, labels = [], since = subjects.since, ...declared }) => {
    const metric = {
      ...saidByName(declared.name),
      ...declared,
      labels: [...subjects.labels, ...labels],
    };
    const isCounter = metric.type === 'counter';
    return {
      ...metric,
      *subjects(snapshot, context) {
        const at = { snapshot, context };
        for (const subject of subjects.all(snapshot)) {
          yield {
            names: subjects.names(subject),
            samples: of(subject, at),
            since: isCounter ? since(subject) : undefined,
          };
        }
      },
    };
  });
}

/** `_total` counts, `_info` has facts in its labels, and the unit stands last. */
function saidByName(name: string): Pick<MetricDefinition, 'type' | 'unit'> {
  const [, unit] = /_(seconds|bytes)(?:_total)?$/.exec(name) ?? [];
  return {
    type: name.endsWith('_total') ? 'counter' : name.endsWith('_info') ? 'info' : 'gauge',
    ...((unit === 'seconds' || unit === 'bytes') && { unit }),
  };
}
