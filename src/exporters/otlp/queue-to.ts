import { ExportResultCode, type ExportResult } from '@opentelemetry/core';
import type { After } from '../../runtime/after.ts';
import { DeliveryQueue, type Delivery } from './delivery-queue.ts';
import type { QueueLimits } from './pace.ts';
import type { SignalLink } from './signal-link.ts';

/** What log and span exporters have in common. */
interface BatchExporter<T> {
  export(batch: T[], done: (result: ExportResult) => void): void;
  shutdown(): Promise<void>;
}

export interface QueueToOptions {
  readonly link: SignalLink;
  readonly limits: QueueLimits;
  readonly after: After;
}

/** A queue to an exporter, and how a processor of the SDK ends with both. */
export function queueTo<T>(exporter: BatchExporter<T>, options: QueueToOptions) {
  const { limits, after, link } = options;
  const queue = new DeliveryQueue<T>({
    limits,
    after,
    send: (batch) => sendBatch(batch, exporter, options),
    onDropped: (records) => link.dropped(records),
  });
  const shutdown = async (): Promise<void> => {
    await queue.close();
    await exporter.shutdown();
  };
  return { queue, ends: { forceFlush: () => queue.flush(), shutdown } };
}

/** One request. Never rejects; an exporter that does not answer in time has failed. */
function sendBatch<T>(
  batch: readonly T[],
  exporter: BatchExporter<T>,
  { link, limits: { timeoutMs }, after }: QueueToOptions,
): Promise<Delivery> {
  return new Promise((resolve) => {
    let isDone = false;
    const finish = (result: ExportResult): void => {
      if (isDone) return;
      isDone = true;
      cancel();
      const failure = link.answered(result);
      resolve(failure === undefined ? 'taken' : failure.isFinal ? 'refused' : 'failed');
    };
    const fail = (error: Error): void => finish({ code: ExportResultCode.FAILED, error });
    const cancel = after(timeoutMs, () => fail(new Error(`timed out after ${timeoutMs} ms`)));
    try {
      exporter.export([...batch], finish);
    } catch (error: unknown) {
      fail(error instanceof Error ? error : new Error(String(error)));
    }
  });
}
