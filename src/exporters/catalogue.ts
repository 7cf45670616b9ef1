import type { Snapshot } from '../core/index.ts';
import { EXPORTER_METRICS } from './exporter-metrics.ts';
import { GATEWAY_METRICS } from './gateway-metrics.ts';
import type { ExporterContext, Family, MetricDefinition } from './metric.ts';
import { NODE_METRICS } from './node-metrics.ts';

/** Every metric about node hosts, gateways and this exporter, declared once, in the order of exposition. */
export const CATALOGUE: readonly MetricDefinition[] = [
  ...NODE_METRICS,
  ...GATEWAY_METRICS,
  ...EXPORTER_METRICS,
];

/** What one metric says at the instant of the snapshot. Pure. */
export function familyOf(
  metric: MetricDefinition,
  { snapshot, context }: { readonly snapshot: Snapshot; readonly context: ExporterContext },
): Family {
  return {
    ...metric,
    labels: metric.labels.map((label) => label.name),
    subjects: metric.subjects(snapshot, context),
  };
}
