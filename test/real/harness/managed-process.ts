import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { isAlive, processesWithEnvironment } from './proc.ts';
import { monotonicMs, sleep } from './wait-until.ts';

export interface SpawnOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Both are appended to, as launchd and systemd do. */
  readonly stdoutPath: string;
  readonly stderrPath: string;
}

export interface ExitStatus {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** All that was started and may still run: ended when this process ends, however it does so short of SIGKILL. */
const running = new Set<ManagedProcess>();
let exitHookInstalled = false;

function installExitHook(): void {
  if (exitHookInstalled) return;
  exitHookInstalled = true;
  process.once('exit', () => {
    for (const managed of running) managed.signalTree('SIGKILL');
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      process.exit(1);
    });
  }
}

/** Every process we start carries this variable with a value of its own, and all it starts inherit it. */
const markerVariable = 'LIVENESS_TEST_PROCESS';

/**
 * A process and everything that came out of it. OpenClaw runs as a launcher with the real process as its child, that
 * child may start more (npm, a broker), and a gateway of 2026.4 replaces itself by a process whose parent is gone
 * (seen after a token rotation). So members are known by an inherited variable and not by their parents.
 */
export class ManagedProcess {
  readonly pid: number;
  readonly startedAtMs: number;
  readonly exited: Promise<ExitStatus>;
  readonly #marker = `${markerVariable}=${randomUUID()}`;
  #exitStatus: ExitStatus | undefined;

  constructor(options: SpawnOptions) {
    installExitHook();
    const stdout = openSync(options.stdoutPath, 'a');
    const stderr = openSync(options.stderrPath, 'a');
    try {
      // Detached: a group of its own, so that Ctrl-C in a terminal reaches the harness first.
      const child = spawn(options.command, options.args, {
        cwd: options.cwd,
        env: { ...options.env, [markerVariable]: this.#marker.slice(markerVariable.length + 1) },
        stdio: ['ignore', stdout, stderr],
        detached: true,
      });
      if (child.pid === undefined) throw new Error(`could not start ${options.command}`);
      this.pid = child.pid;
      this.exited = new Promise((resolve) => {
        child.once('exit', (code, signal) => {
          this.#exitStatus = { code, signal };
          resolve(this.#exitStatus);
        });
      });
    } finally {
      closeSync(stdout);
      closeSync(stderr);
    }
    this.startedAtMs = monotonicMs();
    running.add(this);
  }

  /** How the first process ended; undefined while it runs. */
  get exitStatus(): ExitStatus | undefined {
    return this.#exitStatus;
  }

  /** Pids of all that still runs, the launcher first while it does. */
  tree(): number[] {
    const pids = processesWithEnvironment(this.#marker);
    // Between fork and exec a child shows the environment of its parent, which is ours.
    if (!pids.includes(this.pid) && this.#exitStatus === undefined && isAlive(this.pid)) pids.push(this.pid);
    return pids.sort((a, b) => Number(b === this.pid) - Number(a === this.pid));
  }

  signalTree(signal: NodeJS.Signals): void {
    for (const pid of this.tree()) sendSignal(pid, signal);
  }

  /** Resolves when nothing of the tree runs any more; answers false when some still does after `timeoutMs`. */
  async goneWithin(timeoutMs: number): Promise<boolean> {
    const deadline = monotonicMs() + timeoutMs;
    while (this.tree().length > 0) {
      if (monotonicMs() >= deadline) return false;
      await sleep(20);
    }
    // The kernel is done before we are told how it ended.
    await this.exited;
    running.delete(this);
    return true;
  }

  /** Ends all of it at once. */
  async kill(): Promise<void> {
    // What is born while the first round runs is caught by the next.
    for (let round = 0; round < 100; round += 1) {
      this.signalTree('SIGKILL');
      if (await this.goneWithin(100)) return;
    }
    throw new Error(`process ${this.pid} and its children outlived SIGKILL: ${this.tree().join(' ')}`);
  }
}

/** Sends a signal; a process that is gone already is no error. */
export function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error: unknown) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
