import { mkdtempSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import type { Snapshot } from '../../src/core/model/snapshot.ts';
import { Guardian } from '../../src/demo/guardian.ts';
import type { SelfCheck } from '../../src/http/routes/self-check.ts';
import { aNode, aRemoteNode, aSnapshot, aZombie } from '../helpers/snapshots.ts';
import { aServer } from '../http/helpers.ts';
import { withCleanup, type Cleanup } from '../real/harness/cleanup.ts';
import { reservePort } from '../real/harness/ports.ts';
import { waitUntil } from '../real/harness/wait-until.ts';
import { PrometheusServer } from '../stack/harness/prometheus-server.ts';
import { findStackBinaries } from '../stack/harness/stack-binaries.ts';

const DOCS = readFileSync(new URL('../../docs/http.md', import.meta.url), 'utf8');
const TIMEOUT_MS = 30_000;

interface ScrapeConfig {
  readonly job_name: string;
  readonly http_sd_configs: readonly { readonly url: string; readonly refresh_interval?: string }[];
  readonly relabel_configs?: readonly Readonly<Record<string, unknown>>[];
}

/** The example in the documentation, as somebody would take it over, with the addresses of this test. */
function documentedJob(addresses: { readonly exporter: string; readonly blackbox: string }): ScrapeConfig {
  const example = [...DOCS.matchAll(/```yaml\n(scrape_configs:\n.*?)```/gs)].map(([, yaml = '']) => yaml);
  expect(example).toHaveLength(1);
  const text = (example[0] ?? '')
    .replace('127.0.0.1:9789', addresses.exporter)
    .replace('127.0.0.1:9115', addresses.blackbox);
  const { scrape_configs: jobs } = parse(text) as { readonly scrape_configs: readonly ScrapeConfig[] };
  const [job] = jobs;
  if (job === undefined) throw new Error('the example has no job');
  return job;
}

/** Stands in for a blackbox exporter: asks for its `target` and says whether the answer was 2xx. */
async function aBlackboxExporter(cleanup: Cleanup): Promise<string> {
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://blackbox');
    const isRight = pathname === '/probe' && searchParams.get('module') === 'http_2xx';
    if (!isRight) {
      response.writeHead(400).end();
      return;
    }
    fetch(searchParams.get('target') ?? '')
      .then(({ ok }) => ok)
      .catch(() => false)
      .then((ok) => response.end(`probe_success ${ok ? 1 : 0}\n`))
      .catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanup.defer(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Whether each node host's check passed, by name, as Prometheus has it now. */
async function probed(prometheus: PrometheusServer): Promise<Readonly<Record<string, number>>> {
  const series = await prometheus.query('probe_success');
  return Object.fromEntries(
    series.map(({ labels, samples }) => [
      `${labels.node_host} @ ${labels.gateway}`,
      samples[0]?.value ?? Number.NaN,
    ]),
  );
}

interface ActiveTarget {
  readonly labels: Readonly<Record<string, string>>;
  readonly health: string;
  readonly scrapeUrl: string;
}

async function targetsOf(prometheus: PrometheusServer, job: string): Promise<readonly ActiveTarget[]> {
  const answer = await fetch(`${prometheus.url}/api/v1/targets?state=active`);
  const { data } = (await answer.json()) as {
    readonly data: { readonly activeTargets: readonly ActiveTarget[] };
  };
  return data.activeTargets.filter(({ labels }) => labels.job === job);
}

async function failedLookups(prometheus: PrometheusServer): Promise<number> {
  const text = await (await fetch(`${prometheus.url}/metrics`)).text();
  return Number(/^prometheus_sd_http_failures_total (\d+)/m.exec(text)?.[1]);
}

it('Prometheus finds the node hosts by /sd as documented, follows them, and keeps them while /sd fails', async () => {
  let current: Partial<Snapshot> = { nodes: [aNode({ name: 'well/ü "x"' }), aZombie({ name: 'risen' })] };
  let ready: SelfCheck = { ok: true };
  const exporter = await aServer({
    snapshot: () => aSnapshot(current),
    isReady: () => ready,
    renderMetrics: () => Promise.resolve(Buffer.from('something 1\n# EOF\n')),
  });
  await withCleanup(async (cleanup) => {
    const blackbox = await aBlackboxExporter(cleanup);
    const directory = mkdtempSync(join(tmpdir(), 'service-discovery-'));
    const guardian = new Guardian(directory);
    cleanup.defer(() => guardian.dismiss());
    const documented = documentedJob({ exporter: `127.0.0.1:${exporter.port}`, blackbox });
    const quick = documented.http_sd_configs.map((sd) => ({ ...sd, refresh_interval: '1s' }));
    const plain = { job_name: 'plain', http_sd_configs: quick };
    const prometheus = await PrometheusServer.start({
      binary: findStackBinaries().prometheus,
      guardian,
      directory,
      port: await reservePort(),
      config: stringify({
        global: { scrape_interval: '1s', scrape_timeout: '1s' },
        scrape_configs: [{ ...documented, http_sd_configs: quick }, plain],
      }),
      rules: [],
      resendDelay: '1m',
    });
    cleanup.use(prometheus);
    const until = async (what: string, holds: () => Promise<boolean>): Promise<void> => {
      await waitUntil(holds, { what, timeoutMs: TIMEOUT_MS });
    };
    const isProbed = async (expected: Readonly<Record<string, number>>): Promise<boolean> =>
      JSON.stringify(Object.entries(await probed(prometheus)).sort()) ===
      JSON.stringify(Object.entries(expected).sort());

    const first = { 'well/ü "x" @ 127.0.0.1:18789': 1, 'risen @ 127.0.0.1:18789': 0 };
    await until('both to be probed', () => isProbed(first));

    // Without relabelling all of the list is the exporter itself, which is scraped once.
    await until(
      'a plain job to scrape',
      async () => (await targetsOf(prometheus, 'plain'))[0]?.health === 'up',
    );
    expect(await targetsOf(prometheus, 'plain')).toMatchObject([
      { scrapeUrl: `http://127.0.0.1:${exporter.port}/metrics` },
    ]);

    current = {
      nodes: [
        ...(current.nodes ?? []),
        aRemoteNode({ name: 'attic', gateway: 'gw-b:18789', state: 'offline' }),
      ],
    };
    const three = { ...first, 'attic @ gw-b:18789': 1 };
    await until('the new one to be probed', () => isProbed(three));

    // The exporter was restarted and has not seen all of them again yet.
    ready = { ok: false, why: 'not every viewpoint has looked yet' };
    current = { nodes: [] };
    const failuresBefore = await failedLookups(prometheus);
    await until('lookups to fail', async () => (await failedLookups(prometheus)) >= failuresBefore + 4);
    expect(await targetsOf(prometheus, documented.job_name)).toHaveLength(3);

    ready = { ok: true };
    await until(
      'an empty list to be taken',
      async () => (await targetsOf(prometheus, documented.job_name)).length === 0,
    );
  });
});
