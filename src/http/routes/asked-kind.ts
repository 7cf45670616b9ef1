import type { Request } from 'express';
import { NODE_KINDS, type NodeKind, type Snapshot } from '../../core/index.ts';
import { oneLine } from '../../runtime/one-line.ts';

/** Of which kind whoever asks wants the nodes: of any without a word about it. */
export function askedKind({
  query,
}: Pick<Request, 'query'>):
  | { readonly ok: true; readonly kind: NodeKind | undefined }
  | { readonly ok: false; readonly problem: string } {
  const { kind: asked } = query;
  if (asked === undefined) return { ok: true, kind: undefined };
  const kind = NODE_KINDS.find((known) => known === asked);
  if (kind !== undefined) return { ok: true, kind };
  const got = typeof asked === 'string' ? `"${oneLine(asked)}"` : 'several';
  return { ok: false, problem: `kind must be one of ${NODE_KINDS.join(', ')}, got ${got}\n` };
}

/** A snapshot with the nodes of one kind; without a kind, as it is. */
export function ofKind(snapshot: Snapshot, kind: NodeKind | undefined): Snapshot {
  return kind === undefined
    ? snapshot
    : { ...snapshot, nodes: snapshot.nodes.filter((node) => node.kind === kind) };
}
