import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

export interface WaitOptions {
  /** Give up after this long. */
  readonly timeoutMs: number;
  /** Pause between two looks (default 100 ms: fine enough for verdicts that are promised in seconds). */
  readonly everyMs?: number;
  /** Named in the error, so that a failed scenario says what never happened. */
  readonly what?: string;
}

/** Thrown by a condition that cannot come true any more, as when a process has died: nobody waits for it then. */
export class Hopeless extends Error {
  override readonly name = 'Hopeless';
}

/** Milliseconds on the monotonic clock. */
export function monotonicMs(): number {
  return performance.now();
}

/**
 * Waits until `condition` holds and answers how long that took, in milliseconds.
 * A condition that throws counts as "not yet"; the last error is the cause of the timeout. Only `Hopeless` ends the wait.
 */
export async function waitUntil(
  condition: () => boolean | Promise<boolean>,
  { timeoutMs, everyMs = 100, what = 'the condition' }: WaitOptions,
): Promise<number> {
  const start = monotonicMs();
  let lastError: unknown;
  for (;;) {
    try {
      if (await condition()) return monotonicMs() - start;
      lastError = undefined;
    } catch (error: unknown) {
      if (error instanceof Hopeless) throw error;
      lastError = error;
    }
    if (monotonicMs() - start >= timeoutMs) {
      throw new Error(`waited ${timeoutMs} ms in vain for ${what}`, { cause: lastError });
    }
    await sleep(everyMs);
  }
}

/** Checks the whole time that `condition` stays false; throws at the first moment it holds. */
export async function staysFalse(
  condition: () => boolean | Promise<boolean>,
  { timeoutMs, everyMs = 200, what = 'the condition' }: WaitOptions,
): Promise<void> {
  const start = monotonicMs();
  while (monotonicMs() - start < timeoutMs) {
    if (await condition()) {
      throw new Error(
        `${what} held after ${Math.round(monotonicMs() - start)} ms, though it must not within ${timeoutMs} ms`,
      );
    }
    await sleep(everyMs);
  }
}

export { sleep };
