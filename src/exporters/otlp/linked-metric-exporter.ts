import { ExportResultCode, type ExportResult } from '@opentelemetry/core';
import type { PushMetricExporter, ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { SignalLink } from './signal-link.ts';

/**
 * Counts what becomes of each request. Of a collection that is sent in several requests, those after one that failed are
 * not tried: each would wait for the collector in vain, and the next collection has newer values.
 */
export class LinkedMetricExporter implements PushMetricExporter {
  readonly #exporter: PushMetricExporter;
  readonly #link: SignalLink;
  #failure: Error | undefined;

  constructor(exporter: PushMetricExporter, link: SignalLink) {
    this.#exporter = exporter;
    this.#link = link;
  }

  /** To be called at the start of each collection. */
  begin(): void {
    this.#failure = undefined;
  }

  export(metrics: ResourceMetrics, done: (result: ExportResult) => void): void {
    if (this.#failure !== undefined) {
      done({ code: ExportResultCode.FAILED, error: this.#failure });
      return;
    }
    this.#exporter.export(metrics, (result) => {
      if (result.code === ExportResultCode.SUCCESS) {
        this.#link.succeeded();
      } else {
        this.#failure = result.error ?? new Error('the collector did not take it');
        this.#link.failed(this.#failure);
      }
      done(result);
    });
  }

  forceFlush(): Promise<void> {
    return this.#exporter.forceFlush();
  }

  shutdown(): Promise<void> {
    return this.#exporter.shutdown();
  }
}
