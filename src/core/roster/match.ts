import type { RosterRow } from '../model/observation.ts';

/** What this machine knows of a node host, to find its row in `node.list` by. */
export interface RowClues {
  /** Certain: the id of its device key. */
  readonly nodeId?: string;
  /** Likely: the name it was started with, or that the operator gave. The gateway may have renamed it since. */
  readonly displayName?: string;
  /** Of its process; absent when it has none, and then no session can be its own by mere likeness. */
  readonly uptimeMs?: number;
  /** Age of its connection to its endpoint, where there is exactly one and we saw it open. */
  readonly connectionAgeMs?: number;
  /** Its sockets can be seen, and none is an open connection: then no session can be its own by mere likeness. */
  readonly isUnconnected?: boolean;
}

/**
 * `row`: this is it. `absent`: the gateway holds no session that could be this node host's. `ambiguous`: there are
 * sessions that could be, and nothing to tell them apart by; then the gateway is no viewpoint on this node host.
 */
export type RowMatch =
  | { readonly kind: 'row'; readonly row: RosterRow }
  | { readonly kind: 'absent' }
  | { readonly kind: 'ambiguous' };

/** A connect shows in the gateway's answer and in our socket table within this time of each other. */
const CONNECT_SKEW_MS = 6_000;

/**
 * Finds a local node host's own row. Rows that another local node host owns must be taken out before.
 *
 * @param gatewayTsMs the gateway's clock in the same reply
 */
export function matchRow(rows: readonly RosterRow[], gatewayTsMs: number, clues: RowClues): RowMatch {
  if (clues.nodeId !== undefined) {
    const row = rows.find((candidate) => candidate.nodeId === clues.nodeId);
    return row === undefined ? { kind: 'absent' } : { kind: 'row', row };
  }

  const named = rows.filter(
    (row) => clues.displayName !== undefined && row.displayName === clues.displayName,
  );
  const best = newest(named.filter((row) => row.connected && couldBe(row, gatewayTsMs, clues)));
  if (best !== undefined) return { kind: 'row', row: best };

  // Renamed on the gateway, or started without a name: the session that opened when our connection did.
  const unnamed =
    clues.uptimeMs === undefined || clues.isUnconnected === true
      ? []
      : rows.filter((row) => row.connected && isNodeHost(row) && couldBe(row, gatewayTsMs, clues));
  const [only, ...others] = unnamed;
  if (named.length === 0 && only !== undefined) {
    return others.length === 0 ? { kind: 'row', row: only } : { kind: 'ambiguous' };
  }

  const known = newest(named);
  return known === undefined ? { kind: 'absent' } : { kind: 'row', row: known };
}

/** Whether a row is a headless node host and not a phone or a desktop app. */
export function isNodeHost(row: RosterRow): boolean {
  return row.clientId === undefined || row.clientId === 'node-host';
}

function couldBe(row: RosterRow, gatewayTsMs: number, clues: RowClues): boolean {
  if (row.connectedAtMs === undefined) return true;
  const sessionAgeMs = gatewayTsMs - row.connectedAtMs;
  if (clues.connectionAgeMs !== undefined) {
    return Math.abs(sessionAgeMs - clues.connectionAgeMs) <= CONNECT_SKEW_MS;
  }
  return clues.uptimeMs === undefined || sessionAgeMs <= clues.uptimeMs + CONNECT_SKEW_MS;
}

function newest(rows: readonly RosterRow[]): RosterRow | undefined {
  return rows.reduce<RosterRow | undefined>(
    (best, row) => (best === undefined || lastConnect(row) > lastConnect(best) ? row : best),
    undefined,
  );
}

function lastConnect(row: RosterRow): number {
  return row.connectedAtMs ?? row.lastConnectedAtMs ?? 0;
}
