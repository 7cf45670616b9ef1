import type { Request, RequestHandler } from 'express';
import { type NodeSnapshot, present } from '../../core/index.ts';
import { NO_NODE_HOST_HERE } from '../../document/no-node-host.ts';
import { ofAskedKind } from './asked-kind.ts';
import type { HttpDependencies } from './dependencies.ts';
import { sendJson, sendText } from './respond.ts';

const PREFIX = '__meta_openclaw_nodehost_';
/** For a person who asks with `curl -i`; Prometheus reads no header but the type. */
const NOTE_HEADER = 'X-OpenClaw-Liveness-Note';

/** What a `Host` header may say: a name or an address, and a port. It is the one part that a client puts in itself. */
const HOST = /^(?:[a-z\d](?:[a-z\d.-]*[a-z\d])?|\[[\da-f:.]+\])(?::\d{1,5})?$/i;

/**
 * This exporter as whoever asks reaches it. That a proxy or a name in front of us has another address than we have is
 * the rule in containers, and the asker's own `Host` header is the only one who knows it.
 */
function exporterAddress(request: Request): string {
  const { host } = request.headers;
  if (host !== undefined && HOST.test(host)) return host;
  const { localAddress = '127.0.0.1', localPort = 9789 } = request.socket;
  return `${localAddress.includes(':') ? `[${localAddress}]` : localAddress}:${localPort}`;
}

/**
 * Labels of one node host. They say what it is, never how it is doing: a target whose labels changed with its state
 * would be another target, with other series, at every change. The last two are ready to be put into a URL.
 */
function labelsOf(node: NodeSnapshot): Readonly<Record<string, string>> {
  const name = node.name.toWellFormed();
  const key = node.key.toWellFormed();
  const labels = present<Readonly<Record<string, string | undefined>>>({
    name,
    key,
    gateway: node.gateway,
    scope: node.scope,
    kind: node.kind,
    node_id: node.nodeId,
    version: node.version,
    platform: node.platform,
    livez_path: `/livez/${encodeURIComponent(key)}`,
    readyz_path: `/readyz/${encodeURIComponent(key)}`,
  });
  return Object.fromEntries(
    Object.entries(labels).map(([label, value]) => [`${PREFIX}${label}`, value?.toWellFormed() ?? '']),
  );
}

/**
 * `/sd[?kind=app]`: the nodes as targets for Prometheus (HTTP SD). The address is this exporter's, which answers for all
 * of them. The format has no room for words, so those about a list without a local one are in a header. Until every viewpoint has looked once it fails: Prometheus keeps the list it has, and would drop what a first,
 * incomplete one lacks.
 */
export function serviceDiscoveryRoute({ snapshot, isReady }: HttpDependencies): RequestHandler {
  return (request, response) => {
    const ready = isReady();
    if (!ready.ok) {
      sendText(response, 503, `no list yet: ${ready.why}\n`);
      return;
    }
    const asked = ofAskedKind(request, response, snapshot());
    if (asked === undefined) return;
    const { nodes, noNodeHostHere } = asked;
    const targets = [exporterAddress(request)];
    if (noNodeHostHere === true) response.set(NOTE_HEADER, NO_NODE_HOST_HERE);
    sendJson(
      response,
      200,
      nodes.map((node) => ({ targets, labels: labelsOf(node) })),
    );
  };
}
