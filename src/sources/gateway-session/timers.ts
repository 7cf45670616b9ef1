/** One-shot timers as a port, so that tests own the time. */
export interface Timers {
  /** Calls `run` once, in `ms`. */
  after(ms: number, run: () => void): { cancel(): void };
}

/** Node's timers. They never keep the process alive: the HTTP server does that. */
export const nodeTimers: Timers = {
  after(ms, run) {
    const timer = setTimeout(run, ms).unref();
    return {
      cancel: () => {
        clearTimeout(timer);
      },
    };
  },
};
