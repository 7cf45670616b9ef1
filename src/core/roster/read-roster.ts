import type { Roster } from '../facts/gateway.ts';
import type { WatchedGateway } from '../gateways.ts';
import type { RosterRow, TargetId } from '../model/observation.ts';
import { saysAttached } from '../facts/log.ts';
import { omit } from '../model/omit.ts';
import { elapsedMs, type Instant } from '../model/time.ts';
import type { SourceName } from '../model/vocabulary.ts';
import { endpointOfNode } from '../facts/local.ts';
import { isLoopback, isSameEndpoint } from '../model/endpoint.ts';
import { assignRows, type Assignment, type KnownRemote, type RowMatch } from './assign.ts';
import type { Fleet, FleetLimits } from './fleet.ts';
import { cluesOf, noteLoss, ownId, withoutRow, withRow, type LocalNode } from './local-node.ts';

export interface RosterReader {
  readonly gateway: WatchedGateway;
  readonly locals: Map<TargetId, LocalNode>;
  readonly fleet: Fleet;
  readonly options: FleetLimits & { readonly defaultName: string; readonly startedAt: Instant };
  readonly gatewayOf: (node: LocalNode) => WatchedGateway | undefined;
  /** The source has looked once, or has had the time to since `since`. */
  readonly hasSeen: (source: SourceName, since: Instant) => boolean;
  readonly isEnabled: (source: SourceName) => boolean;
}

/** One that its gateway does not list has a connection for so long only if that leads to another. */
const ELSEWHERE_AFTER_MS = 10_000;

/** Shares the rows of one reply out among the local node hosts; what is left are remote nodes. */
export function readRoster(roster: Roster, reader: RosterReader): void {
  const { gateway, locals, fleet, options } = reader;
  const own = [...locals.values()]
    .filter((node) => {
      const its = reader.gatewayOf(node);
      return its === undefined || its.ref.name === gateway.ref.name || isLikelierHere(node, its, gateway);
    })
    .map((node) => noteLoss(node, roster));
  const clues = own.map((node) =>
    cluesOf(node, {
      at: roster.at,
      defaultName: options.defaultName,
      isNew: node.facts.process === undefined || !hasSeenSockets(node, reader),
      isGatewayHere: isLoopback(gateway.ref.address),
    }),
  );
  const assignment = assignRows(roster.rows, roster.gatewayTsMs, clues, remotesOf(reader, roster.at));
  const matched = new Set([...assignment.rows.values()].map(({ nodeId }) => nodeId));
  for (const [index, node] of own.entries()) {
    const match = matchOf(node, assignment, reader);
    if (match === undefined) continue;
    // Not at once: its connection may just be on its way out.
    const { detachedSince } = node.facts;
    const isElsewhere =
      match.kind === 'absent' &&
      clues[index]?.connection.kind === 'open' &&
      detachedSince !== undefined &&
      elapsedMs(detachedSince, roster.at) >= ELSEWHERE_AFTER_MS;
    const isAnothers = match.kind !== 'row' && node.entry !== undefined && matched.has(node.entry.nodeId);
    if (match.kind === 'row') locals.set(node.key, withRow(node, match, roster));
    else if (isAnothers) locals.set(node.key, withoutRow(omit(node, 'entry', 'isSure'), match));
    else if (isElsewhere && !dials(node, gateway)) locals.set(node.key, omit(node, 'match', 'gateway'));
    else locals.set(node.key, withoutRow(node, match));
  }

  // One that is a local node host's is not remote as well, wherever else it is listed.
  const taken = new Set(assignment.claimed);
  for (const node of locals.values()) for (const id of idsOf(node)) taken.add(id);
  for (const nodeId of taken) fleet.release(nodeId);
  // Before the processes of this machine were looked at, a stranger's row may still turn out to be one of theirs.
  const mayBeNew = locals.size === 0 || reader.hasSeen('process', options.startedAt);
  for (const row of roster.rows) {
    if (taken.has(row.nodeId)) continue;
    const isKnown = fleet.find(gateway.ref.name, row.nodeId) !== undefined;
    if (isKnown || (mayBeNew && !assignment.pending.has(row.nodeId))) {
      fleet.observe(row, roster, options, options.maxNodes - locals.size);
    }
  }
}

/** By its device's key, and by the row that it was found to be. */
function idsOf({ facts, entry }: LocalNode): readonly string[] {
  return [ownId(facts), entry?.nodeId].filter((id) => id !== undefined);
}

/** One that only now connects may be a node host of this machine that was away when we first heard of it. */
function remotesOf({ fleet, gateway }: RosterReader, now: Instant): ReadonlyMap<string, KnownRemote> {
  const remotes = [...fleet.nodes.values()].filter(
    ({ entry }) => entry.gateway === gateway.ref.name && wasEverConnected(entry.row),
  );
  return new Map(
    remotes.map(({ entry, counters }) => [
      entry.nodeId,
      { connected: entry.row.connected, knownForMs: now.wallMs - (counters.since ?? 0) },
    ]),
  );
}

function wasEverConnected({ connected, connectedAtMs, lastConnectedAtMs }: RosterRow): boolean {
  return connected || connectedAtMs !== undefined || lastConnectedAtMs !== undefined;
}

/**
 * It was found at a gateway of this machine by likeness alone, and dials a port of this machine that is none of that
 * gateway's. That is how a tunnel to another machine looks, whose roster may have come later.
 */
function isLikelierHere(node: LocalNode, its: WatchedGateway, gateway: WatchedGateway): boolean {
  const endpoint = endpointOfNode(node.facts);
  if (endpoint === undefined || ownId(node.facts) !== undefined || dials(node, its)) return false;
  return isLoopback(endpoint) && isLoopback(its.ref.address) && !isLoopback(gateway.ref.address);
}

/** `undefined`: this roster has nothing to say of a node host that belongs to nobody yet, or to another gateway. */
function matchOf(
  node: LocalNode,
  { rows, sure, ambiguous }: Assignment,
  { gateway, gatewayOf }: RosterReader,
): RowMatch | undefined {
  const row = rows.get(node.key);
  const isSure = sure.has(node.key);
  // It was taken from the list and is back: only a gateway that knew it can list it again.
  const isBack =
    row !== undefined && node.entry?.nodeId === row.nodeId && node.entry.gateway === gateway.ref.name;
  const isIts = gatewayOf(node)?.ref.name === gateway.ref.name;
  if (!isIts && !isBack && !(isSure && row?.connected === true)) return undefined;
  if (row !== undefined) return { kind: 'row', row, isSure };
  return ambiguous.has(node.key) ? { kind: 'ambiguous' } : { kind: 'absent', denies: mayDeny(node, gateway) };
}

/** A gateway knows nothing of a node host that it never listed and that dials somewhere else. */
function mayDeny(node: LocalNode, gateway: WatchedGateway): boolean {
  const { facts, entry } = node;
  // Nor against its own word: then it was not found, and that is all.
  if (saysAttached(facts.ledger)) return false;
  return dials(node, gateway) || entry?.gateway === gateway.ref.name;
}

function dials({ facts }: LocalNode, { ref }: WatchedGateway): boolean {
  const endpoint = endpointOfNode(facts);
  return endpoint !== undefined && isSameEndpoint(endpoint, ref.address);
}

/** The first choice by likeness waits for the first look at the sockets. */
function hasSeenSockets(node: LocalNode, { isEnabled, hasSeen }: RosterReader): boolean {
  return !isEnabled('socket') || node.facts.socket !== undefined || hasSeen('socket', node.watchedSince);
}
