/** Calls back once, in `ms`. Returns how to cancel. A port, so that tests own the time. */
export type After = (ms: number, callback: () => void) => () => void;

/** Real time. No timer keeps the process alive: the HTTP server does that. */
export const systemAfter: After = (ms, callback) => {
  const timer = setTimeout(callback, ms).unref();
  return () => clearTimeout(timer);
};
