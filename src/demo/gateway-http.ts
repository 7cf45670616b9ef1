import type { IncomingMessage, ServerResponse } from 'node:http';

/** The pages that a gateway shows to anybody: it is there. */
export function answerHttp(request: IncomingMessage, response: ServerResponse): void {
  const answer = (status: number, body: object): void => {
    response.writeHead(status, {
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
    });
    response.end(request.method === 'HEAD' ? undefined : JSON.stringify(body));
  };
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    answer(405, { ok: false });
    return;
  }
  switch (request.url) {
    case '/health':
    case '/healthz':
      answer(200, { ok: true, status: 'live' });
      return;
    case '/ready':
    case '/readyz':
      answer(200, { ready: true });
      return;
    default:
      answer(404, { ok: false });
  }
}
