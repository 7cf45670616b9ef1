import { z } from 'zod';
import { type AuthReason, authReasonOfDetailCode, type FailureReason } from '../../core/index.ts';
import { networkFailureReason } from '../network-failure.ts';
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
  const { message } = error;
  const hint = error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs };
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
  // The gateway answers the upgrade itself with 429 while it has locked the address out.
  if (status === 429) return { kind: 'refused', auth: 'rate_limited', detailCode: '', message };
  const reason = status >= 500 ? 'http_5xx' : status >= 400 ? 'http_4xx' : 'protocol';
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
  const missingNonce =
    error.message.includes('challenge missing nonce') || error.message.includes('challenge timestamp');
  return {
    kind: 'failed',
    reason: missingNonce ? 'protocol' : networkFailureReason(error),
    message: error.message === '' ? error.name : error.message,
  };
}

const REFUSAL_TEXTS: readonly (readonly [pattern: RegExp, auth: AuthReason])[] = [
  [/too many failed authentication/i, 'rate_limited'],
  [/device token mismatch/i, 'device_token_mismatch'],
  [/device token scope mismatch/i, 'scope_mismatch'],
  [/token mismatch/i, 'token_mismatch'],
  [/token missing/i, 'token_missing'],
  [/token not configured/i, 'token_not_configured'],
  [/password mismatch/i, 'password_mismatch'],
  [/password missing/i, 'password_missing'],
  [/password not configured/i, 'password_not_configured'],
  [/pairing required/i, 'pairing_required'],
  [/device identity required/i, 'device_identity_required'],
  [/device (identity mismatch|signature|nonce|public key)/i, 'device_auth_invalid'],
  [/identity-header authentication/i, 'identity_header_required'],
  [/verified user identity/i, 'verified_user_required'],
  [/unauthorized: tailscale/i, 'tailscale'],
  [/protocol mismatch/i, 'protocol_mismatch'],
  [/client version mismatch/i, 'client_version_mismatch'],
  [/^unauthorized/i, 'other'],
];

/** For versions and paths that give no code. `undefined`: it does not read like a refusal. */
function authReasonOfText(text: string): AuthReason | undefined {
  return REFUSAL_TEXTS.find(([pattern]) => pattern.test(text))?.[1];
}
