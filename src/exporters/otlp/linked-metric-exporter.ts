import type { ExportResult } from '@opentelemetry/core';
import type { PushMetricExporter, ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { SignalLink } from './signal-link.ts';

/**
 * Counts what becomes of each request. Of a collection that is sent in several requests, those after one that failed are
 * not tried: each would wait for the collector in vain, and the next collection has newer values.
 */
export class LinkedMetricExporter implements PushMetricExporter {
  readonly #exporter: PushMetricExporter;
  readonly #link: SignalLink;
  #failed: ExportResult | undefined;

  constructor(exporter: PushMetricExporter, link: SignalLink) {
    this.#exporter = exporter;
    this.#link = link;
  }

  /** To be called at the start of each collection. */
  begin(): void {
    this.#failed = undefined;
  }

  export(metrics: ResourceMetrics, done: (result: ExportResult) => void): void {
    if (this.#failed !== undefined) return done(this.#failed);
    this.#exporter.export(metrics, (result) => {
      if (this.#link.answered(result) !== undefined) this.#failed = result;
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
