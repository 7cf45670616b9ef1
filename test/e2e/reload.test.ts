import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { Surroundings } from '../../src/demo/demo-surroundings.ts';
import { parseText } from '../helpers/parse-exposition.ts';
import { startExporterProcess, type ExporterProcess } from './otlp/exporter-process.ts';

interface NodeDocument {
  readonly name: string;
  readonly scope: string;
  readonly state: string;
  readonly since: { readonly at: string };
  readonly counters: Readonly<Record<string, unknown>>;
}

let directory: string;
let surroundings: Surroundings;
let exporter: ExporterProcess;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'reload-e2e-'));
  surroundings = await Surroundings.start({
    cast: { zombie: 'a', frozen: 'b', survivor: 'c' },
    onDeath: () => undefined,
  });
});
afterEach(async () => {
  await exporter.kill();
  await surroundings.stop();
  await rm(directory, { recursive: true, force: true });
});

function nodeSettings(name: string, called = name): Readonly<Record<string, string>> {
  const host = surroundings.nodeHosts.find((place) => place.name === name);
  if (host === undefined) throw new Error(`no node host is called ${name}`);
  return { state_dir: host.stateDir, name: called, log: host.logPath };
}

function settings(more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    gateway: { url: surroundings.gatewayUrl, token_file: surroundings.tokenFile },
    nodes: [nodeSettings('a'), nodeSettings('b')],
    ...more,
  };
}

async function write(content: string | Record<string, unknown>): Promise<void> {
  const text = typeof content === 'string' ? content : stringify(content);
  await writeFile(join(directory, 'exporter.yml'), text);
}

async function startWith(content: Record<string, unknown>): Promise<void> {
  await write(content);
  exporter = await startExporterProcess({
    flags: ['--config.file', join(directory, 'exporter.yml'), '--state.dir', join(directory, 'state')],
    home: directory,
    environment: {},
  });
}

/** Looks every 50 ms; a vitest timeout ends it. */
async function until<T>(look: () => Promise<T | undefined | false> | T | undefined | false): Promise<T> {
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    await wait(50);
  }
}

async function nodes(): Promise<ReadonlyMap<string, NodeDocument>> {
  const answer = await fetch(`${exporter.url}/api/v1/nodes`);
  const { nodes: list } = (await answer.json()) as { readonly nodes: readonly NodeDocument[] };
  return new Map(list.map((node) => [node.name, node]));
}

async function untilState(name: string, state: string): Promise<NodeDocument> {
  return until(async () => {
    const node = (await nodes()).get(name);
    return node?.state === state ? node : undefined;
  });
}

async function metric(name: string): Promise<number | undefined> {
  const families = parseText(await (await fetch(`${exporter.url}/metrics`)).text());
  return families.find((family) => family.name === `openclaw_nodehost_exporter_config_${name}`)?.samples[0]
    ?.value;
}

function count(event: string): number {
  return exporter.stderr().split(event).length - 1;
}

async function hangUp(event: 'config_reloaded' | 'config_not_reloaded'): Promise<void> {
  const before = count(event);
  exporter.hangUp();
  await until(() => count(event) > before);
}

/** What of a node host must not be lost. */
function standing({ state, since, counters }: NodeDocument): unknown {
  return { state, since: since.at, counters };
}

describe('SIGHUP', () => {
  it('leaves everything as it was after a file that cannot be used, with every mistake in one line', async () => {
    await startWith(settings());
    await untilState('a', 'alive');
    await untilState('b', 'alive');
    const loadedAt = await metric('last_reload_success_timestamp_seconds');
    expect(await metric('last_reload_successful')).toBe(1);
    expect(loadedAt).toBeGreaterThan(1_700_000_000);
    const before = await nodes();

    await write(settings({ nodse: [], thresholds: { tick: 'soon' }, limits: { max_nodes: 0 } }));
    await hangUp('config_not_reloaded');
    const lines = exporter
      .stderr()
      .split('\n')
      .filter((line) => line.includes('config_not_reloaded'));
    expect(lines).toHaveLength(1);
    for (const key of ['nodse', 'thresholds.tick', 'limits.max_nodes']) expect(lines[0]).toContain(key);
    expect(await metric('last_reload_successful')).toBe(0);
    expect(await metric('last_reload_success_timestamp_seconds')).toBe(loadedAt);

    await rm(join(directory, 'exporter.yml'));
    await hangUp('config_not_reloaded');
    for (const name of ['a', 'b']) {
      expect(standing((await nodes()).get(name)!)).toEqual(standing(before.get(name)!));
    }

    await write(settings());
    await hangUp('config_reloaded');
    expect(exporter.stderr()).toContain('nothing to change');
    expect(await metric('last_reload_successful')).toBe(1);
    expect(await metric('last_reload_success_timestamp_seconds')).toBeGreaterThan(loadedAt!);
    expect(count('event=session_opened')).toBe(1);
    expect(count('event=state_changed')).toBe(0);
    expect((await exporter.stop()).code).toBe(0);
  });

  it('adds, renames and removes node hosts while a wedged one stays wedged since when it was', async () => {
    await startWith(settings());
    await untilState('b', 'alive');
    await untilState('a', 'alive');
    surroundings.freeze('b');
    const wedged = await untilState('b', 'wedged');
    const alive = (await nodes()).get('a')!;

    await write(
      settings({
        nodes: [nodeSettings('c'), nodeSettings('b'), nodeSettings('a', 'attic')],
        thresholds: { tick: '500ms' },
        limits: { max_nodes: 7 },
      }),
    );
    const transitions = count('event=state_changed');
    await hangUp('config_reloaded');
    const now = await nodes();
    expect(standing(now.get('b')!)).toEqual(standing(wedged));
    expect(standing(now.get('attic')!)).toEqual(standing(alive));
    expect(now.has('a')).toBe(false);
    expect((await fetch(`${exporter.url}/livez`)).status).toBe(503);
    await until(async () => (await nodes()).get('c')?.scope === 'local');
    await untilState('c', 'alive');
    for (const change of [
      'thresholds.tick: 1s -> 500ms',
      'limits.max_nodes: 1000 -> 7',
      'name: a -> attic',
    ]) {
      expect(exporter.stderr()).toContain(change);
    }

    // Another file with the same token: one session ends and another begins, and nobody's verdict minds.
    const token = join(directory, 'token');
    await copyFile(surroundings.tokenFile, token);
    await write(
      settings({
        gateway: { url: surroundings.gatewayUrl, token_file: token },
        nodes: [nodeSettings('c'), nodeSettings('b')],
        log: { level: 'debug', format: 'json' },
      }),
    );
    expect(count('event=session_opened')).toBe(1);
    await hangUp('config_reloaded');
    await until(() => exporter.stderr().includes('"event":"session_opened"'));
    // The gateway lists it still: to us it is a remote one.
    await until(async () => (await nodes()).get('a')?.scope === 'remote');
    expect(standing((await nodes()).get('b')!)).toEqual(standing(wedged));
    expect(count('state_changed')).toBe(transitions);

    surroundings.continue('b');
    await untilState('b', 'alive');
    expect((await exporter.stop()).code).toBe(0);
    const saved = JSON.parse(await readFile(join(directory, 'state', 'state.json'), 'utf8')) as {
      readonly locals: object;
      readonly logs: object;
    };
    const watched = ['b', 'c'].map((name) => `state-dir:${nodeSettings(name).state_dir ?? ''}`);
    expect(Object.keys(saved.locals).toSorted()).toEqual(watched);
    const logs = Object.keys(saved.logs).filter((key) => !key.startsWith('gateway-log'));
    expect(logs.toSorted()).toEqual(watched);
  });

  it('does not end an exporter that is only just starting', async () => {
    await write(settings());
    const starting = startExporterProcess({
      flags: ['--config.file', join(directory, 'exporter.yml'), '--state.dir', join(directory, 'state')],
      home: directory,
      environment: {},
      hangUpOn: 'event=starting',
    });
    exporter = await starting;
    await until(() => count('event=config_reloaded') > 0);
    expect((await exporter.stop()).code).toBe(0);
  });
});

describe('/-/reload', () => {
  const post = (headers: Readonly<Record<string, string>> = {}): Promise<Response> =>
    fetch(`${exporter.url}/-/reload`, { method: 'POST', headers });

  it('is off, can be switched on by SIGHUP, and says what became of it', async () => {
    await startWith(settings());
    const off = await post();
    expect(off.status).toBe(403);
    expect(await off.text()).toContain('--web.enable-lifecycle');
    expect(count('config_reloaded')).toBe(0);

    await write(settings({ web: { enable_lifecycle: true } }));
    await hangUp('config_reloaded');
    const again = await post();
    expect([again.status, await again.text()]).toEqual([200, 'reloaded: nothing to change\n']);
    expect((await fetch(`${exporter.url}/-/reload`)).status).toBe(405);

    await write(
      settings({
        web: { enable_lifecycle: true, max_requests: 3 },
        probe: { interval: '6s' },
      }),
    );
    const half = await post();
    expect([half.status, await half.text()]).toEqual([
      200,
      'reloaded:\n  probe.interval: 5s -> 6s\nneeds a restart to take effect:\n  web.max_requests: 40 -> 3\n',
    ]);
    expect(exporter.stderr()).toMatch(/WARN .*web\.max_requests: 40 -> 3.*config_needs_restart/);

    await write('nodes: [');
    await until(async () => (await fetch(`${exporter.url}/-/ready`)).ok);
    const bad = await post();
    expect(bad.status).toBe(500);
    expect(await bad.text()).toMatch(
      /^not reloaded, the configuration before stays in force:\n {2}.*exporter\.yml:1/,
    );
    expect(await metric('last_reload_successful')).toBe(0);
  });
});
