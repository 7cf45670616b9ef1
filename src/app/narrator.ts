import type { Observation } from '../core/observation.ts';
import type { NodeSnapshot, Snapshot, Transition } from '../core/snapshot.ts';
import type { Telemetry } from '../telemetry.ts';

/** Turns what happens into lines of our own log: one for each change, none for each look. */
export class Narrator {
  readonly #telemetry: Telemetry;
  readonly #snapshot: () => Snapshot;
  readonly #maxNodes: number;
  #isHttpUp: boolean | undefined;
  #sessionWas = '';
  #exhausted = new Set<string>();
  #known = new Set<string>();
  #dropped = 0;
  #restarts: number | undefined;

  constructor(options: { telemetry: Telemetry; snapshot: () => Snapshot; maxNodes: number }) {
    this.#telemetry = options.telemetry;
    this.#snapshot = options.snapshot;
    this.#maxNodes = options.maxNodes;
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
    for (const node of snapshot.nodes) {
      const isSettled = !node.reasons.includes('just-started');
      if (isSettled && !this.#known.has(node.key)) {
        this.#known.add(node.key);
        this.#telemetry.nodeHostFound({ name: node.name, scope: node.scope, state: node.state });
      }
      if (node.restartBudgetExhausted === this.#exhausted.has(node.key)) continue;
      if (!node.restartBudgetExhausted) {
        this.#exhausted.delete(node.key);
        continue;
      }
      this.#exhausted.add(node.key);
      this.#telemetry.restartBudgetExhausted({ name: node.name, restarts: node.counters.processRestarts });
    }
    if (snapshot.nodesDropped > this.#dropped) {
      this.#dropped = snapshot.nodesDropped;
      this.#telemetry.nodeHostsDropped({ dropped: snapshot.nodesDropped, max: this.#maxNodes });
    }
    const { restarts } = snapshot.gateway.counters;
    if (this.#restarts !== undefined && restarts > this.#restarts) this.#telemetry.gatewayRestarted({ url });
    this.#restarts = restarts;
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
