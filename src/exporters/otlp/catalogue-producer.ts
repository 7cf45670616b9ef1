import { emptyResource } from '@opentelemetry/resources';
import type { CollectionResult, MetricData, MetricProducer } from '@opentelemetry/sdk-metrics';
import type { Snapshot } from '../../core/index.ts';
import { sharingTurns } from '../../runtime/turns.ts';
import { CATALOGUE, familyOf } from '../catalogue.ts';
import type { ExporterContext } from '../metric.ts';
import { otelDescriptorOf } from '../otel-name.ts';
import { metricDataOf } from './metric-data.ts';

/** As long as a scrape may keep the event loop to itself: `/livez` must answer meanwhile. */
const SLICE_MS = 10;

/** What there is to tell. */
export interface Telling {
  /** Cheap; reads no source. */
  readonly snapshot: () => Snapshot;
  readonly context: () => ExporterContext;
  /** Whether verdicts rest on a first look of every viewpoint; before that nothing is told. */
  readonly isReady: () => boolean;
}

/** Hands the catalogue to a metric reader: a view of one snapshot, taken when asked. There are no instruments. */
export function catalogueProducer(
  scope: { readonly name: string; readonly version: string; readonly schemaUrl: string },
  telling: Telling,
): MetricProducer {
  // The reader takes the resource from its provider.
  const resource = emptyResource();
  return {
    async collect(): Promise<CollectionResult> {
      if (!telling.isReady()) return { resourceMetrics: { resource, scopeMetrics: [] }, errors: [] };
      const snapshot = telling.snapshot();
      const context = telling.context();
      const metrics: MetricData[] = [];
      const betweenPieces = sharingTurns(SLICE_MS);
      for (const metric of CATALOGUE) {
        const data = metricDataOf(familyOf(metric, { snapshot, context }), {
          otel: otelDescriptorOf(metric),
          atWallMs: snapshot.at.wallMs,
        });
        if (data !== undefined) metrics.push(data);
        await betweenPieces();
      }
      return { resourceMetrics: { resource, scopeMetrics: [{ scope, metrics }] }, errors: [] };
    },
  };
}
