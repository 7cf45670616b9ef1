import { believed } from '../model/held.ts';
import type { Thresholds } from '../model/thresholds.ts';
import { before, elapsedMs, later, type Instant } from '../model/time.ts';
import { wasEverAttached, type LocalFacts } from '../facts/local.ts';
import { saysAttached } from '../facts/log.ts';
import { isLogReadable, isLogTelling } from '../facts/log-line.ts';
import { pathAnswersSince, type PathFacts } from '../facts/path.ts';
import { spunMs } from '../facts/pulse.ts';
import { freshSocket, isOpen, LOOK_LATE_MS, tellingAgeMs, type TrackedConnection } from '../facts/sockets.ts';
import { nextAttemptDueMs } from './backoff.ts';

/** When the next attempt of a node host should have shown, by its own backoff schedule. */
export interface NextAttempt {
  /** What the deadline counts from. */
  readonly from: Instant;
  readonly deadlineMs: number;
  /** Zero or less: overdue. */
  readonly remainingMs: number;
  /** Why this deadline, for the evidence. */
  readonly rule: 'no-socket' | 'socket-open' | 'socket-blind';
  /** It is overdue as far as anybody can see, and that is not far enough: nobody knows which way to try. */
  readonly isUnprovable?: true;
}

export interface OverdueContext {
  readonly now: Instant;
  readonly limits: Thresholds;
  /** Since when the gateway could be attached to, as far as we tried. */
  readonly gatewayHealthySince: Instant;
  /** Since when it was not, before that. */
  readonly gatewayUnwellSince: Instant | undefined;
  /** Since when it answers HTTP, where it does. */
  readonly gatewayAnswersSince: Instant | undefined;
  /** Our own session is open: only then it is known since when it lets anybody in. */
  readonly isOwnSessionOpen: boolean;
  /** What we met on its own way. */
  readonly path: PathFacts | undefined;
  /** Before this we did not look, or could not trust our own clock. */
  readonly trustedSince: Instant;
  readonly connectDeadlineMs: number;
  /** It gives up on a WebSocket that is not answered; 2026.4 waits for as long as TCP does. */
  readonly hasHandshakeTimeout: boolean;
  /** It ends with each attempt that fails, as 2026.4 does: one that goes on has made none. */
  readonly endsWithAttempt: boolean;
  /** Nobody knows where it dials, and that is not our own way for certain. */
  readonly isWayUnknown: boolean;
  /** The gateway itself says that it holds no session; otherwise a connection may still turn out to be accepted. */
  readonly gatewayDenies: boolean;
}

/** Less computing than this between two sleeps is nothing unusual. */
const BUSY_MS = 1_000;

/**
 * A detached node host dials `due` after its last failure. Counted from the latest of: detachment, the end of its
 * connection, last attempt, gateway healthy again, process start, and the moment since which we can trust ourselves.
 */
export function nextAttempt(facts: LocalFacts, context: OverdueContext): NextAttempt {
  const { now, limits } = context;
  const next = nextAttemptSince(facts, context, gatewayReadySince(context));
  // Whatever the schedule says: a gateway that only just let us in gets time to let the node host in,
  const settledMs = limits.gatewaySettledMs - elapsedMs(context.gatewayHealthySince, now);
  // one that computes will dial when it is done, until it is called wedged for that,
  const spun = spunMs(facts.pulse, facts.process?.value);
  const isBusy = facts.lastBusy !== undefined && elapsedMs(facts.lastBusy, now) <= limits.processValidMs;
  const computingMs =
    isBusy && spun !== undefined && spun >= BUSY_MS ? Math.max(1, limits.spinCpuMs - spun) : 0;
  // and where nobody reads its log, dials that fail at once are seen by nobody.
  const isProven = isStill(facts, next.deadlineMs) || isSilenceProven(facts, context);
  if (!isProven && context.isWayUnknown && Math.max(next.remainingMs, settledMs, computingMs) <= 0) {
    return { ...next, isUnprovable: true };
  }
  const unprovenMs = isProven ? 0 : limits.challengeValidMs;
  const heldMs = Math.max(settledMs, computingMs, next.rule === 'socket-open' ? 0 : unprovenMs);
  return heldMs > 0 && heldMs > next.remainingMs ? { ...next, remainingMs: heldMs } : next;
}

/**
 * A dial that fails within milliseconds never shows in looks a second apart. Only its log can tell of it, or our own
 * attempt to go the same way since it was detached: where that got through, its dials would have, too. Where nobody knows
 * its way, ours is another.
 */
function isSilenceProven(facts: LocalFacts, context: OverdueContext): boolean {
  const { now, path } = context;
  if (isLogTelling(facts, now) || context.endsWithAttempt) return true;
  const tried = believed(path?.challenge, now);
  if (tried?.value.ok !== true || context.isWayUnknown) return false;
  return facts.detachedSince === undefined || tried.at.monoMs >= facts.detachedSince.monoMs;
}

/** Whose event loop has not moved for all of the time that it had has dialled nobody. */
function isStill({ pulse, process }: LocalFacts, deadlineMs: number): boolean {
  return pulse !== undefined && process !== undefined && elapsedMs(pulse.lastBeat, process.at) >= deadlineMs;
}

/**
 * Since when a node host could dial with effect. It dials from the first HTTP answer on, while our own session opens
 * only once the gateway has started up; that much of its start-up counts. Without a session nobody knows when it was
 * done: then it is given all of that time.
 */
function gatewayReadySince(context: OverdueContext): Instant {
  const { limits, gatewayHealthySince, gatewayAnswersSince, isOwnSessionOpen } = context;
  if (gatewayAnswersSince === undefined) return gatewayHealthySince;
  if (!isOwnSessionOpen) return before(gatewayAnswersSince, -limits.gatewayStartupMs);
  const credited = before(gatewayHealthySince, limits.gatewayStartupMs);
  const ready = later(credited, gatewayAnswersSince) ?? gatewayHealthySince;
  return ready.monoMs < gatewayHealthySince.monoMs ? ready : gatewayHealthySince;
}

function nextAttemptSince(facts: LocalFacts, context: OverdueContext, gatewayReady: Instant): NextAttempt {
  const { now, limits, connectDeadlineMs } = context;
  const { failedAttempts } = facts.ledger;
  const patience = (attempts: number | undefined): number =>
    nextAttemptDueMs(attempts, limits) * limits.overdueFactor;

  const socket = freshSocket(facts, now);
  const isBlind = socket === undefined || socket.endpoint === null;
  const inFlight = youngest(facts.socket?.connections ?? []);
  // Its log may tell of an end that the last look is too old for.
  const { lastClose } = facts.ledger;
  const isOver = lastClose !== undefined && socket !== undefined && lastClose.monoMs >= socket.at.monoMs;
  if (!isBlind && inFlight !== undefined && !isOver) {
    const attempts = isLogReadable(facts, now) ? failedAttempts : undefined;
    return attemptInFlight(inFlight, facts, { ...context, gatewayReady, patienceMs: patience(attempts) });
  }

  const lastMove = [
    facts.ledger.lastAttempt,
    facts.ledger.lastClose,
    facts.ledger.lastFailure?.at,
    facts.socket?.lastDial,
    facts.socket?.lastOpen,
    facts.startedAt,
    facts.pulse?.spunUntil,
    facts.stoppedUntil,
  ].reduce(later, undefined);
  const base = [
    lastMove,
    facts.detachedSince,
    isLogTelling(facts, now) ? undefined : context.path?.passableSince,
    context.trustedSince,
  ].reduce<Instant>((latest, at) => later(latest, at) ?? latest, gatewayReady);
  const patienceMs = patience(isLogTelling(facts, now) ? failedAttempts : undefined);
  if (!isBlind && facts.socket?.hadConnection === true) {
    return attempt(base, patienceMs + limits.overdueSlackMs, now, 'no-socket');
  }
  // Where nobody sees its connections, one from before we slept may wait for an answer to its close.
  const isFromBefore = isBlind && (lastMove?.monoMs ?? -Infinity) < context.trustedSince.monoMs;
  // And one that has just failed for want of an answer waits for as long.
  const closeWaitMs = isFromBefore || facts.ledger.closeExpected ? limits.closeWaitMs : 0;
  const blindMs = patienceMs + connectDeadlineMs + closeWaitMs + limits.blindSlackMs;
  const isConnected = isBlind || socket.anyEstablished;
  const halfOpenMs = isConnected && mayStillHold(facts) ? limits.halfOpenMs + limits.blindSlackMs : 0;
  const resentMs = isBlind ? resendMs(lastMove ?? base, base, context) + limits.blindSlackMs : 0;
  return attempt(base, Math.max(blindMs, halfOpenMs, resentMs), now, 'socket-blind');
}

/**
 * A dial that nobody answered from `since` until the way was open at `open` goes on when TCP tries again, unless it was
 * given up before.
 */
function resendMs(since: Instant, open: Instant, { limits, hasHandshakeTimeout }: OverdueContext): number {
  return hasHandshakeTimeout ? 0 : Math.min(Math.max(0, elapsedMs(since, open)), limits.resendMaxMs);
}

/** It was attached, and nothing has told that its connection ended: the other end may be gone without a word. */
function mayStillHold(facts: LocalFacts): boolean {
  const { attachedAt, lastConnect, ledger } = facts;
  const last = attachedAt ?? (wasEverAttached(facts) ? lastConnect : undefined);
  if (last === undefined) return saysAttached(ledger);
  return ledger.lastClose === undefined || ledger.lastClose.monoMs < last.monoMs;
}

/** One that has a connection is not silent before that connection should have come to something, or to an end. */
function attemptInFlight(
  inFlight: TrackedConnection,
  facts: LocalFacts,
  context: OverdueContext & { readonly gatewayReady: Instant; readonly patienceMs: number },
): NextAttempt {
  const { now, limits, connectDeadlineMs, patienceMs, trustedSince, gatewayReady } = context;
  // A connection that was accepted and just ended may still stand in the last look at the sockets.
  const from = [facts.detachedSince, gatewayReady, trustedSince].reduce<Instant>(
    (latest, at) => later(latest, at) ?? latest,
    inFlight.firstSeen,
  );
  if (inFlight.state === 'opening') {
    return attempt(from, limits.dialMs + patienceMs + limits.overdueSlackMs, now, 'socket-open');
  }
  const { attachedAt, ledger } = facts;
  // Of one that was there before we looked only its log tells, where it can tell which process wrote it.
  const mayBeAttached = ledger.writesConnected && ledger.attached !== false;
  // Its log may tell of the session before a look has found the connection.
  const lateMs = saysAttached(ledger) ? LOOK_LATE_MS : 0;
  const wasAttached =
    (attachedAt !== undefined && inFlight.firstSeen.monoMs <= attachedAt.monoMs + lateMs) ||
    (inFlight.isOlder && mayBeAttached) ||
    // One that opened while nobody looked may have been attached and lost the other end since.
    inFlight.isOfGap === true;
  if (wasAttached) {
    // The other end is gone and no word of it came: its own tick watch ends that.
    return attempt(from, limits.halfOpenMs + limits.overdueSlackMs, now, 'socket-open');
  }
  // Whoever it reached may be gone without a word, and then nobody answers its close either.
  // One that was there before we looked may have begun with the process.
  const since = inFlight.isOlder ? (facts.startedAt ?? inFlight.firstSeen) : inFlight.firstSeen;
  const isFromBefore = [context.gatewayHealthySince, trustedSince].some(
    ({ monoMs }) => monoMs > since.monoMs,
  );
  const closeWaitMs = isFromBefore ? limits.closeWaitMs : 0;
  // A tunnel sends again what it could not for as long as the way was lost, however young the dial through it.
  const { gatewayUnwellSince: lostSince, gatewayHealthySince } = context;
  const isJustBack =
    lostSince !== undefined &&
    elapsedMs(gatewayHealthySince, since) < elapsedMs(lostSince, gatewayHealthySince);
  const unansweredSince = isJustBack && lostSince.monoMs < since.monoMs ? lostSince : since;
  const ownDeadlineMs =
    resendMs(unansweredSince, from, context) +
    connectDeadlineMs +
    closeWaitMs +
    patienceMs +
    limits.overdueSlackMs;
  // Without the gateway's word age alone tells accepted from stuck, so that has to be decided first.
  const deadlineMs = context.gatewayDenies
    ? ownDeadlineMs
    : Math.max(ownDeadlineMs, toldByAgeMs(inFlight, facts, { ...context, from }) + limits.overdueSlackMs);
  return attempt(from, deadlineMs, now, 'socket-open');
}

/** How long after `from` the age of a connection tells that it was accepted; see `attachmentBySocket`. */
function toldByAgeMs(
  { openSince, firstSeen }: TrackedConnection,
  { everAttached }: LocalFacts,
  context: OverdueContext & { readonly from: Instant },
): number {
  const { now, limits, path, from, trustedSince } = context;
  const opened = openSince ?? firstSeen;
  const answersSince = pathAnswersSince(path, now) ?? context.gatewayAnswersSince;
  const since = [answersSince, trustedSince].reduce(later, opened) ?? opened;
  return (
    Math.max(0, elapsedMs(from, since)) + tellingAgeMs({ opened, since, isGivenUp: everAttached }, limits)
  );
}

function attempt(from: Instant, deadlineMs: number, now: Instant, rule: NextAttempt['rule']): NextAttempt {
  return { from, deadlineMs, remainingMs: deadlineMs - elapsedMs(from, now), rule };
}

function youngest(connections: readonly TrackedConnection[]): TrackedConnection | undefined {
  return connections
    .filter(isOpen)
    .reduce<TrackedConnection | undefined>(
      (best, connection) =>
        best === undefined || connection.firstSeen.monoMs > best.firstSeen.monoMs ? connection : best,
      undefined,
    );
}
