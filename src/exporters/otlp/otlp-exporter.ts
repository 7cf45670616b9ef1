import { logs, trace, type SpanContext } from '@opentelemetry/api';
import type { LogRecordProcessor, ReadWriteLogRecord } from '@opentelemetry/sdk-logs';
import { PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import type { NodeSDKConfiguration } from '@opentelemetry/sdk-node';
import { AlwaysOnSampler, type ReadableSpan, type SpanProcessor } from '@opentelemetry/sdk-trace';
import type { NodeSnapshot, RecoveryStep, Snapshot, Transition } from '../../core/index.ts';
import { systemAfter, type After } from '../../runtime/after.ts';
import { catalogueProducer, type Telling } from './catalogue-producer.ts';
import { EntityEvents } from './entity-events.ts';
import type { NetworkReasonOf } from './export-failure.ts';
import { messageOf } from '../../runtime/error-parts.ts';
import { inEnvironment } from './in-environment.ts';
import { LinkedMetricExporter } from './linked-metric-exporter.ts';
import { officialExporters } from './official-exporters.ts';
import type { OtlpCollector, OtlpProtocol, OtlpSettings } from './otlp-settings.ts';
import { OTLP_SIGNALS, type OtlpSignal, type OtlpSignalStatus } from './otlp-status.ts';
import { outageOf } from './outage.ts';
import { GivenIds, sendOutage, traceOf } from './outage-span.ts';
import { metricTimes, queueLimits } from './pace.ts';
import { queueTo } from './queue-to.ts';
import { resourceOf, SCHEMA_URL, SERVICE_NAME } from './resource.ts';
import { listenToComplaints, startSdk } from './running-sdk.ts';
import { SignalLink } from './signal-link.ts';
import { recoveryEvent, stateChangeEvent } from './node-host-event.ts';
import { scrubberFor, type Scrub } from './collector-scrubber.ts';
import type { Telemetry } from '../../telemetry/telemetry.ts';

/**
 * Points in one request. Collectors take 4 MiB over gRPC unless told otherwise, and a request is written in one go while
 * `/livez` waits: at this size some 15 ms, without the optimising compilers (docs/decisions/0003).
 */
const POINTS_PER_REQUEST = 500;
/** How often is looked whether a node has to be reported. */
const ENTITY_REVIEW_MS = 10_000;
/** More than the 128 that the SDK keeps: as many as there are transitions in the ring. */
const EVENTS_PER_SPAN = 200;

export interface OtlpExporterOptions extends Telling {
  readonly settings: OtlpSettings;
  readonly version: string;
  readonly serviceInstanceId: string;
  readonly telemetry: Pick<Telemetry, 'otlpLinkUp' | 'otlpLinkDown' | 'otlpCannotSend' | 'otlpComplained'>;
  readonly networkReasonOf: NetworkReasonOf;
  /** Timers of queues and of requests in them; real time unless told otherwise. */
  readonly after?: After;
}

/** Everything that is sent over OTLP. */
export interface OtlpExporter {
  /** Of each signal that is sent, in the order of `OTLP_SIGNALS`. */
  status(): readonly OtlpSignalStatus[];
  /**
   * A change of state as it happens. Costs memory, waits for nothing.
   *
   * @param node as it is right after the change
   */
  transition(transition: Transition, node: NodeSnapshot): void;
  /** A step of recovery as it is taken; as `transition`. */
  recovery(step: RecoveryStep, node: NodeSnapshot): void;
  /** Sends what waits, and the metrics once more. May take as long as a collector that does not answer. */
  shutdown(): Promise<void>;
}

/** One of the three: what the SDK is started with for it, and what it does from then on. */
interface Signal {
  readonly link: SignalLink;
  readonly parts: Partial<NodeSDKConfiguration>;
  /** To be asked for once the SDK runs. */
  readonly emitter?: () => Emitter;
  /** Sends what waits. Idempotent; never rejects. */
  readonly close?: () => Promise<void>;
}

/** What a signal makes of what happens. */
interface Emitter {
  transition(change: StateChange): void;
  recovery?(step: RecoveryStep, node: NodeSnapshot, outage: SpanContext | undefined): void;
}

interface StateChange {
  readonly transition: Transition;
  readonly node: NodeSnapshot;
  readonly outage:
    { readonly value: NonNullable<ReturnType<typeof outageOf>>; readonly ids: SpanContext } | undefined;
}

/** Starts to send. Loads the SDK, so this module is to be imported only when something is to be sent. */
export async function startOtlpExporter(options: OtlpExporterOptions): Promise<OtlpExporter> {
  const { settings, telemetry, serviceInstanceId, networkReasonOf } = options;
  const complaints = listenToComplaints();
  const resource = await resourceOf({
    version: options.version,
    serviceInstanceId,
    variables: settings.variables,
  });
  const scrubs: Scrub[] = [];
  const signals = OTLP_SIGNALS.flatMap((signal): readonly Signal[] => {
    const collector = settings.collectors[signal];
    if (collector === undefined) return [];
    const scrub = scrubberFor(collector);
    scrubs.push(scrub);
    const { endpoint } = collector;
    const link = new SignalLink({ signal, endpoint, telemetry, networkReasonOf, scrub });
    try {
      return [inEnvironment(settings.variables, () => PREPARE[signal](collector, link, options))];
    } catch (error: unknown) {
      telemetry.otlpCannotSend({ signal, message: scrub(messageOf(error)) });
      return [];
    }
  });
  for (const complaint of complaints.end())
    telemetry.otlpComplained({ message: scrubs.reduce((text, scrub) => scrub(text), complaint) });

  const parts = signals.reduce<Partial<NodeSDKConfiguration>>(
    (all, signal) => ({ ...all, ...signal.parts }),
    { resource },
  );
  const sdk = inEnvironment(settings.variables, () => startSdk(parts));
  const emitters = signals.flatMap(({ emitter }) => (emitter === undefined ? [] : [emitter()]));
  return {
    status: () => signals.map(({ link }) => link.status),
    transition(transition, node) {
      const outage = outageOf(node);
      const change: StateChange = {
        transition,
        node,
        outage: outage && { value: outage, ids: traceOf(outage, node, serviceInstanceId) },
      };
      for (const emitter of emitters) emitter.transition(change);
    },
    recovery(step, node) {
      const outage = outageOf(node);
      const ids = outage && traceOf(outage, node, serviceInstanceId);
      for (const emitter of emitters) emitter.recovery?.(step, node, ids);
    },
    async shutdown() {
      // The SDK stops waiting at the first signal that fails; the queues are waited for in any case.
      await Promise.allSettled([sdk.shutdown(), ...signals.map(({ close }) => close?.())]);
    },
  };
}

const PREPARE: Readonly<
  Record<OtlpSignal, (collector: OtlpCollector, link: SignalLink, options: OtlpExporterOptions) => Signal>
> = { metrics: prepareMetrics, logs: prepareLogs, traces: prepareTraces };

function prepareMetrics(
  { protocol }: OtlpCollector,
  link: SignalLink,
  { version, snapshot, context, isReady }: OtlpExporterOptions,
): Signal {
  const exporter = new LinkedMetricExporter(exportersOf(protocol, version).metrics(), link);
  const scope = { name: SERVICE_NAME, version, schemaUrl: SCHEMA_URL };
  const begun = (): Snapshot => {
    exporter.begin();
    return snapshot();
  };
  const producer = catalogueProducer(scope, { snapshot: begun, context, isReady });
  const { intervalMs, timeoutMs } = metricTimes();
  const reader = new PeriodicExportingMetricReader({
    exporter,
    exportIntervalMillis: intervalMs,
    exportTimeoutMillis: timeoutMs,
    metricProducers: [producer],
    maxExportBatchSize: POINTS_PER_REQUEST,
  });
  return { link, parts: { metricReaders: [reader] } };
}

function prepareLogs(
  { protocol }: OtlpCollector,
  link: SignalLink,
  { version, snapshot, isReady, after = systemAfter }: OtlpExporterOptions,
): Signal {
  const exporter = exportersOf(protocol, version).logs();
  const limits = queueLimits('OTEL_BLRP');
  const { queue, ends } = queueTo<ReadWriteLogRecord>(exporter, { link, limits, after });
  let cancelReview: (() => void) | undefined;
  const processor: LogRecordProcessor = {
    onEmit: (record) => queue.add(record),
    ...ends,
  };
  return {
    link,
    parts: { logRecordProcessors: [processor] },
    emitter: () => {
      const logger = logs.getLogger(SERVICE_NAME, version, { schemaUrl: SCHEMA_URL });
      const entities = new EntityEvents();
      const review = (): void => {
        if (isReady()) for (const event of entities.review(snapshot())) logger.emit(event);
        cancelReview = after(ENTITY_REVIEW_MS, review);
      };
      review();
      return {
        transition: ({ transition, node, outage }) =>
          logger.emit(stateChangeEvent(transition, node, outage?.ids)),
        recovery: (step, node, outage) => logger.emit(recoveryEvent(step, node, outage)),
      };
    },
    close: () => {
      cancelReview?.();
      return queue.close();
    },
  };
}

function prepareTraces(
  { protocol }: OtlpCollector,
  link: SignalLink,
  { version, after = systemAfter }: OtlpExporterOptions,
): Signal {
  const exporter = exportersOf(protocol, version).traces();
  const limits = queueLimits('OTEL_BSP');
  const { queue, ends } = queueTo<ReadableSpan>(exporter, { link, limits, after });
  const ids = new GivenIds();
  const processor: SpanProcessor = {
    onStart: () => undefined,
    onEnd: (span) => queue.add(span),
    ...ends,
  };
  return {
    link,
    parts: {
      idGenerator: ids,
      // Outages are few, and each matters.
      sampler: new AlwaysOnSampler(),
      spanLimits: { eventCountLimit: EVENTS_PER_SPAN },
      spanProcessors: [processor],
    },
    emitter: () => {
      const tracer = trace.getTracerProvider().getTracer(SERVICE_NAME, version, { schemaUrl: SCHEMA_URL });
      return {
        transition: ({ node, outage }) => {
          if (outage?.value.end === undefined) return;
          const { value, ids: context } = outage;
          sendOutage({ ...value, end: outage.value.end }, { node, tracer, ids, context });
        },
      };
    },
    close: () => queue.close(),
  };
}

function exportersOf(protocol: OtlpProtocol, version: string): ReturnType<typeof officialExporters> {
  return officialExporters(protocol, `${SERVICE_NAME}/${version}`);
}
