import type { Metronome } from '../monitor.ts';

/** Real time. */
export const systemMetronome: Metronome = {
  every(intervalMs, beat) {
    const timer = setInterval(beat, intervalMs);
    return {
      stop(): void {
        clearInterval(timer);
      },
    };
  },
  soon(task) {
    setImmediate(task);
  },
};
