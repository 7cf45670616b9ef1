import { countConnect, countingFrom, NO_NODE_COUNTERS, type NodeCounters } from '../model/counters.ts';
import type { RosterRow } from '../model/observation.ts';
import { elapsedMs, type Instant } from '../model/time.ts';
import type { Roster } from '../facts/gateway.ts';
import { offeredAnew, type Calls } from '../facts/calls.ts';
import { observeRow, type RosterEntry } from '../facts/roster-entry.ts';
import { firstVerdict, type Verdict } from '../rules/verdict.ts';

/** A node that is known only through its gateway, with all that is believed of it. */
export interface RemoteNode {
  readonly key: string;
  readonly entry: RosterEntry;
  /** What the log of its gateway told of it. */
  readonly calls?: Calls;
  readonly counters: NodeCounters;
  /** The newest moment at which it was attached and proven alive. */
  readonly heartbeat?: Instant;
  readonly verdict: Verdict;
}

export interface FleetLimits {
  /** Nodes that are watched at most, those of this machine included. */
  readonly maxNodes: number;
  readonly forgetNodesAfterMs: number;
}

/** One that was only ever refused: longer than any device is away that somebody still misses. */
const FORGET_CALLER_AFTER_MS = 86_400_000;
/** A removed pairing's row is gone from the roster; a gateway that only restarts brings it back well within this. */
const FORGET_UNLISTED_AFTER_MS = 600_000;

/** The nodes that are known only through their gateways. */
export class Fleet {
  readonly #nodes = new Map<string, RemoteNode>();
  readonly #dropped = new Set<string>();
  #droppedCount: number;
  readonly #droppedSince: number | undefined;
  readonly #isTaken: (key: string) => boolean;

  /**
   * @param dropped what an earlier run counted
   * @param isTaken whether a node that is remembered has this key
   */
  constructor(
    dropped: { readonly count: number; readonly since: number | undefined },
    isTaken: (key: string) => boolean,
  ) {
    this.#isTaken = isTaken;
    this.#droppedCount = dropped.count;
    this.#droppedSince = dropped.since;
  }

  get nodes(): ReadonlyMap<string, RemoteNode> {
    return this.#nodes;
  }

  /** How many were not watched for want of room, ever; survives restarts. */
  get dropped(): { readonly count: number; readonly since: number | undefined; readonly now: number } {
    return { count: this.#droppedCount, since: this.#droppedSince, now: this.#dropped.size };
  }

  set(node: RemoteNode): void {
    this.#nodes.set(node.key, node);
  }

  remove(key: string): void {
    this.#nodes.delete(key);
  }

  /** The node of this id at this gateway. */
  find(gateway: string, nodeId: string): RemoteNode | undefined {
    const plain = this.#nodes.get(nodeId);
    if (plain?.entry.gateway === gateway) return plain;
    return this.#nodes.get(keyAt(gateway, nodeId));
  }

  /** A row that is no local node host's. @param room how many may be watched beside the local ones */
  observe(row: RosterRow, reply: Roster, limits: FleetLimits, room: number): void {
    const known = this.find(reply.gateway, row.nodeId);
    if (known === undefined) {
      if (isForgotten(row, reply.gatewayTsMs, limits.forgetNodesAfterMs)) return;
      if (this.#nodes.size >= room) {
        this.#drop(row.nodeId, limits);
        return;
      }
    }
    this.#dropped.delete(row.nodeId);
    const { entry, hasConnected } = observeRow(known?.entry, row, reply);
    const node = known ?? this.#newNode(entry);
    const counters = hasConnected ? countConnect(node.counters) : node.counters;
    const calls = node.calls && offeredAnew(node.calls, entry.lastConnect);
    this.#nodes.set(node.key, { ...node, entry, counters, ...(calls !== undefined && { calls }) });
  }

  #newNode(entry: RosterEntry): RemoteNode {
    return {
      // One device may be paired with several gateways, also with one that is watched again later.
      key:
        this.#nodes.has(entry.nodeId) || this.#isTaken(entry.nodeId)
          ? keyAt(entry.gateway, entry.nodeId)
          : entry.nodeId,
      entry,
      counters: countingFrom(NO_NODE_COUNTERS, entry.seenAt),
      verdict: firstVerdict(entry.seenAt),
    };
  }

  /** It is a local node host's own row, wherever it is listed. */
  release(nodeId: string): void {
    for (const [key, { entry }] of this.#nodes) if (entry.nodeId === nodeId) this.#nodes.delete(key);
  }

  /** Forgets what its gateway has not listed, or not seen, for a long time, and whose gateway is not watched. */
  forget(
    rosterOf: (gateway: string) => Roster | undefined | null,
    limits: FleetLimits & { readonly now: Instant },
  ): void {
    for (const [key, { entry, calls }] of this.#nodes) {
      const roster = rosterOf(entry.gateway);
      if (calls?.isUnlisted === true && roster !== null) {
        if (elapsedMs(calls.heardAt, limits.now) > FORGET_CALLER_AFTER_MS) this.#nodes.delete(key);
        continue;
      }
      if (roster === undefined) continue;
      const isGone =
        roster === null ||
        (elapsedMs(entry.seenAt, roster.at) > FORGET_UNLISTED_AFTER_MS &&
          !goesOnTrying(entry, calls, limits.now)) ||
        isForgotten(entry.row, roster.gatewayTsMs, limits.forgetNodesAfterMs);
      if (isGone) this.#nodes.delete(key);
    }
  }

  /** The limit was lowered: those that came last go first. */
  shrink(room: number, limits: FleetLimits): void {
    this.#dropped.clear();
    for (const [key, { entry }] of [...this.#nodes].slice(Math.max(0, room))) {
      this.#nodes.delete(key);
      this.#drop(entry.nodeId, limits);
    }
  }

  #drop(nodeId: string, { maxNodes }: FleetLimits): void {
    if (this.#dropped.has(nodeId)) return;
    // Identity churn (a new node id with each connect) must not grow us without end.
    if (this.#dropped.size >= 10 * maxNodes) this.#dropped.clear();
    this.#dropped.add(nodeId);
    this.#droppedCount += 1;
  }
}

/** Its pairing was removed, and it has been refused since. */
function goesOnTrying({ seenAt }: RosterEntry, calls: Calls | undefined, now: Instant): boolean {
  if (calls === undefined || elapsedMs(seenAt, calls.heardAt) <= 0) return false;
  return elapsedMs(calls.heardAt, now) <= FORGET_CALLER_AFTER_MS;
}

function keyAt(gateway: string, nodeId: string): string {
  return `${nodeId}@${gateway}`;
}

function isForgotten(row: RosterRow, gatewayTsMs: number, forgetAfterMs: number): boolean {
  if (row.connected) return false;
  const lastSeenMs = Math.max(
    row.connectedAtMs ?? 0,
    row.lastConnectedAtMs ?? 0,
    row.lastDisconnectedAtMs ?? 0,
  );
  return lastSeenMs > 0 && gatewayTsMs - lastSeenMs > forgetAfterMs;
}
