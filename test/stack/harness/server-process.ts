import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import type { Guardian } from '../../../src/demo/guardian.ts';
import type { Resource } from '../../real/harness/cleanup.ts';
import { hasEnded, lastWords, readLog } from '../../real/harness/last-words.ts';
import { Hopeless, waitUntil } from '../../real/harness/wait-until.ts';

const READY_TIMEOUT_MS = 60_000;
/** Prometheus and Alertmanager write what they hold within a moment. */
const STOP_GRACE_MS = 5_000;

export interface ServerOptions {
  /** What it is called in messages and for its log. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Where it works and logs; it exists. */
  readonly directory: string;
  /** Of the server, without a slash at its end; `/-/ready` below it says that it can be asked. */
  readonly url: string;
  /** Ends it however this process ends. */
  readonly guardian: Pick<Guardian, 'watch' | 'forget'>;
  /** Told in its own words when it ends by itself after it was ready. */
  readonly onDeath?: (words: string) => void;
}

/** A server as a process of its own, that does not fork. */
export class ServerProcess implements Resource {
  readonly pid: number;
  readonly url: string;
  readonly logPaths: readonly string[];
  readonly #name: string;
  readonly #child: ChildProcess;
  #isInService = false;

  private constructor(options: ServerOptions, child: ChildProcess, logPath: string) {
    if (child.pid === undefined) throw new Error(`${options.name} could not be started: ${options.command}`);
    this.pid = child.pid;
    this.url = options.url;
    this.logPaths = [logPath];
    this.#name = options.name;
    this.#child = child;
    options.guardian.watch(this.pid);
    const { onDeath = sayOnStderr } = options;
    child.once('exit', () => {
      options.guardian.forget(this.pid);
      if (this.#isInService) onDeath(this.#lastWords());
    });
  }

  /**
   * Resolves when it can be asked. Rejects, with everything taken down again, when it does not get that far: at once, and
   * with its last words, where it dies.
   */
  static async start(options: ServerOptions): Promise<ServerProcess> {
    const { name, command, args, directory } = options;
    mkdirSync(directory, { recursive: true });
    const logPath = join(directory, `${name}.log`);
    const log = openSync(logPath, 'a');
    const child = spawn(command, args, {
      cwd: directory,
      env: { PATH: '/usr/bin:/bin' },
      stdio: ['ignore', log, log],
      // Ctrl-C in a terminal is for who started the stack to handle.
      detached: true,
    });
    closeSync(log);
    // Without a pid the constructor says so; the event only must not be unheard.
    child.on('error', () => undefined);
    const server = new ServerProcess(options, child, logPath);
    try {
      await waitUntil(() => server.isReady(), { timeoutMs: READY_TIMEOUT_MS, what: `${name} to be ready` });
      server.#isInService = true;
      return server;
    } catch (error: unknown) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
  }

  async isReady(): Promise<boolean> {
    return (await this.ask('/-/ready')).ok;
  }

  /** Asks it for a path. Rejects with `Hopeless` and its last words where it has ended. */
  async ask(path: string): Promise<Response> {
    try {
      return await fetch(`${this.url}${path}`);
    } catch (error: unknown) {
      if (hasEnded(this.#child)) throw new Hopeless(this.#lastWords(), { cause: error });
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isInService = false;
    if (hasEnded(this.#child)) return;
    const gone = new Promise<void>((resolve) => {
      this.#child.once('exit', () => {
        resolve();
      });
    });
    this.#child.kill('SIGTERM');
    const impatience = setTimeout(() => this.#child.kill('SIGKILL'), STOP_GRACE_MS);
    await gone;
    clearTimeout(impatience);
  }

  #lastWords(): string {
    return lastWords(this.#name, this.#child, this.logPaths.map(readLog).join(''));
  }
}

function sayOnStderr(words: string): void {
  process.stderr.write(`${words}\n`);
}
