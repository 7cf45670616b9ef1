import { setImmediate as nextTurn } from 'node:timers/promises';
import { compress } from './compress.ts';

export interface Wanted {
  /** Answers of the same name are the same. */
  readonly name: string;
  readonly isCompressed: boolean;
  /** @param signal aborted when nobody waits for it any more */
  readonly make: (signal: AbortSignal) => Buffer | Promise<Buffer>;
}

interface Reader {
  readonly isCompressed: boolean;
  readonly resolve: (body: Buffer) => void;
  readonly reject: (error: unknown) => void;
}

interface Making extends Pick<Wanted, 'name' | 'make'> {
  /** Who still waits for it. */
  readonly readers: Set<Reader>;
  /** Aborted when nobody does any more. */
  readonly unwanted: AbortController;
}

/**
 * One answer is made at a time, for all who wait for it: forty scrapes that come at the same moment cost what two do, in
 * time and in memory, and a probe never waits for more than a slice of one. Only who asked before it was begun shares an
 * answer: ages, the clock and the metrics of the process in it are never older than the request.
 */
export class SharedAnswers {
  readonly #rest: (() => Promise<void>) | undefined;
  /** Not begun yet; at most one of each name, in the order in which they were asked for. */
  readonly #queue = new Map<string, Making>();
  #isWorking = false;

  /** @param rest waited for before the next answer is made */
  constructor(rest?: () => Promise<void>) {
    this.#rest = rest;
  }

  /** Rejects with the signal's reason as soon as it is aborted, even where the making hangs. */
  answer(wanted: Wanted, signal: AbortSignal): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const making = this.#queued(wanted);
      const reader: Reader = { isCompressed: wanted.isCompressed, resolve, reject };
      making.readers.add(reader);
      signal.addEventListener(
        'abort',
        () => {
          if (!making.readers.delete(reader)) return;
          reject(signal.reason as Error);
          if (making.readers.size > 0) return;
          if (this.#queue.get(making.name) === making) this.#queue.delete(making.name);
          making.unwanted.abort(signal.reason);
        },
        { once: true },
      );
      void this.#work();
    });
  }

  #queued({ name, make }: Wanted): Making {
    const queued = this.#queue.get(name);
    if (queued !== undefined) return queued;
    const making: Making = { name, make, readers: new Set(), unwanted: new AbortController() };
    this.#queue.set(name, making);
    return making;
  }

  /** Never rejects. */
  async #work(): Promise<void> {
    if (this.#isWorking) return;
    this.#isWorking = true;
    for (;;) {
      // Whoever asks within the same turn shares the first one already.
      await nextTurn();
      const [next] = this.#queue.values();
      if (next === undefined) break;
      this.#queue.delete(next.name);
      await serve(next);
      await this.#rest?.();
    }
    this.#isWorking = false;
  }
}

/** Never rejects: what goes wrong is told to the readers. */
async function serve({ make, readers, unwanted: { signal } }: Making): Promise<void> {
  try {
    const plain = await Promise.race([make(signal), aborted(signal)]);
    await deliver(plain, readers);
  } catch (error) {
    for (const reader of readers) reader.reject(error);
    readers.clear();
  }
}

/** One answer a turn: to hand over a megabyte takes the kernel a while, and forty of them are a delay of their own. */
async function deliver(plain: Buffer, readers: Set<Reader>): Promise<void> {
  let zipped: Buffer | undefined;
  for (const reader of readers) {
    if (reader.isCompressed) zipped ??= await compress(plain);
    // It may have gone away while we compressed.
    if (!readers.delete(reader)) continue;
    reader.resolve(reader.isCompressed && zipped !== undefined ? zipped : plain);
    await nextTurn();
  }
}

/** Rejects once `signal` is aborted, so that a making that hangs holds nobody up. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) =>
    signal.addEventListener('abort', () => reject(signal.reason as Error)),
  );
}
