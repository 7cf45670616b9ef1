import type { RequestHandler } from 'express';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { HttpDependencies } from '../routes/dependencies.ts';
import { acceptsGzip } from '../routes/negotiate.ts';
import { goneSignal } from '../routes/respond.ts';
import { sendPage } from '../routes/send-html.ts';
import { SharedAnswers } from '../routes/shared-answers.ts';
import { choiceOf } from './filter.ts';
import { pageHtml } from './page.ts';

/** After a page none is made for so many times as long as it took: all pages together have a fifth of the time at most … */
const REST = 4;
/** … and for so many turns, in each of which Node accepts one connection. */
const REST_TURNS = 32;

/**
 * `/`: what is going on, for a person with a browser. After each page there is a rest: a probe whose connection is accepted
 * after those of hundreds who ask for pages would wait for each of these.
 */
export function pageRoute({ snapshot, version, isHealthy }: HttpDependencies): RequestHandler {
  let tookMs = 0;
  const pages = new SharedAnswers(async () => {
    await sleep(REST * tookMs);
    for (let turn = 0; turn < REST_TURNS; turn += 1) await nextTurn();
  });
  return async (request, response) => {
    const choice = choiceOf(request.query);
    const isCompressed = acceptsGzip(request);
    const make = (): Buffer => {
      const beganMs = performance.now();
      const html = pageHtml({ snapshot: snapshot(), version, choice, health: isHealthy() });
      tookMs = performance.now() - beganMs;
      return Buffer.from(html);
    };
    const gone = goneSignal(response);
    try {
      const body = await pages.answer({ name: JSON.stringify(choice), isCompressed, make }, gone);
      sendPage(response, { body, isCompressed });
    } catch (error) {
      if (!gone.aborted) throw error;
    }
  };
}
