import type { Reason } from '../model/reason.ts';
import type { Thresholds } from '../model/thresholds.ts';
import { elapsedMs, isAfter, later, type Instant } from '../model/time.ts';
import type { FailureReason } from '../model/vocabulary.ts';
import type { LocalFacts } from '../facts/local.ts';
import { hasNeverWritten } from '../facts/log-line.ts';
import { isBeforeProcess } from '../facts/log.ts';
import { assessment, type Assessment } from './assessment.ts';
import { approvedAt } from '../facts/roster-entry.ts';
import type { RowView } from './row-view.ts';
import { endsWithAttempt } from './version-of.ts';

export interface BlockedContext {
  readonly now: Instant;
  readonly limits: Thresholds;
  readonly row: RowView | undefined;
  readonly trustedSince: Instant;
}

/** Row 6 of the verdict table for a process that runs: what turned it away would turn away the next one, too. */
export function assessBlocked(facts: LocalFacts, context: BlockedContext): Assessment | undefined {
  const { now, limits } = context;
  if (facts.ledger.parked !== undefined) return liftedBlock(facts, context) ?? refused(facts);
  // A process that came after the refusal and has not dialled at all is not blocked by it; it hangs.
  return hasMetIt(facts, context) ? lastRefusal(facts, { triedUntil: now, now, limits }) : undefined;
}

export interface LastTries {
  readonly now: Instant;
  readonly limits: Thresholds;
  /**
   * A refusal long before that was overcome. `undefined`: nobody saw its end, and then what its log ends with is the last
   * that is known.
   */
  readonly triedUntil: Instant | undefined;
}

/** What its attempts met last, where a restart would meet it again. */
export function lastRefusal(
  facts: LocalFacts,
  { now, limits, triedUntil }: LastTries,
): Assessment | undefined {
  const { parked, refusal, lastFailure, failedAttempts } = facts.ledger;
  const isLast = (met: { readonly at: Instant }): boolean =>
    refusal?.auth === 'rate_limited'
      ? // A lock-out runs out by itself, whoever tries meanwhile.
        elapsedMs(met.at, now) <= limits.rateLimitLockoutMs
      : triedUntil === undefined || elapsedMs(met.at, triedUntil) <= limits.refusalValidMs;
  if (parked !== undefined || (refusal !== undefined && isLast(refusal))) return refused(facts);
  if (lastFailure === undefined || !isLast(lastFailure)) return undefined;
  const obstacle = OBSTACLES[lastFailure.reason];
  // One alone may be a resolver's or a proxy's bad moment; one that ends with each attempt has no second.
  if (obstacle === undefined || (failedAttempts < 2 && facts.process?.value != null)) return undefined;
  return assessment(
    'blocked',
    [obstacle.reason],
    `${obstacle.words}, and a restart would meet that again (${facts.ledger.lastWords ?? 'no detail'})`,
  );
}

/** What stands in the way of every attempt, whoever makes it. */
const OBSTACLES: Partial<Record<FailureReason, { readonly reason: Reason; readonly words: string }>> = {
  tls: { reason: 'tls', words: 'its attempts fail at the TLS certificate' },
  dns: { reason: 'dns', words: 'its gateway’s name cannot be resolved' },
  http_4xx: { reason: 'http-4xx', words: 'a proxy or the gateway’s HTTP side refuses its attempts' },
};

/** What stopped its last attempt lies on the way: once that is open a restart would get through. */
export function isObstacle({ ledger }: LocalFacts): boolean {
  const { refusal, parked, lastFailure } = ledger;
  if (refusal !== undefined || parked !== undefined || lastFailure === undefined) return false;
  return OBSTACLES[lastFailure.reason] !== undefined;
}

/** This process has come as far as whatever turned the last one away. */
function hasMetIt(facts: LocalFacts, { now, limits, row, trustedSince }: BlockedContext): boolean {
  const { startedAt, incarnation, socket, ledger } = facts;
  const met = ledger.refusal ?? ledger.lastFailure;
  if (met === undefined || startedAt === undefined) return true;
  // A refusal that was read in the history of its log has no time, but the log has: this one never wrote a word.
  if (hasNeverWritten(facts)) return elapsedMs(startedAt, now) <= limits.startingMs;
  if (!isBeforeProcess(met, { incarnation, startedAt })) return true;
  // One that ends with each attempt that fails has met nothing as long as it lives.
  const hasDialled = socket?.hadConnection === true || row?.row.connected === true;
  if (hasDialled && endsWithAttempt(facts, row) !== true) return true;
  return elapsedMs(later(startedAt, trustedSince) ?? trustedSince, now) <= limits.startingMs;
}

function refused(facts: LocalFacts): Assessment | undefined {
  const { parked, refusal } = facts.ledger;
  const block = parked ?? refusal;
  if (block === undefined) return undefined;
  const consequence =
    parked === undefined ? 'a restart would be refused again' : 'it waits and will not try again by itself';
  return assessment(
    'blocked',
    ['refused', block.auth],
    `the gateway refused it (${block.auth}); ${consequence}`,
  );
}

/** Parked though the block is gone: approved meanwhile, or the lock-out is over. A restart makes it try again. */
function liftedBlock(facts: LocalFacts, { now, limits, row }: BlockedContext): Assessment | undefined {
  const parked = facts.ledger.parked;
  if (parked === undefined) return undefined;
  // The gateway's lock-out runs out whether or not we were there to watch.
  if (parked.auth === 'rate_limited' && elapsedMs(parked.at, now) >= limits.rateLimitLockoutMs) {
    return assessment(
      'zombie',
      ['parked', parked.auth],
      'it parked on a rate limit that is over by now, and it does not try again by itself',
    );
  }
  // It may have ended just before that.
  const since = row === undefined ? undefined : approvedAt(row.row, row);
  const isThere = since === undefined || facts.process === undefined || !isAfter(since, facts.process.at);
  const isLetIn = facts.approvedSinceParked && row?.row.paired !== false;
  if (parked.auth === 'pairing_required' && isLetIn && isThere) {
    return assessment(
      'zombie',
      ['parked', parked.auth],
      'it was approved after it parked, and it does not try again by itself',
    );
  }
  return undefined;
}
