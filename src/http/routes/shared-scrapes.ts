import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ExpositionFormat, RenderMetrics } from '../../ports/exposition.ts';
import { compress } from './compress.ts';

export interface Wanted {
  readonly format: ExpositionFormat;
  readonly isCompressed: boolean;
}

interface Reader {
  readonly isCompressed: boolean;
  readonly resolve: (body: Buffer) => void;
  readonly reject: (error: unknown) => void;
}

interface Rendering {
  readonly format: ExpositionFormat;
  /** Who still waits for it. */
  readonly readers: Set<Reader>;
  /** Aborted when nobody does any more. */
  readonly unwanted: AbortController;
}

/**
 * One rendering at a time, for all scrapes that wait for it: forty that come at the same moment cost what two do, in
 * time and in memory, and a probe never waits for more than a slice of one. Only scrapes that asked before it began share
 * a rendering: ages, the clock and the metrics of the process in an answer are never older than its request.
 */
export class SharedScrapes {
  readonly #render: RenderMetrics;
  /** Not begun yet; at most one of each format, in the order in which they were asked for. */
  readonly #queue = new Map<ExpositionFormat, Rendering>();
  #isWorking = false;

  constructor(render: RenderMetrics) {
    this.#render = render;
  }

  /** Rejects with the signal's reason as soon as it is aborted, even where the rendering hangs. */
  exposition({ format, isCompressed }: Wanted, signal: AbortSignal): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const rendering = this.#queued(format);
      const reader: Reader = { isCompressed, resolve, reject };
      rendering.readers.add(reader);
      signal.addEventListener(
        'abort',
        () => {
          if (!rendering.readers.delete(reader)) return;
          reject(signal.reason as Error);
          if (rendering.readers.size > 0) return;
          if (this.#queue.get(format) === rendering) this.#queue.delete(format);
          rendering.unwanted.abort(signal.reason);
        },
        { once: true },
      );
      void this.#work();
    });
  }

  #queued(format: ExpositionFormat): Rendering {
    const queued = this.#queue.get(format);
    if (queued !== undefined) return queued;
    const rendering: Rendering = { format, readers: new Set(), unwanted: new AbortController() };
    this.#queue.set(format, rendering);
    return rendering;
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
      this.#queue.delete(next.format);
      await this.#serve(next);
    }
    this.#isWorking = false;
  }

  /** Never rejects: what goes wrong is told to the readers. */
  async #serve({ format, readers, unwanted: { signal } }: Rendering): Promise<void> {
    try {
      const plain = await Promise.race([this.#render(format, signal), aborted(signal)]);
      await deliver(plain, readers);
    } catch (error) {
      for (const reader of readers) reader.reject(error);
      readers.clear();
    }
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

/** Rejects once `signal` is aborted, so that a rendering that hangs holds nobody up. */
function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) =>
    signal.addEventListener('abort', () => reject(signal.reason as Error)),
  );
}
