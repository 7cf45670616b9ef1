import { type Snapshot, SOURCE_ERROR_KINDS, type SourceSnapshot } from '../core/index.ts';
import { NOTIFY_OUTCOMES } from '../ports/notify-status.ts';
import { LABELS } from './labels.ts';
import { metricsOf, type Sample, type Subjects } from './metric.ts';
import { OTLP_FAILURE_REASONS } from './otlp/otlp-status.ts';
import { one, seconds, unixSeconds } from './readings.ts';

/** A source that is switched off has nothing to report; it is absent rather than down. */
function perSource(snapshot: Snapshot, of: (source: SourceSnapshot) => readonly Sample[]): readonly Sample[] {
  return snapshot.sources.filter((source) => source.enabled).flatMap(of);
}

/** There is one; what it counts is counted for this process only, and forgotten with it. */
const EXPORTER: Subjects<Snapshot> = {
  labels: [],
  all: (snapshot) => [snapshot],
  names: () => [],
  since: ({ observedSince }) => observedSince.wallMs,
};

/** Metrics of the exporter itself; `process_*` and `nodejs_*` come from self-metrics.ts. */
export const EXPORTER_METRICS = metricsOf(EXPORTER, [
  {
    name: 'openclaw_nodehost_exporter_build_info',
    help: 'Version of this exporter and of the Node.js that runs it, in labels',
    labels: [LABELS.exporterVersion, LABELS.nodejsVersion],
    of: (_exporter, { context }) => one(1, context.version, context.nodejsVersion),
  },
  {
    name: 'openclaw_nodehost_exporter_source_up',
    help: 'Whether the last look of the source succeeded; absent for a source that is switched off',
    labels: [LABELS.source],
    of: (snapshot) => perSource(snapshot, ({ source, up }) => one(up, source)),
  },
  {
    name: 'openclaw_nodehost_exporter_source_last_success_timestamp_seconds',
    help: 'Unix time at which the source last looked with success',
    labels: [LABELS.source],
    of: (snapshot) => perSource(snapshot, ({ source, lastSuccess }) => one(unixSeconds(lastSuccess), source)),
  },
  {
    name: 'openclaw_nodehost_exporter_source_duration_seconds',
    help: 'Time that the last look of the source took',
    labels: [LABELS.source],
    of: (snapshot) =>
      perSource(snapshot, ({ source, lastDurationMs }) => one(seconds(lastDurationMs), source)),
  },
  {
    name: 'openclaw_nodehost_exporter_source_errors_total',
    help: 'Looks of the source that failed, by kind of error',
    labels: [LABELS.source, LABELS.errorKind],
    counted: 'error',
    of: (snapshot) =>
      perSource(snapshot, ({ source, errors }) =>
        SOURCE_ERROR_KINDS.map((kind) => ({ labels: [source, kind], value: errors[kind] })),
      ),
  },
  {
    name: 'openclaw_nodehost_exporter_log_gaps_total',
    help: 'Times that lines of a log may have been lost: it was rotated, truncated or deleted, and nothing proves that it was read to its end; absent for a source that is switched off',
    labels: [LABELS.logSource],
    counted: 'gap',
    of: (snapshot) => perSource(snapshot, ({ source, gaps }) => one(gaps, source)),
  },
  {
    name: 'openclaw_nodehost_exporter_nodes_dropped_total',
    help: 'Node hosts that were ever left unwatched because there were more than the limit allows',
    counted: 'node',
    since: ({ nodesDroppedSince }) => nodesDroppedSince,
    of: ({ nodesDropped }) => one(nodesDropped),
  },
  {
    name: 'openclaw_nodehost_exporter_nodes_unwatched',
    help: 'Node hosts that are left unwatched now because there are more than the limit allows',
    counted: 'node',
    of: (snapshot) => one(snapshot.nodesUnwatched),
  },
  {
    name: 'openclaw_nodehost_exporter_recovery_exhausted',
    help: 'Node hosts that restarts by this exporter did not keep well, and that are left to a person; absent where recovery is off',
    counted: 'node',
    of: ({ nodes }) => {
      const recovered = nodes.flatMap(({ recovery }) => recovery ?? []);
      return recovered.length === 0 ? [] : one(recovered.filter(({ isExhausted }) => isExhausted).length);
    },
  },
  {
    name: 'openclaw_nodehost_exporter_recovery_paused',
    help: 'Whether somebody has paused recovery; absent where recovery is off',
    of: ({ nodes }) => {
      const recovery = nodes.find((node) => node.recovery !== undefined)?.recovery;
      return recovery === undefined ? [] : one(recovery.pause !== undefined);
    },
  },
  {
    name: 'openclaw_nodehost_exporter_observed_since_timestamp_seconds',
    help: 'Unix time since which this process of the exporter has been looking',
    of: (snapshot) => one(unixSeconds(snapshot.observedSince)),
  },
  {
    name: 'openclaw_nodehost_exporter_clock_seconds',
    help: 'Unix time by the clock of the exporter at this scrape',
    of: (snapshot) => one(unixSeconds(snapshot.at)),
  },
  {
    name: 'openclaw_nodehost_exporter_config_last_reload_successful',
    help: 'Whether the last attempt to load the configuration succeeded',
    of: (_exporter, { context }) => one(context.configLastReloadSuccessful),
  },
  {
    name: 'openclaw_nodehost_exporter_config_last_reload_success_timestamp_seconds',
    help: 'Unix time at which the configuration was last loaded with success, at the start or later',
    of: (_exporter, { context }) => one(context.configLastReloadSuccessMs / 1_000),
  },
  {
    name: 'openclaw_nodehost_exporter_state_write_failures_total',
    help: 'Writes to the state directory that failed; what they held would be lost if the exporter were restarted',
    counted: 'failure',
    of: (_exporter, { context: { stateWriteFailures } }) => one(stateWriteFailures),
  },
  {
    name: 'openclaw_nodehost_exporter_notify_deliveries_total',
    help: 'Messages to the webhook and the program, and calls of the dead man’s URL, by whether they were taken; absent for whom the configuration does not name',
    labels: [LABELS.notifyTarget, LABELS.notifyOutcome],
    counted: 'delivery',
    of: (_exporter, { context: { notify } }) =>
      [...(notify ?? [])].flatMap(([target, counts]) =>
        NOTIFY_OUTCOMES.map((outcome) => ({ labels: [target, outcome], value: counts[outcome] })),
      ),
  },
  {
    name: 'openclaw_nodehost_exporter_web_config_last_reload_successful',
    help: 'Whether the web config file and the files that it names are in force as they are now; absent without one',
    of: (_exporter, { context: { web } }) => one(web?.config?.isLastReloadSuccessful),
  },
  {
    name: 'openclaw_nodehost_exporter_web_config_last_reload_success_timestamp_seconds',
    help: 'Unix time at which what is in force of the web config file was read; absent without one',
    of: (_exporter, { context: { web } }) => one(seconds(web?.config?.loadedMs)),
  },
  {
    name: 'openclaw_nodehost_exporter_web_certificate_expiry_timestamp_seconds',
    help: 'Unix time at which the certificate that the exporter serves expires; absent without TLS',
    of: (_exporter, { context: { web } }) => one(seconds(web?.config?.certificateNotAfterMs)),
  },
  {
    name: 'openclaw_nodehost_exporter_http_refusals_total',
    help: 'Clients of the exporter that got no page, by reason; absent where it serves nothing',
    labels: [LABELS.refusalReason],
    counted: 'refusal',
    of: (_exporter, { context: { web } }) =>
      [...(web?.refusals ?? [])].map(([reason, count]) => ({ labels: [reason], value: count })),
  },
  {
    name: 'openclaw_nodehost_exporter_otlp_up',
    help: 'Whether the collector took the last OTLP request, by signal; absent without OTLP, and until one was answered',
    labels: [LABELS.otlpSignal],
    of: (_exporter, { context: { otlp = [] } }) => otlp.flatMap(({ signal, up }) => one(up, signal)),
  },
  {
    name: 'openclaw_nodehost_exporter_otlp_exports_total',
    help: 'OTLP requests that the collector took, by signal; absent without OTLP',
    labels: [LABELS.otlpSignal],
    counted: 'request',
    of: (_exporter, { context: { otlp = [] } }) =>
      otlp.flatMap(({ signal, exports }) => one(exports, signal)),
  },
  {
    name: 'openclaw_nodehost_exporter_otlp_failures_total',
    help: 'OTLP requests that the collector did not take, by signal and reason; absent without OTLP',
    labels: [LABELS.otlpSignal, LABELS.otlpFailureReason],
    counted: 'failure',
    of: (_exporter, { context: { otlp = [] } }) =>
      otlp.flatMap(({ signal, failures }) =>
        OTLP_FAILURE_REASONS.map((reason) => ({ labels: [signal, reason], value: failures[reason] })),
      ),
  },
  {
    name: 'openclaw_nodehost_exporter_otlp_dropped_total',
    help: 'State changes and outages that will never be sent over OTLP, because the queue was full or the collector refused them for good; absent without OTLP',
    labels: [LABELS.otlpQueuedSignal],
    counted: 'record',
    of: (_exporter, { context: { otlp = [] } }) =>
      otlp.flatMap(({ signal, dropped }) => one(dropped, signal)),
  },
]);
