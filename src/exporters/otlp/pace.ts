import { getNumberFromEnv } from '@opentelemetry/core';

/** How logs or spans wait for the collector. */
export interface QueueLimits {
  /** How long the first one waits for company. */
  readonly delayMs: number;
  /** More than these are not kept; the oldest go first. */
  readonly maxQueueSize: number;
  /** In one request. */
  readonly maxBatchSize: number;
  /** After which a request counts as failed whatever becomes of it. */
  readonly timeoutMs: number;
}

/** setTimeout cannot wait longer than 24 days. */
const MAX_MS = 86_400_000;
const MAX_RECORDS = 65_536;

/** How often metrics are sent, by the standard variables; the defaults are the specification's. */
export function metricTimes(): { readonly intervalMs: number; readonly timeoutMs: number } {
  const intervalMs = read('OTEL_METRIC_EXPORT_INTERVAL', 60_000, { max: MAX_MS });
  const timeoutMs = read('OTEL_METRIC_EXPORT_TIMEOUT', 30_000, { max: intervalMs });
  return { intervalMs, timeoutMs };
}

/** The limits of the SDK's batch processors, which our queue takes the place of. */
export function queueLimits(prefix: 'OTEL_BLRP' | 'OTEL_BSP'): QueueLimits {
  const delayMs = prefix === 'OTEL_BLRP' ? 1_000 : 5_000;
  const maxQueueSize = read(`${prefix}_MAX_QUEUE_SIZE`, 2_048, { max: MAX_RECORDS });
  return {
    delayMs: read(`${prefix}_SCHEDULE_DELAY`, delayMs, { min: 0, max: MAX_MS }),
    maxQueueSize,
    maxBatchSize: read(`${prefix}_MAX_EXPORT_BATCH_SIZE`, 512, { max: maxQueueSize }),
    timeoutMs: read(`${prefix}_EXPORT_TIMEOUT`, 30_000, { max: MAX_MS }),
  };
}

function read(variable: string, otherwise: number, { min = 1, max }: { min?: number; max: number }): number {
  const found = getNumberFromEnv(variable) ?? otherwise;
  return Math.min(max, found >= min ? Math.floor(found) : otherwise);
}
