import { elapsedMs, type Evidence, type NodeSnapshot, type NodeState, type Snapshot } from '../core/index.ts';
import { describeBlindSources } from './blind-sources.ts';
import { worstStatus, type PluginStatus } from './exit-code.ts';

/** What `check` found out, whoever it asked. */
export interface CheckReport {
  /** A running exporter that was asked, or our own short look. */
  readonly via:
    | { readonly kind: 'exporter'; readonly url: string }
    | { readonly kind: 'own-look'; readonly lookedMs: number };
  readonly gateway?: {
    readonly name: string;
    readonly health: string;
    readonly why: string;
    readonly version?: string;
  };
  readonly nodes: readonly CheckedNode[];
  /** What a person should know beside the table. */
  readonly notes: readonly string[];
}

export interface CheckedNode {
  readonly name: string;
  readonly state: NodeState;
  /** How long it has been in this state. */
  readonly inStateMs: number;
  readonly why: string;
  readonly advice: string;
  readonly live: boolean;
  readonly ready: boolean;
  readonly version?: string;
  readonly evidence: Evidence;
  /** Milliseconds since the epoch at which all ages in the evidence are meant. */
  readonly atWallMs: number;
}

/** The report of a snapshot of our own. */
export function reportSnapshot(snapshot: Snapshot, lookedMs: number): CheckReport {
  const { gateway } = snapshot;
  return {
    via: { kind: 'own-look', lookedMs },
    gateway: {
      name: gateway.name,
      health: gateway.health,
      why: gateway.why,
      ...(gateway.version !== undefined && { version: gateway.version }),
    },
    nodes: snapshot.nodes.map((node) => checkedNode(node, snapshot)),
    notes: [
      ...describeBlindSources(snapshot.sources),
      ...(snapshot.doubt === undefined ? [] : [snapshot.doubt]),
    ],
  };
}

function checkedNode(node: NodeSnapshot, { at }: Snapshot): CheckedNode {
  return {
    name: node.name,
    state: node.state,
    inStateMs: elapsedMs(node.since, at),
    why: node.why,
    advice: node.advice,
    live: node.live,
    ready: node.ready,
    ...(node.version !== undefined && { version: node.version }),
    evidence: node.evidence,
    atWallMs: at.wallMs,
  };
}

/** What one node host means for a monitoring system. */
export function nodeStatus({ state, ready }: Pick<CheckedNode, 'state' | 'ready'>): PluginStatus {
  switch (state) {
    case 'alive':
      // Attached and not usable: its commands wait for an operator's approval.
      return ready ? 'ok' : 'warning';
    case 'starting':
    case 'reconnecting':
    case 'gateway-down':
    case 'blocked':
    case 'offline':
      return 'warning';
    case 'down':
    case 'wedged':
    case 'zombie':
      return 'critical';
    case 'unknown':
      return 'unknown';
  }
}

/** The status of all node hosts; without any, nobody knows. */
export function reportStatus({ nodes }: Pick<CheckReport, 'nodes'>): PluginStatus {
  return nodes.length === 0 ? 'unknown' : worstStatus(nodes.map(nodeStatus));
}

/** The first line, which is all that a monitoring system shows: `CRITICAL - 1 of 3 node hosts: nodea is zombie`. */
export function summarise(report: Pick<CheckReport, 'nodes'>): string {
  const { nodes } = report;
  const status = reportStatus(report);
  if (nodes.length === 0) return 'UNKNOWN - no node host found';
  const total = `${nodes.length} node host${nodes.length === 1 ? '' : 's'}`;
  if (status === 'ok') return `OK - ${total} alive`;
  const troubled = nodes.filter((node) => nodeStatus(node) !== 'ok');
  const named = sortByUrgency(troubled).map(({ name, state, ready }) =>
    state === 'alive' && !ready ? `${name} is alive but not ready` : `${name} is ${state}`,
  );
  const shown = named.length > 5 ? [...named.slice(0, 5), `${named.length - 5} more`] : named;
  return `${status.toUpperCase()} - ${troubled.length} of ${total}: ${shown.join(', ')}`;
}

const URGENCY: readonly PluginStatus[] = ['critical', 'warning', 'unknown', 'ok'];

/** The ones to look at first, first; otherwise by name. */
export function sortByUrgency(nodes: readonly CheckedNode[]): readonly CheckedNode[] {
  return nodes.toSorted(
    (a, b) =>
      URGENCY.indexOf(nodeStatus(a)) - URGENCY.indexOf(nodeStatus(b)) || a.name.localeCompare(b.name, 'en'),
  );
}
