import type { RequestHandler } from 'express';
import { CONTENT_TYPES } from '../../ports/exposition.ts';
import type { HttpDependencies } from './dependencies.ts';
import { acceptsGzip, negotiateFormat } from './negotiate.ts';
import { sendText } from './respond.ts';
import { scrapeTimeoutMs } from './scrape-timeout.ts';
import { SharedScrapes } from './shared-scrapes.ts';

/**
 * `/metrics`: 200 even when sources fail; waits for none of them. Before every source has looked once (5 s at most) it
 * answers 503: "not known yet", recorded, would be news to an alert that holds what the exporter saw before it was
 * restarted, and end it; a scrape that fails is none.
 */
export function metricsRoute({ renderMetrics, isReady }: HttpDependencies): RequestHandler {
  const scrapes = new SharedScrapes(renderMetrics);
  return async (request, response) => {
    const ready = isReady();
    if (!ready.ok) {
      sendText(response, 503, `no metrics yet: ${ready.why}\n`);
      return;
    }
    const gone = new AbortController();
    response.on('close', () => gone.abort(new Error('the scraper went away')));
    const timeoutMs = scrapeTimeoutMs(request.get('x-prometheus-scrape-timeout-seconds'));
    const timeout = timeoutMs === undefined ? undefined : AbortSignal.timeout(timeoutMs);
    const signal = timeout === undefined ? gone.signal : AbortSignal.any([gone.signal, timeout]);

    const format = negotiateFormat(request);
    const isCompressed = acceptsGzip(request);
    let body: Buffer;
    try {
      body = await scrapes.exposition({ format, isCompressed }, signal);
    } catch (error) {
      if (gone.signal.aborted) return;
      if (timeout?.aborted !== true) throw error;
      sendText(response, 503, 'the scrape took longer than the scraper will wait\n');
      return;
    }

    response.status(200);
    // Not `type()` and `send()`: they would sort the parameters, and Prometheus is told the type as it was specified.
    response.setHeader('Content-Type', CONTENT_TYPES[format]);
    response.setHeader('Vary', 'Accept, Accept-Encoding');
    if (isCompressed) response.setHeader('Content-Encoding', 'gzip');
    response.setHeader('Content-Length', body.length);
    response.end(body);
  };
}
