import { countingFrom, NO_NODE_COUNTERS, type NodeCounters } from '../model/counters.ts';
import { beat, type Heartbeats, type ProbeFacts } from './node-facts.ts';
import type { ProbeObservation, RosterRow } from '../model/observation.ts';
import { before, type Instant } from '../model/time.ts';

/** What the gateway has told of one node host, local or remote. */
export interface SessionFacts {
  readonly nodeId: string;
  readonly row: RosterRow;
  /** When a roster last had this row. */
  readonly seenAt: Instant;
  readonly lastConnect?: Instant;
  readonly lastDisconnect?: Instant;
  readonly heartbeats: Heartbeats;
  readonly probe?: ProbeFacts;
}

/** Everything kept of a node host that is known only through the gateway. */
export interface RemoteFacts {
  readonly session: SessionFacts;
  readonly counters: NodeCounters;
}

/** What the last roster said, so that the next one can be compared with it. */
export interface RowChange {
  readonly session: SessionFacts;
  /** A session that began since the last roster. */
  readonly hasConnected: boolean;
  readonly hasDisconnected: boolean;
}

/**
 * One more row about the same node host. Times of the row are on the gateway's clock and are turned into ours by the
 * gateway's `ts` of the same reply.
 *
 * @param previous `undefined` at first sight: what happened before that counts for nothing
 */
export function observeRow(
  previous: SessionFacts | undefined,
  row: RosterRow,
  reply: { readonly at: Instant; readonly gatewayTsMs: number },
): RowChange {
  const { at, gatewayTsMs } = reply;
  const ours = (gatewayMs: number): Instant => before(at, Math.max(0, gatewayTsMs - gatewayMs));

  const isNewSession =
    row.connected &&
    previous !== undefined &&
    (row.connectedAtMs === undefined || previous.row.connectedAtMs === undefined
      ? !previous.row.connected
      : row.connectedAtMs !== previous.row.connectedAtMs);
  const hasDisconnected = previous?.row.connected === true && !row.connected;

  const connectedAt = row.connectedAtMs ?? row.lastConnectedAtMs;
  const lastConnect = connectedAt === undefined ? previous?.lastConnect : ours(connectedAt);
  const lastDisconnect =
    row.lastDisconnectedAtMs !== undefined
      ? ours(row.lastDisconnectedAtMs)
      : hasDisconnected
        ? at
        : previous?.lastDisconnect;

  let heartbeats: Heartbeats = previous?.heartbeats ?? {};
  if (row.connected && lastConnect !== undefined) heartbeats = beat(heartbeats, 'connect', lastConnect);
  if (row.hostStatsUpdatedAtMs !== undefined) {
    heartbeats = beat(heartbeats, 'host_stats', ours(row.hostStatsUpdatedAtMs));
  }

  return {
    session: {
      nodeId: row.nodeId,
      // 2026.4.x drops the connect time once the session is gone; keep it, to know the next session from this one.
      row:
        row.connectedAtMs === undefined && previous?.row.connectedAtMs !== undefined
          ? { ...row, connectedAtMs: previous.row.connectedAtMs }
          : row,
      seenAt: at,
      ...(lastConnect !== undefined && { lastConnect }),
      ...(lastDisconnect !== undefined && { lastDisconnect }),
      heartbeats,
      // What went unanswered in one session says nothing of the next.
      ...(previous?.probe !== undefined && !isNewSession && { probe: previous.probe }),
    },
    hasConnected: isNewSession,
    hasDisconnected,
  };
}

/** The gateway just received host stats from this node. */
export function observeHostStats(session: SessionFacts, at: Instant): SessionFacts {
  return { ...session, heartbeats: beat(session.heartbeats, 'host_stats', at) };
}

/** One more probe came back, or did not. */
export function observeProbe(session: SessionFacts, observation: ProbeObservation): SessionFacts {
  const { probe } = session;
  switch (observation.outcome) {
    case 'answered':
      return {
        ...session,
        probe: { last: observation, timeoutsInARow: 0 },
        heartbeats: beat(session.heartbeats, 'probe', observation.at),
      };
    case 'timeout':
      return {
        ...session,
        probe: {
          last: observation,
          timeoutsInARow: (probe?.timeoutsInARow ?? 0) + 1,
          silentSince: probe?.silentSince ?? before(observation.at, observation.durationMs),
        },
      };
    case 'unavailable': {
      // Could not be sent: the row of timeouts is broken, but it is no proof of life either.
      return { ...session, probe: { last: observation, timeoutsInARow: 0 } };
    }
    default:
      return observation.outcome satisfies never;
  }
}

/** A node host that the gateway just told us about. */
export function newRemote(session: SessionFacts): RemoteFacts {
  return { session, counters: countingFrom(NO_NODE_COUNTERS, session.seenAt) };
}
