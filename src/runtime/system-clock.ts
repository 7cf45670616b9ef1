import type { Instant } from '../core/index.ts';
import type { Clock } from '../sources/source.ts';

/** The machine's own two clocks. */
export const systemClock: Clock = {
  now(): Instant {
    return { monoMs: performance.now(), wallMs: Date.now() };
  },
};
