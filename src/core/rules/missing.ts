import { elapsedMs, isAfter, later, type Instant } from '../model/time.ts';
import type { Thresholds } from '../model/thresholds.ts';
import type { LocalFacts } from '../facts/local.ts';
import { isLogTelling } from '../facts/log-line.ts';
import { isShortLived } from '../facts/process.ts';
import { approvedAt } from '../facts/roster-entry.ts';
import { givenUpOf, supervisorOf, type GivenUp } from '../facts/supervisor.ts';
import { assessment, duration, type Assessment } from './assessment.ts';
import type { RowView } from './row-view.ts';
import { isObstacle, lastRefusal } from './blocked.ts';
import type { GatewayView } from './context.ts';
import { endsWithAttempt } from './version-of.ts';

export interface MissingContext {
  readonly now: Instant;
  readonly limits: Thresholds;
  readonly trustedSince: Instant;
  /** What the state of its gateway would explain. */
  readonly gatewayDown: Assessment | undefined;
  readonly gateway: GatewayView;
  /** The way to its gateway is open now, as far as we can tell by going it. */
  readonly isWayOpen: boolean;
  /** What the gateway's roster says of it. */
  readonly row: RowView | undefined;
  /** What its attempts come to, each of a process of its own. */
  readonly futile: Assessment | undefined;
}

/** Row 2 of the verdict table, and what comes before it: its process is not there. */
export function assessMissing(facts: LocalFacts, context: MissingContext): Assessment {
  const { now, limits, trustedSince, gatewayDown, row } = context;
  const since = later(facts.missingSince, trustedSince) ?? trustedSince;
  // Since the last look it may have come back.
  const goneMs = elapsedMs(since, facts.process?.at ?? now);
  const givenUp = givenUpOf(facts, now);
  const isGone = goneMs >= patienceMs(facts, givenUp, context) && !hasDialledSince(facts);
  const blocked =
    (context.isWayOpen && isObstacle(facts)) || hasOutlived(facts, context) || isApprovedSince(facts, row)
      ? undefined
      : withGivenUp(lastRefusal(facts, { triedUntil: triedUntil(facts, context), now, limits }), givenUp);

  if (isGone && blocked !== undefined) return gatewayDown ?? blocked;
  // Before 2026.5 a node host ends with each attempt that fails: so would the next one, until the way is open.
  const endsOnWay = !context.isWayOpen && givenUp === undefined && endsWithAttempt(facts, row) === true;
  if (isGone && gatewayDown !== undefined && endsOnWay) return gatewayDown;
  if (isGone && givenUp !== undefined && (facts.everSeen || isExpected(facts, givenUp))) {
    return assessment(
      'down',
      [givenUp.reason, 'no-process'],
      `no process for ${duration(goneMs)}; ${givenUp.words}`,
    );
  }
  if (!facts.everSeen && !facts.target.explicit && (isGone || leftNoTrace(facts))) {
    return assessment('unknown', ['no-node-host-found'], 'no node host was found on this machine');
  }
  if (isGone) {
    return assessment('down', ['no-process'], `no process for ${duration(goneMs)}; nothing has restarted it`);
  }
  if (!facts.everSeen) return assessment('unknown', ['just-started'], 'no process found yet');
  return (
    gatewayDown ??
    blocked ??
    context.futile ??
    assessment(
      'reconnecting',
      ['process-restarting'],
      `its process ended ${duration(goneMs)} ago; ${facts.isLaunched ? 'another has just been started' : 'a supervisor may still restart it'}`,
    )
  );
}

/** Its log tells of an attempt since its process was last looked for: there is one again. */
function hasDialledSince({ process, ledger: { lastAttempt } }: LocalFacts): boolean {
  return process !== undefined && lastAttempt !== undefined && isAfter(lastAttempt, process.at);
}

/** How long its process may be gone until nothing is about to start it. */
function patienceMs(
  facts: LocalFacts,
  givenUp: GivenUp | undefined,
  { now, limits }: Pick<MissingContext, 'now' | 'limits'>,
): number {
  // One that was started anew and hangs before it has its title is gone all the same.
  if (facts.isLaunched) return limits.startingMs;
  // Its manager says that it is about to start it: how long it waits before that stands in its unit.
  if (supervisorOf(facts, now)?.standing.kind === 'restarting') return limits.startingMs;
  const { endedAt, isBroughtBack } = facts;
  const isLooping = isBroughtBack && endedAt !== undefined && isShortLived(facts, endedAt);
  // The next of its lives may not have been seen, and the supervisor waits for as long again.
  return isLooping && givenUp === undefined ? 2 * limits.downAfterMs : limits.downAfterMs;
}

/** A cold start takes up to 20 s, on a slow machine twice that: then it has dialled. */
const HAS_DIALLED_AFTER_MS = 40_000;

/** The process that ended was refused nothing, though it had the time to be: what the one before it met is past. */
function hasOutlived(facts: LocalFacts, { row, gateway }: MissingContext): boolean {
  const { startedAt, endedAt, ledger, everAttached, lastConnect, heldConnectionAt: heldAt } = facts;
  const met = ledger.refusal ?? ledger.lastFailure;
  // Its gateway may tell of that only once we are let in again ourselves. By a clock that was set it may tell of any time.
  const wasLetIn =
    lastConnect !== undefined &&
    startedAt !== undefined &&
    endedAt !== undefined &&
    isAfter(lastConnect, startedAt) &&
    isAfter(endedAt, lastConnect);
  if (wasLetIn && met !== undefined && isAfter(lastConnect, met.at)) return true;
  // One that ends with each attempt that is refused was let in, if it kept its connection and its log told of no attempt.
  const hasHeld =
    met !== undefined && heldAt !== undefined && isAfter(heldAt, met.at) && !wasAway(gateway, heldAt, heldAt);
  if (endsWithAttempt(facts, row) !== false && hasHeld && ledger.lastAttempt === undefined) return true;
  // One that hung had the time, and did not use it.
  if (!everAttached) return false;
  if (met === undefined || startedAt === undefined || endedAt === undefined) return false;
  const isBefore = met.at.monoMs < startedAt.monoMs;
  return isBefore && elapsedMs(startedAt, endedAt) >= HAS_DIALLED_AFTER_MS;
}

/** Nobody was there for all of that time to let it in or refuse it. */
function wasAway({ health, healthySince, unwellSince }: GatewayView, from: Instant, to: Instant): boolean {
  if (unwellSince === undefined || isAfter(unwellSince, from)) return false;
  return health !== 'healthy' || (healthySince !== undefined && !isAfter(to, healthySince));
}

/** Of one that hung, and of one that met nobody, what its log ends with is the last that is known: nothing overcame it. */
function triedUntil(facts: LocalFacts, { gateway, now }: MissingContext): Instant | undefined {
  const { everAttached, endedAt, startedAt, ledger } = facts;
  if (everAttached || ledger.lastAttempt !== undefined || !isLogTelling(facts, now)) return endedAt;
  const hasMetNobody =
    startedAt !== undefined &&
    endedAt !== undefined &&
    (wasAway(gateway, startedAt, endedAt) ||
      (facts.endedUndialled && elapsedMs(startedAt, endedAt) < HAS_DIALLED_AFTER_MS));
  return ledger.writesConnected || hasMetNobody ? undefined : endedAt;
}

/** The gateway has approved it after it ended for want of that: the next start is let in. */
function isApprovedSince({ ledger }: LocalFacts, view: RowView | undefined): boolean {
  const { refusal } = ledger;
  const since = view?.row.paired === true ? approvedAt(view.row, view) : undefined;
  return refusal?.auth === 'pairing_required' && since !== undefined && !isAfter(refusal.at, since);
}

/**
 * Looked for twice, and neither a process nor a log nor a service of it was found: nothing says that one is about to be
 * restarted, so there is nothing to wait for.
 */
function leftNoTrace(facts: LocalFacts): boolean {
  const { missingSince, process, logStatus, supervisor } = facts;
  const wasLookedForTwice =
    missingSince !== undefined && process !== undefined && process.at.monoMs > missingSince.monoMs;
  return wasLookedForTwice && logStatus === undefined && supervisor === undefined;
}

/** A service that failed is one that should run, also where nobody ever saw it; one that is not loaded may be retired. */
function isExpected({ target }: LocalFacts, { reason }: GivenUp): boolean {
  return target.explicit || reason !== 'supervisor-not-loaded';
}

/** A block that also ended the supervisor's patience: lifting it is not enough any more. */
function withGivenUp(blocked: Assessment | undefined, givenUp: GivenUp | undefined): Assessment | undefined {
  if (blocked === undefined || givenUp === undefined) return blocked;
  return {
    ...blocked,
    reasons: [...blocked.reasons, givenUp.reason],
    why: `${blocked.why}; ${givenUp.words}`,
  };
}
