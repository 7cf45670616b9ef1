import { isHttpUp, usableRoster, type GatewayFacts } from '../facts/gateway.ts';
import type { LocalFacts } from '../facts/node-facts.ts';
import type { RosterRow, SocketObservation } from '../model/observation.ts';
import type { RowMatch } from '../roster/match.ts';
import type { Thresholds } from '../model/thresholds.ts';
import { elapsedMs, type Instant } from '../model/time.ts';
import { writesConnectedLines } from '../model/version.ts';

/** Whether the gateway holds a live session of a node host, and which viewpoint says so. */
export type Attachment =
  | { readonly attached: true; readonly by: 'gateway' | 'socket' | 'log' }
  | { readonly attached: false; readonly by: 'gateway' | 'socket' | 'log' | 'process' }
  | { readonly attached: undefined };

/** A local node host's row and how old the gateway's word is. */
export interface RowView {
  readonly row: RosterRow;
  readonly gatewayTsMs: number;
  readonly at: Instant;
}

export interface AttachmentContext {
  readonly gateway: GatewayFacts;
  /** `undefined` when no roster can be believed now. */
  readonly match: RowMatch | undefined;
  readonly now: Instant;
  readonly limits: Thresholds;
}

/**
 * The gateway's word counts first. Where it is not to be had, a connection that has outlived every connect deadline,
 * or the log's own `connected`, stands in for it - but only while the gateway answers: a frozen gateway leaves fine
 * connections behind.
 */
export function attachmentOf(facts: LocalFacts, context: AttachmentContext): Attachment {
  const { gateway, match, now, limits } = context;
  if (facts.process?.sample === null && isFreshProcess(facts, now, limits)) {
    return { attached: false, by: 'process' };
  }

  const socket = freshSocket(facts, now, limits);
  const roster = usableRoster(gateway, now, limits);
  // What the gateway said before this process was there is about the one before it.
  const isAboutThisProcess =
    roster !== undefined && (facts.startedAt === undefined || roster.at.monoMs >= facts.startedAt.monoMs);
  if (match !== undefined && isAboutThisProcess) {
    if (match.kind === 'absent') return { attached: false, by: 'gateway' };
    if (match.kind === 'row') {
      if (!match.row.connected) return { attached: false, by: 'gateway' };
      return isGhost(facts, now, limits)
        ? { attached: false, by: 'socket' }
        : { attached: true, by: 'gateway' };
    }
  }

  if (isHttpUp(gateway, now, limits) !== true) return { attached: undefined };
  if (socket === undefined || socket.endpoint === null) {
    const { ledger, hints, logStatus } = facts;
    // A log that never says `connected` can say that a connection ended, but not that the next one stands.
    const canTell = ledger.writesConnected || writesConnectedLines(hints.version);
    if (logStatus?.readable !== true || !canTell || ledger.attached === undefined)
      return { attached: undefined };
    return { attached: ledger.attached, by: 'log' };
  }
  return attachmentBySocket(facts, now, limits);
}

function attachmentBySocket(facts: LocalFacts, now: Instant, limits: Thresholds): Attachment {
  const open = facts.socket?.connections.filter((connection) => connection.state === 'established') ?? [];
  if (open.length === 0) return { attached: false, by: 'socket' };
  if (facts.ledger.attached === true) return { attached: true, by: 'log' };

  const isSettled = open.some((connection) => {
    const { lastClose } = facts.ledger;
    // A connection that is open though the log closed after it began is on its way out.
    if (lastClose !== undefined && lastClose.monoMs > connection.firstSeen.monoMs) return false;
    const uptimeMs = facts.startedAt === undefined ? 0 : elapsedMs(facts.startedAt, connection.firstSeen);
    if (connection.isOlder && uptimeMs > limits.startingMs) return true;
    return elapsedMs(connection.firstSeen, now) >= limits.socketAttachedMs;
  });
  return { attached: isSettled, by: 'socket' };
}

/** The gateway says `connected`, but the process has had no connection to anywhere for a while. */
function isGhost(facts: LocalFacts, now: Instant, limits: Thresholds): boolean {
  const unconnectedSince = facts.socket?.unconnectedSince;
  if (unconnectedSince === undefined || freshSocket(facts, now, limits) === undefined) return false;
  return elapsedMs(unconnectedSince, now) >= limits.ghostRowMs;
}

/** The process viewpoint, while it can be believed. */
export function isFreshProcess(facts: LocalFacts, now: Instant, limits: Thresholds): boolean {
  return facts.process !== undefined && elapsedMs(facts.process.at, now) <= limits.processValidMs;
}

/** The socket viewpoint, while it can be believed and is about the current process. */
export function freshSocket(
  facts: LocalFacts,
  now: Instant,
  limits: Thresholds,
): SocketObservation | undefined {
  const last = facts.socket?.last;
  if (last === undefined || last.incarnation !== facts.incarnation) return undefined;
  return elapsedMs(last.at, now) <= limits.socketValidMs ? last : undefined;
}
