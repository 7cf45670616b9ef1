import { z } from 'zod';
import { boundedLine, MAX_MESSAGE_CHARS } from '../foreign-text.ts';
import { knownSecrets, type Scrub } from '../known-secrets.ts';
import type { RequestOutcome } from './session-client.ts';

/** What a `node.invoke` says about the node host. */
export type InvokeOutcome =
  /** A reply came from the node host itself; an error of its own is a reply. */
  | { readonly kind: 'answered' }
  /** The gateway handed it over and waited in vain. */
  | { readonly kind: 'timeout' }
  /** It did not reach the node host, or nobody can tell. */
  | { readonly kind: 'unavailable'; readonly message: string };

const errorDetails = z.object({
  nodeError: z.object({ code: z.string(), message: z.string().optional() }),
  /** Since 2026.9. */
  nodeCommandDispatched: z.boolean().optional(),
});

/** Errors that the gateway writes in the node host's name. An error that could be either's is taken for the gateway's. */
const GATEWAY_CODES: ReadonlySet<string> = new Set([
  'NOT_CONNECTED',
  'DISCONNECTED',
  'UNAVAILABLE',
  'ABORTED',
  'PAIRING_CHANGED',
  'ROUTE_CHANGED',
  'POLICY_CHANGED',
  'APPROVAL_AUTHORITY_CLOSED',
  'IDLE_TIMEOUT',
]);

/** Tells a node host that did not answer from a call that did not reach it. */
export function interpretInvoke(outcome: RequestOutcome, scrub: Scrub = knownSecrets.scrub): InvokeOutcome {
  switch (outcome.kind) {
    case 'ok':
      return { kind: 'answered' };
    case 'timeout':
      // The gateway itself reports a silent node host in time. No word at all is the gateway's silence.
      return { kind: 'unavailable', message: 'the gateway did not answer node.invoke' };
    case 'closed':
      return { kind: 'unavailable', message: 'no session with the gateway' };
    case 'rejected': {
      const message = boundedLine(outcome.error.message, MAX_MESSAGE_CHARS, scrub);
      const unavailable = { kind: 'unavailable', message } as const;
      const parsed = errorDetails.safeParse(outcome.error.details);
      if (!parsed.success) return unavailable;
      const { nodeError, nodeCommandDispatched } = parsed.data;
      if (nodeError.code === 'TIMEOUT')
        return nodeCommandDispatched === false ? unavailable : { kind: 'timeout' };
      return GATEWAY_CODES.has(nodeError.code) ? unavailable : { kind: 'answered' };
    }
    default:
      return outcome satisfies never;
  }
}
