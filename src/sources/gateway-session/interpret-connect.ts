import { z } from 'zod';
import { type AuthReason, authReasonOfDetailCode, type FailureReason, present } from '../../core/index.ts';
import { reasonByErrorCode } from '../network-failure.ts';
import { authReasonOfText, classifyFailure, classifyHttpStatus } from '../openclaw-words.ts';
import type { ConnectOutcome, GatewayError } from './session-client.ts';

/** A try for a session that came to nothing. */
export type DialFailure =
  | {
      readonly kind: 'refused';
      readonly auth: AuthReason;
      /** As the gateway wrote it; empty where its version gives none. */
      readonly detailCode: string;
      readonly message: string;
      readonly retryAfterMs?: number;
    }
  /** The gateway is on its way up. */
  | { readonly kind: 'starting'; readonly message: string; readonly retryAfterMs?: number }
  | { readonly kind: 'failed'; readonly reason: FailureReason; readonly message: string }
  /** No try will succeed before the configuration changes. */
  | { readonly kind: 'unusable'; readonly message: string };

const details = z.object({
  code: z.string().optional().catch(undefined),
  reason: z.string().optional().catch(undefined),
});

const STARTING = { detailReason: 'startup-sidecars', closeReason: 'gateway starting' } as const;
const TRY_AGAIN_LATER = 1013;
const POLICY_VIOLATION = 1008;

/** What an outcome other than a hello says about gateway and credential. */
export function interpretConnectFailure(outcome: Exclude<ConnectOutcome, { kind: 'opened' }>): DialFailure {
  switch (outcome.kind) {
    case 'rejected':
      return interpretRejection(outcome.error);
    case 'not-upgraded':
      return interpretUpgradeStatus(outcome.httpStatus, outcome.message);
    case 'closed-early':
      return interpretEarlyClose(outcome.code, outcome.reason);
    case 'deadline':
      return { kind: 'failed', reason: 'timeout', message: `no hello within ${outcome.deadlineMs} ms` };
    case 'failed':
      return interpretError(outcome.error);
    case 'unusable':
      return { kind: 'unusable', message: outcome.message };
    case 'abandoned':
      return {
        kind: 'failed',
        reason: 'timeout',
        message: 'given up: the gateway answers HTTP again, a new try is quicker',
      };
    default:
      return outcome satisfies never;
  }
}

function interpretRejection(error: GatewayError): DialFailure {
  const { message, retryAfterMs } = error;
  const hint = present({ retryAfterMs });
  const { code: detailCode = '', reason } = details.safeParse(error.details ?? {}).data ?? {};
  if (reason === STARTING.detailReason || message === STARTING.closeReason)
    return { kind: 'starting', message, ...hint };
  const byCode = authReasonOfDetailCode(detailCode);
  const auth = byCode === 'other' ? authReasonOfText(message) : byCode;
  if (auth !== undefined) return { kind: 'refused', auth, detailCode, message, ...hint };
  // A code that we do not know yet is a refusal all the same when it is of that family.
  if (detailCode.startsWith('AUTH_')) return { kind: 'refused', auth: 'other', detailCode, message, ...hint };
  return { kind: 'failed', reason: error.code === 'UNAVAILABLE' ? 'closed' : 'protocol', message };
}

function interpretUpgradeStatus(status: number, message: string): DialFailure {
  const { reason, auth } = classifyHttpStatus(status);
  if (auth !== undefined) return { kind: 'refused', auth, detailCode: '', message };
  return { kind: 'failed', reason, message };
}

function interpretEarlyClose(code: number, reason: string): DialFailure {
  const message = `closed before the hello (${code})${reason === '' ? '' : `: ${reason}`}`;
  if (code === TRY_AGAIN_LATER && reason === STARTING.closeReason) return { kind: 'starting', message };
  const auth = code === POLICY_VIOLATION ? authReasonOfText(reason) : undefined;
  if (auth !== undefined) return { kind: 'refused', auth, detailCode: '', message };
  return { kind: 'failed', reason: 'closed', message };
}

function interpretError(error: Error): DialFailure {
  return {
    kind: 'failed',
    reason: reasonByErrorCode(error) ?? classifyFailure(error.message).reason,
    message: error.message === '' ? error.name : error.message,
  };
}
