import type { Snapshot } from '../core/index.ts';
import type { RenderMetrics } from '../ports/exposition.ts';
import { sharingTurns } from '../runtime/turns.ts';
import { CATALOGUE, familyOf } from './catalogue.ts';
import { expose } from './exposition.ts';
import type { ExporterContext, Family } from './metric.ts';
import type { SelfMetrics } from './self-metrics.ts';

/**
 * How long a scrape may keep the event loop to itself. At the cap of 1,000 node hosts an exposition takes over 100 ms;
 * `/livez` must answer in 50 ms meanwhile, and takes several turns of the loop: one to accept each connection before its
 * own, and one to read the request.
 */
const SLICE_MS = 3;

export interface PrometheusExporterOptions {
  /** Cheap; reads no source. */
  readonly snapshot: () => Snapshot;
  readonly context: () => ExporterContext;
  readonly selfMetrics: SelfMetrics;
  /** Whether OpenMetrics has `_created` for each counter; off unless told otherwise. */
  readonly createdTimestamps?: boolean;
}

/** Families of the catalogue are computed one by one, as the exposition is written; the snapshot never changes. */
function* familiesOf(
  snapshot: Snapshot,
  { context, self }: { readonly context: ExporterContext; readonly self: readonly Family[] },
): Generator<Family, void, undefined> {
  for (const metric of CATALOGUE) yield familyOf(metric, { snapshot, context });
  yield* self;
}

/** Renders the catalogue from one snapshot, taken when asked. Waits for no source. */
export function createPrometheusExporter(options: PrometheusExporterOptions): RenderMetrics {
  const { createdTimestamps = false } = options;
  return async (format, signal) => {
    const snapshot = options.snapshot();
    const context = options.context();
    const self = await options.selfMetrics.families();
    const chunks: Buffer[] = [];
    const betweenPieces = sharingTurns(SLICE_MS);
    for (const chunk of expose(familiesOf(snapshot, { context, self }), format, { createdTimestamps })) {
      chunks.push(Buffer.from(chunk));
      await betweenPieces();
      signal?.throwIfAborted();
    }
    return Buffer.concat(chunks);
  };
}
