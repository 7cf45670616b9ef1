import { later, type Instant } from '../model/time.ts';
import type { LocalFacts } from './local.ts';
import { settle } from './log.ts';
import { restartPulse } from './pulse.ts';

/** Notes an edge of attachment. */
export function noteAttachment(
  facts: LocalFacts,
  { attached, by }: { readonly attached: boolean | undefined; readonly by?: string },
  now: Instant,
): LocalFacts {
  // That a connection stands for long makes it likely that it was accepted, and no more.
  const isTold = attached === true && by !== 'socket';
  if (attached === facts.attached) return isTold ? { ...facts, attachedAt: now } : facts;
  if (attached === true) {
    return {
      ...facts,
      detachedSince: undefined,
      calledSilent: undefined,
      attached,
      attachedAt: isTold ? now : facts.attachedAt,
      // A connection that we did not see open began when the gateway, or the log, says.
      attachedSince: later(facts.lastConnect, facts.startedAt) ?? now,
      everAttached: true,
      // Where only the age of a connection tells, its backoff may go on.
      ledger: { ...settle(facts.ledger), ...(!isTold && { failedAttempts: facts.ledger.failedAttempts }) },
      // Only after a known detachment: a gateway that was out of sight for a moment did not change its rhythm.
      pulse: facts.attached === false ? facts.pulse && restartPulse(facts.pulse, now) : facts.pulse,
    };
  }
  if (attached === false) {
    const { lastClose } = facts.ledger;
    const connectedAt = later(facts.lastConnect, facts.socket?.lastDial);
    const isOfThisConnection =
      lastClose !== undefined && (connectedAt === undefined || lastClose.monoMs >= connectedAt.monoMs);
    const detachedSince = later(facts.detachedSince, isOfThisConnection ? lastClose : undefined) ?? now;
    return {
      ...facts,
      attached,
      // Never before this incarnation was attached: an older close is another story.
      detachedSince: facts.attached === true ? now : detachedSince,
      lastDisconnect: facts.attached === true ? later(facts.lastDisconnect, now) : facts.lastDisconnect,
    };
  }
  return { ...facts, attached };
}
