import type { ConnectParams } from '@openclaw/gateway-protocol';
import type { GatewayTraits } from './gateway-version.ts';

/** What a node host reports of its machine, as it stands in `node.list`. */
export type HostStats = Readonly<Record<string, unknown>> & { readonly updatedAtMs: number };

/** What a gateway remembers of one node. Pairings outlive its restarts. */
interface NodeRecord {
  readonly nodeId: string;
  readonly approvedAtMs: number;
  params: ConnectParams;
  lastConnectedAtMs: number;
  lastDisconnectedAtMs?: number;
  lastHostStats?: HostStats;
  live: { readonly connId: string; readonly connectedAtMs: number; hostStats?: HostStats } | null;
}

export type NodeRow = Readonly<Record<string, unknown>> & {
  readonly nodeId: string;
  readonly displayName: string;
  readonly connected: boolean;
};

/** The nodes that a gateway knows: connected ones, and those that once were. Every new one is approved at once. */
export class NodeCatalog {
  readonly #traits: GatewayTraits;
  readonly #records = new Map<string, NodeRecord>();

  constructor(traits: GatewayTraits) {
    this.#traits = traits;
  }

  /** Returns the connection that this one replaces, if the node held one. */
  connect(node: {
    nodeId: string;
    connId: string;
    params: ConnectParams;
    nowMs: number;
  }): string | undefined {
    const { nodeId, connId, params, nowMs } = node;
    const known = this.#records.get(nodeId);
    const replaced = known?.live?.connId;
    this.#records.set(nodeId, {
      ...(known ?? { nodeId, approvedAtMs: nowMs }),
      params,
      lastConnectedAtMs: nowMs,
      live: { connId, connectedAtMs: nowMs },
    });
    return replaced;
  }

  /** Answers whether the node was attached through this very connection. */
  disconnect(nodeId: string, connId: string, nowMs: number): boolean {
    const record = this.#records.get(nodeId);
    if (record?.live?.connId !== connId) return false;
    record.live = null;
    record.lastDisconnectedAtMs = nowMs;
    return true;
  }

  recordHostStats(nodeId: string, stats: HostStats): void {
    const record = this.#records.get(nodeId);
    if (record?.live == null) return;
    record.live.hostStats = stats;
    record.lastHostStats = stats;
  }

  connectionOf(nodeId: string): string | undefined {
    return this.#records.get(nodeId)?.live?.connId;
  }

  /** Connected nodes first, then by name, as the real catalogue sorts. */
  rows(): readonly NodeRow[] {
    return [...this.#records.values()]
      .map((record) => this.#row(record))
      .sort(
        (a, b) => Number(b.connected) - Number(a.connected) || a.displayName.localeCompare(b.displayName),
      );
  }

  #row(record: NodeRecord): NodeRow {
    const { client } = record.params;
    const common = {
      nodeId: record.nodeId,
      displayName: client.displayName ?? client.id,
      platform: client.platform,
      version: client.version,
      clientId: client.id,
      clientMode: client.mode,
      caps: [...(record.params.caps ?? [])].sort(),
      commands: [...(record.params.commands ?? [])].sort(),
      approvedAtMs: record.approvedAtMs,
      paired: true,
      connected: record.live !== null,
      ...(record.live === null
        ? {}
        : { pathEnv: record.params.pathEnv, connectedAtMs: record.live.connectedAtMs }),
    };
    if (!this.#traits.knowsHostStats) return common;
    const hostStats = record.live === null ? record.lastHostStats : record.live.hostStats;
    return {
      ...common,
      ...(client.deviceFamily === undefined ? {} : { deviceFamily: client.deviceFamily }),
      ...(hostStats === undefined ? {} : { hostStats }),
      ...(record.live === null ? {} : { nodePluginTools: [] }),
      ...(record.live === null && record.lastDisconnectedAtMs !== undefined
        ? { lastDisconnectedAtMs: record.lastDisconnectedAtMs }
        : {}),
      sessionHost: false,
      approvalState: 'approved',
      lastConnectedAtMs: record.lastConnectedAtMs,
      lastSeenAtMs: record.lastConnectedAtMs,
      lastSeenReason: 'connect',
    };
  }
}
