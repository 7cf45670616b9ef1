import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { parseText } from '../helpers/parse-exposition.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
/** The one on the PATH, if it is of the third generation: before, its receiver was a feature to be asked for. */
const { stdout, stderr } = spawnSync('prometheus', ['--help'], { encoding: 'utf8' });
const HAS_RECEIVER = `${stdout}${stderr}`.includes('web.enable-otlp-receiver');
const TIMEOUT_MS = 120_000;

let directory: string;
const endings: (() => unknown)[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'otlp-prometheus-'));
});
afterEach(async () => {
  for (const end of endings.splice(0).toReversed()) await end();
  await rm(directory, { recursive: true, force: true });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Started now, ended with the test. */
function start(command: string, args: readonly string[], environment: NodeJS.ProcessEnv = process.env): void {
  const child = spawn(command, args, { cwd: directory, stdio: 'ignore', env: environment });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  endings.push(() => {
    child.kill('SIGTERM');
    return ended;
  });
}

/** Prometheus's answer; nothing while it does not answer. */
async function ask(url: string): Promise<readonly unknown[]> {
  const response = await fetch(url).catch(() => undefined);
  if (response?.ok !== true) return [];
  const { data } = (await response.json()) as { data: unknown[] | { result: unknown[] } };
  return Array.isArray(data) ? data : data.result;
}

/** A vitest timeout ends it. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await wait(200);
}

it.runIf(HAS_RECEIVER)(
  'Prometheus 3 stores what is pushed under exactly the names of /metrics, with the same labels',
  { timeout: TIMEOUT_MS },
  async () => {
    const prometheus = `http://127.0.0.1:${await freePort()}`;
    const exporter = `http://127.0.0.1:${await freePort()}`;
    await writeFile(join(directory, 'prometheus.yml'), '{}\n');
    start('prometheus', [
      `--config.file=${join(directory, 'prometheus.yml')}`,
      `--storage.tsdb.path=${join(directory, 'data')}`,
      `--web.listen-address=${new URL(prometheus).host}`,
      '--web.enable-otlp-receiver',
    ]);
    start(process.execPath, [MAIN, 'demo', '--web.listen-address', new URL(exporter).host], {
      ...process.env,
      OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: `${prometheus}/api/v1/otlp/v1/metrics`,
      OTEL_METRIC_EXPORT_INTERVAL: '1000',
    });

    const attached = encodeURIComponent('openclaw_nodehost_state{state="alive"} == 1');
    await until(async () => (await ask(`${prometheus}/api/v1/query?query=${attached}`)).length === 3);
    // Known once the first push has come through, and so in the one after it.
    const up = 'openclaw_nodehost_exporter_otlp_up';
    await until(async () => (await ask(`${prometheus}/api/v1/query?query=${up}`)).length > 0);

    const page = parseText(await (await fetch(`${exporter}/metrics`)).text());
    const scraped = new Map(
      page.flatMap(({ samples }) => samples).map(({ name, labels }) => [name, Object.keys(labels)]),
    );
    const own = [...scraped].filter(([name]) => name.startsWith('openclaw_'));
    const names = (await ask(`${prometheus}/api/v1/label/__name__/values`)) as string[];
    expect(names.filter((name) => name !== 'target_info')).toEqual(own.map(([name]) => name).sort());

    const series = (await ask(
      `${prometheus}/api/v1/query?query=${encodeURIComponent('{__name__=~"openclaw_.+"}')}`,
    )) as { metric: Record<string, string> }[];
    for (const { metric } of series) {
      const { __name__: name = '', job, instance, ...labels } = metric;
      expect([job, instance]).not.toContain(undefined);
      // An empty one is no label to Prometheus.
      expect(scraped.get(name), name).toEqual(expect.arrayContaining(Object.keys(labels)));
    }
  },
);
