import type { Request, Response } from 'express';
import { NODE_KINDS, type Snapshot } from '../../core/index.ts';
import { oneLine } from '../../runtime/one-line.ts';
import { sendText } from './respond.ts';

/** The snapshot with the nodes of the kind that is asked for; `undefined` where there is no such kind, which is answered. */
export function ofAskedKind(
  { query }: Request,
  response: Response,
  snapshot: Snapshot,
): Snapshot | undefined {
  const { kind: asked } = query;
  if (asked === undefined) return snapshot;
  const kind = NODE_KINDS.find((known) => known === asked);
  if (kind !== undefined) return { ...snapshot, nodes: snapshot.nodes.filter((node) => node.kind === kind) };
  const got = typeof asked === 'string' ? `"${oneLine(asked)}"` : 'several';
  sendText(response, 400, `kind must be one of ${NODE_KINDS.join(', ')}, got ${got}\n`);
  return undefined;
}
