import { ExportResultCode, type ExportResult } from '@opentelemetry/core';
import type { After } from '../../runtime/after.ts';
import type { Delivery } from './delivery-queue.ts';
import type { SignalLink } from './signal-link.ts';

/** What log and span exporters have in common. */
export interface BatchExporter<T> {
  export(batch: T[], done: (result: ExportResult) => void): void;
}

/** One request. Never rejects; an exporter that does not answer in time has failed. */
export function sendBatch<T>(
  batch: readonly T[],
  {
    exporter,
    link,
    timeoutMs,
    after,
  }: {
    readonly exporter: BatchExporter<T>;
    readonly link: SignalLink;
    readonly timeoutMs: number;
    readonly after: After;
  },
): Promise<Delivery> {
  return new Promise((resolve) => {
    let isDone = false;
    const finish = (result: ExportResult): void => {
      if (isDone) return;
      isDone = true;
      cancel();
      if (result.code === ExportResultCode.SUCCESS) {
        link.succeeded();
        resolve('taken');
      } else {
        const { isFinal } = link.failed(result.error ?? new Error('the collector did not take it'));
        resolve(isFinal ? 'refused' : 'failed');
      }
    };
    const cancel = after(timeoutMs, () =>
      finish({ code: ExportResultCode.FAILED, error: new Error(`timed out after ${timeoutMs} ms`) }),
    );
    try {
      exporter.export([...batch], finish);
    } catch (error: unknown) {
      const failure = error instanceof Error ? error : new Error(String(error));
      finish({ code: ExportResultCode.FAILED, error: failure });
    }
  });
}
