import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunningExporter } from '../../src/app/port.ts';
import { startExporter } from '../../src/app/start.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { NodeSnapshot, SourceSnapshot } from '../../src/core/model/snapshot.ts';
import { createTelemetry } from '../../src/telemetry/telemetry.ts';

let directory: string;
let exporter: RunningExporter;
let log: string;
let lines: string[];

const file = (): string => join(directory, 'exporter.yml');
const load = async () =>
  loadConfig({
    flags: [{ flag: '--config.file', value: file() }],
    environment: { HOME: directory, OPENCLAW_LIVENESS_STATE_DIR: join(directory, 'state') },
    cwd: directory,
  });

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'reloaded-exporter-'));
  log = join(directory, 'node.log');
  lines = [];
});
afterEach(async () => {
  await exporter.stop();
  await rm(directory, { recursive: true });
});

async function startWith(settings: object): Promise<void> {
  await writeFile(file(), JSON.stringify(settings));
  const loaded = await load();
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  const telemetry = createTelemetry({ level: 'info', format: 'text', write: (line) => lines.push(line) });
  const started = await startExporter(loaded.config, {
    listen: false,
    readOnlyState: false,
    telemetry,
    loadAgain: load,
  });
  if (!started.ok) throw new Error(started.problem.message);
  ({ exporter } = started);
}

async function reload(settings: object): Promise<void> {
  await writeFile(file(), JSON.stringify(settings));
  expect(await exporter.reload()).toMatchObject({ ok: true });
}

/** Looks every 20 ms; a vitest timeout ends it. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await wait(20);
}

const node = (): NodeSnapshot => exporter.snapshot().nodes[0]!;
const logSource = (): SourceSnapshot => exporter.snapshot().sources.find(({ source }) => source === 'log')!;
const closes = (): number => Object.values(node().counters.closes).reduce((sum, count) => sum + count, 0);
/** One connection that came and went: a close without one is a dial that failed. */
const closed = (reason: string): Promise<void> =>
  appendFile(
    log,
    `node host gateway connected: ws://127.0.0.1:9\nnode host gateway closed (1000): ${reason}\n`,
  );

/** Nobody is at port 9. */
const settings = (more: object = {}): object => ({
  gateway: { url: 'ws://127.0.0.1:9' },
  nodes: [{ pid_file: join(directory, 'pid'), log }],
  ...more,
});

describe('the log of a node host', () => {
  it('that is switched off and on again goes on where it was: no line counts twice, none is lost', async () => {
    await writeFile(log, '');
    await startWith(settings());
    await until(() => node().evidence.log?.readable === true);
    await closed('one');
    await until(() => closes() === 1);

    await reload(settings({ nodes: [{ pid_file: join(directory, 'pid'), log: 'none' }] }));
    expect(logSource().enabled).toBe(false);
    await until(() => node().evidence.log?.readable !== true);
    await closed('two');

    await reload(settings());
    expect(logSource().enabled).toBe(true);
    await until(() => closes() === 2);
    await closed('three');
    await until(() => closes() === 3);
  });
});

describe('the exporter’s own log', () => {
  it('is written in the level and format of the reload, from its own line on', async () => {
    await startWith(settings());
    await reload(settings({ log: { format: 'json' } }));
    expect(JSON.parse(lines.at(-1)!)).toMatchObject({
      event: 'config_reloaded',
      message: 'configuration reloaded: log.format: text -> json',
    });
    await reload(settings({ log: { level: 'error' } }));
    const { length } = lines;
    await reload(settings({ log: { level: 'error' }, limits: { max_nodes: 9 } }));
    expect(lines).toHaveLength(length);
  });
});

describe('a node host that is added while its process is missing', () => {
  it('is down after its own time', async () => {
    await startWith(settings({ thresholds: { down_after: '1s' } }));
    await until(() => node().state === 'down');
    await reload(
      settings({
        thresholds: { down_after: '1s' },
        nodes: [
          { pid_file: join(directory, 'pid'), log },
          { pid_file: join(directory, 'other'), name: 'other' },
        ],
      }),
    );
    const other = (): NodeSnapshot => exporter.snapshot().nodes.find(({ name }) => name === 'other')!;
    expect(other()).toMatchObject({ state: 'unknown', reasons: ['just-started'], live: true });
    await until(() => other().state === 'down');
  });
});
