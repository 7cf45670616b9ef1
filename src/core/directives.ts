import { endpointOfNode } from './facts/local.ts';
import { isLogTelling } from './facts/log-line.ts';
import type { PathFacts } from './facts/path.ts';
import type { GatewayMap } from './gateway-map.ts';
import type { WatchedGateway } from './gateways.ts';
import type { LocalNodes } from './local-nodes.ts';
import type { Directive } from './model/directive.ts';
import { isSameEndpoint } from './model/endpoint.ts';
import { kindOf } from './model/node-kind.ts';
import { believed } from './model/held.ts';
import type { Endpoint, RosterRow } from './model/observation.ts';
import type { Thresholds } from './model/thresholds.ts';
import { isSame } from './model/same.ts';
import { elapsedMs, type Instant } from './model/time.ts';
import type { LocalNode } from './roster/local-node.ts';

/** All that the shell is to do now. */
export function directivesOf(view: {
  readonly locals: LocalNodes;
  readonly gateways: GatewayMap;
  readonly limits: Thresholds;
  readonly now: Instant;
}): readonly Directive[] {
  const { locals, gateways, limits, now } = view;
  const [anyGateway = ''] = gateways.watched.keys();
  return [
    ...[...locals.nodes.values()].flatMap((node) =>
      directivesFor(node, {
        now,
        gateway: gateways.of(node),
        path: locals.path(node.key),
        futileAfterMs: limits.futileAfterMs,
        anyGateway,
      }),
    ),
    ...[...gateways.watched.values()].flatMap((gateway) => [
      probeDirective(gateway),
      tryGatewayDirective(gateway),
    ]),
  ];
}

interface NodeContext {
  readonly now: Instant;
  readonly gateway: WatchedGateway | undefined;
  readonly path: PathFacts | undefined;
  readonly futileAfterMs: number;
  readonly anyGateway: string;
}

/** What the shell is to do for one local node host. */
function directivesFor(node: LocalNode, context: NodeContext): readonly Directive[] {
  const { key: target, facts } = node;
  const { gateway } = context;
  if (facts.process === undefined) return [];
  const { hints, lastService } = facts;
  const sample = facts.process.value;
  const endpoint = endpointOfNode(facts) ?? null;
  // Where it was learnt from the log alone, nobody knows: neither is likelier.
  const tls = hints.tls === undefined ? {} : { tls: hints.tls };
  const tried = triedPath(node, context);
  return [
    {
      kind: 'follow-log',
      target,
      hints: {
        ...(hints.logPaths !== undefined && { paths: hints.logPaths }),
        ...(hints.service !== undefined && { service: hints.service }),
      },
    },
    { kind: 'dial-gateway', target, endpoint, ...tls },
    {
      kind: 'try-path',
      target,
      gateway: gateway?.ref.name ?? context.anyGateway,
      endpoint: tried?.endpoint ?? null,
      ...tls,
      by: tried?.by ?? 'health',
    },
    {
      kind: 'ask-supervisor',
      target,
      incarnation: sample?.incarnation ?? null,
      ...(lastService !== undefined && { service: lastService }),
    },
    {
      kind: 'look-at-sockets',
      target,
      process: sample === null ? null : { pid: sample.pid, incarnation: sample.incarnation, endpoint },
    },
  ];
}

/**
 * Only while the node host is not attached, and either fails or cannot be seen to: then it tells a broken path from a
 * broken node host. At any other time it would only cost.
 */
function triedPath(
  { facts }: LocalNode,
  { now, gateway, path, futileAfterMs }: NodeContext,
): { readonly endpoint: Endpoint; readonly by: 'health' | 'websocket' } | undefined {
  const own = endpointOfNode(facts);
  const endpoint = own ?? gateway?.ref.address;
  if (endpoint === undefined || facts.attached === true) return undefined;
  const isSame = gateway !== undefined && isSameEndpoint(endpoint, gateway.ref.address);
  const health = isSame ? undefined : ({ endpoint, by: 'health' } as const);
  const { failingSince } = facts.ledger;
  // Before its attempts are called futile, by the same way and all the way.
  const isDoubtful = failingSince !== undefined && elapsedMs(failingSince, now) >= futileAfterMs / 2;
  const isWayOpen = isSame ? gateway.health === 'healthy' : believed(path?.health, now)?.value.ok !== false;
  if (isDoubtful && isWayOpen) return { endpoint, by: 'websocket' };
  if (believed(facts.process, now)?.value == null) {
    return facts.ledger.lastFailure === undefined && isLogTelling(facts, now) ? undefined : health;
  }
  if (!isLogTelling(facts, now)) {
    // Of a gateway that is not well we know without a try.
    const isWorthIt = gateway === undefined || gateway.health === 'healthy';
    return isWorthIt ? { endpoint, by: 'websocket' } : health;
  }
  return gateway === undefined || failingSince !== undefined ? health : undefined;
}

/** Nodes that a probe by way of this gateway can reach: it holds a session of them and lets commands through. */
function probeDirective({ ref, facts }: WatchedGateway): Directive {
  const isReachable = (row: RosterRow): boolean =>
    row.connected &&
    kindOf(row) === 'node-host' &&
    (row.approvalState === undefined || row.approvalState === 'approved');
  const rows = facts.roster?.value.rows ?? [];
  return { kind: 'probe', gateway: ref.name, nodeIds: rows.filter(isReachable).map(({ nodeId }) => nodeId) };
}

/** A session, or the dial for one, tells more, and costs the gateway's log nothing on top. */
function tryGatewayDirective({ ref, facts }: WatchedGateway): Directive {
  const { kind } = facts.ownSession;
  return { kind: 'try-gateway', gateway: ref.name, isWanted: kind === 'no-credential' || kind === 'refused' };
}

/** Says each directive once, when it changes. */
export class Said {
  /** By target or gateway, then by kind. */
  readonly #said = new Map<string, Map<Directive['kind'], Directive>>();

  /** Those among `directives` that were not said like this yet. */
  news(directives: readonly Directive[]): readonly Directive[] {
    return directives.filter((directive) => {
      const id = 'target' in directive ? directive.target : directive.gateway;
      const said = this.#said.get(id) ?? new Map<Directive['kind'], Directive>();
      if (isSame(said.get(directive.kind), directive)) return false;
      this.#said.set(id, said.set(directive.kind, directive));
      return true;
    });
  }

  /** Of a target or a gateway that is gone; should it come back, all is said anew. */
  forget(id: string): void {
    this.#said.delete(id);
  }
}
