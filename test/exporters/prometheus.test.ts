import { describe, expect, it } from 'vitest';
import type { Snapshot } from '../../src/core/model/snapshot.ts';
import type { Family } from '../../src/exporters/metric.ts';
import { createPrometheusExporter } from '../../src/exporters/prometheus.ts';
import { parseOpenMetrics, parseText } from '../helpers/parse-exposition.ts';
import { aNode, aSnapshot, NOW } from '../helpers/snapshots.ts';

const SELF: Family = {
  name: 'process_x',
  help: 'X',
  type: 'gauge',
  labels: [],
  subjects: [{ names: [], samples: [{ labels: [], value: 1 }] }],
};

function exporterOf(
  nodeHosts: number,
  onSnapshot: () => void = () => undefined,
  options: { readonly createdTimestamps?: boolean } = {},
  overrides: Partial<Snapshot> = {},
) {
  const nodes = Array.from({ length: nodeHosts }, (_, index) => aNode({ name: `node-${index}` }));
  return createPrometheusExporter({
    snapshot: () => {
      onSnapshot();
      return aSnapshot({ nodes, ...overrides });
    },
    context: () => ({
      version: '1',
      nodejsVersion: 'v24',
      configLastReloadSuccessful: true,
      configLastReloadSuccessMs: 1_795_000_000_000,
    }),
    selfMetrics: { families: () => Promise.resolve([SELF]) },
    ...options,
  });
}

describe('a scrape', () => {
  it('has the catalogue and the metrics of ourselves, from one snapshot', async () => {
    let taken = 0;
    const render = exporterOf(2, () => (taken += 1));
    const names = parseText((await render('text')).toString()).map(({ name }) => name);
    expect(names).toContain('openclaw_nodehost_live');
    expect(names).toContain('openclaw_nodehost_exporter_build_info');
    expect(names.at(-1)).toBe('process_x');
    expect(taken).toBe(1);
    parseOpenMetrics((await render('openmetrics')).toString());
  });

  it('says in OpenMetrics when counters were zero, only where it is to', async () => {
    const created = /^openclaw_nodehost_exporter_nodes_dropped_created \d+(\.\d+)?$/m;
    const since = NOW.wallMs;
    const render = (createdTimestamps: boolean) =>
      exporterOf(0, undefined, { createdTimestamps }, { nodesDroppedSince: since })('openmetrics');
    expect((await render(true)).toString()).toMatch(created);
    expect((await render(false)).toString()).not.toContain('_created');
  });

  it('of 1,000 node hosts lets others run in between', async () => {
    let turns = 0;
    let isDone = false;
    const countTurns = (): void => {
      turns += 1;
      if (!isDone) setImmediate(countTurns);
    };
    setImmediate(countTurns);
    const text = await exporterOf(1000)('text');
    isDone = true;
    expect(text.length).toBeGreaterThan(4_000_000);
    expect(turns).toBeGreaterThan(2);
  });

  it('that nobody waits for any more is given up', async () => {
    const render = exporterOf(1000);
    await expect(render('text', AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone');
  });
});
