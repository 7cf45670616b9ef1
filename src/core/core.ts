import { decideLocal, decideRemote, type Moment } from './decide.ts';
import { directivesOf, Said } from './directives.ts';
import { observeLogLine, observeLogStatus } from './facts/log-line.ts';
import { observeProbe } from './facts/probe.ts';
import { prove } from './facts/proofs.ts';
import type { RosterEntry } from './facts/roster-entry.ts';
import { observeSocket } from './facts/socket-look.ts';
import { observeSupervisor } from './facts/supervisor.ts';
import { GatewayMap } from './gateway-map.ts';
import type { GatewayRef, WatchedGateway } from './gateways.ts';
import { LocalNodes } from './local-nodes.ts';
import type { Memory } from './memory.ts';
import type { Directive } from './model/directive.ts';
import type {
  GatewayLogObservation,
  GatewayLogStatusObservation,
  GatewayObservation,
  Observation,
  ProbeObservation,
  ProcessObservation,
  SourceReport,
  TargetId,
} from './model/observation.ts';
import type { Snapshot, Transition } from './model/snapshot.ts';
import { elapsedMs, type Instant } from './model/time.ts';
import { Callers } from './roster/callers.ts';
import { Fleet, type RemoteNode } from './roster/fleet.ts';
import type { LocalNode } from './roster/local-node.ts';
import { readRoster } from './roster/read-roster.ts';
import { dated, tickTrust, trustFrom, type SelfTrust } from './rules/self-trust.ts';
import type { CoreOptions, CoreSettings } from './settings.ts';
import { snapshotOf } from './snapshot-of.ts';
import { SourceHealth } from './source-health.ts';
import { isWarm, WARM_UP_MS } from './warm-up.ts';

export type { CoreOptions, CoreSettings };

/** A change of state of one node. */
export interface NodeTransition extends Transition {
  readonly key: string;
}

/** What one tick came to. */
export interface Tick {
  /** Changes of state, in the order of the nodes. */
  readonly transitions: readonly NodeTransition[];
  /** What the shell is to do from now on. */
  readonly directives: readonly Directive[];
}

/** All that is believed, for whoever looks inside: the state file and tests. */
export interface Beliefs {
  readonly locals: ReadonlyMap<TargetId, LocalNode>;
  readonly remotes: ReadonlyMap<string, RemoteNode>;
  readonly gateways: ReadonlyMap<string, WatchedGateway>;
}

/**
 * The instance of the design's core: it gets observations and `now`, and returns verdicts and directives. It performs no
 * I/O and knows no clock; the shell (`monitor.ts`) feeds it and acts on what it returns.
 */
export class LivenessCore {
  #options: CoreOptions;
  readonly #gateways: GatewayMap;
  readonly #locals: LocalNodes;
  readonly #fleet: Fleet;
  readonly #callers: Callers;
  readonly #sources: SourceHealth;
  readonly #said = new Said();
  #trust: SelfTrust;

  constructor(options: CoreOptions) {
    const { startedAt, memory } = options;
    this.#options = options;
    this.#trust = trustFrom(startedAt);
    this.#sources = new SourceHealth(options.enabledSources);
    this.#gateways = new GatewayMap(startedAt, memory?.gateways);
    this.#fleet = new Fleet(memory?.dropped ?? { count: 0, since: startedAt.wallMs }, (key) =>
      this.#gateways.isRemembered(key),
    );
    this.#locals = new LocalNodes(options.targets, startedAt, memory?.locals);
    this.#callers = new Callers({
      gateways: this.#gateways,
      fleet: this.#fleet,
      locals: () => [...this.#locals.nodes.values()],
      defaultName: options.defaultName,
      room: () => this.#options.maxNodes - this.#locals.nodes.size,
    });
    this.#watch(options.gateways);
  }

  get options(): CoreOptions {
    return this.#options;
  }

  get beliefs(): Beliefs {
    return { locals: this.#locals.nodes, remotes: this.#fleet.nodes, gateways: this.#gateways.watched };
  }

  get trust(): SelfTrust {
    return this.#trust;
  }

  /** What the next run needs to know. */
  memory(): Memory {
    const { count, since } = this.#fleet.dropped;
    return {
      locals: this.#locals.memory(),
      gateways: this.#gateways.memory(this.#fleet.nodes),
      dropped: { count, since },
    };
  }

  /** Everything known at `now`. */
  snapshot(now: Instant): Snapshot {
    return snapshotOf({
      ...this.beliefs,
      options: this.#options,
      trust: this.#trust,
      sources: this.#sources.snapshots,
      dropped: this.#fleet.dropped,
      gatewayOf: (node) => this.#gateways.of(node),
      now,
    });
  }

  /**
   * Other settings from now on. What is known of the node hosts and gateways that stay is kept, also under another
   * name; node hosts that are no target any more are forgotten, and may come back as remote ones of a roster.
   */
  reconfigure(settings: CoreSettings, now: Instant): void {
    this.#options = { ...this.#options, ...settings };
    this.#sources.enable(settings.enabledSources);
    for (const key of this.#locals.replace(settings.targets, now)) this.#said.forget(key);
    this.#watch(settings.gateways);
    this.#fleet.shrink(settings.maxNodes - this.#locals.nodes.size, settings);
    this.#readRosters();
  }

  /** Other gateways from now on; the rest stays as it is. */
  watchGateways(gateways: readonly GatewayRef[]): void {
    this.#options = { ...this.#options, gateways };
    this.#watch(gateways);
  }

  /** A source's report on itself. */
  report(report: SourceReport): void {
    const isFirst = this.#sources.record(report);
    // What of the roster waited for the first look at this machine need not wait for the next roster, too.
    if (isFirst && report.source === 'process') this.#readRosters();
  }

  /** One fact that one source saw. @returns whether a verdict may hang on it, so that the next tick should not wait */
  observe(observation: Observation): boolean {
    const { limits } = this.#options;
    switch (observation.source) {
      case 'process':
        return this.#observeProcess(observation);
      case 'socket':
        this.#locals.change(observation.target, (facts) => observeSocket(facts, observation, limits));
        // What it can bring about has seconds to spare.
        return false;
      case 'log':
        this.#locals.change(observation.target, (facts) =>
          observation.kind === 'line'
            ? observeLogLine(facts, dated(observation, this.#trust, limits))
            : observeLogStatus(facts, observation, limits),
        );
        return observation.kind === 'line';
      case 'gateway-http':
      case 'gateway-status':
      case 'gateway-ws':
      case 'gateway-session':
        return this.#observeGateway(observation);
      case 'gateway-log':
        return this.#observeGatewayLog(observation);
      case 'probe':
        this.#observeProbe(observation);
        return true;
      case 'supervisor':
        this.#locals.change(observation.target, (facts) => observeSupervisor(facts, observation, limits));
        return false;
      default:
        return observation satisfies never;
    }
  }

  /** Recomputes every verdict. */
  tick(now: Instant): Tick {
    const { limits, enabledSources } = this.#options;
    const trust = tickTrust(this.#trust, now, limits);
    if (trust.since !== this.#trust.since) this.#locals.doubt(now);
    this.#trust = trust;
    this.#gateways.tick(now, limits);
    this.#fleet.forget((name) => this.#gateways.rosterOf(name), { ...this.#options, now });

    const moment: Moment = {
      now,
      limits,
      trustedSince: this.#trust.since,
      isWarm: this.isWarm(now),
      isProcessWatched: enabledSources.includes('process'),
      isLogWatched: enabledSources.includes('log'),
    };
    const transitions: NodeTransition[] = [];
    const note = (key: string, transition: Transition | undefined): void => {
      if (transition !== undefined) transitions.push({ ...transition, key });
    };
    for (const local of this.#locals.nodes.values()) {
      const { node, transition } = decideLocal(local, this.#around(local, now), moment);
      this.#locals.nodes.set(local.key, node);
      note(local.key, transition);
    }
    for (const remote of this.#fleet.nodes.values()) {
      const gateway = this.#gateways.watched.get(remote.entry.gateway);
      const { node, transition } = decideRemote(remote, gateway, moment);
      this.#fleet.set(node);
      note(remote.key, transition);
    }
    return {
      transitions,
      directives: this.#said.news(
        directivesOf({ locals: this.#locals, gateways: this.#gateways, limits, now }),
      ),
    };
  }

  /** Whether the verdicts rest on a first look of every viewpoint that is switched on. */
  isWarm(now: Instant): boolean {
    return isWarm({
      now,
      startedAt: this.#options.startedAt,
      gateways: [...this.#gateways.watched.values()],
      hasTargets: this.#locals.nodes.size > 0,
      hasReported: (name) => this.#sources.hasReported(name),
    });
  }

  #around(node: LocalNode, now: Instant): Parameters<typeof decideLocal>[1] {
    const { startedAt } = this.#options;
    const cameLater = elapsedMs(startedAt, node.watchedSince) > 0;
    return {
      gateway: this.#gateways.of(node),
      path: this.#locals.path(node.key),
      isWarm: !cameLater || elapsedMs(node.watchedSince, now) >= WARM_UP_MS,
    };
  }

  #observeProcess(observation: ProcessObservation): boolean {
    const { isUrgent, saysMore } = this.#locals.observeProcess(observation, this.#options.limits);
    if (saysMore) this.#readRosters();
    return isUrgent;
  }

  #observeGateway(observation: GatewayObservation): boolean {
    const { limits } = this.#options;
    if (observation.source === 'gateway-status') return this.#gateways.observe(observation, limits);
    if (observation.source !== 'gateway-session') {
      return observation.target === undefined
        ? this.#gateways.observe(observation, limits)
        : this.#locals.observePath(observation.target, observation, limits);
    }
    if (!this.#gateways.observe(observation, limits)) return false;
    if (observation.kind === 'roster') this.#readRosters(observation.gateway);
    if (observation.kind !== 'host-stats') return true;
    this.#changeEntry(observation.gateway, observation.nodeId, (entry) => ({
      ...entry,
      proofs: prove(entry.proofs, 'host_stats', observation.at),
    }));
    // One a minute of each node, and some hundred nodes make ten a second; it only keeps one alive.
    return false;
  }

  #observeGatewayLog(observation: GatewayLogObservation | GatewayLogStatusObservation): boolean {
    if (!this.#gateways.observeLog(observation)) return false;
    if (observation.kind === 'record') this.#callers.observe(observation);
    return observation.kind === 'record';
  }

  #observeProbe(observation: ProbeObservation): void {
    this.#changeEntry(observation.gateway, observation.nodeId, (entry) => ({
      ...entry,
      probe: observeProbe(entry.probe, observation),
      ...(observation.outcome === 'answered' && {
        proofs: prove(entry.proofs, 'probe', observation.at),
      }),
    }));
  }

  #readRosters(only?: string): void {
    for (const [name, gateway] of this.#gateways.watched) {
      if (gateway.facts.roster === undefined || (only !== undefined && only !== name)) continue;
      readRoster(gateway.facts.roster.value, {
        gateway,
        locals: this.#locals.nodes,
        fleet: this.#fleet,
        options: this.#options,
        gatewayOf: (node) => this.#gateways.of(node),
        hasSeen: (source, since) =>
          this.#sources.hasReported(source) ||
          elapsedMs(since, gateway.facts.roster?.at ?? since) >= WARM_UP_MS,
        isEnabled: (source) => this.#sources.isEnabled(source),
      });
      this.#callers.settle(gateway.facts.roster.value);
    }
  }

  #changeEntry(gateway: string, nodeId: string, change: (entry: RosterEntry) => RosterEntry): void {
    const remote = this.#fleet.find(gateway, nodeId);
    if (remote !== undefined) this.#fleet.set({ ...remote, entry: change(remote.entry) });
    this.#locals.changeEntry(gateway, nodeId, change);
  }

  #watch(refs: readonly GatewayRef[]): void {
    const { left, recalled } = this.#gateways.watch(refs, this.#fleet.nodes);
    for (const name of left) {
      this.#sources.forget(name);
      this.#said.forget(name);
      this.#locals.leave(name);
    }
    for (const node of recalled) this.#fleet.set(node);
  }
}
