import type { RequestHandler } from 'express';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createGzip } from 'node:zlib';
import type { HttpDependencies } from '../routes/dependencies.ts';
import { acceptsGzip } from '../routes/negotiate.ts';
import type { StatusBoard } from './board.ts';
import { choiceOf, pagePieces } from './page.ts';

/** Cards are much alike: the fastest level leaves a tenth. */
const GZIP_LEVEL = 1;

/** Node's own pipeline listens seven times for the end of an answer, and those who serve it a few times more; 10 would warn. */
const MAX_LISTENERS = 20;

/** Nothing from elsewhere, nothing that is written into the page: a name can never be a script or a style. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

/** Others wait no longer than this for a page of many node hosts. */
const SLICE_MS = 10;

/** Puts pieces together to larger ones, and lets others run after each. */
async function* inSlices(pieces: Iterable<string>): AsyncGenerator<string, void, undefined> {
  let slice: string[] = [];
  let beganMs = performance.now();
  for (const piece of pieces) {
    if (piece !== '') slice.push(piece);
    if (performance.now() - beganMs < SLICE_MS) continue;
    if (slice.length > 0) yield slice.join('\n');
    slice = [];
    await nextTurn();
    beganMs = performance.now();
  }
  yield slice.join('\n');
}

/** `/`: what is going on, for a person with a browser. */
export function pageRoute({ snapshot, version }: HttpDependencies, board: StatusBoard): RequestHandler {
  return async (request, response) => {
    const pieces = pagePieces(board, { snapshot: snapshot(), version, choice: choiceOf(request.query) });
    response.status(200).set({
      'Content-Security-Policy': CONTENT_SECURITY_POLICY,
      'Referrer-Policy': 'no-referrer',
      Vary: 'Accept-Encoding',
    });
    response.type('text/html; charset=utf-8');
    const isCompressed = acceptsGzip(request.get('accept-encoding'));
    if (isCompressed) response.set('Content-Encoding', 'gzip');
    if (request.method === 'HEAD') {
      response.end();
      return;
    }
    response.setMaxListeners(MAX_LISTENERS);
    const page = Readable.from(inSlices(pieces), { objectMode: false });
    try {
      if (isCompressed) await pipeline(page, createGzip({ level: GZIP_LEVEL }), response);
      else await pipeline(page, response);
    } catch (error: unknown) {
      // Who goes away in the middle of a page is no failure of ours.
      if (!(error instanceof Error) || !('code' in error) || error.code !== 'ERR_STREAM_PREMATURE_CLOSE')
        throw error;
    }
  };
}
