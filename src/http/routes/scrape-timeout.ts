/** Longer than any scraper waits, and far below what a timer of Node can hold. */
const MAX_TIMEOUT_MS = 600_000;
/** Seconds as Prometheus writes them (`10`, `2.01`), or as others might (`1e1`). */
const SECONDS = /^\s*(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?\s*$/i;

/**
 * How long the scraper will wait, by its `X-Prometheus-Scrape-Timeout-Seconds`: whole milliseconds, 1 to 600,000, since
 * a timer takes no others. `undefined` where it does not say, or says nonsense.
 */
export function scrapeTimeoutMs(header: string | undefined): number | undefined {
  if (header === undefined || !SECONDS.test(header)) return undefined;
  const ms = Math.round(Number(header) * 1_000);
  return Number(header) > 0 ? Math.min(Math.max(ms, 1), MAX_TIMEOUT_MS) : undefined;
}
