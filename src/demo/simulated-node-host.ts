import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { codeOf } from '../runtime/error-parts.ts';
import { CHILD_NODE_OPTIONS, childProcessEntry } from './child-process-entry.ts';

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
  /** Told of both processes, launcher and node host. */
  readonly onStart: (pids: readonly number[]) => void;
  /** Told also when somebody else ended it. */
  readonly onExit: (pids: readonly number[], how: string) => void;
}

interface Running {
  readonly launcher: ChildProcess;
  /** Of the node host itself. */
  readonly pid: number;
}

/** One simulated node host, from its parent's side: a process that can be started, harmed, healed and ended. */
export class SimulatedNodeHost {
  readonly #options: NodeHostOptions;
  #running: Running | null = null;

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

  /** Of the node host, not of its launcher; `undefined` while it does not run. */
  get pid(): number | undefined {
    return this.#running?.pid;
  }

  /** Rejects when the processes cannot be started. */
  async start(): Promise<void> {
    if (this.#running !== null) return;
    const { name, stateDir, logPath, gatewayPort, token } = this.#options;
    mkdirSync(stateDir, { recursive: true, mode: 0o700 });
    mkdirSync(dirname(logPath), { recursive: true, mode: 0o700 });
    const script = writeOpenclawScript(dirname(stateDir));
    const log = openSync(logPath, 'a', 0o600);
    try {
      const launcher = spawn(
        process.execPath,
        [
          ...CHILD_NODE_OPTIONS,
          script,
          ...['node', 'run', '--host', '127.0.0.1', '--port', String(gatewayPort), '--display-name', name],
        ],
        {
          stdio: ['ignore', 'ignore', log, 'ipc'],
          // Its own process group: Ctrl-C in the demo's terminal is the demo's to handle.
          detached: true,
          env: { PATH: CHILD_PATH, OPENCLAW_STATE_DIR: stateDir, OPENCLAW_GATEWAY_TOKEN: token },
        },
      );
      this.#adopt({ launcher, pid: await birth(launcher) });
    } finally {
      closeSync(log);
    }
  }

  /** From now on no `setTimeout` of it fires: the next reconnect is never planned. */
  loseTimers(): void {
    const launcher = this.#running?.launcher;
    // A message to a process that is just ending is lost, and nothing else.
    if (launcher?.connected === true) launcher.send('lose-timers', () => undefined);
  }

  /** Stops it as `kill -STOP` does: it stays, and nothing in it runs. */
  freeze(): void {
    this.#signal('SIGSTOP');
  }

  continue(): void {
    this.#signal('SIGCONT');
  }

  /** Ends it, politely first. Resolves once it is gone. */
  async stop(): Promise<void> {
    if (this.#running === null) return;
    const gone = exited(this.#running.launcher);
    this.#signal('SIGTERM');
    // A frozen process hears SIGTERM only when it runs again.
    this.#signal('SIGCONT');
    const impatience = setTimeout(() => this.#signal('SIGKILL'), STOP_GRACE_MS);
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
    if (this.#running === null) return;
    const gone = exited(this.#running.launcher);
    this.#signal('SIGKILL');
    await gone;
  }

  #adopt(running: Running): void {
    const { launcher, pid } = running;
    const pids = launcher.pid === undefined ? [pid] : [pid, launcher.pid];
    this.#running = running;
    launcher.once('exit', (code, signal) => {
      if (this.#running === running) this.#running = null;
      this.#options.onExit(pids, signal ?? `exit code ${code ?? 'unknown'}`);
    });
    this.#options.onStart(pids);
  }

  /** To the node host itself; its launcher ends with it. */
  #signal(signal: NodeJS.Signals): void {
    const pid = this.#running?.pid;
    if (pid === undefined) return;
    try {
      process.kill(pid, signal);
    } catch (error: unknown) {
      // It was gone already; its launcher is about to say so.
      if (codeOf(error) !== 'ESRCH') throw error;
    }
  }
}

/** A script of the name that the command line of the real one shows; it starts the launcher. */
function writeOpenclawScript(directory: string): string {
  const script = join(directory, 'openclaw.mjs');
  const launcher = pathToFileURL(childProcessEntry('simulated-launcher-process'));
  writeFileSync(script, `await import(${JSON.stringify(launcher.href)});\n`);
  return script;
}

/** Resolves with the pid of the node host that the launcher started. */
async function birth(launcher: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    launcher.once('error', reject);
    launcher.once('exit', (code) =>
      reject(new Error(`the launcher of a simulated node host ended at once (exit code ${code ?? 'none'})`)),
    );
    launcher.once('message', (message) => resolve(message as number));
  });
}

async function exited(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}
