import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeTemporaryDirectory, removeTemporaryDirectory } from './cleanup.ts';
import type { Resource } from './cleanup.ts';
import type { OpenClawVersion } from './installation.ts';
import { ManagedProcess, sendSignal } from './managed-process.ts';
import type { ExitStatus } from './managed-process.ts';
import { nodeBinary, openClawArguments, openClawEnvironment } from './openclaw-environment.ts';
import { isAlive, readCommandLine } from './proc.ts';
import { monotonicMs, waitUntil } from './wait-until.ts';

/** A fault that is loaded into the process and waits for its signal, or for its file. */
export type InjectedFault = 'lost-timer' | 'busy-loop' | 'slow-start';

export interface NodeHostOptions {
  readonly version: OpenClawVersion;
  /** A gateway, or whatever stands between. */
  readonly endpoint: NodeHostEndpoint;
  /** Absent: the node host has no credential. */
  readonly token?: string;
  readonly displayName: string;
  /** What `--display-name` says instead of `displayName`, which is then only our word for it; `null`: no such flag. */
  readonly nameGiven?: string | null;
  /** An existing state directory keeps the identity of an earlier node host. */
  readonly stateDir?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Restarted whenever it ends, as a supervisor does. */
  readonly keepAlive?: KeepAlive;
  readonly preload?: InjectedFault;
  /** What its command line begins with, where it is to run in a network of its own. */
  readonly inside?: readonly string[];
}

export interface NodeHostEndpoint {
  readonly host: string;
  readonly port: number;
  /** `--tls`: it dials `wss`. */
  readonly tls?: boolean;
}

export interface KeepAlive {
  /** launchd: the least time between two starts. A process that ran longer is started again at once. */
  readonly throttleMs: number;
}

/** How one run of the process ended. */
export interface Run {
  readonly pid: number;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly exit: ExitStatus;
}

/** A real OpenClaw node host with a state directory of its own, watched over or not. */
export class NodeHost implements Resource {
  readonly version: OpenClawVersion;
  readonly displayName: string;
  readonly home: string;
  readonly stateDir: string;
  /** What a supervisor's log file holds: standard error, appended to by every run. */
  readonly stderrPath: string;
  readonly stdoutPath: string;
  readonly runs: Run[] = [];
  #token: string | undefined;
  readonly #options: NodeHostOptions;
  #process: ManagedProcess | undefined;
  #supervised = false;
  #respawn: NodeJS.Timeout | undefined;

  constructor(options: NodeHostOptions, directory: string) {
    this.version = options.version;
    this.displayName = options.displayName;
    this.home = directory;
    this.stateDir = options.stateDir ?? join(directory, 'state');
    this.stderrPath = join(directory, 'node.err.log');
    this.stdoutPath = join(directory, 'node.log');
    this.#token = options.token;
    this.#options = options;
  }

  get logPaths(): readonly string[] {
    return [this.stderrPath];
  }

  /** How often the keep-alive brought it back. */
  get restarts(): number {
    return this.runs.length;
  }

  get launcherPid(): number | undefined {
    return this.#process && isAlive(this.#process.pid) ? this.#process.pid : undefined;
  }

  /** The real node host; undefined while only its launcher runs, or nothing. */
  get childPid(): number | undefined {
    return this.pids.find((pid) => readCommandLine(pid) === 'openclaw-node');
  }

  get pids(): number[] {
    return this.#process?.tree() ?? [];
  }

  async start(): Promise<void> {
    if (this.pids.length > 0) throw new Error(`${this.displayName} runs already`);
    await prepareState(this.home, this.stateDir);
    this.#supervised = this.#options.keepAlive !== undefined;
    this.#spawn();
  }

  async waitForChild(timeoutMs = 120_000): Promise<number> {
    await waitUntil(() => this.childPid !== undefined, {
      timeoutMs,
      everyMs: 50,
      what: `the process openclaw-node of ${this.displayName}`,
    });
    return this.#child();
  }

  freeze(): void {
    sendSignal(this.#child(), 'SIGSTOP');
  }

  thaw(): void {
    sendSignal(this.#child(), 'SIGCONT');
  }

  /** From now on no timer of it fires; it shows once the gateway hangs up. */
  loseTimers(): void {
    this.#inject('lost-timer');
  }

  /** Its event loop spins from now on. Only `kill` ends it. */
  blockEventLoop(): void {
    this.#inject('busy-loop');
  }

  /** The token of the next start: the environment of a running process cannot change. */
  setToken(token: string | undefined): void {
    this.#token = token;
  }

  /** Ends the process at once, and its supervision: nobody brings it back. */
  async kill(): Promise<void> {
    this.#endSupervision();
    await this.#process?.kill();
  }

  /** Kills only the node host itself: a launcher or the keep-alive may bring it back. */
  crash(): void {
    sendSignal(this.#child(), 'SIGKILL');
  }

  /** Asks it to stop, as a supervisor does. Answers how long that took. */
  async stop(timeoutMs = 15_000): Promise<number> {
    this.#endSupervision();
    const running = this.#process;
    const start = monotonicMs();
    if (running && running.tree().length > 0) {
      sendSignal(running.pid, 'SIGTERM');
      if (!(await running.goneWithin(timeoutMs)))
        throw new Error(`${this.displayName} did not stop within ${timeoutMs} ms`);
    }
    return monotonicMs() - start;
  }

  async stderr(): Promise<string> {
    return readFile(this.stderrPath, 'utf8').catch(() => '');
  }

  async waitForLine(pattern: RegExp, timeoutMs = 30_000): Promise<number> {
    return waitUntil(async () => pattern.test(await this.stderr()), {
      timeoutMs,
      what: `a line like ${pattern.source} from ${this.displayName}`,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await removeTemporaryDirectory(this.home);
  }

  #child(): number {
    const pid = this.childPid;
    if (pid === undefined) throw new Error(`${this.displayName} has no process titled openclaw-node`);
    return pid;
  }

  #inject(fault: InjectedFault): void {
    if (this.#options.preload !== fault)
      throw new Error(`${this.displayName} was started without preload: '${fault}'`);
    sendSignal(this.#child(), 'SIGUSR2');
  }

  #spawn(): void {
    const [command = nodeBinary, ...args] = [
      ...(this.#options.inside ?? []),
      nodeBinary,
      ...nodeHostArguments(this.#options),
    ];
    const spawned = new ManagedProcess({
      command,
      args,
      env: nodeHostEnvironment({ ...this.#options, token: this.#token }, this),
      cwd: this.home,
      stdoutPath: this.stdoutPath,
      stderrPath: this.stderrPath,
    });
    this.#process = spawned;
    void spawned.exited.then((exit) => {
      this.runs.push({ pid: spawned.pid, startedAtMs: spawned.startedAtMs, endedAtMs: monotonicMs(), exit });
      void this.#respawnAfter(spawned);
    });
  }

  async #respawnAfter(ended: ManagedProcess): Promise<void> {
    const { keepAlive } = this.#options;
    if (!this.#supervised || !keepAlive) return;
    // launchd and systemd leave nothing of a run behind; the child of a launcher that was killed lives on otherwise.
    await ended.kill();
    const waitMs = Math.max(0, ended.startedAtMs + keepAlive.throttleMs - monotonicMs());
    this.#respawn = setTimeout(() => {
      if (this.#supervised) this.#spawn();
    }, waitMs);
  }

  #endSupervision(): void {
    this.#supervised = false;
    clearTimeout(this.#respawn);
  }
}

/** What `node` is started with. */
export function nodeHostArguments({
  version,
  endpoint,
  displayName,
  nameGiven = displayName,
}: NodeHostOptions): string[] {
  const { host, port, tls = false } = endpoint;
  return openClawArguments(version, [
    'node',
    'run',
    '--host',
    host,
    '--port',
    String(port),
    ...(tls ? ['--tls'] : []),
    ...(nameGiven === null ? [] : ['--display-name', nameGiven]),
  ]);
}

/** The whole environment of its process. */
export function nodeHostEnvironment(
  { preload, env, token }: Pick<NodeHostOptions, 'preload' | 'env'> & { readonly token?: string | undefined },
  { home, stateDir }: { readonly home: string; readonly stateDir: string },
): Record<string, string> {
  return {
    ...openClawEnvironment(home, stateDir),
    ...(token === undefined ? {} : { OPENCLAW_GATEWAY_TOKEN: token }),
    ...(preload === undefined ? {} : { NODE_OPTIONS: `--import ${faultPath(preload)}` }),
    ...env,
  };
}

/** Keeps its structured log out of the machine's shared /tmp/openclaw. */
export async function prepareState(home: string, stateDir: string): Promise<void> {
  await mkdir(stateDir, { recursive: true });
  const config = { logging: { file: join(home, 'node.jsonl') }, update: { checkOnStart: false } };
  await writeFile(join(stateDir, 'openclaw.json'), `${JSON.stringify(config)}\n`, { flag: 'wx' }).catch(
    () => undefined,
  );
}

function faultPath(fault: InjectedFault): string {
  return fileURLToPath(new URL(`faults/${fault}.ts`, import.meta.url));
}

/** Starts a node host and waits until its real process is there; attaching takes a few seconds more. */
export async function startNodeHost(options: NodeHostOptions): Promise<NodeHost> {
  const nodeHost = new NodeHost(options, await makeTemporaryDirectory('node-host'));
  try {
    await nodeHost.start();
    await nodeHost.waitForChild();
    return nodeHost;
  } catch (error: unknown) {
    await nodeHost[Symbol.asyncDispose]();
    throw error;
  }
}
