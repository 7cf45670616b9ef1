import { systemAfter } from '../runtime/after.ts';

/** Cancels what was planned; harmless when it already happened. */
export type Cancel = () => void;

/** Plans work. A port, so that a test or a script owns the time. */
export interface Timers {
  after(delayMs: number, action: () => void): Cancel;
  every(intervalMs: number, action: () => void): Cancel;
  /** Milliseconds since the Unix epoch. */
  wallMs(): number;
  /** Milliseconds on a clock that never goes back. */
  monoMs(): number;
}

/** Timers of this process. They do not hold it open: what keeps a demo alive is its children and its server. */
export const systemTimers: Timers = {
  after: systemAfter,
  every(intervalMs, action) {
    const timer = setInterval(action, intervalMs).unref();
    return () => clearInterval(timer);
  },
  wallMs: () => Date.now(),
  monoMs: () => performance.now(),
};
