import type { Calls } from '../facts/calls.ts';
import { REQUEST_VALID_MS } from '../facts/gateway-log.ts';
import type { NodeKind } from '../model/node-kind.ts';
import type { Thresholds } from '../model/thresholds.ts';
import { elapsedMs, type Instant } from '../model/time.ts';
import { assessment, type Assessment } from './assessment.ts';

export interface RefusedContext {
  readonly now: Instant;
  readonly limits: Thresholds;
  readonly calls: Calls | undefined;
  /** When its gateway last let it in, by the roster. */
  readonly lastConnect: Instant | undefined;
  /** Its gateway tells whether it is attached now. */
  readonly isRosterUsable: boolean;
  /** A headless one waits for ever after some refusals, and says nothing more; an app that is quiet sleeps. */
  readonly kind: NodeKind;
}

/** Row 6 of the verdict table for a node that is not attached, by the log of its gateway. */
export function refusedRemotely(context: RefusedContext): Assessment | undefined {
  const { now, limits, calls, lastConnect, isRosterUsable, kind } = context;
  const refusal = calls?.refusal;
  if (refusal === undefined) return undefined;
  const isApproved = isApprovedSince(calls);
  const isOvercome = [lastConnect, calls?.attachedSince].some(
    (letInAt) => letInAt !== undefined && elapsedMs(refusal.at, letInAt) > 0,
  );
  if (isApproved || isOvercome) return undefined;
  // Without a roster nobody would say that it was let in meanwhile.
  const lasts = kind === 'node-host' && isRosterUsable;
  if (!lasts && elapsedMs(refusal.at, now) > limits.remoteRefusalValidMs) return undefined;
  const { requestId, cause } = refusal.pairing ?? {};
  const isKnownThere = elapsedMs(refusal.at, now) <= REQUEST_VALID_MS;
  const reason = cause === undefined ? refusal.auth : `${refusal.auth}: ${cause}`;
  return {
    ...assessment(
      'blocked',
      ['refused', refusal.auth],
      `the gateway refused it (${reason}), by the gateway’s log`,
    ),
    ...(requestId !== undefined && isKnownThere && { requestId }),
  };
}

/** It was refused because nobody had approved its device, and somebody has. */
export function isApprovedSince(calls: Calls | undefined): boolean {
  const { refusal, pairedAt } = calls ?? {};
  if (refusal?.auth !== 'pairing_required' || pairedAt === undefined) return false;
  return elapsedMs(refusal.at, pairedAt) >= 0;
}
