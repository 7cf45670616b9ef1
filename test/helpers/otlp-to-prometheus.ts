/*
 * What becomes of an OTLP metric's name in Prometheus, by the specification: "OTLP Metric points to Prometheus" of
 * https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/. Prometheus's receiver (translation
 * strategy UnderscoreEscapingWithSuffixes, its default) and the collector's prometheusexporter share one library for it.
 */

/** The units of the specification's table that a metric of ours might have. */
const UNITS: Readonly<Record<string, string>> = {
  d: 'days',
  h: 'hours',
  min: 'minutes',
  s: 'seconds',
  ms: 'milliseconds',
  By: 'bytes',
  KiBy: 'kibibytes',
  MBy: 'megabytes',
  '1': '',
  '%': 'percent',
};

/** The name that a metric gets. No unit of ours has a `/` in it; such a one is refused here. */
export function prometheusNameOf({
  name,
  unit,
  kind,
}: {
  readonly name: string;
  readonly unit: string;
  readonly kind: 'gauge' | 'counter';
}): string {
  if (unit.includes('/')) throw new Error(`${unit}: a rate is not known here`);
  let tokens = name.split(/[^a-zA-Z0-9:]+/).filter((token) => token !== '');
  // An annotation in braces is no unit.
  const word = /[{}]/.test(unit) ? '' : (UNITS[unit] ?? unit);
  if (word !== '' && !tokens.includes(word)) tokens.push(word);
  if (kind === 'counter') tokens = [...tokens.filter((token) => token !== 'total'), 'total'];
  if (kind === 'gauge' && unit === '1') tokens = [...tokens.filter((token) => token !== 'ratio'), 'ratio'];
  return tokens.join('_').replace(/^(?=\d)/, '_');
}
