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
  const intervalMs = read('OTEL_METRIC_EXPORT_INTERVAL', { min: 1, max: MAX_MS, otherwise: 60_000 });
  const timeoutMs = read('OTEL_METRIC_EXPORT_TIMEOUT', { min: 1, max: MAX_MS, otherwise: 30_000 });
  return { intervalMs, timeoutMs: Math.min(timeoutMs, intervalMs) };
}

/** The limits of the SDK's batch processors, which our queue takes the place of. */
export function queueLimits(prefix: 'OTEL_BLRP' | 'OTEL_BSP'): QueueLimits {
  const delayMs = prefix === 'OTEL_BLRP' ? 1_000 : 5_000;
  const maxQueueSize = read(`${prefix}_MAX_QUEUE_SIZE`, { min: 1, max: MAX_RECORDS, otherwise: 2_048 });
  const maxBatchSize = read(`${prefix}_MAX_EXPORT_BATCH_SIZE`, { min: 1, max: MAX_RECORDS, otherwise: 512 });
  return {
    delayMs: read(`${prefix}_SCHEDULE_DELAY`, { min: 0, max: MAX_MS, otherwise: delayMs }),
    maxQueueSize,
    maxBatchSize: Math.min(maxBatchSize, maxQueueSize),
    timeoutMs: read(`${prefix}_EXPORT_TIMEOUT`, { min: 1, max: MAX_MS, otherwise: 30_000 }),
  };
}

function read(
  variable: string,
  { min, max, otherwise }: { readonly min: number; readonly max: number; readonly otherwise: number },
): number {
  const found = getNumberFromEnv(variable) ?? otherwise;
  return Math.min(max, found >= min ? Math.floor(found) : otherwise);
}
