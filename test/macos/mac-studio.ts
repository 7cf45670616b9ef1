import { present } from '../../src/core/model/present.ts';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { RunningExporter } from '../../src/app/port.ts';
import { startExporter } from '../../src/app/start.ts';
import { runCli } from '../../src/cli/run-cli.ts';
import type { Environment } from '../../src/config/environment-layer.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { NodeSnapshot } from '../../src/core/index.ts';
import { persistentDeviceIdentity } from '../../src/demo/device-identity.ts';
import { PID_INFO } from '../../src/sources/darwin/libproc.ts';
import { createDarwinPlatform } from '../../src/sources/darwin/platform.ts';
import { createTelemetry } from '../../src/telemetry/telemetry.ts';
import { FakeGateway } from '../helpers/fake-gateway.ts';
import type { CapturedVersion } from '../helpers/captured-frames.ts';
import { capture } from '../sources/darwin/fixtures.ts';
import {
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
export const HOUR_MS = 60 * MINUTE_MS;
/** `ps -o etime` of openclaw#69800: 01-01:05:58. */
const RUNS_FOR_MS = 25 * HOUR_MS + 5 * MINUTE_MS + 58_000;
export const TOKEN = 'a-token-of-a-test';
/** The last lines of its `node.err.log`. */
const LAST_LINES = `node host gateway connect failed: connect ECONNREFUSED 127.0.0.1:18789
node host gateway closed (1006):
node host gateway closed (1012): service restart
`;
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

/** A Mac with node hosts under launchd, their gateway, and the exporter as it runs there. */
export class MacStudio {
  readonly home = realpathSync(mkdtempSync(join(tmpdir(), 'openclaw-69800-')));
  readonly programs: FakePrograms;
  readonly mac: FakeMac;
  gateway!: FakeGateway;
  /** What the gateway lists: by 2026.4 a node host that is not attached is there and no more. */
  readonly #rows = new Map<string, object>();
  #processes: readonly MacProcess[] = [];
  #known: readonly MacProcess[] = [];
  #heart: NodeJS.Timeout | undefined;
  #exporter: RunningExporter | undefined;
  /** What the exporter logged. */
  readonly lines: string[] = [];

  private constructor(library: string) {
    this.mac = new FakeMac(library);
    this.mac.tickRate(24_000_000);
    this.programs = new FakePrograms(this.home);
    this.programs.prints('launchctl', capture('launchctl-print-node-running-26.txt'));
  }

  static async start(library: string, version: CapturedVersion = '2026.4.15'): Promise<MacStudio> {
    const studio = new MacStudio(library);
    studio.gateway = await FakeGateway.listen({
      version,
      react: ({ method }) =>
        method === 'node.list'
          ? { payload: { ts: Date.now(), nodes: [...studio.#rows.values()] } }
          : undefined,
    });
    return studio;
  }

  get port(): number {
    return Number(new URL(this.gateway.url).port);
  }

  stateDir(name: string): string {
    return join(this.home, name);
  }

  /** As the configuration names them. */
  named(...names: readonly string[]): readonly object[] {
    return names.map((name) => ({ state_dir: this.stateDir(name) }));
  }

  /**
   * The gateway lists the node host of this state directory, attached just now or not at all. 2026.9 also tells when one that
   * is not attached was last.
   */
  lists(name: string, connected: boolean, lastConnectedAtMs?: number): void {
    const { deviceId: nodeId } = persistentDeviceIdentity(this.stateDir(name));
    const at = connected ? { connectedAtMs: Date.now() } : present({ lastConnectedAtMs });
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
    const gateway = { host: '127.0.0.1', port: this.port };
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
    putConnections(this.mac, pid, [{ fd: 21, port: this.port }]);
  }

  /** The adapters of macOS; without koffi where it is told to find libproc nowhere. */
  platform(library = this.mac.library): ReturnType<typeof createDarwinPlatform> {
    return createDarwinPlatform({ library, run: this.programs.run, userId: 501, home: this.home });
  }

  /** Runs the exporter with these settings beside its address, its gateway and its token. */
  async watch(settings: object): Promise<void> {
    const [file, token] = [join(this.home, 'exporter.yml'), join(this.home, 'token')];
    writeFileSync(token, TOKEN, { mode: 0o600 });
    writeFileSync(
      file,
      JSON.stringify({
        web: { listen_address: '127.0.0.1:0' },
        gateway: { url: this.gateway.url, token_file: token },
        ...settings,
      }),
    );
    const loaded = await loadConfig({
      flags: [{ flag: '--config.file', value: file }],
      environment: this.environment(),
      cwd: this.home,
      system: 'darwin',
    });
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
    const started = await startExporter(loaded.config, {
      listen: true,
      readOnlyState: false,
      telemetry: createTelemetry({ level: 'info', format: 'text', write: (line) => this.lines.push(line) }),
      platform: this.platform(),
    });
    if (!started.ok) throw new Error(started.problem.message);
    this.#exporter = started.exporter;
  }

  /** What `check` prints with these flags where no exporter runs. */
  async check(
    flags: readonly string[],
    { library = this.mac.library, ...more }: CheckOptions = {},
  ): Promise<string> {
    let out = '';
    const platform = this.platform(library);
    await runCli(['check', '--standalone', '--timeout', '12s', ...flags], {
      startExporter: (config, options) => startExporter(config, { ...options, platform }),
      startDemo: () => Promise.reject(new Error('no demo')),
      service: () => {
        throw new Error('nothing is installed');
      },
      notify: undefined,
      fetch: () => Promise.reject(new Error('nobody is asked')),
      localRequest: () => Promise.reject(new Error('nobody is asked')),
      stdout: { write: (text) => (out += text), isTty: false, columns: 120, rows: 40 },
      stderr: { write: (text) => (out += text), isTty: false, columns: 120, rows: 40 },
      signals: { listen: () => () => undefined, listenForReload: () => () => undefined },
      after: (ms, callback) => {
        const timer = setTimeout(callback, ms);
        return () => {
          clearTimeout(timer);
        };
      },
      version: '0',
      environment: { ...this.environment(), OPENCLAW_GATEWAY_TOKEN: TOKEN, ...more },
      cwd: this.home,
      system: 'darwin',
    });
    return out;
  }

  environment(): Environment {
    return { HOME: this.home, OPENCLAW_LIVENESS_STATE_DIR: join(this.home, 'exporter') };
  }

  get exporter(): RunningExporter {
    if (this.#exporter === undefined) throw new Error('nobody watches');
    return this.#exporter;
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

  /** What it answers at this path. */
  async page(path: string): Promise<string> {
    return (await this.#get(path)).text();
  }

  document(name: string): Promise<string> {
    return this.page(`/api/v1/nodes/${name}`);
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
    // A check has stopped its own.
    await this.#exporter?.stop();
    await this.gateway.close();
    this.mac.reset();
    rmSync(this.home, { recursive: true });
  }
}

/** Variables beside the Mac's own. */
type CheckOptions = { readonly library?: string } & Environment;
