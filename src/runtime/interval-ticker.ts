import type { Ticker } from '../sources/source.ts';

/** What to do with an exception that a look should have turned into a value. */
export type OnSurprise = (error: unknown) => void;

/**
 * Real time. Looks never overlap: the next one is planned when the last one has ended, and a poke during a look makes
 * one more follow at once. The timers keep the process alive until they are stopped.
 */
export function intervalTicker(onSurprise: OnSurprise): Ticker {
  return {
    every(intervalMs, look) {
      let timer: NodeJS.Timeout | undefined;
      let isLooking = false;
      let isPoked = false;
      let isStopped = false;

      const plan = (delayMs: number): void => {
        if (!isStopped) timer = setTimeout(run, delayMs);
      };
      const run = (): void => {
        isLooking = true;
        look()
          .catch(onSurprise)
          .finally(() => {
            isLooking = false;
            const delayMs = isPoked ? 0 : intervalMs;
            isPoked = false;
            plan(delayMs);
          });
      };
      plan(0);

      return {
        stop(): void {
          isStopped = true;
          clearTimeout(timer);
        },
        poke(): void {
          if (isStopped) return;
          if (isLooking) {
            isPoked = true;
            return;
          }
          clearTimeout(timer);
          plan(0);
        },
      };
    },
  };
}
