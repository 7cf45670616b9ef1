import type { DialFailure } from './interpret-connect.ts';

/** When to try again for a session. Every number is a promise to the gateway, which locks out who fails too often. */
const REDIAL = {
  /** Doubles with each failure that is not about the credential, up to the cap; a gateway's restart takes seconds. */
  firstBackoffMs: 1_000,
  maxBackoffMs: 15_000,
  /**
   * Ten failed logins in 60 s lock out the whole address for five minutes, and a node host that meets the lock-out may
   * park for ever: one a minute at most, and ever fewer.
   */
  firstAuthWaitMs: 60_000,
  maxAuthWaitMs: 600_000,
  /** Even a credential that changes all the time is tried at most six times a minute. */
  minAuthSpacingMs: 10_000,
  /** A gateway that says "starting" is ready within moments. */
  minStartingWaitMs: 500,
  maxStartingWaitMs: 1_000,
  /** A session that ended sooner than this did not prove that sessions work. */
  provenAfterMs: 5_000,
} as const;

/** What the next wait depends on. */
export interface RedialState {
  /** Failures in a row that are not about the credential. */
  readonly failures: number;
  /** Refusals in a row of one and the same credential. */
  readonly refusals: number;
  /** Fingerprint of the credential that was refused last. */
  readonly refused: string | null;
}

export const FIRST_DIAL: RedialState = { failures: 0, refusals: 0, refused: null };

/** How a try for a session, or the session itself, ended. */
export type DialEnding = { readonly kind: 'session-ended'; readonly lastedMs: number } | DialFailure;

export type RedialWait =
  /** Ends early when the gateway answers HTTP again. */
  | { readonly kind: 'backoff'; readonly ms: number }
  /** Ends early only for another credential, and not before `atLeastMs`. */
  | { readonly kind: 'auth'; readonly ms: number; readonly atLeastMs: number; readonly refused: string };

export interface Redial {
  readonly state: RedialState;
  readonly wait: RedialWait;
}

/**
 * The wait before the next try, and the state from which the one after that is planned.
 *
 * @param fingerprint of the credential with which it was tried
 */
export function planRedial(state: RedialState, ending: DialEnding, fingerprint: string): Redial {
  switch (ending.kind) {
    case 'session-ended': {
      const proven = ending.lastedMs >= REDIAL.provenAfterMs;
      return backOff({ ...FIRST_DIAL, failures: proven ? 0 : state.failures });
    }
    case 'failed':
    case 'unusable':
      return backOff(state);
    case 'starting': {
      const { retryAfterMs = 0 } = ending;
      const ms = Math.min(Math.max(retryAfterMs, REDIAL.minStartingWaitMs), REDIAL.maxStartingWaitMs);
      return { state: { ...state, failures: 0 }, wait: { kind: 'backoff', ms } };
    }
    case 'refused': {
      const { auth, retryAfterMs = 0 } = ending;
      const before = state.refused === fingerprint ? state.refusals : 0;
      const scheduledMs = Math.min(REDIAL.firstAuthWaitMs * 2 ** before, REDIAL.maxAuthWaitMs);
      const ms = Math.max(scheduledMs, retryAfterMs);
      // While the address is locked out another credential fares no better, and each try may prolong it.
      const atLeastMs = auth === 'rate_limited' ? ms : REDIAL.minAuthSpacingMs;
      return {
        state: { failures: 0, refusals: before + 1, refused: fingerprint },
        wait: { kind: 'auth', ms, atLeastMs, refused: fingerprint },
      };
    }
    default:
      return ending satisfies never;
  }
}

function backOff(state: RedialState): Redial {
  const ms = Math.min(REDIAL.firstBackoffMs * 2 ** state.failures, REDIAL.maxBackoffMs);
  // The exponent stops growing where the cap holds.
  const failures = ms === REDIAL.maxBackoffMs ? state.failures : state.failures + 1;
  return { state: { ...state, failures }, wait: { kind: 'backoff', ms } };
}
