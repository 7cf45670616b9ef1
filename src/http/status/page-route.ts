import type { RequestHandler } from 'express';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { acceptsGzip } from '../../exporters/negotiate.ts';
import type { HttpDependencies } from '../dependencies.ts';
import type { StatusBoard } from './board.ts';
import { choiceOf, pageHtml } from './page.ts';

const compress = promisify(gzip);
/** Cards are much alike: the fastest level leaves a tenth. */
const GZIP_LEVEL = 1;

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

/** `/`: what is going on, for a person with a browser. */
export function pageRoute({ snapshot, version }: HttpDependencies, board: StatusBoard): RequestHandler {
  return async (request, response) => {
    const page = pageHtml(board, { snapshot: snapshot(), version, choice: choiceOf(request.query) });
    response.status(200).set({
      'Content-Security-Policy': CONTENT_SECURITY_POLICY,
      'Referrer-Policy': 'no-referrer',
      Vary: 'Accept-Encoding',
    });
    response.type('text/html; charset=utf-8');
    if (!acceptsGzip(request.get('accept-encoding'))) {
      response.send(page);
      return;
    }
    response.set('Content-Encoding', 'gzip').send(await compress(page, { level: GZIP_LEVEL }));
  };
}
