import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeTemporaryDirectory, removeTemporaryDirectory } from './cleanup.ts';
import type { Resource } from './cleanup.ts';
import type { OpenClawVersion } from './installation.ts';
import { asObject, asObjects, asText, parseObject } from './json.ts';
import type { JsonObject } from './json.ts';
import { lastWords, readLog } from './last-words.ts';
import { ManagedProcess, sendSignal } from './managed-process.ts';
import { nodeBinary, openClawArguments, openClawEnvironment } from './openclaw-environment.ts';
import { GatewayRefusal, OperatorSession } from './operator-session.ts';
import type { OperatorScope } from './operator-session.ts';
import { reservePort } from './ports.ts';
import { readCommandLine } from './proc.ts';
import { Hopeless, monotonicMs, sleep, waitUntil } from './wait-until.ts';

export interface GatewayOptions {
  readonly version: OpenClawVersion;
  readonly port?: number;
  readonly token?: string;
  /** Merged over the `gateway` section of `openclaw.json`. */
  readonly gatewayConfig?: JsonObject;
  /** `--verbose`: the gateway's log then names every connect and close. */
  readonly verbose?: boolean;
}

export interface RestartOptions {
  /** From the end of the old process to the start of the new one; booting comes on top. */
  readonly outageMs: number;
  readonly signal?: 'SIGTERM' | 'SIGKILL';
}

export interface RestartTimings {
  /** From the signal to the last process gone. */
  readonly stopMs: number;
  /** From the start of the new process to `GET /health` 200. */
  readonly bootMs: number;
  /** From the signal to `GET /health` 200: at least this long nobody could attach. */
  readonly downMs: number;
}

/** One refused or failed attempt of an operator to connect while the gateway boots. */
export interface FailedConnect {
  readonly afterMs: number;
  readonly error: string;
}

/** 2026.9 drains its work when asked to stop; with none to drain it takes 3 s. */
const stopPatienceMs = 30_000;
/** 5 to 15 s on a quiet machine; ten times that was seen where compilers ran on both cores. */
const bootPatienceMs = 240_000;
const bootAttempts = 4;

/** A real OpenClaw gateway on a port and with a state directory of its own. */
export class Gateway implements Resource {
  readonly version: OpenClawVersion;
  readonly port: number;
  readonly home: string;
  readonly stateDir: string;
  readonly configPath: string;
  readonly logPath: string;
  #token: string;
  readonly #options: GatewayOptions;
  #hasToken = true;
  #process: ManagedProcess | undefined;
  #operator: OperatorSession | undefined;

  constructor(options: GatewayOptions, directory: string, port: number) {
    this.version = options.version;
    this.port = port;
    this.home = directory;
    this.stateDir = join(directory, 'state');
    this.configPath = join(this.stateDir, 'openclaw.json');
    this.logPath = join(directory, 'gateway.log');
    this.#token = options.token ?? randomBytes(16).toString('hex');
    this.#options = options;
  }

  get token(): string {
    return this.#token;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}`;
  }

  get healthUrl(): string {
    return `http://127.0.0.1:${this.port}/health`;
  }

  get endpoint(): { readonly host: string; readonly port: number } {
    return { host: '127.0.0.1', port: this.port };
  }

  get logPaths(): readonly string[] {
    return [this.logPath];
  }

  /** What it has written to its console so far. */
  async output(): Promise<string> {
    return readFile(this.logPath, 'utf8');
  }

  /** The process that serves; in 2026.4 it has a launcher above it. */
  get pid(): number {
    const titled = this.pids.find((pid) => readCommandLine(pid).startsWith('openclaw-gateway'));
    return titled ?? this.#running().pid;
  }

  get pids(): number[] {
    return this.#process?.tree() ?? [];
  }

  /** Starts the process and does not wait for it. */
  async start(): Promise<void> {
    if (this.pids.length > 0) throw new Error('the gateway runs already');
    await mkdir(this.stateDir, { recursive: true });
    if (this.#hasToken) await this.#writeConfig();
    this.#process = new ManagedProcess({
      command: nodeBinary,
      args: openClawArguments(this.version, [
        'gateway',
        'run',
        ...(this.#options.verbose ? ['--verbose'] : []),
      ]),
      env: openClawEnvironment(this.home, this.stateDir),
      cwd: this.home,
      stdoutPath: this.logPath,
      stderrPath: this.logPath,
    });
  }

  async isHealthy(timeoutMs = 1_000): Promise<boolean> {
    try {
      const response = await fetch(this.healthUrl, { signal: AbortSignal.timeout(timeoutMs) });
      await response.arrayBuffer();
      return response.ok;
    } catch {
      return false;
    }
  }

  /** Rejects at once, with its last words, where it dies. */
  async waitHealthy(timeoutMs = bootPatienceMs): Promise<number> {
    let looksInVain = 0;
    return waitUntil(
      async () => {
        if (await this.isHealthy()) return true;
        // One look may fall between a process and the one that it replaces itself by.
        looksInVain = this.pids.length === 0 ? looksInVain + 1 : 0;
        if (looksInVain > 1) throw new Hopeless(this.#lastWords());
        return false;
      },
      { timeoutMs, what: `${this.healthUrl} to answer` },
    );
  }

  /**
   * Starts it and waits until it answers. 2026.9 gives up by itself where a worker thread of its own got no processor
   * for 5 s, as on a machine that compiles; that is no trouble of a scenario, so it is started again.
   */
  async boot(): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      await this.start();
      try {
        await this.waitHealthy();
        return;
      } catch (error: unknown) {
        if (!(error instanceof Hopeless) || attempt === bootAttempts) throw error;
      }
    }
  }

  /** Tries until an operator gets in. HTTP answers earlier than that; the failures in between are part of the answer. */
  async waitForOperator(
    timeoutMs = bootPatienceMs,
  ): Promise<{ elapsedMs: number; failures: FailedConnect[] }> {
    const start = monotonicMs();
    const failures: FailedConnect[] = [];
    const elapsedMs = await waitUntil(
      async () => {
        try {
          await this.operator();
          return true;
        } catch (error: unknown) {
          failures.push({ afterMs: monotonicMs() - start, error: describe(error) });
          return false;
        }
      },
      { timeoutMs, everyMs: 150, what: 'an operator session' },
    );
    return { elapsedMs, failures };
  }

  #lastWords(): string {
    const { code = null, signal = null } = this.#process?.exitStatus ?? {};
    return lastWords('the gateway', { exitCode: code, signalCode: signal }, readLog(this.logPath));
  }

  /** Asks the serving process to stop and waits until all of it is gone. Answers how long that took. */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<number> {
    const running = this.#running();
    const start = monotonicMs();
    await this.#dropOperator();
    if (signal === 'SIGKILL') {
      // The serving process first: its launcher would otherwise pass a polite signal on.
      sendSignal(this.pid, 'SIGKILL');
      await running.kill();
    } else {
      sendSignal(this.pid, signal);
      if (!(await running.goneWithin(stopPatienceMs))) {
        throw new Error(
          `the gateway did not stop within ${stopPatienceMs} ms after ${signal}: ${running.tree().join(' ')}`,
        );
      }
    }
    this.#process = undefined;
    return monotonicMs() - start;
  }

  async restart({ outageMs, signal = 'SIGTERM' }: RestartOptions): Promise<RestartTimings> {
    const start = monotonicMs();
    const stopMs = await this.stop(signal);
    await sleep(outageMs);
    const startedAt = monotonicMs();
    await this.boot();
    return { stopMs, bootMs: monotonicMs() - startedAt, downMs: monotonicMs() - start };
  }

  freeze(): void {
    sendSignal(this.pid, 'SIGSTOP');
  }

  thaw(): void {
    sendSignal(this.pid, 'SIGCONT');
  }

  /** Puts a new token into `openclaw.json`, as an operator would; the running gateway may or may not take it up. */
  async rotateToken(token: string = randomBytes(16).toString('hex')): Promise<string> {
    this.#token = token;
    this.#hasToken = true;
    await this.#dropOperator();
    await this.#writeConfig();
    return token;
  }

  /** Writes its configuration anew without a token: with the next start it makes one itself. */
  async loseToken(): Promise<void> {
    await this.#dropOperator();
    this.#hasToken = false;
    await this.#writeConfig(false);
  }

  /** The token that it made itself and saved, as 2026.4 does. */
  async takeUpSavedToken(): Promise<void> {
    const { gateway } = parseObject(await readFile(this.configPath, 'utf8'));
    const token = asText(asObject(asObject(gateway).auth).token);
    if (token === undefined) throw new Error(`no token in ${this.configPath}`);
    await this.#dropOperator();
    this.#token = token;
    this.#hasToken = true;
  }

  /** A session with every right, opened on first use and again after a restart. */
  async operator(): Promise<OperatorSession> {
    if (!this.#operator?.isOpen) this.#operator = await this.openOperator();
    return this.#operator;
  }

  async openOperator(scopes?: readonly OperatorScope[]): Promise<OperatorSession> {
    return OperatorSession.open({ url: this.url, token: this.#token, ...(scopes ? { scopes } : {}) });
  }

  /** The rows of `node.list` as an operator sees them. */
  async nodes(): Promise<JsonObject[]> {
    const list = await (await this.operator()).request('node.list');
    return asObjects(list.nodes);
  }

  async node(displayName: string): Promise<JsonObject | undefined> {
    return (await this.nodes()).find((row) => row.displayName === displayName);
  }

  async isAttached(displayName: string): Promise<boolean> {
    return (await this.node(displayName))?.connected === true;
  }

  async waitAttached(displayName: string, timeoutMs = 120_000): Promise<number> {
    return waitUntil(() => this.isAttached(displayName), { timeoutMs, what: `${displayName} to attach` });
  }

  async waitDetached(displayName: string, timeoutMs = 60_000): Promise<number> {
    return waitUntil(async () => !(await this.isAttached(displayName)), {
      timeoutMs,
      what: `${displayName} to detach`,
    });
  }

  /** `openclaw nodes approve`: 2026.9 withholds a new node host's commands, its stats and the probe until then. */
  async approveCommands(displayName: string, timeoutMs = 30_000): Promise<void> {
    const operator = await this.operator();
    await waitUntil(
      async () => {
        const { pending } = await operator.request('node.pair.list');
        const request = asObjects(pending).find((entry) => entry.displayName === displayName);
        if (!request) return (await this.node(displayName))?.approvalState === 'approved';
        await operator.request('node.pair.approve', { requestId: request.requestId });
        return true;
      },
      { timeoutMs, what: `the pending commands of ${displayName}` },
    );
  }

  /** Waits until so many nodes are connected, whatever they are called, and approves what their commands wait for. */
  async waitAttachedCount(count: number, timeoutMs = 240_000): Promise<void> {
    const connected = async (): Promise<JsonObject[]> =>
      (await this.nodes()).filter((row) => row.connected === true);
    await waitUntil(async () => (await connected()).length === count, {
      timeoutMs,
      what: `${count} nodes to attach`,
    });
    const operator = await this.operator();
    await waitUntil(
      async () => {
        const { pending } = await operator.request('node.pair.list');
        for (const { requestId } of asObjects(pending))
          await operator.request('node.pair.approve', { requestId });
        // Gateways before 2026.9 know no approval of commands.
        return (await connected()).every((row) => (row.approvalState ?? 'approved') === 'approved');
      },
      { timeoutMs: 30_000, what: 'the pending commands of all nodes' },
    );
  }

  /** What `openclaw devices list` shows as pending: devices that were answered PAIRING_REQUIRED. */
  async pendingDevices(): Promise<JsonObject[]> {
    const list = await (await this.operator()).request('device.pair.list');
    return asObjects(list.pending);
  }

  /** `openclaw devices approve`. */
  async approveDevice(displayName: string): Promise<JsonObject> {
    const request = (await this.pendingDevices()).find((entry) => entry.displayName === displayName);
    if (!request) throw new Error(`no pending device is called ${displayName}`);
    return (await this.operator()).request('device.pair.approve', { requestId: request.requestId });
  }

  /** `openclaw devices remove`; one that is not paired is gone already. */
  async removeDevice(deviceId: string): Promise<void> {
    const operator = await this.operator();
    const { paired } = await operator.request('device.pair.list');
    if (asObjects(paired).some((device) => device.deviceId === deviceId))
      await operator.request('device.pair.remove', { deviceId });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#dropOperator();
    await this.#process?.kill();
    this.#process = undefined;
    await removeTemporaryDirectory(this.home);
  }

  #running(): ManagedProcess {
    if (!this.#process) throw new Error('the gateway does not run');
    return this.#process;
  }

  async #dropOperator(): Promise<void> {
    await this.#operator?.[Symbol.asyncDispose]();
    this.#operator = undefined;
  }

  async #writeConfig(hasToken = true): Promise<void> {
    const extra = asObject(this.#options.gatewayConfig);
    const config = {
      gateway: {
        mode: 'local',
        port: this.port,
        bind: 'loopback',
        ...extra,
        auth: { mode: 'token', ...(hasToken && { token: this.#token }), ...asObject(extra.auth) },
      },
      logging: { file: join(this.home, 'gateway.jsonl') },
      update: { checkOnStart: false },
      browser: { enabled: false },
    };
    await writeFile(this.configPath, `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600 });
  }
}

function describe(error: unknown): string {
  if (error instanceof GatewayRefusal) {
    return `${error.code} ${asText(error.details.code) ?? asText(error.details.reason) ?? ''} ${error.message}`;
  }
  return error instanceof Error ? error.message : String(error);
}

/** Starts a gateway and waits until it answers over HTTP. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const directory = await makeTemporaryDirectory('gateway');
  const gateway = new Gateway(options, directory, options.port ?? (await reservePort()));
  try {
    await gateway.boot();
    return gateway;
  } catch (error: unknown) {
    await gateway[Symbol.asyncDispose]();
    throw error;
  }
}
