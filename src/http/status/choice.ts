import { NODE_STATES, type NodeSnapshot, type NodeState } from '../../core/index.ts';
import { findable } from './card.ts';

/** What the address asks to be shown. */
export interface Choice {
  readonly words: string;
  readonly state: NodeState | undefined;
}

/** Reads the address; what is nonsense in it is left out. */
export function choiceOf(query: Readonly<Record<string, unknown>>): Choice {
  const { q, state } = query;
  return {
    words: typeof q === 'string' ? q : '',
    state: NODE_STATES.find((known) => known === state),
  };
}

/** Whether a node host is among those asked for. */
export function isChosen(node: NodeSnapshot, { words, state }: Choice): boolean {
  if (state !== undefined && node.state !== state) return false;
  const found = findable(node);
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => found.includes(word));
}
