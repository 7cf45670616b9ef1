import { mkdirSync, mkdtempSync, realpathSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { RunningExporter } from '../../src/app/port.ts';
import { startExporter } from '../../src/app/start.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { NodeSnapshot } from '../../src/core/index.ts';
import { persistentDeviceIdentity } from '../../src/demo/device-identity.ts';
import { PID_INFO } from '../../src/sources/darwin/libproc.ts';
import { createDarwinPlatform } from '../../src/sources/darwin/platform.ts';
import { createTelemetry } from '../../src/telemetry/telemetry.ts';
import { FakeGateway } from '../helpers/fake-gateway.ts';
import { capture } from '../sources/darwin/fixtures.ts';
import {
  buildFakeLibproc,
  FakeMac,
  putConnections,
  putProcesses,
  putThread,
  removeProcess,
  taskBytes,
  type MacProcess,
} from '../sources/darwin/fake-mac.ts';
import { FakePrograms } from './fake-programs.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** `ps -o etime` of the report: 01-01:05:58. */
const RUNS_FOR_MS = 25 * HOUR_MS + 5 * MINUTE_MS + 58_000;
const TOKEN = 'a-token-of-a-test';
/** The last lines of the report's `node.err.log`. */
const LAST_LINES = `node host gateway connect failed: connect ECONNREFUSED 127.0.0.1:18789
node host gateway closed (1006):
node host gateway closed (1012): service restart
`;
/**
 * A node host that nobody has seen dial is given its whole backoff and a connect before its silence counts: 70 s from the
 * exporter's start on. Here the durations that make that up are told to be shorter, and nothing else is; with FULL_GRACE=1
 * they are what they are.
 */
const isFull = process.env.FULL_GRACE !== undefined;
const THRESHOLDS = isFull
  ? {}
  : { backoff_max: '2s', connect_deadline: '2s', legacy_connect_deadline: '2s', blind_slack: '2s' };
const GRACE_MS = isFull ? 70_000 : 7_000;
const WAITING = 3;

const LAUNCHD: MacProcess = {
  pid: 1,
  parentPid: 0,
  userId: 0,
  startedWallMs: Date.now() - 100 * HOUR_MS,
  command: 'launchd',
  args: ['/sbin/launchd'],
  environment: {},
};

const built = buildFakeLibproc();

/** A Mac with two node hosts under launchd, their gateway, and the exporter as it runs there. */
class MacStudio {
  readonly home = realpathSync(mkdtempSync(join(tmpdir(), 'openclaw-69800-')));
  readonly programs: FakePrograms;
  readonly mac: FakeMac;
  gateway!: FakeGateway;
  /** What the gateway lists: by 2026.4 a node host that is not attached is there and no more. */
  readonly #rows = new Map<string, object>();
  #processes: readonly MacProcess[] = [];
  #known: readonly MacProcess[] = [];
  #heart: NodeJS.Timeout | undefined;
  exporter!: RunningExporter;
  /** What the exporter logged. */
  readonly lines: string[] = [];

  private constructor(library: string) {
    this.mac = new FakeMac(library);
    this.mac.tickRate(24_000_000);
    this.programs = new FakePrograms(this.home);
    this.programs.prints('launchctl', capture('launchctl-print-node-running-26.txt'));
  }

  static async start(library: string): Promise<MacStudio> {
    const studio = new MacStudio(library);
    studio.gateway = await FakeGateway.listen({
      version: '2026.4.15',
      react: ({ method }) =>
        method === 'node.list'
          ? { payload: { ts: Date.now(), nodes: [...studio.#rows.values()] } }
          : undefined,
    });
    return studio;
  }

  get #port(): number {
    return Number(new URL(this.gateway.url).port);
  }

  stateDir(name: string): string {
    return join(this.home, name);
  }

  /** The gateway lists the node host of this state directory, attached just now or not at all. */
  lists(name: string, connected: boolean): void {
    const { deviceId: nodeId } = persistentDeviceIdentity(this.stateDir(name));
    const at = connected ? { connectedAtMs: Date.now() } : {};
    this.#rows.set(name, { nodeId, displayName: name, paired: true, connected, ...at });
    this.gateway.emit('presence', {});
  }

  /** A titled node host, with its errors in a file whose last line is from 42 minutes before its start. */
  nodeHost(name: string, { pid, runsForMs = RUNS_FOR_MS }: { pid: number; runsForMs?: number }): MacProcess {
    const startedWallMs = Date.now() - runsForMs;
    const logs = join(this.stateDir(name), 'logs');
    mkdirSync(logs, { recursive: true });
    const path = join(logs, 'node.err.log');
    writeFileSync(path, LAST_LINES);
    const lastWrite = (Date.now() - RUNS_FOR_MS - 42 * MINUTE_MS) / 1_000;
    utimesSync(path, lastWrite, lastWrite);
    const gateway = { host: '127.0.0.1', port: this.#port };
    writeFileSync(join(this.stateDir(name), 'node.json'), JSON.stringify({ version: 1, gateway }));
    const label = name === 'mac-studio' ? 'ai.openclaw.node' : `com.example.${name}`;
    return {
      pid,
      startedWallMs,
      args: [
        '/opt/homebrew/opt/node/bin/node',
        '/opt/homebrew/lib/node_modules/openclaw/dist/index.js',
        'node',
        'run',
      ],
      title: 'openclaw-node',
      environment: {
        HOME: this.home,
        OPENCLAW_STATE_DIR: this.stateDir(name),
        XPC_SERVICE_NAME: label,
        OPENCLAW_GATEWAY_TOKEN: TOKEN,
      },
      errors: { path, inode: statSync(path).ino },
    };
  }

  /** These run from now on, and no others; each one's event loop wakes up now and then. */
  runs(...processes: readonly MacProcess[]): void {
    for (const { pid } of this.#known) removeProcess(this.mac, pid);
    this.#known = [...this.#known, ...processes];
    this.#processes = processes;
    putProcesses(this.mac, [LAUNCHD, ...processes]);
    this.#heart ??= setInterval(() => {
      const cpuSeconds = performance.now() / 100_000;
      for (const { pid } of this.#processes) {
        putThread(this.mac, pid, { name: 'openclaw-node', runState: WAITING, cpuSeconds });
      }
    }, 500);
  }

  stops(process: MacProcess): void {
    this.#processes = this.#processes.filter((it) => it !== process);
    this.mac.forgetPidInfo(process.pid, PID_INFO.taskAll);
    this.mac.pidInfo(process.pid, PID_INFO.taskAll, taskBytes(process, { status: 4 }));
  }

  connects(pid: number): void {
    putConnections(this.mac, pid, [{ fd: 21, port: this.#port }]);
  }

  async watch(names: readonly string[], thresholds: object): Promise<void> {
    const [file, token] = [join(this.home, 'exporter.yml'), join(this.home, 'token')];
    writeFileSync(token, TOKEN, { mode: 0o600 });
    writeFileSync(
      file,
      JSON.stringify({
        web: { listen_address: '127.0.0.1:0' },
        gateway: { url: this.gateway.url, token_file: token },
        nodes: names.map((name) => ({ state_dir: this.stateDir(name) })),
        thresholds,
      }),
    );
    const loaded = await loadConfig({
      flags: [{ flag: '--config.file', value: file }],
      environment: { HOME: this.home, OPENCLAW_LIVENESS_STATE_DIR: join(this.home, 'exporter') },
      cwd: this.home,
    });
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
    const started = await startExporter(loaded.config, {
      listen: true,
      readOnlyState: false,
      telemetry: createTelemetry({ level: 'info', format: 'text', write: (line) => this.lines.push(line) }),
      platform: createDarwinPlatform({ library: this.mac.library, run: this.programs.run, userId: 501 }),
    });
    if (!started.ok) throw new Error(started.problem.message);
    this.exporter = started.exporter;
  }

  node(name: string): NodeSnapshot {
    const found = this.exporter.snapshot().nodes.find((node) => node.name === name);
    if (found === undefined) throw new Error(`no node host ${name} among ${this.names().join()}`);
    return found;
  }

  names(): readonly string[] {
    return this.exporter.snapshot().nodes.map((node) => node.name);
  }

  async livez(name: string): Promise<number> {
    return (await this.#get(`/livez/${name}`)).status;
  }

  async document(name: string): Promise<string> {
    return (await this.#get(`/api/v1/nodes/${name}`)).text();
  }

  async #get(path: string): Promise<Response> {
    const { address } = this.exporter;
    return fetch(`http://127.0.0.1:${address?.port ?? 0}${path}`);
  }

  /** Resolves when the node host is called that; with how long it took since deadlines were last restarted. */
  async called(name: string, state: string): Promise<number> {
    let since = performance.now();
    let inState = false;
    await expect
      .poll(
        () => {
          const { doubt } = this.exporter.snapshot();
          inState = this.names().includes(name) && this.node(name).state === state;
          // On a machine that is too busy for its own ticks the grace begins anew.
          if (!inState && doubt !== undefined) since = performance.now();
          return inState;
        },
        { timeout: 100_000, interval: 100 },
      )
      .toBe(true);
    return performance.now() - since;
  }

  async end(): Promise<void> {
    clearInterval(this.#heart);
    await this.exporter.stop();
    await this.gateway.close();
    this.mac.reset();
    rmSync(this.home, { recursive: true });
  }
}

describe.skipIf(!built.ok)(
  built.ok ? 'openclaw#69800 on its own machine' : `openclaw#69800 (skipped: ${built.why})`,
  () => {
    afterAll(() => {
      if (built.ok) built.remove();
    });

    it('is a zombie for everybody to see, a restart helps, and the healthy one beside it is left in peace', async () => {
      const studio = await MacStudio.start(built.ok ? built.path : '');
      // Attached last when the gateway was restarted, 25 hours ago.
      studio.lists('mac-studio', false);
      const zombie = studio.nodeHost('mac-studio', { pid: 94_364 });
      studio.lists('healthy-twin', true);
      const twin = studio.nodeHost('healthy-twin', { pid: 94_400 });
      studio.runs(zombie, twin);
      studio.connects(twin.pid);

      await studio.watch(['mac-studio', 'healthy-twin'], THRESHOLDS);
      const accused: string[] = [];
      studio.exporter.onTransition(({ key }) => {
        const node = studio.exporter.snapshot().nodes.find((it) => it.key === key);
        if (node?.name === 'healthy-twin' && !node.live) accused.push(node.state);
      });
      try {
        expect(await studio.called('mac-studio', 'zombie')).toBeLessThan(GRACE_MS + 10_000);
        expect(await studio.livez('mac-studio')).toBe(503);
        const { reasons, remedy, evidence, service } = {
          service: { manager: 'launchd', label: 'ai.openclaw.node', domain: 'gui/501' },
          ...studio.node('mac-studio'),
        };
        expect(reasons).toEqual(['silent']);
        expect(remedy).toEqual({ kind: 'restart', scope: 'local', service, pid: 94_364 });
        expect(evidence).toMatchObject({
          process: { pid: 94_364, kernelState: 'sleeping' },
          socket: { state: 'none' },
          log: { readable: true },
          supervisor: { service, standing: { kind: 'running' } },
        });
        const document = await studio.document('mac-studio');
        expect(document).toContain('launchctl kickstart -k gui/501/ai.openclaw.node');
        expect(document).not.toContain(TOKEN);
        expect(await studio.livez('healthy-twin')).toBe(200);

        // launchctl kickstart -k: another process, which connects.
        const restarted = studio.nodeHost('mac-studio', { pid: 95_001, runsForMs: 500 });
        studio.runs(restarted, twin);
        studio.lists('mac-studio', true);
        studio.connects(restarted.pid);
        await studio.called('mac-studio', 'alive');
        expect(await studio.livez('mac-studio')).toBe(200);
        await expect
          .poll(() => studio.node('mac-studio').counters.processRestarts, { timeout: 20_000 })
          .toBe(1);

        expect(accused).toEqual([]);
        expect(studio.node('healthy-twin')).toMatchObject({ state: 'alive', live: true, ready: true });
        expect(studio.exporter.snapshot().sources.filter(({ lastError }) => lastError !== undefined)).toEqual(
          [],
        );
      } finally {
        await studio.end();
      }
    }, 150_000);

    it('whose errors go to /dev/null is watched by all the rest, and that is said', async () => {
      const studio = await MacStudio.start(built.ok ? built.path : '');
      studio.lists('mac-studio', true);
      const host = studio.nodeHost('mac-studio', { pid: 94_364, runsForMs: HOUR_MS });
      studio.runs({ ...host, errors: '/dev/null' });
      studio.connects(host.pid);
      await studio.watch(['mac-studio'], {});
      try {
        await studio.called('mac-studio', 'alive');
        await expect.poll(() => studio.lines.join(''), { timeout: 10_000 }).toContain('/dev/null');
        const { evidence, ready, reasons } = studio.node('mac-studio');
        expect({ ready, reasons }).toEqual({ ready: true, reasons: ['attached'] });
        expect(evidence.log).toBeUndefined();
        expect(evidence.process).toMatchObject({
          pid: 94_364,
          voluntarySwitches: expect.any(Number) as number,
        });
      } finally {
        await studio.end();
      }
    }, 60_000);

    it('that is stopped is wedged, and that is gone is what launchd says of it', async () => {
      const studio = await MacStudio.start(built.ok ? built.path : '');
      studio.lists('mac-studio', true);
      const host = studio.nodeHost('mac-studio', { pid: 94_364, runsForMs: HOUR_MS });
      studio.runs(host);
      studio.connects(host.pid);
      await studio.watch(['mac-studio'], { stopped_after: '1s', down_after: '1s' });
      try {
        await studio.called('mac-studio', 'alive');
        studio.stops(host);
        await studio.called('mac-studio', 'wedged');
        expect(studio.node('mac-studio').reasons).toEqual(['process-stopped']);

        studio.programs.prints('launchctl', capture('launchctl-print-pended-speculative-unknown.txt'));
        studio.runs();
        studio.lists('mac-studio', false);
        await studio.called('mac-studio', 'down');
        await expect
          .poll(() => studio.node('mac-studio').reasons[0], { timeout: 20_000 })
          .toBe('supervisor-held-back');
        expect(await studio.document('mac-studio')).toContain(
          '`launchctl kickstart gui/501/ai.openclaw.node`',
        );

        studio.programs.prints('launchctl', '', {
          status: 113,
          errors: capture('launchctl-print-notfound-stderr-26.txt'),
        });
        await expect
          .poll(() => studio.node('mac-studio').reasons[0], { timeout: 20_000 })
          .toBe('supervisor-not-loaded');
        expect(await studio.document('mac-studio')).toContain('launchctl bootstrap gui/501');
      } finally {
        await studio.end();
      }
    }, 90_000);
  },
);
