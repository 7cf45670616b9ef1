import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { CHILD_NODE_OPTIONS, childProcessEntry } from './child-process-entry.ts';
import type { NodeHostOrder } from './node-host-orders.ts';

/** How long a node host may take to end after SIGTERM before it is killed. */
const STOP_GRACE_MS = 2_000;
/** The search path that every simulated node host reports, whatever the machine's own is. */
const CHILD_PATH = '/usr/local/bin:/usr/bin:/bin';

export interface NodeHostPlace {
  /** Its display name. */
  readonly name: string;
  readonly stateDir: string;
  /** Its stderr is appended here, as a supervisor does. */
  readonly logPath: string;
}

export interface NodeHostOptions extends NodeHostPlace {
  readonly gatewayPort: number;
  readonly token: string;
  readonly onStart: (pid: number) => void;
  /** Told also when somebody else ended it. */
  readonly onExit: (pid: number, how: string) => void;
}

/** One simulated node host, from its parent's side: a process that can be started, harmed, healed and ended. */
export class SimulatedNodeHost {
  readonly #options: NodeHostOptions;
  #process: ChildProcess | null = null;

  constructor(options: NodeHostOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.name;
  }

  get place(): NodeHostPlace {
    const { name, stateDir, logPath } = this.#options;
    return { name, stateDir, logPath };
  }

  /** `undefined` while it does not run. */
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** Rejects when the process cannot be started at all. */
  async start(): Promise<void> {
    if (this.#process !== null) return;
    const { name, stateDir, logPath, gatewayPort, token } = this.#options;
    mkdirSync(stateDir, { recursive: true, mode: 0o700 });
    mkdirSync(dirname(logPath), { recursive: true, mode: 0o700 });
    const log = openSync(logPath, 'a', 0o600);
    try {
      const child = spawn(
        process.execPath,
        [
          ...CHILD_NODE_OPTIONS,
          childProcessEntry('simulated-node-host-process'),
          ...['node', 'run', '--host', '127.0.0.1', '--port', String(gatewayPort), '--display-name', name],
        ],
        {
          stdio: ['ignore', 'ignore', log, 'ipc'],
          // Its own process group: Ctrl-C in the demo's terminal is the demo's to handle.
          detached: true,
          env: { PATH: CHILD_PATH, OPENCLAW_STATE_DIR: stateDir, OPENCLAW_GATEWAY_TOKEN: token },
        },
      );
      await spawned(child);
      this.#adopt(child);
    } finally {
      closeSync(log);
    }
  }

  obey(order: NodeHostOrder): void {
    // A message to a process that is just ending is lost, and nothing else.
    if (this.#process?.connected === true) this.#process.send(order, () => undefined);
  }

  /** Stops it as `kill -STOP` does: it stays, and nothing in it runs. */
  freeze(): void {
    this.#process?.kill('SIGSTOP');
  }

  continue(): void {
    this.#process?.kill('SIGCONT');
  }

  /** Ends it, politely first. Resolves once it is gone. */
  async stop(): Promise<void> {
    const child = this.#process;
    if (child === null) return;
    const gone = exited(child);
    child.kill('SIGTERM');
    // A frozen process hears SIGTERM only when it runs again.
    child.kill('SIGCONT');
    const impatience = setTimeout(() => child.kill('SIGKILL'), STOP_GRACE_MS);
    await gone;
    clearTimeout(impatience);
  }

  /** What a supervisor does with a node host whose `/livez` fails. */
  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** Ends it at once. Resolves once it is gone. */
  async kill(): Promise<void> {
    const child = this.#process;
    if (child === null) return;
    const gone = exited(child);
    child.kill('SIGKILL');
    await gone;
  }

  #adopt(child: ChildProcess): void {
    const { pid } = child;
    if (pid === undefined) return;
    this.#process = child;
    child.once('exit', (code, signal) => {
      if (this.#process === child) this.#process = null;
      this.#options.onExit(pid, signal ?? `exit code ${code ?? 'unknown'}`);
    });
    this.#options.onStart(pid);
  }
}

async function spawned(child: ChildProcess): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
}

async function exited(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  await new Promise<void>((resolve) => {
    child.once('exit', () => {
      resolve();
    });
  });
}
