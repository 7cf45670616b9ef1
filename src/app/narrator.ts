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
} from '../core/index.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';

const DAY_MS = 86_400_000;

export interface NarratorOptions {
  readonly telemetry: Telemetry;
  readonly snapshot: () => Snapshot;
  readonly trust: () => SelfTrust;
  readonly limits: () => Config['limits'];
}

/** What is to be said of a node host once it is gone. */
interface KnownNode {
  readonly name: string;
  readonly lastSeen?: Instant;
}

/** Turns what happens into lines of our own log: one for each change, none for each look. */
export class Narrator {
  readonly #telemetry: Telemetry;
  readonly #snapshot: () => Snapshot;
  readonly #trust: () => SelfTrust;
  readonly #limits: () => Config['limits'];
  #isHttpUp: boolean | undefined;
  #sessionWas = '';
  #exhausted = new Set<string>();
  readonly #givenUp = new Set<string>();
  #known = new Map<string, KnownNode>();
  #gateway = '';
  #isDoubting = false;
  #dropped = 0;
  #restarts: number | undefined;

  constructor(options: NarratorOptions) {
    this.#telemetry = options.telemetry;
    this.#snapshot = options.snapshot;
    this.#trust = options.trust;
    this.#limits = options.limits;
  }

  transition(transition: Transition, node: NodeSnapshot): void {
    this.#telemetry.stateChanged({
      name: node.name,
      from: transition.from,
      to: transition.to,
      reasons: transition.reasons,
      why: transition.why,
      live: node.live,
    });
  }

  /** It is no target any more: that was told by whoever asked for it. */
  notWatched(key: string): void {
    this.#known.delete(key);
    this.#exhausted.delete(key);
    this.#givenUp.delete(key);
  }

  observation(observation: Observation, url: string): void {
    if (observation.source === 'gateway-http' && observation.path === 'gateway') {
      const { result } = observation;
      if (result.ok === this.#isHttpUp) return;
      this.#isHttpUp = result.ok;
      if (result.ok) this.#telemetry.gatewayReachable({ url, rttMs: result.rttMs });
      else this.#telemetry.gatewayUnreachable({ url, reason: result.reason, message: result.message });
    }
    if (observation.source === 'gateway-session') this.#session(observation);
  }

  /** What no single observation tells. To be called now and then. */
  review(url: string): void {
    const snapshot = this.#snapshot();
    this.#reviewDoubt(snapshot);
    this.#reviewForgotten(snapshot);
    for (const node of snapshot.nodes) {
      this.#reviewFound(node);
      this.#reviewBudget(node);
      this.#reviewSupervisor(node);
    }
    if (snapshot.nodesDropped > this.#dropped) {
      this.#dropped = snapshot.nodesDropped;
      this.#telemetry.nodeHostsDropped({ dropped: snapshot.nodesDropped, max: this.#limits().maxNodes });
    }
    const { restarts } = snapshot.gateway.counters;
    if (this.#restarts !== undefined && restarts > this.#restarts) this.#telemetry.gatewayRestarted({ url });
    this.#restarts = restarts;
  }

  /** Once for each time that it doubts, however often deadlines start anew meanwhile. */
  #reviewDoubt({ doubt }: Snapshot): void {
    const isNew = doubt !== undefined && !this.#isDoubting;
    this.#isDoubting = doubt !== undefined;
    if (isNew) this.#telemetry.doubtedItself({ reason: doubt, lateMs: this.#trust().offMs });
  }

  #reviewFound(node: NodeSnapshot): void {
    const isKnown = this.#known.has(node.key);
    if (!isKnown && node.reasons.includes('just-started')) return;
    const lastSeen = later(node.lastConnect, node.lastDisconnect);
    this.#known.set(node.key, { name: node.name, ...(lastSeen !== undefined && { lastSeen }) });
    if (!isKnown) this.#telemetry.nodeHostFound({ name: node.name, scope: node.scope, state: node.state });
  }

  #reviewForgotten({ at, gateway, nodes }: Snapshot): void {
    const isSameGateway = gateway.name === this.#gateway;
    this.#gateway = gateway.name;
    const keys = new Set(nodes.map(({ key }) => key));
    const localIds = new Set(nodes.flatMap(({ scope, nodeId }) => (scope === 'local' ? [nodeId] : [])));
    for (const [key, { name, lastSeen }] of this.#known) {
      if (keys.has(key)) continue;
      this.#known.delete(key);
      // Nobody forgot it: another gateway is watched now, or it turned out to run on this machine.
      if (!isSameGateway || localIds.has(key)) continue;
      const unseenMs = lastSeen === undefined ? 0 : elapsedMs(lastSeen, at);
      this.#telemetry.nodeHostForgotten({
        name,
        why: unseenMs >= this.#limits().forgetNodesAfterMs ? 'unseen' : 'unlisted',
        unseenDays: Math.floor(unseenMs / DAY_MS),
      });
    }
  }

  #reviewBudget(node: NodeSnapshot): void {
    if (node.restartBudgetExhausted === this.#exhausted.has(node.key)) return;
    if (!node.restartBudgetExhausted) {
      this.#exhausted.delete(node.key);
      return;
    }
    this.#exhausted.add(node.key);
    this.#telemetry.restartBudgetExhausted({ name: node.name, restarts: node.counters.processRestarts });
  }

  #reviewSupervisor({ key, name, evidence: { supervisor } }: NodeSnapshot): void {
    // Nobody was asked lately: that takes nothing back.
    if (supervisor === undefined) return;
    const { standing, unit } = supervisor;
    if (standing.kind !== 'gave-up') {
      this.#givenUp.delete(key);
      return;
    }
    if (this.#givenUp.has(key)) return;
    this.#givenUp.add(key);
    this.#telemetry.supervisorGaveUp({ name, unit: unit.unit, lastExit: standing.lastExit });
  }

  #session(observation: Extract<Observation, { source: 'gateway-session' }>): void {
    switch (observation.kind) {
      case 'opened':
        this.#sessionWas = 'open';
        this.#telemetry.sessionOpened({
          serverVersion: observation.serverVersion,
          protocol: observation.protocol,
        });
        return;
      case 'closed':
        this.#sessionWas = 'closed';
        this.#telemetry.sessionClosed({ code: observation.code, reason: observation.reason });
        return;
      case 'refused': {
        const { auth, detailCode, retryInMs } = observation;
        if (this.#sessionWas !== detailCode) this.#telemetry.sessionRefused({ auth, detailCode, retryInMs });
        this.#sessionWas = detailCode;
        return;
      }
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
