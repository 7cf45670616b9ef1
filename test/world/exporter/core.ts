import {
  DEFAULT_THRESHOLDS,
  type Directive,
  type DirectiveOf,
  type Endpoint,
  type Instant,
  LivenessCore,
  type NodeState,
  type Observation,
  type Reason,
  type Snapshot,
  type SourceName,
  type SourceReport,
} from '../../../src/core/index.ts';
import { addressOf } from '../../../src/config/gateway-url.ts';
import { ClockSteps } from '../../../src/state/clock-steps.ts';
import { dehydrate } from '../../../src/state/dehydrate.ts';
import { onThisClock, withoutFuture } from '../../../src/state/past-times.ts';
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
  /** Of the machine, its sleep included. */
  readonly uptimeMs: number;
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

/** As often as the state file is thought of. */
const LOOK_AT_CLOCK_MS = 5_000;

/** The core under test, as its shell drives it. */
export class CoreUnderTest {
  readonly #core: LivenessCore;
  readonly #steps = new ClockSteps();
  #lookedAtClockMs = -Infinity;
  readonly #setup: CoreSetup;
  /** What the core last said, of each kind and of whom. */
  readonly #directives = new Map<string, Map<Directive['kind'], Directive>>();

  constructor(setup: CoreSetup, saved?: string) {
    this.#setup = setup;
    const { startedAt } = setup;
    this.#core = new LivenessCore({
      targets: setup.watched.map(({ id, name, nodeId }) => ({
        id,
        explicit: true,
        ...(name !== undefined && { name }),
        ...(nodeId !== undefined && { nodeId }),
      })),
      gateways: setup.gateways.map(({ name, url }) => ({ name, url, address: addressOf(url) })),
      limits: DEFAULT_THRESHOLDS,
      enabledSources: setup.enabledSources,
      // The name of the machine, after which OpenClaw calls a node host that has no other.
      defaultName: 'desk',
      maxNodes: 1_000,
      forgetNodesAfterMs: 30 * 86_400_000,
      startedAt,
      ...(saved !== undefined && {
        memory: rehydrate(
          withoutFuture(
            onThisClock(stateSchema.parse(JSON.parse(saved)), startedAt.wallMs, bootOf(setup.uptimeMs)),
            startedAt.wallMs,
          ).state,
          startedAt,
        ),
      }),
    });
  }

  get watchesGateways(): readonly string[] {
    return this.#setup.gateways.map(({ name }) => name);
  }

  observe(observation: Observation): void {
    this.#core.observe(observation);
  }

  /** Something seen of one gateway. */
  observeGateway(observation: Observation): void {
    this.#core.observe(observation);
  }

  report(report: SourceReport): void {
    this.#core.report(report);
  }

  /** Recomputes every verdict; whether any state changed. */
  tick(now: Instant): boolean {
    const { transitions, directives } = this.#core.tick(now);
    for (const directive of directives) {
      const whose = 'target' in directive ? directive.target : directive.gateway;
      const said = this.#directives.get(whose) ?? new Map<Directive['kind'], Directive>();
      this.#directives.set(whose, said.set(directive.kind, directive));
    }
    return transitions.length > 0;
  }

  /** What all who show verdicts, or act on them, are given. */
  snapshot(now: Instant): Snapshot {
    return this.#core.snapshot(now);
  }

  /** What it says of the node host of this machine. */
  saysOf(target: string): Said | undefined {
    const node = this.#core.beliefs.locals.get(target);
    if (node === undefined) return undefined;
    const { state, live, reasons, why } = node.verdict;
    return { key: node.key, target, nodeId: node.entry?.nodeId, state, live, reasons, why };
  }

  /** What it says of node hosts that only their gateway shows. */
  saysOfRemote(): readonly Said[] {
    return [...this.#core.beliefs.remotes.values()].map(({ key, entry, verdict }) => ({
      key,
      target: undefined,
      nodeId: entry.nodeId,
      state: verdict.state,
      live: verdict.live,
      reasons: verdict.reasons,
      why: verdict.why,
    }));
  }

  /** Milliseconds on the exporter's monotonic clock; `undefined` where it never saw one, or cannot tell yet. */
  heartbeatOf(target: string): number | undefined {
    return this.#core.beliefs.locals.get(target)?.facts.heartbeat?.monoMs;
  }

  /** Which process of a node host to look at, for those who look at processes. */
  locate(target: string): { readonly incarnation: string; readonly endpoint: Endpoint | null } | undefined {
    return this.#said('look-at-sockets', target)?.process ?? undefined;
  }

  /** Node ids that a probe can reach. */
  probeTargets(gateway: string): readonly string[] {
    return this.#said('probe', gateway)?.nodeIds ?? [];
  }

  /** How a node host's own way to the gateway is to be looked along; `undefined`: not now. */
  watchesPathOf(
    target: string,
  ): { readonly by: 'health' | 'websocket'; readonly endpoint: Endpoint } | undefined {
    const said = this.#said('try-path', target);
    if (said === undefined || said.endpoint === null) return undefined;
    return { by: said.by, endpoint: said.endpoint };
  }

  /** Whether anybody is to see if the gateway's WebSocket side answers. */
  triesGateway(gateway: string): boolean {
    return this.#said('try-gateway', gateway)?.isWanted === true;
  }

  /** Its settings are read again. */
  reload(now: Instant): void {
    this.#core.reconfigure(this.#core.options, now);
  }

  /** As who keeps the state file does every few seconds. */
  lookAtClock(now: Instant, uptimeMs: number): void {
    if (now.monoMs - this.#lookedAtClockMs < LOOK_AT_CLOCK_MS) return;
    this.#lookedAtClockMs = now.monoMs;
    this.#steps.look(now, uptimeMs);
  }

  /** The state file. */
  save(now: Instant, uptimeMs: number): string {
    this.#steps.look(now, uptimeMs);
    const logs = Object.fromEntries(this.#setup.watched.map(({ id }) => [id, {}]));
    const context = { now, logs, boot: bootOf(uptimeMs), steps: this.#steps };
    return JSON.stringify(dehydrate(this.#core.memory(), context));
  }

  #said<K extends Directive['kind']>(kind: K, whose: string): DirectiveOf<K> | undefined {
    return this.#directives.get(whose)?.get(kind) as DirectiveOf<K> | undefined;
  }
}

/** No machine of a world is ever started anew. */
function bootOf(uptimeMs: number): { readonly id: string; readonly uptimeMs: number } {
  return { id: 'the only one', uptimeMs };
}
