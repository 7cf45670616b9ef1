import { assessLocal } from './rules/assess-local.ts';
import { assessRemote } from './rules/assess-remote.ts';
import { assessment, type Assessment } from './rules/assessment.ts';
import { attachmentOf, freshSocket, type RowView } from './rules/attachment.ts';
import { countConnect, countingFrom, NO_GATEWAY_COUNTERS, NO_NODE_COUNTERS } from './model/counters.ts';
import {
  assessGateway,
  isHttpUp,
  observeHttp,
  observeSession,
  unseenGateway,
  usableRoster,
  type GatewayFacts,
  type Roster,
} from './facts/gateway.ts';
import { READING_LATENCY_MS } from './facts/log.ts';
import {
  beat,
  noteAttachment,
  observeLogLine,
  observeLogStatus,
  observeProcess,
  observeSocket,
  observeSupervisor,
  unseenTarget,
  type LocalFacts,
  type Target,
} from './facts/node-facts.ts';
import type {
  Endpoint,
  GatewayHttpObservation,
  Observation,
  ProbeObservation,
  RosterRow,
  SourceReport,
  TargetId,
} from './model/observation.ts';
import { omit } from './model/omit.ts';
import {
  newRemote,
  observeHostStats,
  observeProbe,
  observeRow,
  type RemoteFacts,
  type SessionFacts,
} from './facts/roster-entry.ts';
import { judgeFault } from './rules/restored-fault.ts';
import { isNodeHost, matchRow, type RowMatch } from './roster/match.ts';
import { tickTrust, trustFrom, type SelfTrust } from './rules/self-trust.ts';
import { recordReport, unreportedSource } from './model/source-health.ts';
import { isLogCounting, noteSocketConnect } from './facts/socket-connect.ts';
import { unitOf } from './facts/supervisor.ts';
import type { GatewayHealth, SourceSnapshot, Transition } from './model/snapshot.ts';
import type { Thresholds } from './model/thresholds.ts';
import { before, elapsedMs, later, type Instant } from './model/time.ts';
import {
  countTransition,
  firstVerdict,
  nextVerdict,
  noteEnd,
  noteRestart,
  type Verdict,
} from './rules/verdict.ts';
import { SOURCE_NAMES, type SourceName } from './model/vocabulary.ts';

export interface GatewayRef {
  readonly name: string;
  readonly url: string;
  /** Set when nothing points at this gateway: in words, where the address was taken from. */
  readonly guessedFrom?: string;
}

/** What the core may be told anew while it runs. */
export interface CoreSettings {
  readonly targets: readonly Target[];
  readonly limits: Thresholds;
  readonly enabledSources: readonly SourceName[];
  readonly maxNodes: number;
  readonly forgetNodesAfterMs: number;
}

/** What the core is told at its start. */
export interface CoreOptions extends CoreSettings {
  readonly gateway: GatewayRef;
  /** Called so where nothing better is known of a local node host's name. */
  readonly defaultName: string;
  readonly startedAt: Instant;
}

/** Whether the gateway has approved a device, and when by its own clock. */
export interface Approval {
  readonly paired: boolean;
  readonly approvedAtMs: number;
}

/** A local node host with all that is believed of it. */
export interface LocalNode {
  readonly key: string;
  /** Since when we have been looking; deadlines cannot have begun before. */
  readonly watchedSince: Instant;
  readonly facts: LocalFacts;
  readonly verdict: Verdict;
  readonly match: RowMatch | undefined;
  readonly session: SessionFacts | undefined;
  /** What the gateway's row said when it parked on pairing. */
  readonly parkedWith?: Approval;
}

/** A remote node host with all that is believed of it. */
export interface RemoteNode {
  readonly key: string;
  readonly facts: RemoteFacts;
  readonly verdict: Verdict;
}

/** A change of state of one node host. */
export interface NodeTransition extends Transition {
  readonly key: string;
}

/** A removed pairing's row is gone from the roster; a gateway that only restarts brings it back well within this. */
const FORGET_UNLISTED_AFTER_MS = 600_000;
/** Without every viewpoint's first word, the first verdict waits this long. */
const WARM_UP_MS = 5_000;
/** File times and the gateway's reply are not the same clock's; a person takes longer than this to approve. */
const CLOCK_ROUNDING_MS = 1_000;

/**
 * The instance of the design's core: it gets observations and `now`, and returns verdicts. It performs no I/O and
 * knows no clock; the shell (`monitor.ts`) feeds it and acts on what it returns.
 */
export class LivenessCore {
  #options: CoreOptions;
  #gatewayRef: GatewayRef;
  #gateway: GatewayFacts;
  #gatewayHealth: GatewayHealth = 'unknown';
  #healthySince: Instant | undefined;
  readonly #locals = new Map<TargetId, LocalNode>();
  readonly #remotes = new Map<string, RemoteNode>();
  readonly #endpoints = new Map<TargetId, GatewayHttpObservation>();
  readonly #sources = new Map<SourceName, SourceSnapshot>();
  readonly #dropped = new Set<string>();
  #droppedCount = 0;
  #droppedSince: number | undefined;
  #trust: SelfTrust;

  constructor(options: CoreOptions) {
    this.#options = options;
    this.#gatewayRef = options.gateway;
    this.#gateway = this.#uncountedGateway(options.gateway);
    this.#droppedSince = options.startedAt.wallMs;
    this.#trust = trustFrom(options.startedAt);
    for (const target of options.targets) this.#locals.set(target.id, newLocal(target, options.startedAt));
    for (const name of SOURCE_NAMES) {
      this.#sources.set(name, unreportedSource(name, options.enabledSources.includes(name)));
    }
  }

  get options(): CoreOptions {
    return this.#options;
  }

  /**
   * Other settings from now on. What is known of the node hosts that stay is kept, also under another name; those that
   * are no target any more are forgotten, and may come back as remote ones of the roster.
   */
  reconfigure(settings: CoreSettings, now: Instant): void {
    const before = this.#options;
    this.#options = { ...before, ...settings };
    for (const name of SOURCE_NAMES) {
      const isEnabled = settings.enabledSources.includes(name);
      const health = this.#sources.get(name);
      // One that is never listed says itself that it is there.
      if (health === undefined || isEnabled === before.enabledSources.includes(name)) continue;
      this.#sources.set(name, { ...health, enabled: isEnabled });
    }
    const targets = new Map(settings.targets.map((target) => [target.id, target]));
    // Those that stay keep their places: where two are as sure of a row, the first one has it.
    for (const node of this.#locals.values()) {
      const target = targets.get(node.key);
      if (target === undefined) this.#locals.delete(node.key);
      else this.#locals.set(node.key, { ...node, facts: { ...node.facts, target } });
    }
    for (const target of settings.targets) {
      if (!this.#locals.has(target.id)) this.#locals.set(target.id, newLocal(target, now));
    }
    for (const target of this.#endpoints.keys()) {
      if (!this.#locals.has(target)) this.#endpoints.delete(target);
    }
    this.#dropBeyondLimit();
    if (this.#gateway.roster !== undefined) this.#readRoster(this.#gateway.roster);
  }

  /** The gateway that is watched: the `gateway` label, and its URL without credentials. */
  get gatewayRef(): GatewayRef {
    return this.#gatewayRef;
  }

  get gatewayName(): string {
    return this.#gatewayRef.name;
  }

  /** A node host turned out to dial another gateway than was thought; what was seen of the old one says nothing. */
  retargetGateway(gateway: GatewayRef): void {
    this.#gatewayRef = gateway;
    this.#gateway = this.#uncountedGateway(gateway);
    this.#gatewayHealth = 'unknown';
    this.#healthySince = undefined;
    this.#remotes.clear();
    this.#endpoints.clear();
    for (const node of this.#locals.values()) this.#locals.set(node.key, { ...node, match: undefined });
  }

  /** Something points at the gateway that was only guessed so far. */
  confirmGateway(): void {
    this.#gatewayRef = omit(this.#gatewayRef, 'guessedFrom');
    this.#gateway = omit(this.#gateway, 'guessedFrom');
  }

  /** Everything believed of the node hosts of this machine. */
  get locals(): ReadonlyMap<TargetId, LocalNode> {
    return this.#locals;
  }

  get remotes(): ReadonlyMap<string, RemoteNode> {
    return this.#remotes;
  }

  get gateway(): GatewayFacts {
    return this.#gateway;
  }

  get gatewayHealthySince(): Instant | undefined {
    return this.#healthySince;
  }

  get sources(): readonly SourceSnapshot[] {
    return [...this.#sources.values()];
  }

  get trust(): SelfTrust {
    return this.#trust;
  }

  get nodesDropped(): number {
    return this.#droppedCount;
  }

  /** Unix time in milliseconds at which `nodesDropped` was zero; `undefined` where that is not known. */
  get nodesDroppedSince(): number | undefined {
    return this.#droppedSince;
  }

  /** Puts back what an earlier run of the exporter left in the state file. */
  restoreLocal(target: TargetId, restore: (node: LocalNode) => LocalNode): void {
    const node = this.#locals.get(target);
    if (node !== undefined) this.#locals.set(target, restore(node));
  }

  restoreRemote(node: RemoteNode): void {
    this.#remotes.set(node.key, node);
  }

  restoreGateway(
    restore: (facts: GatewayFacts) => GatewayFacts,
    dropped: { readonly count: number; readonly since: number | undefined },
  ): void {
    this.#gateway = restore(this.#gateway);
    this.#droppedCount = dropped.count;
    this.#droppedSince = dropped.since;
  }

  /** Nothing was counted of it by this run, so its counters were zero when the run began. */
  #uncountedGateway({ guessedFrom }: GatewayRef): GatewayFacts {
    const { startedAt } = this.#options;
    return { ...unseenGateway(guessedFrom), counters: countingFrom(NO_GATEWAY_COUNTERS, startedAt) };
  }

  /** Which process of a target to look at, for the sources that look at processes. */
  locate(
    target: TargetId,
  ): { readonly pid: number; readonly incarnation: string; readonly endpoint: Endpoint | null } | undefined {
    const facts = this.#locals.get(target)?.facts;
    const sample = facts?.process?.sample;
    if (facts === undefined || sample === undefined || sample === null) return undefined;
    return { pid: sample.pid, incarnation: sample.incarnation, endpoint: facts.hints.endpoint ?? null };
  }

  /** Node ids that a probe can reach: what the gateway holds a session of and lets through to. */
  connectedNodeIds(): readonly string[] {
    const rows = this.#gateway.roster?.rows ?? [];
    const isApproved = ({ approvalState }: RosterRow): boolean =>
      approvalState === undefined || approvalState === 'approved';
    return rows.filter((row) => row.connected && isNodeHost(row) && isApproved(row)).map((row) => row.nodeId);
  }

  /** A source's report on itself. */
  report(report: SourceReport): void {
    const health = this.#sources.get(report.source);
    if (health === undefined) return;
    this.#sources.set(report.source, recordReport(health, report));
    // What of the roster waited for the first look at this machine need not wait for the next roster, too.
    const isFirstLook = report.source === 'process' && health.lastDurationMs === undefined;
    if (isFirstLook && this.#gateway.roster !== undefined) this.#readRoster(this.#gateway.roster);
  }

  /** One fact that one source saw. */
  observe(observation: Observation): void {
    const { limits } = this.#options;
    switch (observation.source) {
      case 'process': {
        const hintsBefore = hintsOf(this.#locals.get(observation.target));
        this.#changeLocal(observation.target, (node) => {
          const isWedged = node.verdict.state === 'wedged';
          const facts = observeProcess(node.facts, observation, { limits, isWedged });
          return { ...node, facts, verdict: noteProcess(node, facts, observation.at) };
        });
        // A name or an endpoint that was just found may single out a row that came before it.
        if (
          hintsBefore !== hintsOf(this.#locals.get(observation.target)) &&
          this.#gateway.roster !== undefined
        ) {
          this.#readRoster(this.#gateway.roster);
        }
        return;
      }
      case 'socket':
        this.#changeFacts(observation.target, (facts) => observeSocket(facts, observation, limits));
        return;
      case 'log':
        this.#changeFacts(observation.target, (facts) =>
          observation.kind === 'line'
            ? observeLogLine(facts, observation)
            : observeLogStatus(facts, observation),
        );
        return;
      case 'gateway-http':
        if (observation.path === 'gateway') this.#gateway = observeHttp(this.#gateway, observation);
        else this.#endpoints.set(observation.path, observation);
        return;
      case 'gateway-session':
        this.#gateway = observeSession(this.#gateway, observation);
        if (observation.kind === 'roster') this.#readRoster(observation);
        if (observation.kind === 'host-stats') {
          this.#changeSession(observation.nodeId, (session) => observeHostStats(session, observation.at));
        }
        return;
      case 'probe':
        this.#observeProbe(observation);
        return;
      case 'supervisor':
        this.#changeFacts(observation.target, (facts) => observeSupervisor(facts, observation));
        return;
      default:
        observation satisfies never;
    }
  }

  /** Recomputes every verdict. Returns the changes of state, in the order of the nodes. */
  tick(now: Instant): readonly NodeTransition[] {
    const { limits } = this.#options;
    this.#trust = tickTrust(this.#trust, now, limits);
    const gateway = assessGateway(this.#gateway, now, limits);
    if (gateway.health !== this.#gatewayHealth) {
      this.#gatewayHealth = gateway.health;
      this.#healthySince = gateway.health === 'healthy' ? now : undefined;
    }
    this.#forget();

    const transitions: NodeTransition[] = [];
    const roster = usableRoster(this.#gateway, now, limits);
    for (const node of this.#locals.values()) {
      const transition = this.#tickLocal(node, { now, roster, gateway });
      if (transition !== undefined) transitions.push({ ...transition, key: node.key });
    }
    for (const node of this.#remotes.values()) {
      const transition = this.#tickRemote(node, { now, roster, gateway });
      if (transition !== undefined) transitions.push({ ...transition, key: node.key });
    }
    return transitions;
  }

  /** Whether the verdicts rest on a first look of every viewpoint that is switched on. */
  isWarm(now: Instant): boolean {
    if (elapsedMs(this.#options.startedAt, now) >= WARM_UP_MS) return true;
    const { session, roster } = this.#gateway;
    const hasSessionSpoken = session.kind === 'open' ? roster !== undefined : session.kind !== 'untried';
    const hasGatewaySpoken = isHttpUp(this.#gateway, now, this.#options.limits) === false || hasSessionSpoken;
    const local = this.#options.targets.length > 0 ? (['process', 'socket', 'log'] as const) : [];
    const hasReported = (name: SourceName): boolean => {
      const health = this.#sources.get(name);
      return health?.enabled !== true || health.lastDurationMs !== undefined;
    };
    return hasGatewaySpoken && [...local, 'gateway-http' as const].every(hasReported);
  }

  /** Whether a node host that came later than we did has been looked at for as long as we waited for the first ones. */
  #hasWarmedUp(watchedSince: Instant, now: Instant): boolean {
    if (elapsedMs(this.#options.startedAt, watchedSince) <= 0) return true;
    return elapsedMs(watchedSince, now) >= WARM_UP_MS;
  }

  #tickLocal(node: LocalNode, moment: Moment): Transition | undefined {
    const { limits } = this.#options;
    const { now, roster, gateway } = moment;
    const row = viewOf(node.match, roster);
    const attachment = attachmentOf(node.facts, { gateway: this.#gateway, match: node.match, now, limits });
    const facts = noteSocketConnect(noteAttachment(node.facts, attachment.attached, now), {
      attachment,
      isToldByGateway: node.session !== undefined,
      now,
      limits,
    });
    const found = assessLocal(facts, {
      now,
      limits,
      gateway: {
        ...gateway,
        healthySince: this.#healthySince,
        answersSince: this.#gateway.httpUpSince,
        isGuess: this.#gateway.guessedFrom !== undefined,
      },
      unreachableEndpoint: this.#unreachableEndpoint(facts, now),
      attachment,
      row,
      probe: node.session?.probe,
      trustedSince: later(this.#trust.since, node.watchedSince) ?? node.watchedSince,
    });
    const { verdict, transition } = this.#decideLocal({ ...node, facts }, found, now);
    this.#locals.set(facts.target.id, {
      ...node,
      facts: { ...facts, counters: countTransition(facts.counters, transition) },
      verdict,
    });
    return transition;
  }

  /** The next verdict, in which a fault that an earlier run saw stands until it is disproved. */
  #decideLocal(
    { verdict, facts, session, watchedSince }: LocalNode,
    found: Assessment,
    now: Instant,
  ): ReturnType<typeof nextVerdict> {
    const { limits, enabledSources } = this.#options;
    const isWarm = this.isWarm(now) && this.#hasWarmedUp(watchedSince, now);
    const context = { now, limits, scope: 'local', isWarm, unit: unitOf(facts) } as const;
    const { fault } = verdict;
    if (fault === undefined) return nextVerdict(verdict, found, context);

    const outcome = judgeFault(fault, facts, {
      now,
      limits,
      found,
      sessionHeartbeats: session?.heartbeats,
      isProcessWatched: enabledSources.includes('process'),
    });
    switch (outcome) {
      case 'undecided':
        return { verdict };
      case 'standing':
        return nextVerdict(verdict, assessment(fault.state, fault.reasons, fault.why), {
          ...context,
          isWarm: true,
        });
      case 'confirmed':
        return nextVerdict(omit(verdict, 'fault'), found, { ...context, isWarm: true });
      case 'over':
        return nextVerdict(omit(verdict, 'fault'), found, context);
      default:
        return outcome satisfies never;
    }
  }

  #tickRemote(node: RemoteNode, moment: Moment): Transition | undefined {
    const { limits } = this.#options;
    const { now, roster, gateway } = moment;
    const { session } = node.facts;
    // A row that the last roster did not bring is not known any more.
    const isListed = roster !== undefined && elapsedMs(session.seenAt, roster.at) <= 0;
    const found = assessRemote({
      now,
      limits,
      gateway: { ...gateway, healthySince: this.#healthySince },
      row:
        roster !== undefined && isListed
          ? { row: session.row, gatewayTsMs: roster.gatewayTsMs, at: roster.at }
          : undefined,
      isRosterUsable: roster !== undefined,
      probe: session.probe,
      trustedSince: this.#trust.since,
    });
    const { verdict, transition } = nextVerdict(node.verdict, found, {
      now,
      limits,
      scope: 'remote',
      isWarm: this.isWarm(now),
      unit: undefined,
    });
    this.#remotes.set(node.key, {
      ...node,
      facts: { ...node.facts, counters: countTransition(node.facts.counters, transition) },
      verdict,
    });
    return transition;
  }

  /** The node host's own endpoint, where it is not the gateway's URL and nobody answers there at all. */
  #unreachableEndpoint(facts: LocalFacts, now: Instant): string | undefined {
    const look = this.#endpoints.get(facts.target.id);
    const { endpoint } = facts.hints;
    if (look === undefined || endpoint === undefined || look.result.ok || look.result.answered)
      return undefined;
    if (elapsedMs(look.at, now) > this.#options.limits.rosterValidMs) return undefined;
    return `${endpoint.host}:${endpoint.port}`;
  }

  #readRoster(roster: Roster): void {
    const claimed = new Set<string>();
    for (const node of this.#byCertainty()) {
      const rows = roster.rows.filter(
        (row) => !claimed.has(row.nodeId) && !this.#isNamedAfterAnother(row, node),
      );
      const match = this.#matchLocal(node, rows, roster);
      if (match.kind !== 'row') {
        this.#locals.set(node.facts.target.id, { ...node, match });
        continue;
      }
      claimed.add(match.row.nodeId);
      this.#locals.set(node.facts.target.id, withRow(node, match, roster));
    }
    // Before the processes of this machine were looked at, a stranger's row may still turn out to be one of theirs.
    const mayBeNew = this.#hasSeenProcesses(roster.at);
    for (const row of roster.rows) {
      if (claimed.has(row.nodeId) || !isNodeHost(row)) continue;
      if (mayBeNew || this.#remotes.has(row.nodeId)) this.#observeRemote(row, roster);
    }
    // A row that turned out to be a local node host's own is not remote as well.
    for (const nodeId of claimed) this.#remotes.delete(nodeId);
  }

  /** A row that bears the name or the id of another node host of this machine is nobody's to guess. */
  #isNamedAfterAnother(row: RosterRow, node: LocalNode): boolean {
    if (isNamedAfter(row, node)) return false;
    return [...this.#locals.values()].some((other) => other !== node && isNamedAfter(row, other));
  }

  #hasSeenProcesses(now: Instant): boolean {
    const hasLooked = this.#sources.get('process')?.lastDurationMs !== undefined;
    return this.#locals.size === 0 || hasLooked || elapsedMs(this.#options.startedAt, now) >= WARM_UP_MS;
  }

  /** A row that was taken by likeness is kept, so the first choice waits for the first look at the sockets. */
  #hasSeenSockets({ facts, watchedSince }: LocalNode, now: Instant): boolean {
    const isBlind = this.#sources.get('socket')?.enabled !== true;
    return isBlind || facts.socket !== undefined || elapsedMs(watchedSince, now) >= WARM_UP_MS;
  }

  /** Node hosts that are surest of their row choose first. */
  #byCertainty(): readonly LocalNode[] {
    const certainty = ({ facts }: LocalNode): number => {
      if (facts.target.nodeId !== undefined || facts.hints.nodeId !== undefined) return 0;
      return facts.target.name !== undefined || facts.hints.displayName !== undefined ? 1 : 2;
    };
    return [...this.#locals.values()].sort((a, b) => certainty(a) - certainty(b));
  }

  #matchLocal(node: LocalNode, rows: readonly RosterRow[], roster: Roster): RowMatch {
    const { facts } = node;
    const nodeId = facts.target.nodeId ?? facts.hints.nodeId;
    const displayName = facts.hints.displayName ?? facts.target.name;
    const open = facts.socket?.connections.filter((connection) => connection.state === 'established') ?? [];
    const [only, ...others] = open;
    const match = matchRow(rows, roster.gatewayTsMs, {
      ...(nodeId !== undefined && { nodeId }),
      ...(displayName !== undefined && { displayName }),
      ...(facts.process?.sample != null &&
        facts.startedAt !== undefined && { uptimeMs: elapsedMs(facts.startedAt, roster.at) }),
      ...(only !== undefined &&
        others.length === 0 &&
        !only.isOlder && { connectionAgeMs: elapsedMs(only.firstSeen, roster.at) }),
      isUnconnected:
        !this.#hasSeenSockets(node, roster.at) || isUnconnected(facts, roster.at, this.#options.limits),
    });
    if (match.kind !== 'absent' || node.session === undefined) return match;
    // It was this row before; a session that ended does not make the row a stranger's.
    const known = rows.find((row) => row.nodeId === node.session?.nodeId);
    return known === undefined ? match : { kind: 'row', row: known };
  }

  #observeRemote(row: RosterRow, roster: Roster): void {
    const known = this.#remotes.get(row.nodeId);
    if (known === undefined) {
      if (isForgotten(row, roster.gatewayTsMs, this.#options.forgetNodesAfterMs)) return;
      if (this.#locals.size + this.#remotes.size >= this.#options.maxNodes) {
        this.#drop(row.nodeId);
        return;
      }
    }
    const change = observeRow(known?.facts.session, row, roster);
    const facts = known?.facts ?? newRemote(change.session);
    this.#remotes.set(row.nodeId, {
      key: row.nodeId,
      verdict: known?.verdict ?? firstVerdict(roster.at),
      facts: {
        ...facts,
        session: change.session,
        counters: change.hasConnected ? countConnect(facts.counters) : facts.counters,
      },
    });
  }

  /** The limit was lowered: those that came last go first. */
  #dropBeyondLimit(): void {
    const remotes = [...this.#remotes.keys()];
    const kept = Math.max(0, this.#options.maxNodes - this.#locals.size);
    for (const nodeId of remotes.slice(kept)) {
      this.#remotes.delete(nodeId);
      this.#drop(nodeId);
    }
  }

  #drop(nodeId: string): void {
    if (this.#dropped.has(nodeId)) return;
    // Identity churn (a new node id with each connect) must not grow us without end.
    if (this.#dropped.size >= 10 * this.#options.maxNodes) this.#dropped.clear();
    this.#dropped.add(nodeId);
    this.#droppedCount += 1;
  }

  #forget(): void {
    for (const [nodeId, { facts }] of this.#remotes) {
      const { session } = facts;
      const roster = this.#gateway.roster;
      const isUnlisted =
        roster !== undefined && elapsedMs(session.seenAt, roster.at) > FORGET_UNLISTED_AFTER_MS;
      const isOld =
        roster !== undefined &&
        !session.row.connected &&
        isForgotten(session.row, roster.gatewayTsMs, this.#options.forgetNodesAfterMs);
      if (isUnlisted || isOld) this.#remotes.delete(nodeId);
    }
  }

  #observeProbe(observation: ProbeObservation): void {
    this.#changeSession(observation.nodeId, (session) => observeProbe(session, observation));
  }

  #changeSession(nodeId: string, change: (session: SessionFacts) => SessionFacts): void {
    const remote = this.#remotes.get(nodeId);
    if (remote !== undefined) {
      this.#remotes.set(nodeId, {
        ...remote,
        facts: { ...remote.facts, session: change(remote.facts.session) },
      });
      return;
    }
    for (const node of this.#locals.values()) {
      if (node.session?.nodeId !== nodeId) continue;
      this.#locals.set(node.facts.target.id, { ...node, session: change(node.session) });
    }
  }

  #changeFacts(target: TargetId, change: (facts: LocalFacts) => LocalFacts): void {
    this.#changeLocal(target, (node) => ({ ...node, facts: change(node.facts) }));
  }

  #changeLocal(target: TargetId, change: (node: LocalNode) => LocalNode): void {
    const node = this.#locals.get(target);
    if (node !== undefined) this.#locals.set(target, change(node));
  }
}

function newLocal(target: Target, at: Instant): LocalNode {
  return {
    key: target.id,
    watchedSince: at,
    facts: { ...unseenTarget(target), counters: countingFrom(NO_NODE_COUNTERS, at) },
    verdict: firstVerdict(at),
    match: undefined,
    session: undefined,
  };
}

/** Its sockets were seen, and it holds no open connection to its endpoint, or to anywhere. */
function isUnconnected(facts: LocalFacts, now: Instant, limits: Thresholds): boolean {
  const socket = freshSocket(facts, now, limits);
  if (socket === undefined) return false;
  if (!socket.anyEstablished) return true;
  return socket.endpoint !== null && socket.connections.every(({ state }) => state !== 'established');
}

interface Moment {
  readonly now: Instant;
  readonly roster: Roster | undefined;
  readonly gateway: { readonly health: GatewayHealth; readonly why: string };
}

function isNamedAfter(row: RosterRow, { facts: { target, hints } }: LocalNode): boolean {
  if (row.nodeId === target.nodeId || row.nodeId === hints.nodeId) return true;
  return row.displayName !== undefined && [target.name, hints.displayName].includes(row.displayName);
}

/** For comparing only. */
function hintsOf(node: LocalNode | undefined): string {
  return JSON.stringify(node?.facts.hints);
}

function viewOf(match: RowMatch | undefined, roster: Roster | undefined): RowView | undefined {
  if (match?.kind !== 'row' || roster === undefined) return undefined;
  return { row: match.row, gatewayTsMs: roster.gatewayTsMs, at: roster.at };
}

function noteProcess(node: LocalNode, facts: LocalFacts, at: Instant): Verdict {
  if (facts.process?.sample === null) return noteEnd(node.verdict);
  const isReplaced = node.facts.incarnation !== undefined && node.facts.incarnation !== facts.incarnation;
  return isReplaced ? noteRestart(node.verdict, at) : omit(node.verdict, 'endedIn');
}

function withRow(node: LocalNode, match: RowMatch & { readonly kind: 'row' }, roster: Roster): LocalNode {
  const previous = node.session?.nodeId === match.row.nodeId ? node.session : undefined;
  const change = observeRow(previous, match.row, roster);
  const { facts } = node;
  const isCountedHere =
    change.hasConnected && !isLogCounting(facts, facts.hints.version ?? match.row.version);
  const parking = parkingOf(node, match.row, roster);
  return {
    ...omit(node, 'parkedWith'),
    match,
    session: change.session,
    ...(parking.with !== undefined && { parkedWith: parking.with }),
    facts: {
      ...omit(facts, 'approvedSinceParked'),
      ...(parking.isApproved && { approvedSinceParked: true }),
      counters: isCountedHere ? countConnect(facts.counters) : facts.counters,
      heartbeats: Object.entries(change.session.heartbeats).reduce(
        (beats, [source, at]) => beat(beats, source as keyof typeof beats, at),
        facts.heartbeats,
      ),
      ...(change.session.lastConnect !== undefined && { lastConnect: change.session.lastConnect }),
      ...(change.session.lastDisconnect !== undefined && { lastDisconnect: change.session.lastDisconnect }),
    },
  };
}

/** Compares the row now with the row when it parked on pairing: what was approved since lifts the block. */
function parkingOf(
  node: LocalNode,
  row: RosterRow,
  roster: Roster,
): { readonly with?: Approval; readonly isApproved: boolean } {
  const { parked } = node.facts.ledger;
  if (parked?.auth !== 'pairing_required') return { isApproved: false };
  const now = approvalOf(row);
  const parkedWith = node.parkedWith ?? approvalBefore(node.match) ?? now;
  const isNew = now.paired && (!parkedWith.paired || now.approvedAtMs > parkedWith.approvedAtMs);
  const isApproved =
    node.facts.approvedSinceParked === true ||
    (isNew && !isApprovedBefore(parked.at, row, roster)) ||
    isApprovedSinceLastWord(node.facts, row, roster);
  return { with: parkedWith, isApproved: isApproved && !isStartedSinceApproval(node.facts, row, roster) };
}

/** An approval between two rosters may have come before the refusal between the same two, and did not help it. */
function isApprovedBefore(parkedAt: Instant, row: RosterRow, roster: Roster): boolean {
  const approved = approvedAt(row, roster);
  return approved !== undefined && approved.monoMs + READING_LATENCY_MS < parkedAt.monoMs;
}

/** Then it is not this process that parked before it. */
function isStartedSinceApproval({ startedAt }: LocalFacts, row: RosterRow, roster: Roster): boolean {
  const approved = approvedAt(row, roster);
  return approved !== undefined && startedAt !== undefined && startedAt.monoMs > approved.monoMs;
}

/** The gateway's clock is brought to ours by the reply's `ts`. */
function approvedAt({ approvedAtMs }: RosterRow, { at, gatewayTsMs }: Roster): Instant | undefined {
  return approvedAtMs === undefined ? undefined : before(at, gatewayTsMs - approvedAtMs);
}

function approvalOf(row: RosterRow): Approval {
  return { paired: row.paired === true, approvedAtMs: row.approvedAtMs ?? 0 };
}

/** What the roster before this one said; a device that was never approved has no row. */
function approvalBefore(match: RowMatch | undefined): Approval | undefined {
  if (match?.kind === 'row') return approvalOf(match.row);
  return match?.kind === 'absent' ? { paired: false, approvedAtMs: 0 } : undefined;
}

/**
 * A parked node host writes nothing any more, so its log's last change is when it parked. That tells also where we
 * started after the approval.
 */
function isApprovedSinceLastWord(facts: LocalFacts, row: RosterRow, roster: Roster): boolean {
  const lastWordWallMs = facts.logStatus?.lastWriteWallMs;
  const approved = approvedAt(row, roster);
  if (lastWordWallMs === undefined || row.paired !== true || approved === undefined) return false;
  return approved.wallMs > lastWordWallMs + CLOCK_ROUNDING_MS;
}

function isForgotten(row: RosterRow, gatewayTsMs: number, forgetAfterMs: number): boolean {
  if (row.connected) return false;
  const lastSeenMs = Math.max(
    row.connectedAtMs ?? 0,
    row.lastConnectedAtMs ?? 0,
    row.lastDisconnectedAtMs ?? 0,
  );
  return lastSeenMs > 0 && gatewayTsMs - lastSeenMs > forgetAfterMs;
}
