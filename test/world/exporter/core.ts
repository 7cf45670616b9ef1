import {
  DEFAULT_THRESHOLDS,
  type Endpoint,
  type Instant,
  LivenessCore,
  type NodeState,
  type Observation,
  type Reason,
  type SourceName,
  type SourceReport,
} from '../../../src/core/index.ts';
import { dehydrate } from '../../../src/state/dehydrate.ts';
import { withoutFuture } from '../../../src/state/past-times.ts';
import { rehydrate } from '../../../src/state/rehydrate.ts';
import { stateSchema } from '../../../src/state/state-schema.ts';

/*
 * The only file of the simulator that knows the core's API. What it makes of the core's answers is what the app does
 * with them: nothing here decides.
 */

/** A node host that the exporter is told to watch. */
export interface Watched {
  readonly id: string;
  readonly name?: string;
  readonly nodeId?: string;
}

export interface CoreSetup {
  readonly watched: readonly Watched[];
  /** In the order of the configuration. */
  readonly gateways: readonly { readonly name: string; readonly url: string }[];
  readonly enabledSources: readonly SourceName[];
  readonly startedAt: Instant;
}

/** What the exporter says of one node host. */
export interface Said {
  readonly key: string;
  readonly target: string | undefined;
  readonly nodeId: string | undefined;
  readonly state: NodeState;
  readonly live: boolean;
  readonly reasons: readonly Reason[];
  readonly why: string;
}

/** An observation of a gateway, before the core is told which one. */
export type GatewayNamed<O> = O & { readonly gateway: string };

/** The core under test, as its shell drives it. */
export class CoreUnderTest {
  readonly #core: LivenessCore;
  readonly #setup: CoreSetup;

  constructor(setup: CoreSetup, saved?: string) {
    const [gateway] = setup.gateways;
    if (gateway === undefined) throw new Error('no gateway to watch');
    this.#setup = setup;
    this.#core = new LivenessCore({
      targets: setup.watched.map(({ id, name, nodeId }) => ({
        id,
        explicit: true,
        ...(name !== undefined && { name }),
        ...(nodeId !== undefined && { nodeId }),
      })),
      gateway,
      limits: DEFAULT_THRESHOLDS,
      enabledSources: setup.enabledSources,
      defaultName: 'this-machine',
      maxNodes: 1_000,
      forgetNodesAfterMs: 30 * 86_400_000,
      startedAt: setup.startedAt,
    });
    if (saved === undefined) return;
    const state = stateSchema.parse(JSON.parse(saved));
    rehydrate(this.#core, withoutFuture(state, setup.startedAt.wallMs).state, setup.startedAt);
  }

  /** Gateways that this core can watch: the first only, until it can watch several. */
  get watchesGateways(): readonly string[] {
    return this.#setup.gateways.slice(0, 1).map(({ name }) => name);
  }

  observe(observation: Observation): void {
    this.#core.observe(observation);
  }

  /** Something seen of one gateway. */
  observeGateway(observation: GatewayNamed<Observation>): void {
    if (this.watchesGateways.includes(observation.gateway)) this.#core.observe(observation);
  }

  report(report: SourceReport): void {
    this.#core.report(report);
  }

  /** Recomputes every verdict; whether any state changed. */
  tick(now: Instant): boolean {
    return this.#core.tick(now).length > 0;
  }

  /** What it says of the node host of this machine. */
  saysOf(target: string): Said | undefined {
    const node = this.#core.locals.get(target);
    if (node === undefined) return undefined;
    const { state, live, reasons, why } = node.verdict;
    return { key: node.key, target, nodeId: node.session?.nodeId, state, live, reasons, why };
  }

  /** What it says of node hosts that only their gateway shows. */
  saysOfRemote(): readonly Said[] {
    return [...this.#core.remotes.values()].map(({ key, facts, verdict }) => ({
      key,
      target: undefined,
      nodeId: facts.session.nodeId,
      state: verdict.state,
      live: verdict.live,
      reasons: verdict.reasons,
      why: verdict.why,
    }));
  }

  /** Milliseconds on the exporter's monotonic clock; `undefined` where it never saw one, or cannot tell yet. */
  heartbeatOf(_target: string): number | undefined {
    return undefined;
  }

  /** Which process of a node host to look at, for those who look at processes. */
  locate(
    target: string,
  ): { readonly incarnation: string; readonly endpoint: Endpoint | null } | undefined {
    return this.#core.locate(target);
  }

  /** Node ids that a probe can reach. */
  probeTargets(gateway: string): readonly string[] {
    return this.watchesGateways.includes(gateway) ? this.#core.connectedNodeIds() : [];
  }

  /** Node hosts whose own way to the gateway is to be watched by HTTP. */
  watchesPathOf(target: string): boolean {
    const facts = this.#core.locals.get(target)?.facts;
    return facts?.attached !== true && facts?.ledger.failingSince !== undefined;
  }

  /** Its settings are read again. */
  reload(now: Instant): void {
    this.#core.reconfigure(this.#core.options, now);
  }

  /** The state file. */
  save(now: Instant): string {
    const logs = Object.fromEntries(this.#setup.watched.map(({ id }) => [id, {}]));
    return JSON.stringify(dehydrate(this.#core, { wallMs: now.wallMs, logs }));
  }
}
