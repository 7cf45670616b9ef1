import type { RequestHandler } from 'express';
import { nodeDetailDocument, nodeDocument, nodesDocument } from '../../document/nodes-document.ts';
import { sharingTurns } from '../../runtime/turns.ts';
import { sendUnknownNode } from './check-route.ts';
import { ofAskedKind } from './asked-kind.ts';
import type { HttpDependencies } from './dependencies.ts';
import { findNodes } from './find-node.ts';
import { JSON_TYPE, jsonText, sendJson, sendText } from './respond.ts';
import { oneLine } from '../../runtime/one-line.ts';

/** How long the document may keep the event loop to itself: of 1,000 node hosts it takes over 100 ms. */
const SLICE_MS = 3;

/** `/api/v1/nodes[?kind=app]`: the snapshot, of all nodes or of those of one kind, written node by node. */
export function nodesRoute({ snapshot }: HttpDependencies): RequestHandler {
  return async (request, response) => {
    const asked = ofAskedKind(request, response, snapshot());
    if (asked === undefined) return;
    const { nodes, ...rest } = asked;
    // No text holds a line feed as it is, so that this is the place.
    const [before = '', after = ''] = jsonText(nodesDocument({ ...rest, nodes: [] })).split(
      '\n  "nodes": []',
    );
    const pieces = [Buffer.from(`${before}\n  "nodes": [`)];
    const betweenPieces = sharingTurns(SLICE_MS);
    for (const [index, node] of nodes.entries()) {
      const text = jsonText(nodeDocument(node, rest.at)).trimEnd().replaceAll('\n', '\n    ');
      pieces.push(Buffer.from(`${index === 0 ? '' : ','}\n    ${text}`));
      await betweenPieces();
    }
    pieces.push(Buffer.from(`${nodes.length === 0 ? '' : '\n  '}]${after}`));
    response.status(200).type(JSON_TYPE).send(Buffer.concat(pieces));
  };
}

/** `/api/v1/nodes/<node>`: one node host, with its transitions. */
export function nodeRoute({ snapshot }: HttpDependencies): RequestHandler<{ node: string }> {
  return (request, response) => {
    const current = snapshot();
    const { node: id } = request.params;
    const [node, ...others] = findNodes(current, id);
    if (node === undefined) {
      sendUnknownNode(response, id, current);
    } else if (others.length > 0) {
      const names = [node, ...others].map(({ name }) => `"${oneLine(name)}"`).join(', ');
      sendText(response, 409, `"${oneLine(id)}" names several node hosts: ${names}\n`);
    } else {
      sendJson(response, 200, nodeDetailDocument(node, current.at));
    }
  };
}
