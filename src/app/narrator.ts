import type { Config } from '../config/config.ts';
import {
  elapsedMs,
  type Instant,
  later,
  type NodeSnapshot,
  type Observation,
  type SelfTrust,
  type Snapshot,
  type Transition,
  serviceName,
} from '../core/index.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { DAY_MS, forgetNodesAfterMs } from './core-settings.ts';

export interface NarratorOptions {
  readonly telemetry: Telemetry;
  readonly snapshot: () => Snapshot;
  readonly trust: () => SelfTrust;
  readonly limits: () => Config['limits'];
}

/** What is to be said of a node host once it is gone. */
interface KnownNode {
  readonly name: string;
  readonly gateway: string;
  readonly lastSeen?: Instant;
}

/** What was last said of a gateway. */
interface KnownGateway {
  isHttpUp: boolean | undefined;
  sessionWas: string;
  restarts: number | undefined;
}

/** Turns what happens into lines of our own log: one for each change, none for each look. */
export class Narrator {
  readonly #options: NarratorOptions;
  readonly #telemetry: Telemetry;
  readonly #gateways = new Map<string, KnownGateway>();
  /** What is told once for each time that it begins, and is so now. */
  readonly #standing = new Set<string>();
  readonly #known = new Map<string, KnownNode>();
  #unwatched = 0;

  constructor(options: NarratorOptions) {
    this.#options = options;
    this.#telemetry = options.telemetry;
  }

  transition(transition: Transition, node: NodeSnapshot): void {
    this.#telemetry.stateChanged({ ...transition, name: node.name, live: node.live });
  }

  /** It is no target any more: that was told by whoever asked for it. */
  notWatched(key: string): void {
    this.#known.delete(key);
    this.#standing.delete(`exhausted ${key}`);
    this.#standing.delete(`given up ${key}`);
  }

  observation(observation: Observation): void {
    if (observation.source === 'gateway-session') this.#session(observation);
    if (observation.source !== 'gateway-http' || observation.target !== undefined) return;
    const { result, gateway } = observation;
    const known = this.#gatewayNamed(gateway);
    if (result.ok === known.isHttpUp) return;
    known.isHttpUp = result.ok;
    const url = this.#urlOf(gateway);
    if (result.ok) this.#telemetry.gatewayReachable({ url, ...result });
    else this.#telemetry.gatewayUnreachable({ url, ...result });
  }

  #gatewayNamed(name: string): KnownGateway {
    const known = this.#gateways.get(name) ?? { isHttpUp: undefined, sessionWas: '', restarts: undefined };
    this.#gateways.set(name, known);
    return known;
  }

  #urlOf(name: string): string {
    return this.#options.snapshot().gateways.find((gateway) => gateway.name === name)?.url ?? name;
  }

  /** What no single observation tells. To be called now and then. */
  review(): void {
    const snapshot = this.#options.snapshot();
    this.#reviewDoubt(snapshot);
    this.#reviewForgotten(snapshot);
    if (this.#begins('nobody here', snapshot.noNodeHostHere === true)) this.#telemetry.noNodeHostHere();
    for (const node of snapshot.nodes) {
      this.#reviewFound(node);
      this.#reviewBudget(node);
      this.#reviewSupervisor(node);
    }
    if (snapshot.nodesUnwatched > this.#unwatched) {
      this.#telemetry.nodeHostsDropped({
        dropped: snapshot.nodesUnwatched,
        max: this.#options.limits().maxNodes,
      });
    }
    this.#unwatched = snapshot.nodesUnwatched;
    for (const { name, url, counters } of snapshot.gateways) {
      const known = this.#gatewayNamed(name);
      if (known.restarts !== undefined && counters.restarts > known.restarts) {
        this.#telemetry.gatewayRestarted({ url });
      }
      known.restarts = counters.restarts;
    }
  }

  /** Once for each time that it doubts, however often deadlines start anew meanwhile. */
  #reviewDoubt({ doubt }: Snapshot): void {
    const isNew = this.#begins('doubt', doubt !== undefined);
    if (isNew && doubt !== undefined)
      this.#telemetry.doubtedItself({ reason: doubt, lateMs: this.#options.trust().offMs });
  }

  /** Whether `what` is so and was not before. */
  #begins(what: string, isSo: boolean): boolean {
    const wasSo = this.#standing.has(what);
    if (isSo) this.#standing.add(what);
    else this.#standing.delete(what);
    return isSo && !wasSo;
  }

  #reviewFound(node: NodeSnapshot): void {
    const isKnown = this.#known.has(node.key);
    if (!isKnown && node.reasons.includes('just-started')) return;
    const lastSeen = later(node.lastConnect, node.lastDisconnect);
    this.#known.set(node.key, {
      name: node.name,
      gateway: node.gateway,
      ...(lastSeen !== undefined && { lastSeen }),
    });
    if (!isKnown) this.#telemetry.nodeHostFound({ name: node.name, scope: node.scope, state: node.state });
  }

  #reviewForgotten({ at, gateways, nodes }: Snapshot): void {
    const watched = new Set(gateways.map(({ name }) => name));
    const keys = new Set(nodes.map(({ key }) => key));
    const localIds = new Set(nodes.flatMap(({ scope, nodeId }) => (scope === 'local' ? [nodeId] : [])));
    for (const [key, { name, gateway, lastSeen }] of this.#known) {
      if (keys.has(key)) continue;
      this.#known.delete(key);
      // Nobody forgot it: another gateway is watched now, or it turned out to run on this machine.
      if (!watched.has(gateway) || localIds.has(key)) continue;
      const unseenMs = lastSeen === undefined ? 0 : elapsedMs(lastSeen, at);
      this.#telemetry.nodeHostForgotten({
        name,
        why: unseenMs >= forgetNodesAfterMs(this.#options.limits()) ? 'unseen' : 'unlisted',
        unseenDays: Math.floor(unseenMs / DAY_MS),
      });
    }
  }

  #reviewBudget(node: NodeSnapshot): void {
    const { key, name, counters, restartBudgetExhausted } = node;
    if (this.#begins(`exhausted ${key}`, restartBudgetExhausted))
      this.#telemetry.restartBudgetExhausted({ name, restarts: counters.processRestarts });
  }

  #reviewSupervisor({ key, name, evidence: { supervisor } }: NodeSnapshot): void {
    // Nobody was asked lately: that takes nothing back.
    if (supervisor === undefined) return;
    const { standing, service } = supervisor;
    const isGivenUp = standing.kind === 'gave-up' || standing.kind === 'cannot-start';
    if (this.#begins(`given up ${key}`, isGivenUp) && isGivenUp)
      this.#telemetry.supervisorGaveUp({ name, unit: serviceName(service), lastExit: standing.lastExit });
  }

  #session(observation: Extract<Observation, { source: 'gateway-session' }>): void {
    const known = this.#gatewayNamed(observation.gateway);
    switch (observation.kind) {
      case 'opened':
        known.sessionWas = 'open';
        return this.#telemetry.sessionOpened(observation);
      case 'closed':
        known.sessionWas = 'closed';
        return this.#telemetry.sessionClosed(observation);
      case 'refused':
        if (known.sessionWas !== observation.detailCode) this.#telemetry.sessionRefused(observation);
        known.sessionWas = observation.detailCode;
        return;
      // Without a credential the source itself reports that it is blind; a failed dial goes with a gateway that does
      // not answer, which has its own line.
      case 'no-credential':
      case 'failed':
      case 'roster':
      case 'roster-failed':
      case 'host-stats':
        return;
      default:
        observation satisfies never;
    }
  }
}
