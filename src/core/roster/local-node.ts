import { countConnect, countingFrom, NO_NODE_COUNTERS } from '../model/counters.ts';
import { isLoopback } from '../model/endpoint.ts';
import { believed } from '../model/held.ts';
import { omit } from '../model/omit.ts';
import { before, elapsedMs, isAfter, later, wallElapsedMs, type Instant } from '../model/time.ts';
import { endpointOfNode, unseenTarget, type LocalFacts, type Target } from '../facts/local.ts';
import type { Roster } from '../facts/gateway.ts';
import { READING_LATENCY_MS } from '../facts/log.ts';
import { isLogTelling } from '../facts/log-line.ts';
import { joinProofs } from '../facts/proofs.ts';
import { observeRow, type RosterEntry, type RosterReply } from '../facts/roster-entry.ts';
import { FIRST_DIAL_MS, freshSocket, LOOK_LATE_MS, type TrackedConnection } from '../facts/sockets.ts';
import { isLogCounting } from '../rules/socket-connect.ts';
import { firstVerdict, type Verdict } from '../rules/verdict.ts';
import { parkingOf, type Approval } from './approval.ts';
import type { Clues, RowMatch } from './assign.ts';

/** A local node host with all that is believed of it. */
export interface LocalNode {
  readonly key: string;
  /** Since when we have been looking; deadlines cannot have begun before. */
  readonly watchedSince: Instant;
  readonly facts: LocalFacts;
  readonly verdict: Verdict;
  /** What the last roster of `gateway` said of it. */
  readonly match?: RowMatch;
  /** The gateway that it belongs to: the one that it dials, else the one that lists it. */
  readonly gateway?: string;
  /** What its gateway told of it; also of a session that has ended. */
  readonly entry?: RosterEntry;
  /** Whether `entry` is its own for sure. */
  readonly isSure?: boolean;
  /** When a roster first told that the session of `entry` is over. */
  readonly lostAt?: Instant;
  /** What the gateway's row said when it parked on pairing. */
  readonly parkedWith?: Approval;
}

/** One that nobody has looked at yet. */
export function newLocal(target: Target, at: Instant): LocalNode {
  return {
    key: target.id,
    watchedSince: at,
    facts: { ...unseenTarget(target), counters: countingFrom(NO_NODE_COUNTERS, at) },
    verdict: firstVerdict(at),
  };
}

/** The gateway ends a session first and its connection then; a look at the sockets is up to some seconds older than its word. */
const CONNECTION_LEFT_OVER_MS = 10_000;

/** The id of its device, as far as its state directory or the operator tells. */
export function ownId({ target, hints }: LocalFacts): string | undefined {
  return target.nodeId ?? hints.nodeId;
}

/** What is known of it to find its row by. */
export function cluesOf(
  { key, facts, entry, isSure, lostAt, watchedSince }: LocalNode,
  context: {
    readonly at: Instant;
    readonly defaultName: string;
    readonly isNew: boolean;
    readonly isGatewayHere: boolean;
  },
): Clues {
  const { target, hints, startedAt } = facts;
  const nodeId = ownId(facts);
  const endpoint = endpointOfNode(facts);
  const { at } = context;
  const connection = connectionOf(facts, at);
  const { failedAttempts, lastAttempt } = facts.ledger;
  // It was found to be one that comes from another machine: a tunnel begins where it dials.
  const isTunnelled = isSure === true && entry?.row.fromElsewhere === true;
  const isLost = lostAt !== undefined && elapsedMs(lostAt, at) < CONNECTION_LEFT_OVER_MS;
  const lostSinceMs = isLost ? (entry?.row.connectedAtMs ?? entry?.row.lastConnectedAtMs) : undefined;
  return {
    key,
    names: [hints.displayName, target.name].filter((name) => name !== undefined),
    connection,
    isNeighbour: context.isGatewayHere && endpoint !== undefined && isLoopback(endpoint) && !isTunnelled,
    isNew: context.isNew,
    ...(failedAttempts > 0 &&
      lastAttempt !== undefined && { failedAgoMs: longestElapsedMs(lastAttempt, at) }),
    ...(nodeId !== undefined && { nodeId }),
    ...(hints.displayName === undefined && { fallbackName: context.defaultName }),
    ...(entry !== undefined && { [isSure === true ? 'known' : 'guess']: entry.nodeId }),
    ...(entry?.row.connected === true &&
      facts.everAttached &&
      !isYounger(connection, entry.toldAt, at) &&
      entry.row.connectedAtMs !== undefined && { sessionAtMs: entry.row.connectedAtMs }),
    ...(lostSinceMs !== undefined && { lost: { connectedAtMs: lostSinceMs } }),
    ...(believed(facts.process, at)?.value != null &&
      startedAt !== undefined && {
        uptimeMs: longestElapsedMs(startedAt, at),
        ...(isAfter(startedAt, watchedSince) && { isRenewed: true as const }),
      }),
  };
}

/** It opened under our eyes after a roster had told of the session: that is another connection's. */
function isYounger(connection: Clues['connection'], toldAt: Instant | undefined, at: Instant): boolean {
  if (connection.kind !== 'open' || connection.ageMs === undefined || toldAt === undefined) return false;
  return elapsedMs(toldAt, at) > connection.ageMs + LOOK_LATE_MS;
}

/** It as of a roster that may tell that the session it had is over. */
export function noteLoss(node: LocalNode, roster: Roster): LocalNode {
  const { entry, lostAt } = node;
  if (entry?.gateway !== roster.gateway) return node;
  const isThere = roster.rows.some(({ nodeId, connected }) => nodeId === entry.nodeId && connected);
  if (isThere) return omit(node, 'lostAt');
  return entry.row.connected && lostAt === undefined ? { ...node, lostAt: roster.at } : node;
}

/** By either clock: the wall clock may have been set, and the other one stands still while the machine sleeps. */
function longestElapsedMs(earlier: Instant, at: Instant): number {
  return Math.max(elapsedMs(earlier, at), wallElapsedMs(earlier, at));
}

function connectionOf(facts: LocalFacts, at: Instant): Clues['connection'] {
  const process = believed(facts.process, at);
  if (process?.value === null) return noneSince(facts.missingSince ?? process.at, process.at, at);
  const { parked } = facts.ledger;
  // It will not dial again by itself, whoever's session begins.
  if (parked !== undefined) return { kind: 'none', forMs: elapsedMs(parked.at, at), lookAgeMs: -Infinity };
  const look = freshSocket(facts, at);
  if (look === undefined || facts.socket === undefined) return connectionByLog(facts, at);
  const { unconnectedSince, lastOpen, connections } = facts.socket;
  if (unconnectedSince !== undefined) return noneSince(unconnectedSince, look.at, at);
  if (look.endpoint === null) return connectionByLog(facts, at);
  const [only, ...others] = connections.filter(({ state }) => state === 'established');
  if (only === undefined) {
    return noneSince(later(lastOpen, facts.startedAt) ?? look.at, look.at, at);
  }
  const isWatched = others.length === 0 && isOfKnownAge(only, facts) && only.isOfGap !== true;
  const since = isWatched ? (only.openSince ?? only.firstSeen) : connectedByLog(facts);
  return {
    kind: 'open',
    lookAgeMs: elapsedMs(look.at, at),
    ...(since !== undefined && { ageMs: elapsedMs(since, at), wallAgeMs: wallElapsedMs(since, at) }),
  };
}

/** It opened under our eyes, or its process had hardly begun when we first looked. */
function isOfKnownAge({ isOlder, firstSeen }: TrackedConnection, { startedAt }: LocalFacts): boolean {
  return (
    !isOlder || (startedAt !== undefined && elapsedMs(startedAt, firstSeen) <= FIRST_DIAL_MS + LOOK_LATE_MS)
  );
}

/** When the session began that it has by its log, where that was seen to be written. */
function connectedByLog({ ledger: { attached, lastConnect, lastClose } }: LocalFacts): Instant | undefined {
  if (attached !== true || lastConnect === undefined) return undefined;
  return lastClose === undefined || isAfter(lastConnect, lastClose) ? lastConnect : undefined;
}

/** Nobody sees its sockets; one that says when it connects, and said last that it lost its connection, has none. */
function connectionByLog(facts: LocalFacts, at: Instant): Clues['connection'] {
  const { attached, writesConnected, lastClose, connectRead } = facts.ledger;
  const isClosed = attached === false && writesConnected && isLogTelling(facts, at);
  // What was read in the history of its log has no time: it was so when that was read.
  const closedAt = lastClose ?? connectRead;
  return isClosed && closedAt !== undefined
    ? noneSince(closedAt, before(at, READING_LATENCY_MS), at)
    : { kind: 'unseen' };
}

function noneSince(since: Instant, lookedAt: Instant, at: Instant): Clues['connection'] {
  return { kind: 'none', forMs: elapsedMs(since, at), lookAgeMs: elapsedMs(lookedAt, at) };
}

/** A connect that the sockets told of and the gateway's word are the same one when they are no further apart. */
const SAME_CONNECT_MS = 25_000;

/** It with its row of one more roster. */
export function withRow(
  node: LocalNode,
  match: RowMatch & { readonly kind: 'row' },
  reply: RosterReply,
): LocalNode {
  const { facts, entry: known } = node;
  const isSame = known?.nodeId === match.row.nodeId && known.gateway === reply.gateway;
  const { entry, hasConnected } = observeRow(isSame ? known : undefined, match.row, reply);
  const parking = parkingOf(facts, node, match.row, reply);
  const { lastConnect, lastDisconnect } = entry;
  const isCountedElsewhere =
    isLogCounting(facts, facts.hints.version ?? match.row.version) ||
    (facts.socketConnect !== undefined &&
      lastConnect !== undefined &&
      Math.abs(elapsedMs(facts.socketConnect, lastConnect)) <= SAME_CONNECT_MS);
  return {
    ...omit(node, 'parkedWith'),
    gateway: reply.gateway,
    match,
    entry,
    isSure: match.isSure,
    ...(parking.with !== undefined && { parkedWith: parking.with }),
    facts: {
      ...facts,
      approvedSinceParked: parking.isApproved,
      counters: hasConnected && !isCountedElsewhere ? countConnect(facts.counters) : facts.counters,
      proofs: joinProofs(facts.proofs, entry.proofs),
      lastConnect: lastConnect ?? facts.lastConnect,
      lastDisconnect: lastDisconnect ?? facts.lastDisconnect,
    },
  };
}

/** It after a roster that does not tell which row is its own. */
export function withoutRow(known: LocalNode, match: Exclude<RowMatch, { readonly kind: 'row' }>): LocalNode {
  // Where several could be its own, the one that it was taken for is none.
  const isGuess = match.kind === 'ambiguous' && known.isSure !== true;
  const node = isGuess ? omit(known, 'entry', 'isSure') : known;
  if (match.kind !== 'absent' || !node.facts.approvedSinceParked) return { ...node, match };
  // The approval that it parked for was taken back.
  return {
    ...node,
    match,
    parkedWith: { paired: false, approvedAtMs: 0 },
    facts: { ...node.facts, approvedSinceParked: false },
  };
}
