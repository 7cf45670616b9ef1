import type { NodeKind } from '../core/index.ts';

/** What several nodes, or one, are called together: as narrow as is true of each. */
export function nounOf(nodes: readonly { readonly kind: NodeKind }[]): {
  readonly one: string;
  readonly many: string;
} {
  if (nodes.every(({ kind }) => kind === 'node-host')) return { one: 'node host', many: 'node hosts' };
  if (nodes.every(({ kind }) => kind === 'app')) return { one: 'app', many: 'apps' };
  return { one: 'node', many: 'nodes' };
}

/** So many of what is called by `noun`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
