import { CATALOGUE } from '../src/exporters/catalogue.ts';
import { SELF_METRIC_NAMES } from '../src/exporters/self-metrics.ts';

/** What Prometheus itself writes about each scrape. */
export const SCRAPE_METRICS = ['up', 'scrape_duration_seconds'] as const;

/** Labels that a variable of the dashboards selects; those that the metric lacks are left out. */
const SELECTED_LABELS = ['gateway', 'node_host'] as const;
const TARGET_MATCHERS = ['job=~"$job"', 'instance=~"$instance"'];

/**
 * The selector of a metric: with a matcher for each variable that it can be selected by, and those given.
 *
 * @throws RangeError for a metric or a label that the exporter does not have, or a value that the label cannot have
 */
export function series(metric: string, matchers: Readonly<Record<string, string>> = {}): string {
  const labels = labelsOf(metric);
  const selected = SELECTED_LABELS.filter((label) => labels.has(label)).map(
    (label) => `${label}=~"$${label}"`,
  );
  const own = Object.entries(matchers).map(([label, value]) => {
    const values = labels.get(label);
    if (values === undefined) throw new RangeError(`${metric} has no label ${label}`);
    if (typeof values !== 'string' && !values.includes(value)) {
      throw new RangeError(`label ${label} of ${metric} is never ${value}`);
    }
    return `${label}="${value}"`;
  });
  return `${metric}{${[...TARGET_MATCHERS, ...selected, ...own].join(', ')}}`;
}

function labelsOf(metric: string): ReadonlyMap<string, readonly string[] | string> {
  const definition = CATALOGUE.find(({ name }) => name === metric);
  if (definition !== undefined) return new Map(definition.labels.map(({ name, values }) => [name, values]));
  const others: readonly string[] = [...SELF_METRIC_NAMES, ...SCRAPE_METRICS];
  if (!others.includes(metric)) throw new RangeError(`the exporter has no metric ${metric}`);
  return new Map();
}
