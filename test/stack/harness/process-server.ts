import type { Resource } from '../../real/harness/cleanup.ts';
import type { ServerProcess } from './server-process.ts';

/** What is asked over HTTP and runs as a process of its own, which ends with it. */
export abstract class ProcessServer implements Resource {
  readonly #process: ServerProcess;

  protected constructor(process: ServerProcess) {
    this.#process = process;
  }

  /** Without a slash at its end. */
  get url(): string {
    return this.#process.url;
  }

  get pid(): number {
    return this.#process.pid;
  }

  get logPaths(): readonly string[] {
    return this.#process.logPaths;
  }

  /** Asks it for a path. Rejects with `Hopeless` and its last words where it has ended. */
  protected async ask(path: string): Promise<Response> {
    return this.#process.ask(path);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
  }
}
