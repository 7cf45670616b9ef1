import { type Snapshot, SOURCE_ERROR_KINDS, type SourceSnapshot } from '../core/index.ts';
import { LABELS } from './labels.ts';
import type { ExporterContext, MetricDefinition, Sample } from './metric.ts';
import { OTLP_FAILURE_REASONS, type OtlpSignalStatus } from './otlp/otlp-status.ts';
import { countedSince, one, seconds, unixSeconds } from './readings.ts';

/** A source that is switched off has nothing to report; it is absent rather than down. */
function perSource(snapshot: Snapshot, of: (source: SourceSnapshot) => readonly Sample[]): readonly Sample[] {
  return snapshot.sources.filter((source) => source.enabled).flatMap(of);
}

/** What is counted for this process only, and forgotten with it. */
function sinceStart(snapshot: Snapshot, samples: readonly Sample[]): readonly Sample[] {
  return countedSince(snapshot.observedSince.wallMs, samples);
}

/** Nothing is sent over OTLP unless somebody asked for it; then there is nothing to report either. */
function perSignal(
  { otlp = [] }: ExporterContext,
  of: (status: OtlpSignalStatus) => readonly Sample[],
): readonly Sample[] {
  return otlp.flatMap(of);
}

/** Metrics of the exporter itself; `process_*` and `nodejs_*` come from self-metrics.ts. */
export const EXPORTER_METRICS: readonly MetricDefinition[] = [
  {
    name: 'openclaw_nodehost_exporter_build_info',
    help: 'Version of this exporter and of the Node.js that runs it, in labels',
    type: 'info',
    labels: [LABELS.exporterVersion, LABELS.nodejsVersion],
    samples: (_snapshot, context) => one(1, context.version, context.nodejsVersion),
  },
  {
    name: 'openclaw_nodehost_exporter_source_up',
    help: 'Whether the last look of the source succeeded; absent for a source that is switched off',
    type: 'gauge',
    labels: [LABELS.source],
    samples: (snapshot) => perSource(snapshot, ({ source, up }) => one(up, source)),
  },
  {
    name: 'openclaw_nodehost_exporter_source_last_success_timestamp_seconds',
    help: 'Unix time at which the source last looked with success',
    type: 'gauge',
    unit: 'seconds',
    labels: [LABELS.source],
    samples: (snapshot) =>
      perSource(snapshot, ({ source, lastSuccess }) => one(unixSeconds(lastSuccess), source)),
  },
  {
    name: 'openclaw_nodehost_exporter_source_duration_seconds',
    help: 'Time that the last look of the source took',
    type: 'gauge',
    unit: 'seconds',
    labels: [LABELS.source],
    samples: (snapshot) =>
      perSource(snapshot, ({ source, lastDurationMs }) => one(seconds(lastDurationMs), source)),
  },
  {
    name: 'openclaw_nodehost_exporter_source_errors_total',
    help: 'Looks of the source that failed, by kind of error',
    type: 'counter',
    labels: [LABELS.source, LABELS.errorKind],
    counted: 'error',
    samples: (snapshot) =>
      sinceStart(
        snapshot,
        perSource(snapshot, ({ source, errors }) =>
          SOURCE_ERROR_KINDS.map((kind) => ({ labels: [source, kind], value: errors[kind] })),
        ),
      ),
  },
  {
    name: 'openclaw_nodehost_exporter_nodes_dropped_total',
    help: 'Node hosts that were ever left unwatched because there were more than the limit allows',
    type: 'counter',
    counted: 'node',
    labels: [],
    samples: (snapshot) => countedSince(snapshot.nodesDroppedSince, one(snapshot.nodesDropped)),
  },
  {
    name: 'openclaw_nodehost_exporter_nodes_unwatched',
    help: 'Node hosts that are left unwatched now because there are more than the limit allows',
    type: 'gauge',
    counted: 'node',
    labels: [],
    samples: (snapshot) => one(snapshot.nodesUnwatched),
  },
  {
    name: 'openclaw_nodehost_exporter_observed_since_timestamp_seconds',
    help: 'Unix time since which this process of the exporter has been looking',
    type: 'gauge',
    unit: 'seconds',
    labels: [],
    samples: (snapshot) => one(unixSeconds(snapshot.observedSince)),
  },
  {
    name: 'openclaw_nodehost_exporter_clock_seconds',
    help: 'Unix time by the clock of the exporter at this scrape',
    type: 'gauge',
    unit: 'seconds',
    labels: [],
    samples: (snapshot) => one(unixSeconds(snapshot.at)),
  },
  {
    name: 'openclaw_nodehost_exporter_config_last_reload_successful',
    help: 'Whether the last attempt to load the configuration succeeded',
    type: 'gauge',
    labels: [],
    samples: (_snapshot, context) => one(context.configLastReloadSuccessful),
  },
  {
    name: 'openclaw_nodehost_exporter_config_last_reload_success_timestamp_seconds',
    help: 'Unix time at which the configuration was last loaded with success, at the start or later',
    type: 'gauge',
    unit: 'seconds',
    labels: [],
    samples: (_snapshot, context) => one(context.configLastReloadSuccessMs / 1_000),
  },
  {
    name: 'openclaw_nodehost_exporter_state_write_failures_total',
    help: 'Writes to the state directory that failed; what they held would be lost if the exporter were restarted',
    type: 'counter',
    labels: [],
    counted: 'failure',
    samples: (snapshot, { stateWriteFailures }) => sinceStart(snapshot, one(stateWriteFailures)),
  },
  {
    name: 'openclaw_nodehost_exporter_web_config_last_reload_successful',
    help: 'Whether the web config file and the files that it names are in force as they are now; absent without one',
    type: 'gauge',
    labels: [],
    samples: (_snapshot, { web }) => one(web?.config?.isLastReloadSuccessful),
  },
  {
    name: 'openclaw_nodehost_exporter_web_config_last_reload_success_timestamp_seconds',
    help: 'Unix time at which what is in force of the web config file was read; absent without one',
    type: 'gauge',
    unit: 'seconds',
    labels: [],
    samples: (_snapshot, { web }) => one(seconds(web?.config?.loadedMs)),
  },
  {
    name: 'openclaw_nodehost_exporter_web_certificate_expiry_timestamp_seconds',
    help: 'Unix time at which the certificate that the exporter serves expires; absent without TLS',
    type: 'gauge',
    unit: 'seconds',
    labels: [],
    samples: (_snapshot, { web }) => one(seconds(web?.config?.certificateNotAfterMs)),
  },
  {
    name: 'openclaw_nodehost_exporter_http_refusals_total',
    help: 'Clients of the exporter that got no page, by reason; absent where it serves nothing',
    type: 'counter',
    labels: [LABELS.refusalReason],
    counted: 'refusal',
    samples: (snapshot, { web }) =>
      sinceStart(
        snapshot,
        [...(web?.refusals ?? [])].map(([reason, count]) => ({ labels: [reason], value: count })),
      ),
  },
  {
    name: 'openclaw_nodehost_exporter_otlp_up',
    help: 'Whether the collector took the last OTLP request, by signal; absent without OTLP, and until one was answered',
    type: 'gauge',
    labels: [LABELS.otlpSignal],
    samples: (_snapshot, context) => perSignal(context, ({ signal, up }) => one(up, signal)),
  },
  {
    name: 'openclaw_nodehost_exporter_otlp_exports_total',
    help: 'OTLP requests that the collector took, by signal; absent without OTLP',
    type: 'counter',
    labels: [LABELS.otlpSignal],
    counted: 'request',
    samples: (snapshot, context) =>
      sinceStart(
        snapshot,
        perSignal(context, ({ signal, exports }) => one(exports, signal)),
      ),
  },
  {
    name: 'openclaw_nodehost_exporter_otlp_failures_total',
    help: 'OTLP requests that the collector did not take, by signal and reason; absent without OTLP',
    type: 'counter',
    labels: [LABELS.otlpSignal, LABELS.otlpFailureReason],
    counted: 'failure',
    samples: (snapshot, context) =>
      sinceStart(
        snapshot,
        perSignal(context, ({ signal, failures }) =>
          OTLP_FAILURE_REASONS.map((reason) => ({ labels: [signal, reason], value: failures[reason] })),
        ),
      ),
  },
  {
    name: 'openclaw_nodehost_exporter_otlp_dropped_total',
    help: 'State changes and outages that will never be sent over OTLP, because the queue was full or the collector refused them for good; absent without OTLP',
    type: 'counter',
    labels: [LABELS.otlpQueuedSignal],
    counted: 'record',
    samples: (snapshot, context) =>
      sinceStart(
        snapshot,
        perSignal(context, ({ signal, dropped }) => one(dropped, signal)),
      ),
  },
];
