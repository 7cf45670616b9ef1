import type { RosterRow } from './observation.ts';

export const NODE_KINDS = ['node-host', 'app'] as const;
/** A headless node host, or the app of a desktop or a phone, which sleeps when its device does. */
export type NodeKind = (typeof NODE_KINDS)[number];

/** What a row is. Before anybody told, it is a node host: that is what is watched most. */
export function kindOf({ clientId }: Pick<RosterRow, 'clientId'>): NodeKind {
  return clientId === undefined || clientId === 'node-host' ? 'node-host' : 'app';
}
