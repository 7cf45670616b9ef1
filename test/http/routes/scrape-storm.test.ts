import { gunzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { createPrometheusExporter } from '../../../src/exporters/prometheus.ts';
import { createSelfMetrics } from '../../../src/exporters/self-metrics.ts';
import { aNode, aSnapshot } from '../../helpers/snapshots.ts';
import { ask, aServer } from '../helpers.ts';

const NODE_HOSTS = 500;
const SCRAPERS = 40;

it('40 scrapers of 500 node hosts at the same moment cost two renderings at most, and each gets a whole one', async () => {
  const nodes = Array.from({ length: NODE_HOSTS }, (_, index) => aNode({ name: `node-${index}` }));
  let renderings = 0;
  let scrapes = 0;
  let allCame: () => void = () => undefined;
  const came = new Promise<void>((resolve) => (allCame = resolve));
  const render = createPrometheusExporter({
    snapshot: () => {
      renderings += 1;
      return aSnapshot({ nodes });
    },
    context: () => ({
      version: '1.2.3',
      nodejsVersion: process.version,
      configLastReloadSuccessful: true,
      configLastReloadSuccessMs: 1_795_000_000_000,
    }),
    selfMetrics: createSelfMetrics(),
  });
  const server = await aServer({
    // Asked once a scrape, as it comes.
    isReady: () => {
      scrapes += 1;
      if (scrapes === SCRAPERS) allCame();
      return { ok: true };
    },
    renderMetrics: async (format, signal) => {
      await came;
      return render(format, signal);
    },
  });

  const answers = await Promise.all(
    Array.from({ length: SCRAPERS }, (_, index) =>
      ask(server, '/metrics', { headers: index % 2 === 0 ? { 'accept-encoding': 'gzip' } : {} }),
    ),
  );

  expect(renderings).toBeLessThanOrEqual(2);
  const texts = answers.map(({ headers, raw }) =>
    (headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw).toString(),
  );
  const distinct = new Set(texts);
  expect(distinct.size).toBeLessThanOrEqual(2);
  for (const text of distinct) {
    expect(text.match(/^openclaw_nodehost_live\{/gm)).toHaveLength(NODE_HOSTS);
  }
});
