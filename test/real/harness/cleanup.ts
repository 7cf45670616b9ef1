import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Something a scenario started and must not leave behind. */
export interface Resource extends AsyncDisposable {
  /** Files worth reading when the scenario fails. */
  readonly logPaths?: readonly string[];
}

/** Undoes what a scenario did, last thing first; one failing step does not keep the others from running. */
export class Cleanup implements AsyncDisposable {
  readonly #steps: (() => Promise<void>)[] = [];
  readonly #logPaths: string[] = [];

  /** Hands `resource` to this stack and returns it. */
  use<T extends Resource>(resource: T): T {
    if (resource.logPaths) this.#logPaths.push(...resource.logPaths);
    this.#steps.push(async () => {
      await resource[Symbol.asyncDispose]();
    });
    return resource;
  }

  defer(step: () => void | Promise<void>): void {
    this.#steps.push(async () => {
      await step();
    });
  }

  /** A fresh directory, removed at the end unless `KEEP=1`. */
  async temporaryDirectory(prefix: string): Promise<string> {
    const path = await makeTemporaryDirectory(prefix);
    this.defer(() => removeTemporaryDirectory(path));
    return path;
  }

  /** The end of every log of every resource, for the report of a failure. */
  async logTails(bytesEach = 2_000): Promise<string> {
    const tails = await Promise.all(
      this.#logPaths.map(async (path) => {
        const text = await readFile(path, 'utf8').catch(() => '(no such file)');
        return `--- ${path}\n${text.slice(-bytesEach)}`;
      }),
    );
    return tails.join('\n');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const failures: unknown[] = [];
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      try {
        await step();
      } catch (error: unknown) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, 'cleaning up failed');
  }
}

/** Runs `body` with a stack that is always emptied; a failure carries the ends of all logs in its message. */
export async function withCleanup<T>(body: (cleanup: Cleanup) => Promise<T>): Promise<T> {
  await using cleanup = new Cleanup();
  try {
    return await body(cleanup);
  } catch (error: unknown) {
    const message = error instanceof Error ? error.message : String(error);
    throw new Error(`${message}\n${await cleanup.logTails()}`, { cause: error });
  }
}

export async function makeTemporaryDirectory(prefix: string): Promise<string> {
  return mkdtemp(join(tmpdir(), `liveness-${prefix}-`));
}

export async function removeTemporaryDirectory(path: string): Promise<void> {
  if (process.env.KEEP === '1') return;
  await rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}
