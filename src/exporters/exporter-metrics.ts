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
    otel: { name: 'openclaw.nodehost.exporter.build_info', unit: '1', kind: 'gauge' },
    samples: (_snapshot, context) => one(1, context.version, context.nodejsVersion),
  },
  {
    name: 'openclaw_nodehost_exporter_source_up',
    help: 'Whether the last look of the source succeeded; absent for a source that is switched off',
    type: 'gauge',
    labels: [LABELS.source],
    otel: { name: 'openclaw.nodehost.exporter.source.up', unit: '1', kind: 'gauge' },
    samples: (snapshot) => perSource(snapshot, ({ source, up }) => one(up, source)),
  },
  {
    name: 'openclaw_nodehost_exporter_source_last_success_timestamp_seconds',
    help: 'Unix time at which the source last looked with success',
    type: 'gauge',
    unit: 'seconds',
    labels: [LABELS.source],
    otel: { name: 'openclaw.nodehost.exporter.source.last_success', unit: 's', kind: 'gauge' },
    samples: (snapshot) =>
      perSource(snapshot, ({ source, lastSuccess }) => one(unixSeconds(lastSuccess), source)),
  },
  {
    name: 'openclaw_nodehost_exporter_source_duration_seconds',
    help: 'Time that the last look of the source took',
    type: 'gauge',
    unit: 'seconds',
    labels: [LABELS.source],
    otel: { name: 'openclaw.nodehost.exporter.source.duration', unit: 's', kind: 'gauge' },
    samples: (snapshot) =>
      perSource(snapshot, ({ source, lastDurationMs }) => one(seconds(lastDurationMs), source)),
  },
  {
    name: 'openclaw_nodehost_exporter_source_errors_total',
    help: 'Looks of the source that failed, by kind of error',
    type: 'counter',
    labels: [LABELS.source, LABELS.errorKind],
    otel: { name: 'openclaw.nodehost.exporter.source.errors', unit: '{error}', kind: 'counter' },
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
    otel: { name: 'openclaw.nodehost.exporter.nodes.dropped', unit: '{node}', kind: 'counter' },
    labels: [],
    samples: (snapshot) => countedSince(snapshot.nodesDroppedSince, one(snapshot.nodesDropped)),
  },
  {
    name: 'openclaw_nodehost_exporter_nodes_unwatched',
    help: 'Node hosts that are left unwatched now because there are more than the limit allows',
    type: 'gauge',
    otel: { name: 'openclaw.nodehost.exporter.nodes.unwatched', unit: '{node}', kind: 'gauge' },
    labels: [],
    samples: (snapshot) => one(snapshot.nodesUnwatched),
  },
  {
    name: 'openclaw_nodehost_exporter_observed_since_timestamp_seconds',
    help: 'Unix time since which this process of the exporter has been looking',
    type: 'gauge',
    unit: 'seconds',
    labels: [],
    otel: { name: 'openclaw.nodehost.exporter.observed_since', unit: 's', kind: 'gauge' },
    samples: (snapshot) => one(unixSeconds(snapshot.observedSince)),
  },
  {
    name: 'openclaw_nodehost_exporter_clock_seconds',
    help: 'Unix time by the clock of the exporter at this scrape',
    type: 'gauge',
    unit: 'seconds',
    labels: [],
    otel: { name: 'openclaw.nodehost.exporter.clock', unit: 's', kind: 'gauge' },
    samples: (snapshot) => one(unixSeconds(snapshot.at)),
  },
  {
    name: 'openclaw_nodehost_exporter_config_last_reload_successful',
    help: 'Whether the last attempt to load the configuration succeeded',
    type: 'gauge',
    labels: [],
    otel: { name: 'openclaw.nodehost.exporter.config.last_reload_successful', unit: '1', kind: 'gauge' },
    samples: (_snapshot, context) => one(context.configLastReloadSuccessful),
  },
  {
    name: 'openclaw_nodehost_exporter_config_last_reload_success_timestamp_seconds',
    help: 'Unix time at which the configuration was last loaded with success, at the start or later',
    type: 'gauge',
    unit: 'seconds',
    labels: [],
    otel: { name: 'openclaw.nodehost.exporter.config.last_reload_success', unit: 's', kind: 'gauge' },
    samples: (_snapshot, context) => one(context.configLastReloadSuccessMs / 1_000),
  },
  {
    name: 'openclaw_nodehost_exporter_state_write_failures_total',
    help: 'Writes to the state directory that failed; what they held would be lost if the exporter were restarted',
    type: 'counter',
    labels: [],
    otel: { name: 'openclaw.nodehost.exporter.state.write_failures', unit: '{failure}', kind: 'counter' },
    samples: (snapshot, { stateWriteFailures }) => sinceStart(snapshot, one(stateWriteFailures)),
  },
  {
    name: 'openclaw_nodehost_exporter_web_config_last_reload_successful',
    help: 'Whether the web config file and the files that it names are in force as they are now; absent without one',
    type: 'gauge',
    labels: [],
    otel: { name: 'openclaw.nodehost.exporter.web_config.last_reload_successful', unit: '1', kind: 'gauge' },
    samples: (_snapshot, { web }) => one(web?.config?.isLastReloadSuccessful),
  },
  {
    name: 'openclaw_nodehost_exporter_web_config_last_reload_success_timestamp_seconds',
    help: 'Unix time at which what is in force of the web config file was read; absent without one',
    type: 'gauge',
    unit: 'seconds',
    labels: [],
    otel: { name: 'openclaw.nodehost.exporter.web_config.last_reload_success', unit: 's', kind: 'gauge' },
    samples: (_snapshot, { web }) => one(seconds(web?.config?.loadedMs)),
  },
  {
    name: 'openclaw_nodehost_exporter_web_certificate_expiry_timestamp_seconds',
    help: 'Unix time at which the certificate that the exporter serves expires; absent without TLS',
    type: 'gauge',
    unit: 'seconds',
    labels: [],
    otel: { name: 'openclaw.nodehost.exporter.web_certificate.expiry', unit: 's', kind: 'gauge' },
    samples: (_snapshot, { web }) => one(seconds(web?.config?.certificateNotAfterMs)),
  },
  {
    name: 'openclaw_nodehost_exporter_http_refusals_total',
    help: 'Clients of the exporter that got no page, by reason; absent where it serves nothing',
    type: 'counter',
    labels: [LABELS.refusalReason],
    otel: { name: 'openclaw.nodehost.exporter.http.refusals', unit: '{refusal}', kind: 'counter' },
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
    otel: { name: 'openclaw.nodehost.exporter.otlp.up', unit: '1', kind: 'gauge' },
    samples: (_snapshot, context) => perSignal(context, ({ signal, up }) => one(up, signal)),
  },
  {
    name: 'openclaw_nodehost_exporter_otlp_exports_total',
    help: 'OTLP requests that the collector took, by signal; absent without OTLP',
    type: 'counter',
    labels: [LABELS.otlpSignal],
    otel: { name: 'openclaw.nodehost.exporter.otlp.exports', unit: '{request}', kind: 'counter' },
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
    otel: { name: 'openclaw.nodehost.exporter.otlp.failures', unit: '{failure}', kind: 'counter' },
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
    otel: { name: 'openclaw.nodehost.exporter.otlp.dropped', unit: '{record}', kind: 'counter' },
    samples: (snapshot, context) =>
      sinceStart(
        snapshot,
        perSignal(context, ({ signal, dropped }) => one(dropped, signal)),
      ),
  },
];
