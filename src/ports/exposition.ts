/** `text`: Prometheus text format 0.0.4. `openmetrics`: OpenMetrics 1.0. */
export type ExpositionFormat = 'text' | 'openmetrics';

/**
 * Prometheus 3 fails a scrape whose Content-Type has no version it knows. Our names need no escaping, so any that a
 * scraper asks for is kept; `underscores` is what client_golang says, too.
 */
export const CONTENT_TYPES: Readonly<Record<ExpositionFormat, string>> = {
  text: 'text/plain; version=0.0.4; charset=utf-8; escaping=underscores',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores',
};

/** Renders an exposition in UTF-8; rejects with the signal's reason when nobody wants it any more. */
export type RenderMetrics = (format: ExpositionFormat, signal?: AbortSignal) => Promise<Buffer>;
