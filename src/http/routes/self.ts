import type { RequestHandler } from 'express';
import { sendText } from './respond.ts';
import type { SelfCheck } from './self-check.ts';

/** `/-/healthy` or `/-/ready`: about the exporter, never about a node host. */
export function selfRoute(check: () => SelfCheck, word: 'healthy' | 'ready'): RequestHandler {
  return (_request, response) => {
    const result = check();
    if (result.ok) sendText(response, 200, `${word}\n`);
    else sendText(response, 503, `not ${word}: ${result.why}\n`);
  };
}
