import type { RequestHandler } from 'express';
import { nodeDetailDocument, nodesDocument } from '../../document/nodes-document.ts';
import { sendUnknownNode } from './check-route.ts';
import type { HttpDependencies } from './dependencies.ts';
import { findNodes } from './find-node.ts';
import { sendJson, sendText } from './respond.ts';
import { oneLine } from './safe-text.ts';

/** `/api/v1/nodes`: the snapshot. */
export function nodesRoute({ snapshot }: HttpDependencies): RequestHandler {
  return (_request, response) => {
    sendJson(response, 200, nodesDocument(snapshot()));
  };
}

/** `/api/v1/nodes/<node>`: one node host, with its transitions. */
export function nodeRoute({ snapshot }: HttpDependencies): RequestHandler<{ node: string }> {
  return (request, response) => {
    const current = snapshot();
    const { node: id } = request.params;
    const [node, ...others] = findNodes(current, id);
    if (node === undefined) {
      sendUnknownNode(response, { id, names: current.nodes.map(({ name }) => name) });
    } else if (others.length > 0) {
      const names = [node, ...others].map(({ name }) => `"${oneLine(name)}"`).join(', ');
      sendText(response, 409, `"${oneLine(id)}" names several node hosts: ${names}\n`);
    } else {
      sendJson(response, 200, nodeDetailDocument(node, current.at));
    }
  };
}
