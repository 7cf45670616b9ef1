import { decideLocal, decideRemote, type Moment } from './decide.ts';
import { directivesFor, probeDirective, Said } from './directives.ts';
import type { Roster } from './facts/gateway.ts';
import { endpointOfNode, type Target } from './facts/local.ts';
import { observeLogLine, observeLogStatus } from './facts/log-line.ts';
import { observePath, type PathFacts } from './facts/path.ts';
import { observeProbe } from './facts/probe.ts';
import { observeProcess } from './facts/process.ts';
import { joinProofs, prove } from './facts/proofs.ts';
import type { RosterEntry } from './facts/roster-entry.ts';
import { observeSocket } from './facts/socket-look.ts';
import { observeSupervisor } from './facts/supervisor.ts';
import {
  newGateway,
  observeGateway,
  refer,
  tickGateway,
  type GatewayRef,
  type WatchedGateway,
} from './gateways.ts';
import {
  recallGateway,
  recallLocal,
  recallRemote,
  rememberGateway,
  rememberLocal,
  type GatewayMemory,
  type Memory,
} from './memory.ts';
import type { Directive } from './model/directive.ts';
import { isSameEndpoint } from './model/endpoint.ts';
import type {
  GatewayHttpObservation,
  GatewaySessionObservation,
  Observation,
  ProbeObservation,
  ProcessObservation,
  SourceReport,
  TargetId,
} from './model/observation.ts';
import { omit } from './model/omit.ts';
import type { Snapshot, Transition } from './model/snapshot.ts';
import type { Thresholds } from './model/thresholds.ts';
import { elapsedMs, type Instant } from './model/time.ts';
import type { SourceName } from './model/vocabulary.ts';
import { Fleet, type RemoteNode } from './roster/fleet.ts';
import { newLocal, type LocalNode } from './roster/local-node.ts';
import { readRoster } from './roster/read-roster.ts';
import { tickTrust, trustFrom, type SelfTrust } from './rules/self-trust.ts';
import { noteEnd, noteRestart, type Verdict } from './rules/verdict.ts';
import { snapshotOf } from './snapshot-of.ts';
import { SourceHealth } from './source-health.ts';
import { isWarm, WARM_UP_MS } from './warm-up.ts';

/** What the core may be told anew while it runs. */
export interface CoreSettings {
  readonly targets: readonly Target[];
  readonly gateways: readonly GatewayRef[];
  readonly limits: Thresholds;
  readonly enabledSources: readonly SourceName[];
  readonly maxNodes: number;
  readonly forgetNodesAfterMs: number;
}

/** What the core is told at its start. */
export interface CoreOptions extends CoreSettings {
  /** Called so where nothing better is known of a local node host's name. */
  readonly defaultName: string;
  readonly startedAt: Instant;
  /** What an earlier run left. */
  readonly memory?: Memory;
}

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

/** Gateways that were watched before and may be again; their node hosts dial from ephemeral ports as well. */
const REMEMBERED_GATEWAYS = 8;

/**
 * The instance of the design's core: it gets observations and `now`, and returns verdicts and directives. It performs no
 * I/O and knows no clock; the shell (`monitor.ts`) feeds it and acts on what it returns.
 */
export class LivenessCore {
  #options: CoreOptions;
  readonly #gateways = new Map<string, WatchedGateway>();
  readonly #locals = new Map<TargetId, LocalNode>();
  readonly #fleet: Fleet;
  readonly #paths = new Map<TargetId, PathFacts>();
  readonly #sources: SourceHealth;
  readonly #said = new Said();
  /** Of gateways that are not watched now. */
  readonly #remembered: Map<string, GatewayMemory>;
  #trust: SelfTrust;

  constructor(options: CoreOptions) {
    const { startedAt, memory } = options;
    this.#options = options;
    this.#trust = trustFrom(startedAt);
    this.#sources = new SourceHealth(options.enabledSources);
    this.#remembered = new Map(Object.entries(memory?.gateways ?? {}));
    this.#fleet = new Fleet(memory?.dropped ?? { count: 0, since: startedAt.wallMs });
    for (const target of options.targets) {
      const node = newLocal(target, startedAt);
      const known = memory?.locals[target.id];
      this.#locals.set(target.id, known === undefined ? node : recallLocal(node, known, startedAt));
    }
    this.#watch(options.gateways);
  }

  get options(): CoreOptions {
    return this.#options;
  }

  get beliefs(): Beliefs {
    return { locals: this.#locals, remotes: this.#fleet.nodes, gateways: this.#gateways };
  }

  get trust(): SelfTrust {
    return this.#trust;
  }

  /** What the next run needs to know. */
  memory(): Memory {
    const remotes = Map.groupBy(this.#fleet.nodes.values(), ({ entry }) => entry.gateway);
    const { count, since } = this.#fleet.dropped;
    return {
      locals: Object.fromEntries([...this.#locals].map(([id, node]) => [id, rememberLocal(node)])),
      gateways: Object.fromEntries([
        ...this.#remembered,
        ...[...this.#gateways].map(
          ([name, gateway]) => [name, rememberGateway(gateway, remotes.get(name) ?? [])] as const,
        ),
      ]),
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
      gatewayOf: (node) => this.#gatewayOf(node),
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
    const targets = new Map(settings.targets.map((target) => [target.id, target]));
    // Those that stay keep their places: where two are as sure of a row, the first one has it.
    for (const node of this.#locals.values()) {
      const target = targets.get(node.key);
      if (target === undefined) this.#forgetLocal(node.key);
      else this.#locals.set(node.key, { ...node, facts: { ...node.facts, target } });
    }
    for (const target of settings.targets) {
      if (!this.#locals.has(target.id)) this.#locals.set(target.id, newLocal(target, now));
    }
    this.#watch(settings.gateways);
    this.#fleet.shrink(settings.maxNodes - this.#locals.size, settings);
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
        this.#change(observation.target, (facts) => observeSocket(facts, observation, limits));
        // What it can bring about has seconds to spare.
        return false;
      case 'log':
        this.#change(observation.target, (facts) =>
          observation.kind === 'line'
            ? observeLogLine(facts, observation)
            : observeLogStatus(facts, observation, limits),
        );
        return observation.kind === 'line';
      case 'gateway-http':
      case 'gateway-session':
        return this.#observeGateway(observation);
      case 'probe':
        this.#observeProbe(observation);
        return true;
      case 'supervisor':
        this.#change(observation.target, (facts) => observeSupervisor(facts, observation, limits));
        return false;
      default:
        return observation satisfies never;
    }
  }

  /** Recomputes every verdict. */
  tick(now: Instant): Tick {
    const { limits, enabledSources } = this.#options;
    this.#trust = tickTrust(this.#trust, now, limits);
    for (const [name, gateway] of this.#gateways) {
      this.#gateways.set(name, tickGateway(gateway, now, limits));
    }
    this.#fleet.forget((name) => this.#rosterForForgetting(name), this.#options);

    const moment: Moment = {
      now,
      limits,
      trustedSince: this.#trust.since,
      isWarm: this.isWarm(now),
      isProcessWatched: enabledSources.includes('process'),
    };
    const transitions: NodeTransition[] = [];
    const note = (key: string, transition: Transition | undefined): void => {
      if (transition !== undefined) transitions.push({ ...transition, key });
    };
    for (const local of this.#locals.values()) {
      const { node, transition } = decideLocal(local, this.#around(local, now), moment);
      this.#locals.set(local.key, node);
      note(local.key, transition);
    }
    for (const remote of this.#fleet.nodes.values()) {
      const gateway = this.#gateways.get(remote.entry.gateway);
      const { node, transition } = decideRemote(remote, gateway, moment);
      this.#fleet.set(node);
      note(remote.key, transition);
    }
    return { transitions, directives: this.#said.news(this.#directives(now)) };
  }

  /** Whether the verdicts rest on a first look of every viewpoint that is switched on. */
  isWarm(now: Instant): boolean {
    return isWarm({
      now,
      startedAt: this.#options.startedAt,
      gateways: [...this.#gateways.values()],
      hasTargets: this.#locals.size > 0,
      hasReported: (name) => this.#sources.hasReported(name),
    });
  }

  #around(node: LocalNode, now: Instant): Parameters<typeof decideLocal>[1] {
    const { startedAt } = this.#options;
    const cameLater = elapsedMs(startedAt, node.watchedSince) > 0;
    return {
      gateway: this.#gatewayOf(node),
      path: this.#paths.get(node.key),
      isWarm: !cameLater || elapsedMs(node.watchedSince, now) >= WARM_UP_MS,
    };
  }

  /** The gateway that a node host dials, else the one that lists it, else the only one that there is. */
  #gatewayOf({ facts, gateway }: LocalNode): WatchedGateway | undefined {
    const endpoint = endpointOfNode(facts);
    const gateways = [...this.#gateways.values()];
    const dialled =
      endpoint === undefined ? undefined : gateways.find(({ ref }) => isSameEndpoint(ref.address, endpoint));
    const listing = gateway === undefined ? undefined : this.#gateways.get(gateway);
    return dialled ?? listing ?? (gateways.length === 1 ? gateways[0] : undefined);
  }

  #directives(now: Instant): readonly Directive[] {
    const [first] = this.#gateways.keys();
    return [
      ...[...this.#locals.values()].flatMap((node) =>
        directivesFor(node, {
          now,
          gateway: this.#gatewayOf(node),
          path: this.#paths.get(node.key),
          futileAfterMs: this.#options.limits.futileAfterMs,
          anyGateway: first ?? '',
        }),
      ),
      ...[...this.#gateways.values()].map(probeDirective),
    ];
  }

  #observeProcess(observation: ProcessObservation): boolean {
    const node = this.#locals.get(observation.target);
    if (node === undefined) return false;
    const { limits } = this.#options;
    const isWedged = node.verdict.state === 'wedged';
    const facts = observeProcess(node.facts, observation, { limits, isWedged });
    const verdict = noteProcess(node, facts.incarnation, observation);
    this.#locals.set(node.key, { ...node, facts, verdict });
    const isOther = facts.incarnation !== node.facts.incarnation;
    // A name or an endpoint that was just found may single out a row that came before it.
    const saysMore =
      facts.hints !== node.facts.hints && JSON.stringify(facts.hints) !== JSON.stringify(node.facts.hints);
    if (saysMore) this.#readRosters();
    const { process } = observation;
    return isOther || saysMore || process === null || process.kernelState === 'stopped';
  }

  #observeGateway(observation: GatewayHttpObservation | GatewaySessionObservation): boolean {
    const { limits } = this.#options;
    const gateway = this.#gateways.get(observation.gateway);
    if (observation.source === 'gateway-http' && observation.target !== undefined) {
      if (!this.#locals.has(observation.target)) return false;
      this.#paths.set(
        observation.target,
        observePath(this.#paths.get(observation.target), observation, limits),
      );
      return true;
    }
    if (gateway === undefined) return false;
    this.#gateways.set(gateway.ref.name, observeGateway(gateway, observation, limits));
    if (observation.source === 'gateway-http') return true;
    if (observation.kind === 'roster') this.#readRosters(observation.gateway);
    if (observation.kind !== 'host-stats') return true;
    this.#changeEntry(observation.gateway, observation.nodeId, (entry) => ({
      ...entry,
      proofs: prove(entry.proofs, 'host_stats', observation.at),
    }));
    // One a minute of each node, and some hundred nodes make ten a second; it only keeps one alive.
    return false;
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
    for (const [name, gateway] of this.#gateways) {
      if (gateway.facts.roster === undefined || (only !== undefined && only !== name)) continue;
      readRoster(gateway.facts.roster.value, {
        gateway,
        locals: this.#locals,
        fleet: this.#fleet,
        options: this.#options,
        gatewayOf: (node) => this.#gatewayOf(node),
        hasSeen: (source, since) =>
          this.#sources.hasReported(source) ||
          elapsedMs(since, gateway.facts.roster?.at ?? since) >= WARM_UP_MS,
        isEnabled: (source) => this.#sources.isEnabled(source),
      });
    }
  }

  #changeEntry(gateway: string, nodeId: string, change: (entry: RosterEntry) => RosterEntry): void {
    const remote = this.#fleet.find(gateway, nodeId);
    if (remote !== undefined) this.#fleet.set({ ...remote, entry: change(remote.entry) });
    for (const node of this.#locals.values()) {
      if (node.entry?.nodeId !== nodeId || node.entry.gateway !== gateway) continue;
      const entry = change(node.entry);
      const proofs = joinProofs(node.facts.proofs, entry.proofs);
      this.#locals.set(node.key, { ...node, entry, facts: { ...node.facts, proofs } });
    }
  }

  #change(target: TargetId, change: (facts: LocalNode['facts']) => LocalNode['facts']): void {
    const node = this.#locals.get(target);
    if (node !== undefined) this.#locals.set(target, { ...node, facts: change(node.facts) });
  }

  #forgetLocal(target: TargetId): void {
    this.#locals.delete(target);
    this.#paths.delete(target);
    this.#said.forget(target);
  }

  #watch(refs: readonly GatewayRef[]): void {
    const names = new Set(refs.map(({ name }) => name));
    for (const [name, gateway] of this.#gateways) {
      if (!names.has(name)) this.#leave(name, gateway);
    }
    for (const ref of refs) {
      const watched = this.#gateways.get(ref.name);
      if (watched === undefined) this.#meet(ref);
      else this.#gateways.set(ref.name, refer(watched, ref));
    }
  }

  #meet(ref: GatewayRef): void {
    const gateway = newGateway(ref, this.#options.startedAt);
    const memory = this.#remembered.get(ref.name);
    this.#remembered.delete(ref.name);
    const facts = memory === undefined ? gateway.facts : recallGateway(gateway.facts, memory);
    this.#gateways.set(ref.name, { ...gateway, facts });
    for (const remote of memory?.remotes ?? []) this.#fleet.set(recallRemote(remote));
  }

  /** What was seen by way of it says nothing any more. */
  #leave(name: string, gateway: WatchedGateway): void {
    const remotes = [...this.#fleet.nodes.values()].filter(({ entry }) => entry.gateway === name);
    this.#remembered.set(name, rememberGateway(gateway, remotes));
    const [oldest] = this.#remembered.keys();
    if (this.#remembered.size > REMEMBERED_GATEWAYS && oldest !== undefined) this.#remembered.delete(oldest);
    this.#gateways.delete(name);
    this.#sources.forget(name);
    this.#said.forget(name);
    for (const node of this.#locals.values()) {
      if (node.gateway === name) this.#locals.set(node.key, omit(node, 'match', 'gateway'));
    }
  }

  /** `null`: its gateway is not watched any more. */
  #rosterForForgetting(name: string): Roster | undefined | null {
    const gateway = this.#gateways.get(name);
    return gateway === undefined ? null : gateway.facts.roster?.value;
  }
}

function noteProcess(
  { verdict, facts }: LocalNode,
  incarnation: string | undefined,
  { process, at }: ProcessObservation,
): Verdict {
  if (process === null) return noteEnd(verdict);
  const isReplaced = facts.incarnation !== undefined && facts.incarnation !== incarnation;
  return isReplaced ? noteRestart(verdict, at) : omit(verdict, 'endedIn');
}
