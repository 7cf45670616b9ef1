import type { SpanContext } from '@opentelemetry/api';
import { LoggerProvider, type ReadWriteLogRecord } from '@opentelemetry/sdk-logs';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { AlwaysOnSampler, TracerProvider, type ReadableSpan } from '@opentelemetry/sdk-trace';
import type { NodeSnapshot, Snapshot, Transition } from '../../core/index.ts';
import type { ExporterContext } from '../metric.ts';
import { CatalogueProducer } from './catalogue-producer.ts';
import { DeliveryQueue, type After } from './delivery-queue.ts';
import { messageOf, type NetworkReasonOf } from './export-failure.ts';
import { LinkedMetricExporter } from './linked-metric-exporter.ts';
import { logExporter, metricExporter, spanExporter } from './official-exporters.ts';
import type { OtlpQueueLimits, OtlpSettings, OtlpTarget } from './otlp-settings.ts';
import { OTLP_SIGNALS, type OtlpSignal, type OtlpSignalStatus } from './otlp-status.ts';
import { outageOf } from './outage.ts';
import { GivenIds, sendOutage } from './outage-span.ts';
import { traceOf } from './outage-trace.ts';
import { resourceOf, SERVICE_NAME } from './resource.ts';
import { sendBatch, type BatchExporter } from './send-batch.ts';
import { SignalLink, type LinkEvents } from './signal-link.ts';
import { stateChangeEvent } from './state-change-event.ts';
import { scrubberFor } from './target-scrubber.ts';

/**
 * Points in one request. Collectors take 4 MiB over gRPC unless told otherwise, and a request is written in one go while
 * `/livez` waits: at this size some 15 ms, without the optimising compilers (docs/decisions/0003).
 */
const POINTS_PER_REQUEST = 500;
/** More than the 128 that the SDK keeps: as many as there are transitions in the ring. */
const EVENTS_PER_SPAN = 200;

export interface OtlpExporterOptions {
  readonly settings: OtlpSettings;
  readonly version: string;
  readonly serviceInstanceId: string;
  readonly snapshot: () => Snapshot;
  readonly context: () => ExporterContext;
  /** As in `CatalogueProducerOptions`. */
  readonly isReady: () => boolean;
  readonly events: LinkEvents & {
    /** A signal that cannot be sent at all, because something that it needs cannot be had. */
    cannotSend(signal: OtlpSignal, message: string): void;
  };
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
  /** Sends what waits, and the metrics once more. May take as long as a collector that does not answer. */
  shutdown(): Promise<void>;
}

/** One of the three, running. */
interface RunningSignal {
  readonly link: SignalLink;
  readonly emit?: (change: StateChange) => void;
  shutdown(): Promise<void>;
}

interface StateChange {
  readonly transition: Transition;
  readonly node: NodeSnapshot;
  readonly outage:
    { readonly value: NonNullable<ReturnType<typeof outageOf>>; readonly ids: SpanContext } | undefined;
}

/** Real time; no timer keeps the process alive. */
const systemAfter: After = (ms, callback) => {
  const timer = setTimeout(callback, ms).unref();
  return () => {
    clearTimeout(timer);
  };
};

/** Starts to send. Loads the SDK, so this module is to be imported only when something is to be sent. */
export async function startOtlpExporter(options: OtlpExporterOptions): Promise<OtlpExporter> {
  const { settings, events, serviceInstanceId } = options;
  const resource = await resourceOf({
    version: options.version,
    serviceInstanceId,
    given: settings.resourceAttributes,
  });
  const start: Readonly<
    Record<OtlpSignal, (target: OtlpTarget, link: SignalLink) => Promise<RunningSignal>>
  > = {
    metrics: (target, link) => startMetrics({ target, link, options, resource }),
    logs: (target, link) => startLogs({ target, link, options, resource }),
    traces: (target, link) => startTraces({ target, link, options, resource }),
  };

  const signals: RunningSignal[] = [];
  for (const signal of OTLP_SIGNALS) {
    const target = settings.targets[signal];
    if (target === undefined) continue;
    const scrub = scrubberFor(target);
    const link = new SignalLink({
      signal,
      endpoint: publicEndpoint(target),
      events,
      networkReasonOf: options.networkReasonOf,
      scrub,
    });
    try {
      signals.push(await start[signal](target, link));
    } catch (error: unknown) {
      events.cannotSend(signal, scrub(messageOf(error)));
    }
  }

  return {
    status: () => signals.map(({ link }) => link.status),
    transition(transition, node) {
      const outage = outageOf(node);
      const change: StateChange = {
        transition,
        node,
        outage: outage && { value: outage, ids: traceOf(outage, node, serviceInstanceId) },
      };
      for (const { emit } of signals) emit?.(change);
    },
    async shutdown() {
      await Promise.allSettled(signals.map((signal) => signal.shutdown()));
    },
  };
}

interface StartSignal {
  readonly target: OtlpTarget;
  readonly link: SignalLink;
  readonly options: OtlpExporterOptions;
  readonly resource: Awaited<ReturnType<typeof resourceOf>>;
}

async function startMetrics({ target, link, options, resource }: StartSignal): Promise<RunningSignal> {
  const { settings, version, snapshot, context } = options;
  const exporter = new LinkedMetricExporter(await metricExporter(target, userAgent(version)), link);
  const producer = new CatalogueProducer({
    scope: { name: SERVICE_NAME, version },
    context,
    isReady: options.isReady,
    snapshot: () => {
      exporter.begin();
      return snapshot();
    },
  });
  const provider = new MeterProvider({
    resource,
    readers: [
      new PeriodicExportingMetricReader({
        exporter,
        exportIntervalMillis: settings.metrics.intervalMs,
        exportTimeoutMillis: settings.metrics.timeoutMs,
        metricProducers: [producer],
        maxExportBatchSize: POINTS_PER_REQUEST,
      }),
    ],
  });
  return { link, shutdown: () => provider.shutdown() };
}

async function startLogs({ target, link, options, resource }: StartSignal): Promise<RunningSignal> {
  const { settings, version, after = systemAfter } = options;
  const exporter = await logExporter(target, userAgent(version));
  const queue = queueTo<ReadWriteLogRecord>({ exporter, link, limits: settings.logs, after });
  const provider = new LoggerProvider({
    resource,
    processors: [
      {
        onEmit: (record) => {
          queue.add(record);
        },
        forceFlush: () => queue.flush(),
        shutdown: () => closeBoth(queue, exporter),
      },
    ],
  });
  const logger = provider.getLogger(SERVICE_NAME, version);
  return {
    link,
    emit: ({ transition, node, outage }) => {
      logger.emit(stateChangeEvent(transition, node, outage?.ids));
    },
    shutdown: () => provider.shutdown(),
  };
}

async function startTraces({ target, link, options, resource }: StartSignal): Promise<RunningSignal> {
  const { settings, version, after = systemAfter } = options;
  const exporter = await spanExporter(target, userAgent(version));
  const queue = queueTo<ReadableSpan>({ exporter, link, limits: settings.traces, after });
  const ids = new GivenIds();
  const provider = new TracerProvider({
    resource,
    idGenerator: ids,
    // Outages are few, and each matters.
    sampler: new AlwaysOnSampler(),
    spanLimits: { eventCountLimit: EVENTS_PER_SPAN },
    spanProcessors: [
      {
        onStart: () => undefined,
        onEnd: (span) => {
          queue.add(span);
        },
        forceFlush: () => queue.flush(),
        shutdown: () => closeBoth(queue, exporter),
      },
    ],
  });
  const tracer = provider.getTracer(SERVICE_NAME, version);
  return {
    link,
    emit: ({ node, outage }) => {
      if (outage === undefined) return;
      const { value, ids: context } = outage;
      if (value.end !== undefined) sendOutage({ ...value, end: value.end }, { node, tracer, ids, context });
    },
    shutdown: () => provider.shutdown(),
  };
}

function queueTo<T>({
  exporter,
  link,
  limits,
  after,
}: {
  readonly exporter: BatchExporter<T>;
  readonly link: SignalLink;
  readonly limits: OtlpQueueLimits;
  readonly after: After;
}): DeliveryQueue<T> {
  return new DeliveryQueue<T>({
    limits,
    after,
    send: (batch) => sendBatch(batch, { exporter, link, timeoutMs: limits.timeoutMs, after }),
    onDropped: (records) => {
      link.dropped(records);
    },
  });
}

async function closeBoth(
  queue: { close(): Promise<void> },
  exporter: { shutdown(): Promise<void> },
): Promise<void> {
  await queue.close();
  await exporter.shutdown();
}

function userAgent(version: string): string {
  return `${SERVICE_NAME}/${version}`;
}

/** Without credentials, which may be before the host or in the query. */
function publicEndpoint({ endpoint }: OtlpTarget): string {
  const url = URL.parse(endpoint);
  if (url === null || url.protocol === 'unix:') return endpoint;
  return `${url.protocol}//${url.host}${url.pathname === '/' ? '' : url.pathname}`;
}
