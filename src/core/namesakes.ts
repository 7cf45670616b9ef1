import { kindOf } from './model/node-kind.ts';
import type { RosterEntry } from './facts/roster-entry.ts';

/**
 * Rows of one gateway that are called alike, by node id: how many others each has. Of one kind: the app and the node host of a
 * machine are both called as it is. Nothing is decided by this; each row stays a node of its own.
 */
export function namesakesAmong(entries: readonly RosterEntry[]): ReadonlyMap<string, number> {
  const byName = Map.groupBy(
    entries.filter(({ row }) => row.displayName !== undefined),
    ({ gateway, row }) => JSON.stringify([gateway, kindOf(row), row.displayName]),
  );
  return new Map(
    [...byName.values()].flatMap((alike) => {
      const count = new Set(alike.map(({ nodeId }) => nodeId)).size - 1;
      return count === 0 ? [] : alike.map((entry) => [idOf(entry), count] as const);
    }),
  );
}

/** Names a row among those of several gateways. */
export function idOf({ gateway, nodeId }: Pick<RosterEntry, 'gateway' | 'nodeId'>): string {
  return `${nodeId}@${gateway}`;
}
