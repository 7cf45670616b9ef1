import type { Held } from '../model/held.ts';
import type { RosterRow } from '../model/observation.ts';
import { omit } from '../model/omit.ts';
import { before, later, type Instant } from '../model/time.ts';
import type { ProbeFacts } from './probe.ts';
import { prove, type Proofs } from './proofs.ts';

/** What a gateway has told of one node, local or remote. */
export interface RosterEntry {
  readonly gateway: string;
  readonly nodeId: string;
  readonly row: RosterRow;
  /** When a roster last had this row. */
  readonly seenAt: Instant;
  /** Since when its session has been told of, as far as this run knows. */
  readonly toldAt?: Instant;
  readonly lastConnect?: Instant;
  readonly lastDisconnect?: Instant;
  /** The newest moment at which the gateway had it attached, by its own records; also from before we looked. */
  readonly lastAttached?: Instant;
  readonly proofs: Proofs;
  readonly probe?: Held<ProbeFacts>;
}

/** What the last roster said, so that the next one can be compared with it. */
export interface RowChange {
  readonly entry: RosterEntry;
  /** A session that began since the last roster. */
  readonly hasConnected: boolean;
}

/** One reply to `node.list`. */
export interface RosterReply {
  readonly gateway: string;
  readonly at: Instant;
  /** The gateway's own clock; the rows' times are compared with this and nothing else. */
  readonly gatewayTsMs: number;
}

/** A time of the gateway's clock on ours, by the clock of the same reply; never in the future. */
function oursOf(gatewayMs: number, { at, gatewayTsMs }: Pick<RosterReply, 'at' | 'gatewayTsMs'>): Instant {
  return before(at, Math.max(0, gatewayTsMs - gatewayMs));
}

/** When the gateway let a device in, by our clocks; `undefined` where it does not say. */
export function approvedAt(
  { approvedAtMs }: RosterRow,
  reply: Pick<RosterReply, 'at' | 'gatewayTsMs'>,
): Instant | undefined {
  return approvedAtMs === undefined ? undefined : oursOf(approvedAtMs, reply);
}

/**
 * One more row about the same node.
 *
 * @param previous `undefined` at first sight: what happened before that counts for nothing
 */
export function observeRow(previous: RosterEntry | undefined, row: RosterRow, reply: RosterReply): RowChange {
  const { at, gateway } = reply;
  // What is in the future by the clock of the same reply was written before that clock was set back.
  const ours = (gatewayMs: number | undefined): Instant | undefined =>
    gatewayMs === undefined || gatewayMs > reply.gatewayTsMs ? undefined : oursOf(gatewayMs, reply);

  const isNewSession = hasNewSession(previous?.row, row);
  const hasDisconnected = previous?.row.connected === true && !row.connected;
  const lastConnect = ours(row.connectedAtMs ?? row.lastConnectedAtMs) ?? previous?.lastConnect;
  const lastDisconnect = ours(row.lastDisconnectedAtMs) ?? (hasDisconnected ? at : previous?.lastDisconnect);
  const hostStats = ours(row.hostStatsUpdatedAtMs);

  const toldAt = (isNewSession ? undefined : previous?.toldAt) ?? at;

  let proofs: Proofs = previous?.proofs ?? {};
  if (row.connected && lastConnect !== undefined) proofs = prove(proofs, 'connect', lastConnect);
  if (hostStats !== undefined) proofs = prove(proofs, 'host_stats', hostStats);
  const lastAttached = [lastConnect, lastDisconnect, ours(row.lastSeenAtMs), hostStats].reduce(
    later,
    previous?.lastAttached,
  );

  return {
    entry: {
      gateway,
      nodeId: row.nodeId,
      row: withWhatWasDropped(row, previous?.row),
      seenAt: at,
      toldAt,
      ...(lastConnect !== undefined && { lastConnect }),
      ...(lastDisconnect !== undefined && { lastDisconnect }),
      ...(lastAttached !== undefined && { lastAttached }),
      proofs,
      // What went unanswered in one session says nothing of the next.
      ...(previous?.probe !== undefined && !isNewSession && { probe: previous.probe }),
    },
    hasConnected: isNewSession,
  };
}

/**
 * 2026.4.x drops connect time and version once the session is gone. Keep them: the one, to know the next session from this
 * one, the other because it is still so. Without a session the row says whence the device was paired, which may be
 * somewhere else than its session came from.
 */
function withWhatWasDropped(row: RosterRow, previous: RosterRow | undefined): RosterRow {
  const connectedAtMs = row.connectedAtMs ?? previous?.connectedAtMs;
  const version = row.version ?? previous?.version;
  const { fromElsewhere } = row.connected || previous === undefined ? row : previous;
  return {
    ...omit(row, 'fromElsewhere'),
    ...(fromElsewhere === true && { fromElsewhere }),
    ...(connectedAtMs !== undefined && { connectedAtMs }),
    ...(version !== undefined && { version }),
  };
}

function hasNewSession(previous: RosterRow | undefined, row: RosterRow): boolean {
  if (!row.connected || previous === undefined) return false;
  return row.connectedAtMs === undefined || previous.connectedAtMs === undefined
    ? !previous.connected
    : row.connectedAtMs !== previous.connectedAtMs;
}
