import type { HttpResult } from '../../core/index.ts';
import { boundedLine, MAX_MESSAGE_CHARS } from '../foreign-text.ts';
import { knownSecrets, type Scrub } from '../known-secrets.ts';
import { networkFailureReason } from '../network-failure.ts';
import { classifyHttpStatus } from '../openclaw-words.ts';

/** What one request for `/health` came to. */
export type HealthReply = {
  /** When the certificate that was shown expires, in Unix milliseconds. */
  readonly certificateNotAfterMs?: number;
} & (
  | { readonly kind: 'answered'; readonly status: number; readonly body: string }
  | { readonly kind: 'deadline'; readonly deadlineMs: number }
  | { readonly kind: 'failed'; readonly error: Error }
);

/** Any 2xx is a gateway that works: what the body says differs between versions. */
export function interpretHealth(
  reply: HealthReply,
  rttMs: number,
  scrub: Scrub = knownSecrets.scrub,
): HttpResult {
  switch (reply.kind) {
    case 'answered': {
      if (reply.status >= 200 && reply.status < 300) return { ok: true, rttMs };
      const { reason } = classifyHttpStatus(reply.status);
      return { ok: false, reason, message: `/health answered HTTP ${reply.status}`, answered: true };
    }
    case 'deadline':
      return {
        ok: false,
        reason: 'timeout',
        message: `/health did not answer within ${reply.deadlineMs} ms`,
        answered: false,
      };
    case 'failed':
      return {
        ok: false,
        reason: networkFailureReason(reply.error),
        // The names in a certificate are part of what Node says of it, and they are the peer's.
        message: boundedLine(text(reply.error), MAX_MESSAGE_CHARS, scrub),
        answered: false,
      };
    default:
      return reply satisfies never;
  }
}

/** An `AggregateError` (both addresses of `localhost` refused) has no message of its own. */
function text(error: Error): string {
  if (error.message !== '') return error.message;
  if (error instanceof AggregateError && error.errors[0] instanceof Error) return error.errors[0].message;
  return error.name;
}
