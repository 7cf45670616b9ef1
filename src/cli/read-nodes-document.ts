import { NODE_STATES } from '../core/index.ts';
import type { EvidenceDocument, NodeDocument, NodesDocument } from '../document/nodes-document.ts';
import { isObject, type JsonObject } from '../runtime/json-object.ts';

/*
 * The answer of /api/v1/nodes is of the type that src/document builds: fields are added to it and never taken away. What
 * is checked here is that it is such an answer at all, and what would end us if it were missing; not every field again.
 */

/** The document in an exporter's answer; `undefined` when it is not such an answer. */
export function readNodesDocument(answer: unknown): NodesDocument | undefined {
  if (!isNodesDocument(answer)) return undefined;
  return {
    ...answer,
    nodes: answer.nodes.map((node) => ({
      ...node,
      ...fieldsOfLaterVersions(node),
      evidence: readableEvidence(node.evidence),
    })),
  };
}

/** What the exporter of an earlier version does not tell: it knew no apps. */
function fieldsOfLaterVersions(
  node: Partial<NodeDocument>,
): Pick<NodeDocument, 'kind' | 'lastSeen' | 'namesakes'> {
  return {
    kind: node.kind === 'app' ? 'app' : 'node-host',
    lastSeen: node.lastSeen ?? null,
    namesakes: node.namesakes ?? 0,
  };
}

function isNodesDocument(answer: unknown): answer is NodesDocument {
  return (
    isObject(answer) &&
    typeof answer.at === 'string' &&
    !Number.isNaN(Date.parse(answer.at)) &&
    isListOf(answer.nodes, isNode) &&
    isListOf(answer.gateways, ({ name, health, why }) => areTexts(name, health, why)) &&
    isListOf(answer.sources, ({ source }) => areTexts(source))
  );
}

function isNode(node: JsonObject): boolean {
  const { name, state, since, why, advice, live, ready, proofsOfLife, evidence } = node;
  return (
    areTexts(name, why, advice) &&
    (NODE_STATES as readonly unknown[]).includes(state) &&
    isObject(since) &&
    typeof since.agoSeconds === 'number' &&
    typeof live === 'boolean' &&
    typeof ready === 'boolean' &&
    isObject(proofsOfLife) &&
    isObject(evidence)
  );
}

/** A viewpoint that is told in a way that we do not know says nothing to us: the others are still worth reading. */
function readableEvidence(evidence: EvidenceDocument): EvidenceDocument {
  const { process, socket, log, gateway, probe, gatewayLog, supervisor } = evidence;
  return {
    process: isObject(process) && typeof process.running === 'boolean' ? process : null,
    socket: isObject(socket) && (socket.endpoint === null || isObject(socket.endpoint)) ? socket : null,
    log: isObject(log) ? log : null,
    gateway: isObject(gateway) ? gateway : null,
    probe: isObject(probe) ? probe : null,
    gatewayLog: isObject(gatewayLog) ? gatewayLog : null,
    supervisor: isObject(supervisor) && isObject(supervisor.service) ? supervisor : null,
  };
}

function isListOf(value: unknown, holds: (each: JsonObject) => boolean): boolean {
  return Array.isArray(value) && value.every((each: unknown) => isObject(each) && holds(each));
}

function areTexts(...values: readonly unknown[]): boolean {
  return values.every((value) => typeof value === 'string');
}
