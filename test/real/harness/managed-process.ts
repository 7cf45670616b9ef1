import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { descendants, isAlive, readStat } from './proc.ts';
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

interface Identity {
  readonly pid: number;
  readonly startTicks: number;
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

/**
 * A process and everything below it. OpenClaw runs as a launcher with the real process as its child, and that child
 * may start more (npm, a broker); members are remembered by pid and start time, so that one that lost its parent is
 * still found and a pid that was given to somebody else is left alone.
 */
export class ManagedProcess {
  readonly pid: number;
  readonly startedAtMs: number;
  readonly exited: Promise<ExitStatus>;
  readonly #members = new Map<number, Identity>();
  #exitStatus: ExitStatus | undefined;

  constructor(options: SpawnOptions) {
    installExitHook();
    const stdout = openSync(options.stdoutPath, 'a');
    const stderr = openSync(options.stderrPath, 'a');
    try {
      // Detached: a group of its own, so that Ctrl-C in a terminal reaches the harness first.
      const child = spawn(options.command, options.args, {
        cwd: options.cwd,
        env: options.env,
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
    this.#remember(this.pid);
    running.add(this);
  }

  /** How the first process ended; undefined while it runs. */
  get exitStatus(): ExitStatus | undefined {
    return this.#exitStatus;
  }

  /** Pids of all that still runs, the launcher first. */
  tree(): number[] {
    for (const known of [...this.#members.values()]) {
      if (!this.#isOurs(known)) {
        this.#members.delete(known.pid);
        continue;
      }
      for (const child of descendants(known.pid)) this.#members.set(child.pid, child);
    }
    return [...this.#members.keys()];
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

  #remember(pid: number): void {
    const stat = readStat(pid);
    if (stat) this.#members.set(pid, stat);
  }

  #isOurs({ pid, startTicks }: Identity): boolean {
    return isAlive(pid) && readStat(pid)?.startTicks === startTicks;
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
