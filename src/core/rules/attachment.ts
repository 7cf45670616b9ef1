import { believed } from '../model/held.ts';
import type { Thresholds } from '../model/thresholds.ts';
import { elapsedMs, later, type Instant } from '../model/time.ts';
import { writesConnectedLines } from '../model/version.ts';
import type { LocalFacts } from '../facts/local.ts';
import { saysAttached } from '../facts/log.ts';
import { isLogReadable } from '../facts/log-line.ts';
import { freshSocket, tellingAgeMs, type TrackedConnection } from '../facts/sockets.ts';
import type { RowMatch } from '../roster/assign.ts';
import type { RowView } from './row-view.ts';
import { endsWithAttempt } from './version-of.ts';

/** Whether the gateway holds a live session of a node host, and which viewpoint says so. */
export type Attachment =
  | { readonly attached: true; readonly by: 'gateway' | 'socket' | 'log' }
  | { readonly attached: false; readonly by: 'gateway' | 'socket' | 'log' | 'process' }
  | { readonly attached: undefined };

export interface AttachmentContext {
  /** What its gateway's roster says of it; `undefined` when no roster can be believed now. */
  readonly told: { readonly match: RowMatch; readonly at: Instant } | undefined;
  readonly row: RowView | undefined;
  /** Its gateway answers, by the way that it takes itself where that was looked at; `undefined`: not known. */
  readonly gatewayAnswers: boolean | undefined;
  /** Since when it answers us: who waits for a frozen gateway waits anew from there. */
  readonly gatewayAnswersSince: Instant | undefined;
  /** Before this we did not look, or could not trust our own clock: a dial may have stood still as we did. */
  readonly trustedSince: Instant;
  readonly now: Instant;
  readonly limits: Thresholds;
}

/**
 * The gateway's word counts first. Where it is not to be had, a connection that has outlived every connect deadline,
 * or the log's own `connected`, stands in for it - but only while the gateway answers: a frozen gateway leaves fine
 * connections behind.
 */
export function attachmentOf(facts: LocalFacts, context: AttachmentContext): Attachment {
  const { now } = context;
  if (believed(facts.process, now)?.value === null) return { attached: false, by: 'process' };
  const told = attachmentByGateway(facts, context);
  if (told !== undefined) return told;
  if (context.gatewayAnswers !== true) return { attached: undefined };
  const socket = freshSocket(facts, now);
  return socket === undefined || socket.endpoint === null
    ? attachmentByLog(facts, now)
    : attachmentBySocket(facts, context);
}

function attachmentByGateway(
  facts: LocalFacts,
  { told, now, limits }: AttachmentContext,
): Attachment | undefined {
  // What the gateway said before this process was there is about the one before it.
  if (told === undefined || (facts.startedAt !== undefined && told.at.monoMs < facts.startedAt.monoMs)) {
    return undefined;
  }
  const { match } = told;
  switch (match.kind) {
    case 'row':
      if (!match.row.connected) {
        // A row that is its own by guess weighs less than what its log says.
        if (!match.isSure && saysAttached(facts.ledger)) return undefined;
        return { attached: false, by: 'gateway' };
      }
      if (wasRefusedSince(facts)) return { attached: false, by: 'log' };
      return isGhost(facts, now, limits)
        ? { attached: false, by: 'socket' }
        : { attached: true, by: 'gateway' };
    case 'absent':
      return match.denies ? { attached: false, by: 'gateway' } : undefined;
    case 'ambiguous':
      return undefined;
    default:
      return match satisfies never;
  }
}

function attachmentByLog(facts: LocalFacts, now: Instant): Attachment {
  const { ledger, hints } = facts;
  // A log that never says `connected` can say that a connection ended, but not that the next one stands.
  const canTell = ledger.writesConnected || writesConnectedLines(hints.version);
  if (!isLogReadable(facts, now) || !canTell || ledger.attached === undefined) return { attached: undefined };
  return { attached: saysAttached(ledger), by: 'log' };
}

function attachmentBySocket(
  facts: LocalFacts,
  { now, limits, gatewayAnswersSince, trustedSince, row }: AttachmentContext,
): Attachment {
  const { ledger } = facts;
  const open = facts.socket?.connections.filter((connection) => connection.state === 'established') ?? [];
  if (open.length === 0) return { attached: false, by: 'socket' };
  if (saysAttached(ledger)) return { attached: true, by: 'log' };

  const isSettled = open.some((connection) => {
    if (isOnItsWayOut(connection, facts, now, limits)) return false;
    const uptimeMs = facts.startedAt === undefined ? 0 : elapsedMs(facts.startedAt, connection.firstSeen);
    // Of one that failed last it is its next attempt.
    if (connection.isOlder && uptimeMs > limits.startingMs && ledger.failingSince === undefined) return true;
    const opened = connection.openSince ?? now;
    // One that was attached stays so over a moment in which the gateway did not answer us.
    const couldBeSince = [gatewayAnswersSince, trustedSince].reduce(later, opened) ?? opened;
    const since = facts.attached === true ? opened : couldBeSince;
    const isGivenUp = facts.everAttached || endsWithAttempt(facts, row) === false;
    return elapsedMs(since, now) >= tellingAgeMs({ opened, since, isGivenUp }, limits);
  });
  return { attached: isSettled, by: 'socket' };
}

/** The log closed after it began. One that still stands when a close would be over was closed before: the line was read late. */
function isOnItsWayOut(
  { firstSeen }: TrackedConnection,
  { ledger: { lastClose } }: LocalFacts,
  now: Instant,
  { closeWaitMs }: Thresholds,
): boolean {
  return (
    lastClose !== undefined && lastClose.monoMs > firstSeen.monoMs && elapsedMs(lastClose, now) < closeWaitMs
  );
}

/** The lines of one refusal are read within this time of each other. */
const ONE_REFUSAL_MS = 2_000;

/** One that was refused holds no session from before that, whoever's the gateway tells of. */
function wasRefusedSince({ ledger, lastConnect }: LocalFacts): boolean {
  const { parked, refusal, lastAttempt } = ledger;
  // One that was read in the history of a log may be older than it looks.
  const isLive =
    refusal !== undefined &&
    lastAttempt !== undefined &&
    elapsedMs(lastAttempt, refusal.at) <= ONE_REFUSAL_MS;
  const block = parked ?? (isLive ? refusal : undefined);
  return block !== undefined && (lastConnect === undefined || lastConnect.monoMs < block.at.monoMs);
}

/** The gateway says `connected`, but the process has had no connection to anywhere for a while. */
function isGhost(facts: LocalFacts, now: Instant, limits: Thresholds): boolean {
  const unconnectedSince = facts.socket?.unconnectedSince;
  if (unconnectedSince === undefined || freshSocket(facts, now) === undefined) return false;
  // A session that has only just begun is newer than any look at the sockets.
  const since = later(unconnectedSince, facts.lastConnect) ?? unconnectedSince;
  return elapsedMs(since, now) >= limits.ghostRowMs;
}
