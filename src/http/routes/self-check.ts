import type { RequestHandler } from 'express';
import { sendText } from './respond.ts';

/** What the exporter says of itself, for `/-/healthy` and `/-/ready`. */
export type SelfCheck = { readonly ok: true } | { readonly ok: false; readonly why: string };

/**
 * Healthy is: the tick that makes verdicts ran within its limit. That the event loop runs is shown by the answer.
 *
 * @param lastTickAgeMs `undefined` before the first tick
 */
export function tickCheck(options: {
  readonly lastTickAgeMs: number | undefined;
  readonly limitMs: number;
}): SelfCheck {
  const { lastTickAgeMs, limitMs } = options;
  if (lastTickAgeMs === undefined) return { ok: false, why: 'no verdict was made yet' };
  if (lastTickAgeMs < limitMs) return { ok: true };
  return {
    ok: false,
    why: `the last verdict is ${(lastTickAgeMs / 1000).toFixed(1)} s old, and the limit is ${(limitMs / 1000).toFixed(1)} s`,
  };
}

/** `/-/healthy` or `/-/ready`: about the exporter, never about a node host. */
export function selfRoute(check: () => SelfCheck, word: 'healthy' | 'ready'): RequestHandler {
  return (_request, response) => {
    const result = check();
    if (result.ok) sendText(response, 200, `${word}\n`);
    else sendText(response, 503, `not ${word}: ${result.why}\n`);
  };
}
