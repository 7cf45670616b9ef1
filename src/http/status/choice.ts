import {
  NODE_KINDS,
  NODE_STATES,
  type NodeKind,
  type NodeSnapshot,
  type NodeState,
} from '../../core/index.ts';
import { findable } from './card.ts';

/** What the address asks to be shown. */
export interface Choice {
  readonly words: string;
  readonly state: NodeState | undefined;
  readonly kind: NodeKind | undefined;
}

/** Reads the address; what is nonsense in it is left out. */
export function choiceOf(query: Readonly<Record<string, unknown>>): Choice {
  const { q, state, kind } = query;
  return {
    words: typeof q === 'string' ? q : '',
    state: NODE_STATES.find((known) => known === state),
    kind: NODE_KINDS.find((known) => known === kind),
  };
}

/** Whether a node is among those asked for. */
export function isChosen(node: NodeSnapshot, { words, state, kind }: Choice): boolean {
  if (state !== undefined && node.state !== state) return false;
  if (kind !== undefined && node.kind !== kind) return false;
  const found = findable(node);
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => found.includes(word));
}
