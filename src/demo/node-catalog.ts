import type { ConnectParams } from '@openclaw/gateway-protocol';

/** What a gateway remembers of one node. Pairings outlive its restarts. */
interface NodeRecord {
  readonly nodeId: string;
  readonly approvedAtMs: number;
  readonly params: ConnectParams;
  readonly connectedAtMs: number;
  readonly lastDisconnectedAtMs?: number;
  readonly hostStats?: object;
  /** The connection that it is attached by; `null` while it is not. */
  readonly connId: string | null;
}

export type NodeRow = Readonly<Record<string, unknown>> & {
  readonly nodeId: string;
  readonly displayName: string;
  readonly connected: boolean;
};

/** The nodes that a gateway knows: connected ones, and those that once were. Every new one is approved at once. */
export class NodeCatalog {
  readonly #records = new Map<string, NodeRecord>();

  connect(
    node: Pick<NodeRecord, 'nodeId' | 'params'> & { readonly connId: string; readonly nowMs: number },
  ): void {
    const { nodeId, connId, params, nowMs } = node;
    const { approvedAtMs = nowMs } = this.#records.get(nodeId) ?? {};
    this.#records.set(nodeId, { nodeId, approvedAtMs, params, connectedAtMs: nowMs, connId });
  }

  /** Answers whether the node was attached through this very connection. */
  disconnect(nodeId: string, connId: string, nowMs: number): boolean {
    const record = this.#records.get(nodeId);
    if (record?.connId !== connId) return false;
    this.#records.set(nodeId, { ...record, connId: null, lastDisconnectedAtMs: nowMs });
    return true;
  }

  recordHostStats(nodeId: string, hostStats: object): void {
    const record = this.#records.get(nodeId);
    if (record !== undefined) this.#records.set(nodeId, { ...record, hostStats });
  }

  connectionOf(nodeId: string): string | null {
    return this.#records.get(nodeId)?.connId ?? null;
  }

  /** Connected nodes first, then by name, as the real catalogue sorts. */
  rows(): readonly NodeRow[] {
    return [...this.#records.values()]
      .map(rowOf)
      .sort(
        (a, b) => Number(b.connected) - Number(a.connected) || a.displayName.localeCompare(b.displayName),
      );
  }
}

function rowOf(record: NodeRecord): NodeRow {
  const { nodeId, approvedAtMs, params, connectedAtMs, lastDisconnectedAtMs, hostStats } = record;
  const { client } = params;
  const connected = record.connId !== null;
  return {
    nodeId,
    displayName: client.displayName ?? client.id,
    platform: client.platform,
    version: client.version,
    clientId: client.id,
    clientMode: client.mode,
    ...(client.deviceFamily !== undefined && { deviceFamily: client.deviceFamily }),
    caps: params.caps ?? [],
    commands: params.commands ?? [],
    approvedAtMs,
    paired: true,
    approvalState: 'approved',
    sessionHost: false,
    connected,
    ...(connected
      ? { connectedAtMs, pathEnv: params.pathEnv, nodePluginTools: [] }
      : { lastDisconnectedAtMs }),
    ...(hostStats !== undefined && { hostStats }),
    lastConnectedAtMs: connectedAtMs,
    lastSeenAtMs: connectedAtMs,
    lastSeenReason: 'connect',
  };
}
