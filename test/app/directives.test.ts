import { appendFile, chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Assembly } from '../../src/app/assembly.ts';
import { LocalViewpoints } from '../../src/app/local-viewpoints.ts';
import { loadConfig, serviceManagerEnvironment } from '../../src/config/load.ts';
import { linuxPlatform } from '../../src/sources/platform.ts';
import type { Config } from '../../src/config/config.ts';
import type { Endpoint, NodeHostHints, ProcessSample } from '../../src/core/model/observation.ts';
import { systemClock } from '../../src/runtime/system-clock.ts';
import { StateDirectory } from '../../src/state/state-directory.ts';
import { createTelemetry } from '../../src/telemetry/telemetry.ts';
import { FakeGateway } from '../helpers/fake-gateway.ts';
import { ManualTicker, settle } from '../helpers/manual-time.ts';
import { RecordingSink } from '../helpers/recording-sink.ts';
import { GATEWAY, World } from '../helpers/world.ts';

let directory: string;
const endings: (() => Promise<unknown>)[] = [];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'directives-'));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const end of endings.splice(0).toReversed()) await end();
  await rm(directory, { recursive: true });
});

/** @param log where its log is, in the words of the configuration */
async function aConfig({
  log = 'auto',
  gatewayUrl,
}: { log?: string; gatewayUrl?: string } = {}): Promise<Config> {
  const file = join(directory, 'exporter.yml');
  const token = join(directory, 'token');
  await writeFile(token, 'tok-3f9c0d7e', { mode: 0o600 });
  await writeFile(
    file,
    JSON.stringify({
      nodes: [{ pid_file: join(directory, 'pid'), log }],
      gateway: { token_file: token, ...(gatewayUrl !== undefined && { url: gatewayUrl }) },
    }),
  );
  const loaded = await loadConfig({
    flags: [{ flag: '--config.file', value: file }],
    environment: { HOME: directory, OPENCLAW_LIVENESS_STATE_DIR: join(directory, 'state') },
    cwd: directory,
  });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.config;
}

const SAMPLE: ProcessSample = {
  pid: 4711,
  incarnation: '4711:1',
  kernelState: 'sleeping',
  uptimeMs: 60_000,
  cpuSeconds: 1,
  residentBytes: 1,
};

/** The exporter, put together; the test looks at the process in place of the process source. */
function assemble(config: Config) {
  const lines: string[] = [];
  const telemetry = createTelemetry({ level: 'info', format: 'text', write: (line) => lines.push(line) });
  const exporter = new Assembly(
    config,
    { listen: false, readOnlyState: true, telemetry, platform: linuxPlatform(serviceManagerEnvironment()) },
    { directory: new StateDirectory(config.state.dir), saved: undefined },
  );
  exporter.monitor.start();
  endings.push(async () => {
    exporter.monitor.stop();
    await Promise.all([exporter.gateways.stop(), exporter.viewpoints.stop()]);
    expect(lines.filter((line) => line.includes('event=surprised'))).toEqual([]);
  });
  const target = config.nodes[0]!.id;
  return {
    exporter,
    /** Lines of one event. */
    told: (event: string): string[] => lines.filter((line) => line.includes(`event=${event}`)),
    sees: (hints: NodeHostHints, process: ProcessSample | null = SAMPLE) => {
      exporter.monitor.observe({ source: 'process', target, at: systemClock.now(), process, hints });
      exporter.monitor.assess();
    },
    /** The look at the processes has ended. */
    hasLooked: () => {
      exporter.monitor.report({ source: 'process', at: systemClock.now(), durationMs: 1 });
    },
    gateways: (): readonly string[] => [...exporter.core.beliefs.gateways.keys()],
  };
}

async function aGateway(): Promise<{ gateway: FakeGateway; endpoint: Endpoint; name: string }> {
  const gateway = await FakeGateway.listen({ version: '2026.9.6' });
  endings.push(() => gateway.close());
  const { hostname, port, host } = new URL(gateway.url);
  return { gateway, endpoint: { host: hostname, port: Number(port) }, name: host };
}

/** Answers every request, and keeps what was asked for. */
async function aTunnel(): Promise<{ asked: string[]; endpoint: Endpoint }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.end('{"ok":true}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  endings.push(() => new Promise((resolve) => server.close(resolve)));
  return { asked, endpoint: { host: '127.0.0.1', port: (server.address() as AddressInfo).port } };
}

describe('the log of a node host', () => {
  it('is followed where its process writes it, told once, and anew where that is elsewhere', async () => {
    const { sees, told } = assemble(await aConfig());
    const [out, err] = [join(directory, 'out.log'), join(directory, 'err.log')];
    expect(told('log_followed')).toEqual([]);
    sees({ logPaths: [out, err] });
    sees({ logPaths: [out, err] });
    expect(told('log_followed')).toHaveLength(1);
    expect(told('log_followed')[0]).toContain(`reading the log ${out}, ${err}`);
    sees({ service: { manager: 'systemd', unit: 'mine.service', user: true } });
    expect(told('log_followed')).toHaveLength(2);
    expect(told('log_followed')[1]).toContain('reading the log journal of user unit mine.service');
  });

  it('is still followed where it was once its process is gone', async () => {
    const { sees, told } = assemble(await aConfig());
    sees({ logPaths: [join(directory, 'out.log')] });
    sees({}, null);
    expect(told('log_followed')).toHaveLength(1);
  });

  it('is where the configuration says, whatever its process writes', async () => {
    const { sees, told } = assemble(await aConfig({ log: join(directory, 'given.log') }));
    sees({ logPaths: [join(directory, 'out.log')] });
    expect(told('log_followed')).toEqual([]);
  });
});

describe('the gateway that a node host turns out to dial', () => {
  it('is watched', async () => {
    const { sees, gateways } = assemble(await aConfig());
    expect(gateways()).toEqual(['127.0.0.1:18789']);
    sees({ endpoint: { host: 'gw.lan', port: 18_790 }, tls: true });
    expect(gateways()).toEqual(['gw.lan:18790']);
  });

  it('has a session of ours once the look at the processes has ended', async () => {
    const { gateway, endpoint, name } = await aGateway();
    const { exporter, sees, hasLooked } = assemble(await aConfig());
    sees({ endpoint });
    expect(exporter.core.beliefs.gateways.get(name)?.facts.ownSession.kind).toBe('untried');
    hasLooked();
    await gateway.until(() => gateway.requests.some(({ method }) => method === 'node.list'));
    expect(exporter.core.beliefs.gateways.get(name)?.facts.ownSession.kind).toBe('open');
  });

  it('is another one when the node host moved', async () => {
    const [one, two] = [await aGateway(), await aGateway()];
    const { sees, hasLooked, gateways } = assemble(await aConfig());
    sees({ endpoint: one.endpoint });
    hasLooked();
    await one.gateway.until(() => one.gateway.requests.length > 0);
    sees({ endpoint: two.endpoint }, { ...SAMPLE, incarnation: '4712:9' });
    expect(gateways()).toEqual([two.name]);
    await two.gateway.until(() => two.gateway.requests.length > 0);
    await one.gateway.until(() => one.gateway.connections === 0);
  });

  it.each(['gw.lan:18789', 'fe80::1%eth0'])('is none at %j, and everything goes on', async (host) => {
    const { exporter, sees, hasLooked, gateways } = assemble(await aConfig());
    sees({ endpoint: { host, port: 18_789 } });
    hasLooked();
    expect(gateways()).toEqual(['127.0.0.1:18789']);
    expect(exporter.snapshot().nodes).toHaveLength(1);
    const { endpoint, name } = await aGateway();
    sees({ endpoint });
    expect(gateways()).toEqual([name]);
  });
});

describe('the way that a node host takes to its gateway', () => {
  it('is tried where it is not the gateway’s own and its log does not tell', async () => {
    const { gateway } = await aGateway();
    const { asked, endpoint } = await aTunnel();
    const { sees, hasLooked } = assemble(await aConfig({ log: 'none', gatewayUrl: gateway.url }));
    sees({ endpoint });
    hasLooked();
    await expect.poll(() => asked).toContain('/health');
  });

  const TUNNEL: Endpoint = { host: '127.0.0.1', port: 2_222 };
  const tries = ({ directives }: World): unknown[] => directives.filter(({ kind }) => kind === 'try-path');
  const tried = { kind: 'try-path', target: 'local', gateway: GATEWAY.name, endpoint: TUNNEL };
  const knocked = { ...tried, by: 'websocket' };
  const leftAlone = { ...tried, endpoint: null, by: 'health' };

  it.each([
    [undefined, {}],
    [false, { tls: false }],
    [true, { tls: true }],
  ])('is tried with TLS as its node host dials, and where nobody knows that is said: %s', (tls, said) => {
    const world = new World({ log: false });
    world.nodeHost({ hints: { endpoint: TUNNEL, ...(tls !== undefined && { tls }) } });
    world.advance(30);
    expect(tries(world).at(-1)).toEqual({ ...leftAlone, ...said });
  });

  it.each([
    ['there is none', { log: false }, (world: World) => world],
    ['it cannot be read', {}, (world: World) => world.logIsReadable(false)],
  ])('is tried while the node host is detached and its log is blind: %s', (_why, options, blind) => {
    const world = blind(new World(options));
    const node = world.nodeHost({ hints: { endpoint: TUNNEL } });
    world.advance(30);
    expect(tries(world)).toContainEqual(knocked);
    expect(node.state).toBe('alive');
    expect(tries(world).at(-1)).toEqual(leftAlone);
    node.meets('proxy-502').dropped(1006, '');
    world.advance(10);
    expect(tries(world).at(-1)).toEqual(knocked);
    node.meets('gateway');
    world.secondsUntil('alive', 120);
    expect(tries(world).at(-1)).toEqual(leftAlone);
  });

  it('is tried with a log only while the log tells that attempts fail', () => {
    const world = new World();
    const node = world.nodeHost({ hints: { endpoint: TUNNEL } }).attached();
    world.advance(30);
    const before = tries(world).length;
    node.meets('proxy-502').dropped(1006, '');
    world.advance(10);
    expect(tries(world).slice(before)).toEqual([{ ...tried, by: 'health' }]);
  });

  it('is tried by a WebSocket alone where it is the gateway’s own address: its health is watched anyhow', () => {
    const world = new World({ log: false });
    world.nodeHost({ hints: { endpoint: GATEWAY.address } });
    world.advance(30);
    expect(tries(world)).toContainEqual({ ...knocked, endpoint: GATEWAY.address });
    expect(tries(world)).not.toContainEqual({ ...tried, endpoint: GATEWAY.address, by: 'health' });
    expect(tries(world).at(-1)).toEqual(leftAlone);
  });
});

describe('the service manager of a node host', () => {
  const MINE = { manager: 'systemd', unit: 'mine.service', user: true } as const;

  /** Keeps what it was asked for. */
  async function installSystemctl(): Promise<() => Promise<string>> {
    const log = join(directory, 'asked');
    await writeFile(
      join(directory, 'systemctl'),
      `#!/bin/sh\necho "$@" >>'${log}'\nprintf 'LoadState=loaded\\nActiveState=active\\nSubState=running\\nNRestarts=2\\n'\n`,
    );
    await chmod(join(directory, 'systemctl'), 0o755);
    vi.stubEnv('PATH', `${directory}${delimiter}${process.env.PATH ?? ''}`);
    return () => readFile(log, 'utf8').catch(() => '');
  }

  it('is asked only after the first look at the processes, which tells of what to ask', async () => {
    const asked = await installSystemctl();
    const { exporter, sees, hasLooked } = assemble(await aConfig());
    sees({ service: MINE });
    exporter.monitor.report({ source: 'socket', at: systemClock.now(), durationMs: 1 });
    await settle();
    expect(await asked()).toBe('');
    hasLooked();
    await expect.poll(asked).toContain('mine.service');
    await expect
      .poll(() => exporter.snapshot().nodes[0]?.evidence.supervisor)
      .toMatchObject({ service: MINE, standing: { kind: 'running' }, restarts: 2 });
    expect((await asked()).trim().split('\n')).toHaveLength(1);
  });

  it('is not asked of a process that no service runs', async () => {
    const asked = await installSystemctl();
    const { exporter, sees, hasLooked } = assemble(await aConfig());
    sees({ service: { manager: 'systemd', unit: 'session-3.scope', user: false } });
    hasLooked();
    await settle();
    expect(await asked()).toBe('');
    expect(exporter.snapshot().sources.find(({ source }) => source === 'supervisor')?.enabled).toBe(false);
  });
});

describe('what looks at this machine', () => {
  /** Viewpoints of one node host that beat when the test says so; the core's place is taken by the test. */
  async function viewpoints(log: string, more: readonly string[] = []) {
    const [node] = (await aConfig({ log })).nodes;
    const nodes = [node!, ...more.map((id) => ({ ...node!, id }))];
    const [sink, ticker] = [new RecordingSink(), new ManualTicker()];
    const told: string[] = [];
    const points = new LocalViewpoints({
      nodes,
      platform: linuxPlatform({}),
      home: directory,
      positions: {},
      clock: systemClock,
      sink,
      // A poke is one more beat, and the test beats when it wants to.
      ticker: { every: (ms, look) => ({ ...ticker.every(ms, look), poke: () => undefined }) },
      telemetry: createTelemetry({ level: 'warn', format: 'text', write: (line) => told.push(line) }),
    });
    points.start();
    endings.push(() => points.stop());
    return { target: nodes[0]!.id, points, sink, ticker, told };
  }

  it('reads the log where the core says that it is', async () => {
    const { target, points, sink, ticker } = await viewpoints('auto');
    const path = join(directory, 'node.log');
    await writeFile(path, '');
    await ticker.beat();
    expect(sink.of('log')).not.toContainEqual(expect.objectContaining({ kind: 'status', readable: true }));
    points.followLog({ kind: 'follow-log', target, hints: { paths: [path] } });
    await ticker.beat();
    await appendFile(path, 'node host gateway connected: ws://127.0.0.1:18789\n');
    await ticker.beat();
    expect(sink.of('log')).toContainEqual(
      expect.objectContaining({ kind: 'line', event: { kind: 'connected', url: 'ws://127.0.0.1:18789' } }),
    );
  });

  it('reads no log that two node hosts write to, since nobody can tell whose a line is', async () => {
    const { target, points, sink, ticker, told } = await viewpoints('auto', ['other']);
    const [shared, own] = [join(directory, 'node.log'), join(directory, 'own.log')];
    await writeFile(shared, 'node host gateway connected: ws://127.0.0.1:18789\n');
    await writeFile(own, '');
    for (const who of [target, 'other', target])
      points.followLog({ kind: 'follow-log', target: who, hints: { paths: [shared] } });
    await ticker.beat();
    await ticker.beat();
    await appendFile(shared, 'node host gateway connect failed: unauthorized\n');
    await ticker.beat();
    expect(sink.of('log')).not.toContainEqual(expect.objectContaining({ kind: 'line' }));
    expect(told).toHaveLength(1);
    expect(told[0]).toContain(
      `the log ${shared} is not read: node hosts "${target}" and "other" write to it`,
    );

    points.followLog({ kind: 'follow-log', target: 'other', hints: { paths: [own] } });
    await ticker.beat();
    await appendFile(shared, 'node host gateway connected: ws://127.0.0.1:18789\n');
    await ticker.beat();
    expect(sink.of('log')).toContainEqual(expect.objectContaining({ kind: 'line', target }));
    expect(sink.of('log')).not.toContainEqual(expect.objectContaining({ kind: 'line', target: 'other' }));
  });

  it.runIf(process.platform === 'linux')(
    'looks at the sockets of the process that the core names',
    async () => {
      const { target, points, sink, ticker } = await viewpoints('none');
      const { endpoint } = await aTunnel();
      const socket = connect(endpoint.port, endpoint.host);
      await once(socket, 'connect');
      endings.push(() => Promise.resolve(socket.destroy()));
      await ticker.beat();
      expect(sink.of('socket')).toEqual([]);
      points.lookAtSockets({
        kind: 'look-at-sockets',
        target,
        process: { pid: process.pid, incarnation: 'this', endpoint },
      });
      await ticker.beat();
      expect(sink.of('socket')).toMatchObject([
        { target, incarnation: 'this', endpoint, connections: [{ state: 'established' }] },
      ]);
      points.lookAtSockets({ kind: 'look-at-sockets', target, process: null });
      await ticker.beat();
      expect(sink.of('socket')).toHaveLength(1);
    },
  );
});
