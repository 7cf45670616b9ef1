import { freshSocket } from './attachment.ts';
import { nextAttemptDueMs } from './backoff.ts';
import type { LocalFacts, TrackedConnection } from '../facts/node-facts.ts';
import type { Thresholds } from '../model/thresholds.ts';
import { before, elapsedMs, later, type Instant } from '../model/time.ts';

/** When the next attempt of a node host should have shown, by its own backoff schedule. */
export interface NextAttempt {
  /** What the deadline counts from. */
  readonly from: Instant;
  readonly deadlineMs: number;
  /** Zero or less: overdue. */
  readonly remainingMs: number;
  /** Why this deadline, for the evidence. */
  readonly rule: 'no-socket' | 'socket-open' | 'socket-blind';
}

export interface OverdueContext {
  readonly now: Instant;
  readonly limits: Thresholds;
  /** Since when the gateway could be attached to, as far as we tried. */
  readonly gatewayHealthySince: Instant;
  /** Since when it answers HTTP, where it does. */
  readonly gatewayAnswersSince: Instant | undefined;
  /** Before this we did not look, or could not trust our own clock. */
  readonly trustedSince: Instant;
  readonly connectDeadlineMs: number;
  /** The gateway itself says that it holds no session; otherwise a connection may still turn out to be accepted. */
  readonly gatewayDenies: boolean;
}

/**
 * A detached node host dials `due` after its last failure. Counted from the latest of: detachment, last attempt,
 * gateway healthy again, process start, and the moment since which we can trust ourselves.
 */
export function nextAttempt(facts: LocalFacts, context: OverdueContext): NextAttempt {
  const next = nextAttemptSince(facts, context, gatewayReadySince(context));
  // Whatever the schedule says: a gateway that only just let us in gets time to let the node host in.
  const settledMs = context.limits.gatewaySettledMs - elapsedMs(context.gatewayHealthySince, context.now);
  return settledMs > next.remainingMs ? { ...next, remainingMs: settledMs } : next;
}

/**
 * Since when a node host could dial with effect. It dials from the first HTTP answer on, while our own session opens
 * only once the gateway has started up; that much of its start-up counts.
 */
function gatewayReadySince({ limits, gatewayHealthySince, gatewayAnswersSince }: OverdueContext): Instant {
  if (gatewayAnswersSince === undefined) return gatewayHealthySince;
  const credited = before(gatewayHealthySince, limits.gatewayStartupMs);
  const ready = later(credited, gatewayAnswersSince) ?? gatewayHealthySince;
  return ready.monoMs < gatewayHealthySince.monoMs ? ready : gatewayHealthySince;
}

function nextAttemptSince(facts: LocalFacts, context: OverdueContext, gatewayReady: Instant): NextAttempt {
  const { now, limits, connectDeadlineMs } = context;
  const isLogReadable = facts.logStatus?.readable === true;
  const { failedAttempts, lastWords } = facts.ledger;
  // A log that never said a word about the connection may be another's, or only one of two files.
  const isLogTelling = isLogReadable && lastWords !== undefined;
  const patience = (attempts: number | undefined): number =>
    nextAttemptDueMs(attempts, limits) * limits.overdueFactor;
  const patienceMs = patience(isLogTelling ? failedAttempts : undefined);

  const base = [
    facts.detachedSince,
    facts.ledger.lastAttempt,
    facts.socket?.lastDial,
    facts.startedAt,
    context.trustedSince,
  ].reduce<Instant>((latest, at) => later(latest, at) ?? latest, gatewayReady);

  const socket = freshSocket(facts, now, limits);
  const isBlind = socket === undefined || socket.endpoint === null;
  const inFlight = youngest(facts.socket?.connections ?? []);

  if (!isBlind && inFlight !== undefined) {
    // A connection that was accepted and just ended may still stand in the last look at the sockets.
    const from = [facts.detachedSince, gatewayReady, context.trustedSince].reduce<Instant>(
      (latest, at) => later(latest, at) ?? latest,
      inFlight.firstSeen,
    );
    const ownDeadlineMs =
      connectDeadlineMs + patience(isLogReadable ? failedAttempts : undefined) + limits.overdueSlackMs;
    // Without the gateway's word age alone tells accepted from stuck, so that has to be decided first.
    const deadlineMs = context.gatewayDenies
      ? ownDeadlineMs
      : Math.max(ownDeadlineMs, limits.socketAttachedMs + limits.overdueSlackMs);
    return attempt(from, deadlineMs, now, 'socket-open');
  }
  if (!isBlind && facts.socket?.hadConnection === true) {
    return attempt(base, patienceMs + limits.overdueSlackMs, now, 'no-socket');
  }
  return attempt(base, patienceMs + connectDeadlineMs + limits.blindSlackMs, now, 'socket-blind');
}

function attempt(from: Instant, deadlineMs: number, now: Instant, rule: NextAttempt['rule']): NextAttempt {
  return { from, deadlineMs, remainingMs: deadlineMs - elapsedMs(from, now), rule };
}

function youngest(connections: readonly TrackedConnection[]): TrackedConnection | undefined {
  return connections
    .filter((connection) => connection.state === 'established' || connection.state === 'opening')
    .reduce<TrackedConnection | undefined>(
      (best, connection) =>
        best === undefined || connection.firstSeen.monoMs > best.firstSeen.monoMs ? connection : best,
      undefined,
    );
}
