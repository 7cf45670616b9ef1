import { Counter, Gauge, Registry } from 'prom-client';
import { CATALOGUE, familyOf } from '../../src/exporters/catalogue.ts';
import { seriesOf, type ExporterContext } from '../../src/exporters/metric.ts';
import { createPrometheusExporter } from '../../src/exporters/prometheus.ts';
import { aRemoteNode, aSnapshot } from '../../test/helpers/snapshots.ts';
import { median } from '../../test/helpers/quantile.ts';

/** What a scrape costs, in the median of several. */
export interface ScrapeCost {
  readonly nodes: number;
  readonly series: number;
  readonly bytes: number;
  readonly oursMs: number;
  /** Of prom-client, which holds every value ready and only writes them down. */
  readonly theirsMs: number;
}

const ROUNDS = 7;
const context: ExporterContext = {
  version: 'bench',
  nodejsVersion: process.version,
  configLastReloadSuccessful: true,
  configLastReloadSuccessMs: 0,
};

/** Ours, from a snapshot to text, and theirs with the same series; by turns, so that a busy machine is busy for both. */
export async function timeScrapes(nodes: number): Promise<ScrapeCost> {
  const snapshot = aSnapshot({
    nodes: Array.from({ length: nodes }, (_, index) => aRemoteNode({ name: `build-box-${index}` })),
  });
  const ours = createPrometheusExporter({
    snapshot: () => snapshot,
    context: () => context,
    selfMetrics: { families: () => Promise.resolve([]) },
  });
  const families = CATALOGUE.map((metric) => familyOf(metric, { snapshot, context }));
  const registry = new Registry();
  let series = 0;
  for (const family of families) {
    const { name, help, type, labels } = family;
    const options = { name, help, labelNames: [...labels], registers: [registry] };
    const metric = type === 'counter' ? new Counter(options) : new Gauge(options);
    for (const { labels: values, value } of seriesOf(family)) {
      const labelled = Object.fromEntries(labels.map((label, index) => [label, values[index] ?? '']));
      series += 1;
      metric.inc(labelled, value);
    }
  }
  const oursMs: number[] = [];
  const theirsMs: number[] = [];
  let bytes = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    oursMs.push(await timed(async () => (bytes = (await ours('text')).length)));
    theirsMs.push(await timed(() => registry.metrics()));
  }
  return { nodes, series, bytes, oursMs: median(oursMs), theirsMs: median(theirsMs) };
}

async function timed(run: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await run();
  return performance.now() - begun;
}
