import type { RequestHandler } from 'express';
import { CONTENT_TYPES } from '../../ports/exposition.ts';
import type { HttpDependencies } from './dependencies.ts';
import { acceptsGzip, negotiateFormat } from './negotiate.ts';
import { goneSignal, sendText } from './respond.ts';
import { scrapeTimeoutMs } from './scrape-timeout.ts';
import { SharedAnswers } from './shared-answers.ts';

/**
 * `/metrics`: 200 even when sources fail; waits for none of them. Before every source has looked once (5 s at most) it
 * answers 503: "not known yet", recorded, would be news to an alert that holds what the exporter saw before it was
 * restarted, and end it; a scrape that fails is none.
 */
export function metricsRoute({ renderMetrics, isReady }: HttpDependencies): RequestHandler {
  const scrapes = new SharedAnswers();
  return async (request, response) => {
    const ready = isReady();
    if (!ready.ok) {
      sendText(response, 503, `no metrics yet: ${ready.why}\n`);
      return;
    }
    const gone = goneSignal(response);
    const timeoutMs = scrapeTimeoutMs(request.get('x-prometheus-scrape-timeout-seconds'));
    const timeout = timeoutMs === undefined ? undefined : AbortSignal.timeout(timeoutMs);
    const signal = timeout === undefined ? gone : AbortSignal.any([gone, timeout]);

    const format = negotiateFormat(request);
    const isCompressed = acceptsGzip(request);
    let body: Buffer;
    try {
      const make = (unwanted: AbortSignal): Promise<Buffer> => renderMetrics(format, unwanted);
      body = await scrapes.answer({ name: format, isCompressed, make }, signal);
    } catch (error) {
      if (gone.aborted) return;
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
