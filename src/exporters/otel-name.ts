import type { MetricDefinition } from './metric.ts';

/** A metric in OpenTelemetry's words. */
export interface OtelDescriptor {
  /** Carries neither unit nor `_total`; dots between namespaces, `_` between words. */
  readonly name: string;
  /** UCUM; empty where there is none. */
  readonly unit: string;
  readonly kind: 'gauge' | 'counter';
}

const UNITS = { seconds: 's', bytes: 'By' } as const;
const NAMESPACES = /^openclaw_nodehost_(exporter_|gateway_)?/;

/**
 * What a metric is called over OTLP. Chosen so that whatever makes a Prometheus name of it by the rules of the
 * specification gets the name on `/metrics`: it puts `_` for each dot, adds unit and `_total`, and `_ratio` where a gauge
 * has the unit `1`, which therefore none has.
 */
export function otelDescriptorOf({
  name,
  type,
  unit,
  counted,
}: Pick<MetricDefinition, 'name' | 'type' | 'unit' | 'counted'>): OtelDescriptor {
  const annotation = counted === undefined ? '' : `{${counted}}`;
  const bare = name.replace(/_total$/, '').replace(/_(seconds|bytes)$/, '');
  return {
    name: bare.replace(NAMESPACES, (prefix) => prefix.replaceAll('_', '.')),
    unit: unit === undefined ? annotation : UNITS[unit],
    kind: type === 'counter' ? 'counter' : 'gauge',
  };
}
