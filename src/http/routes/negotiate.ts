import type { Request } from 'express';
import type { ExpositionFormat } from '../../ports/exposition.ts';

/** Ways in which Prometheus 3 has names escaped. Ours need none, so any will do. */
const ESCAPINGS = ['', 'allow-utf-8', 'underscores', 'dots', 'values'].map((way) =>
  way === '' ? '' : `;escaping=${way}`,
);
const TEXT = ESCAPINGS.map((escaping) => `text/plain;version=0.0.4${escaping}`);
const OPENMETRICS = ESCAPINGS.map((escaping) => `application/openmetrics-text;version=1.0.0${escaping}`);

/**
 * Chooses the format. What the scraper prefers wins; of equals, the one it names more exactly, then the one it names
 * first. The last resort is the text format, also when nothing acceptable was asked for: a scraper that gets something it
 * can probably read beats a 406.
 */
export function negotiateFormat(request: Request): ExpositionFormat {
  const accepted = request.accepts([...TEXT, ...OPENMETRICS]);
  return accepted !== false && OPENMETRICS.includes(accepted) ? 'openmetrics' : 'text';
}

/** Whether to compress. */
export function acceptsGzip(request: Request): boolean {
  return request.acceptsEncodings('gzip', 'identity') === 'gzip';
}
