import type { Request, RequestHandler } from 'express';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { HttpDependencies } from '../routes/dependencies.ts';
import { sendHtml } from '../routes/send-html.ts';
import { choiceOf, type Choice } from './choice.ts';
import { pageHtml } from './page.ts';

/** After a page none is made for so many times as long as it took: all pages together have a fifth of the time at most … */
const REST = 4;
/** … and for so many turns, in each of which Node accepts one connection. */
const REST_TURNS = 32;

/** A page that is not made yet, and who waits for it. */
interface Wanted {
  readonly requests: Request[];
  readonly html: Promise<string | undefined>;
}

/**
 * `/`: what is going on, for a person with a browser. One page at a time, for all who wait for the same, and then a rest: a
 * probe whose connection is accepted after those of hundreds who ask for pages would wait for each of these.
 * Whoever lets go before his page is made costs nothing.
 */
export function pageRoute({ snapshot, version, isHealthy }: HttpDependencies): RequestHandler {
  const waiting = new Map<string, Wanted>();
  let rested: Promise<unknown> = Promise.resolve();

  const want = (choice: Choice): Wanted => {
    const key = JSON.stringify(choice);
    const queued = waiting.get(key);
    if (queued !== undefined) return queued;
    let tookMs = 0;
    const html = rested.then(() => {
      waiting.delete(key);
      if (wanted.requests.every(({ socket }) => socket.destroyed)) return undefined;
      const beganMs = performance.now();
      const page = pageHtml({ snapshot: snapshot(), version, choice, health: isHealthy() });
      tookMs = performance.now() - beganMs;
      return page;
    });
    const wanted: Wanted = { requests: [], html };
    waiting.set(key, wanted);
    const rest = async (): Promise<void> => {
      if (tookMs === 0) return;
      await sleep(REST * tookMs);
      for (let turn = 0; turn < REST_TURNS; turn += 1) await nextTurn();
    };
    rested = html.then(rest, rest);
    return wanted;
  };

  return async (request, response) => {
    const { requests, html } = want(choiceOf(request.query));
    requests.push(request);
    const page = await html;
    if (page !== undefined && !request.socket.destroyed) await sendHtml({ request, response }, page);
  };
}
