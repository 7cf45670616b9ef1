import { LivenessCore, type CoreOptions, type NodeTransition } from '../../src/core/core.ts';
import type { NodeState } from '../../src/core/model/node-state.ts';
import type { Reason } from '../../src/core/model/reason.ts';
import type {
  Endpoint,
  LogEvent,
  Observation,
  RosterRow,
  SourceReport,
} from '../../src/core/model/observation.ts';
import type { Directive } from '../../src/core/model/directive.ts';
import type { GatewaySnapshot, NodeSnapshot, Snapshot } from '../../src/core/model/snapshot.ts';
import { DEFAULT_THRESHOLDS, type Thresholds } from '../../src/core/model/thresholds.ts';
import type { Memory } from '../../src/core/memory.ts';
import type { Instant } from '../../src/core/model/time.ts';
import type { LocalNode } from '../../src/core/roster/local-node.ts';
import type { SourceName } from '../../src/core/model/vocabulary.ts';
import { dehydrate } from '../../src/state/dehydrate.ts';
import { withoutFuture } from '../../src/state/past-times.ts';
import { rehydrate } from '../../src/state/rehydrate.ts';
import { asRead } from './as-read.ts';
import { SimulatedGateway } from './world/simulated-gateway.ts';
import { SimulatedNode, type NodeOptions } from './world/simulated-node.ts';

/** How fine the simulated time is; every real interval is a multiple of it. */
export const STEP_MS = 250;
/** Intervals of the real sources. */
const EVERY_MS = { process: 1_000, socket: 1_000, log: 500, http: 3_000, httpWhileDown: 1_000, tick: 1_000 };
/** A request of the http source is given up after this long. */
const HTTP_DEADLINE_MS = 3_000;

export interface WorldOptions {
  /** Which viewpoints the exporter has; all but the probe by default. */
  readonly credential?: boolean;
  readonly log?: boolean;
  readonly socket?: boolean;
  readonly process?: boolean;
  readonly probe?: boolean;
  readonly limits?: Partial<Thresholds>;
  readonly gatewayVersion?: '2026.9.6' | '2026.4.15';
  /** Extra delay of each look in milliseconds; drawn anew for each. */
  readonly jitterMs?: () => number;
  readonly explicitTarget?: boolean;
  readonly maxNodes?: number;
  /** Nothing points at the gateway. */
  readonly guessedGateway?: boolean;
  /** The exporter reaches the gateway there; the node host goes by a tunnel then. */
  readonly gatewayHost?: string;
  /** The gateway runs on another machine, whose clock goes before ours by so much. */
  readonly gatewayClockAheadSeconds?: number;
}

/** The only one of every world. */
export const GATEWAY = {
  name: '127.0.0.1:18789',
  url: 'ws://127.0.0.1:18789',
  address: { host: '127.0.0.1', port: 18_789 },
} as const;

/** An observation of the only gateway need not name it. */
export type OfTheOnlyGateway<T> = T extends unknown
  ? Omit<T, 'gateway' | 'validMs'> & Partial<Pick<T, Extract<keyof T, 'gateway' | 'validMs'>>>
  : never;

/** Where the clocks of every world begin: far apart, so that code which mixes them up fails. */
export const START: Instant = { monoMs: 10_000_000, wallMs: Date.parse('2026-11-22T03:00:00Z') };

/**
 * A gateway, node hosts and the exporter's core, all in simulated time. The exporter's sources look at their real
 * intervals and see what the real ones would; the node hosts follow OpenClaw's own schedules.
 */
export class World {
  readonly options: WorldOptions;
  readonly gateway: SimulatedGateway;
  readonly transitions: NodeTransition[] = [];
  readonly directives: Directive[] = [];
  core: LivenessCore;
  #nowMs = 0;
  #wallSkewMs = 0;
  #lateUntilMs = -1;
  #node: SimulatedNode | undefined;
  readonly #due = new Map<string, number>();
  #httpAnswersAtMs: number | undefined;
  #httpIsUp = false;
  #isLogReadable = true;
  readonly #watchers = new Set<() => void>();

  constructor(options: WorldOptions = {}) {
    this.options = options;
    this.gateway = new SimulatedGateway({
      nowMs: () => this.#nowMs,
      wallMs: () => this.now.wallMs + 1_000 * (options.gatewayClockAheadSeconds ?? 0),
      version: options.gatewayVersion ?? '2026.9.6',
    });
    this.core = this.#newCore();
    // A healthy gateway is no news: it was there long before.
    this.gateway.hasRunFor(3_600);
  }

  get now(): Instant {
    return {
      monoMs: START.monoMs + this.#nowMs,
      wallMs: START.wallMs + this.#nowMs + this.#wallSkewMs,
    };
  }

  get limits(): Thresholds {
    return { ...DEFAULT_THRESHOLDS, ...this.options.limits };
  }

  /** The node host of this machine. */
  nodeHost(options: NodeOptions = {}): SimulatedNode {
    this.#node = new SimulatedNode(
      this.gateway,
      { nowMs: () => this.#nowMs, wallMs: () => this.now.wallMs, view: () => this.view() },
      options,
    );
    return this.#node;
  }

  /** The node host that `nodeHost` made. */
  get node(): SimulatedNode {
    if (this.#node === undefined) throw new Error('this world has no node host');
    return this.#node;
  }

  get snapshot(): Snapshot {
    return this.core.snapshot(this.now);
  }

  /** What the exporter says of its only gateway. */
  get gatewayView(): GatewaySnapshot {
    return this.snapshot.gateways[0]!;
  }

  get local(): LocalNode {
    return this.core.beliefs.locals.get('local')!;
  }

  /** What the exporter says of the local node host. */
  view(): NodeSnapshot {
    const local = this.snapshot.nodes.find(({ scope }) => scope === 'local');
    if (local === undefined) throw new Error('this world has no local node host');
    return local;
  }

  remote(nodeId: string): NodeSnapshot {
    const remote = this.snapshot.nodes.find((node) => node.key === nodeId);
    if (remote === undefined) throw new Error(`nobody knows ${nodeId}`);
    return remote;
  }

  /** Every state the local node host was in during `run`, the one it had before included. */
  during(run: () => void): {
    readonly states: ReadonlySet<NodeState>;
    readonly reasons: ReadonlySet<Reason>;
    readonly wasAlwaysLive: boolean;
  } {
    const states = new Set<NodeState>();
    const reasons = new Set<Reason>();
    let wasAlwaysLive = true;
    const watch = (): void => {
      const { state, live, reasons: given } = this.local.verdict;
      states.add(state);
      for (const reason of given) reasons.add(reason);
      wasAlwaysLive &&= live;
    };
    watch();
    this.#watchers.add(watch);
    run();
    this.#watchers.delete(watch);
    return { states, reasons, wasAlwaysLive };
  }

  advance(seconds: number): this {
    const endMs = this.#nowMs + seconds * 1_000;
    while (this.#nowMs < endMs) this.#step();
    return this;
  }

  /** Seconds until the local node host is in `state`; fails when that takes longer than `withinSeconds`. */
  secondsUntil(state: NodeState, withinSeconds: number): number {
    const startMs = this.#nowMs;
    while (this.local.verdict.state !== state) {
      const seconds = (this.#nowMs - startMs) / 1_000;
      if (seconds >= withinSeconds) {
        const { state: is, why } = this.view();
        throw new Error(`not ${state} within ${withinSeconds} s but ${is}: ${why}`);
      }
      this.#step();
    }
    return (this.#nowMs - startMs) / 1_000;
  }

  /** The exporter does not get to run at all: nothing is looked at, nothing is decided. */
  exporterHangs(seconds: number, meanwhile?: () => void): this {
    const untilMs = this.#nowMs + seconds * 1_000;
    this.#lateUntilMs = untilMs;
    meanwhile?.();
    return this.advance(Math.max(0, untilMs - this.#nowMs) / 1_000);
  }

  /** Somebody sets the clock; after a sleep of the machine it looks the same. */
  wallClockSteps(seconds: number): this {
    this.#wallSkewMs += seconds * 1_000;
    return this;
  }

  /** The exporter ends and another one starts, with the state file of the first. */
  exporterRestarts({
    awaySeconds = 2,
    keepLogPosition = true,
    clockStepsBySeconds = 0,
    meanwhile,
  }: {
    readonly awaySeconds?: number;
    readonly keepLogPosition?: boolean;
    readonly clockStepsBySeconds?: number;
    readonly meanwhile?: () => void;
  } = {}): this {
    const saved = dehydrate(this.core.memory(), {
      now: this.now,
      logs: keepLogPosition && this.options.log !== false ? { local: {} } : {},
    });
    this.#lateUntilMs = this.#nowMs + awaySeconds * 1_000;
    meanwhile?.();
    this.advance(awaySeconds).wallClockSteps(clockStepsBySeconds);
    this.core = this.#newCore(rehydrate(withoutFuture(asRead(saved), this.now.wallMs).state, this.now));
    this.#due.clear();
    this.gateway.forgetOurSession();
    this.#httpAnswersAtMs = undefined;
    this.#httpIsUp = false;
    // What was written meanwhile counts, but is not now.
    if (this.options.log !== false) this.takesUpTheLog('catch-up');
    return this;
  }

  /** An exporter that never ran before starts to look; all that the log holds is history to it. */
  exporterStartsAfresh(): this {
    this.core = this.#newCore();
    this.#due.clear();
    this.gateway.forgetOurSession();
    this.#httpAnswersAtMs = undefined;
    this.#httpIsUp = false;
    for (const event of this.#readLines) this.observeLog(event, 'history');
    if (this.options.log !== false) this.takesUpTheLog('history');
    return this;
  }

  /** The log source reads what was written by now. */
  takesUpTheLog(recency: 'live' | 'catch-up' | 'history'): this {
    for (const event of this.#node?.takeLines() ?? []) {
      this.#readLines.push(event);
      this.observeLog(event, recency);
    }
    return this;
  }
  readonly #readLines: LogEvent[] = [];

  /** What `/health` along the node host's own path says. */
  endpointIs(state: 'unreachable'): this {
    this.observe({
      source: 'gateway-http',
      gateway: GATEWAY.name,
      target: 'local',
      at: this.now,
      result: { ok: false, reason: 'refused', message: state, answered: false },
    });
    return this;
  }

  logIsReadable(isReadable: boolean): this {
    this.#isLogReadable = isReadable;
    return this;
  }

  /** What the log source says when it reads a line. */
  observeLog(event: LogEvent, recency: 'live' | 'catch-up' | 'history' = 'live'): void {
    this.#observe({ source: 'log', kind: 'line', target: 'local', at: this.now, event, recency });
  }

  observe(observation: OfTheOnlyGateway<Observation>): void {
    this.#observe({ gateway: GATEWAY.name, validMs: 15_000, ...observation } as Observation);
  }

  report(report: SourceReport): void {
    this.core.report(report);
  }

  tick(): void {
    const { transitions, directives } = this.core.tick(this.now);
    this.transitions.push(...transitions);
    this.directives.push(...directives);
    for (const directive of directives) {
      if (directive.kind === 'try-path')
        this.#tried = directive.by === 'websocket' ? directive.endpoint : null;
    }
    for (const watch of this.#watchers) watch();
  }

  #newCore(memory?: Memory): LivenessCore {
    const { options } = this;
    const enabled: SourceName[] = ['gateway-http', 'gateway-session'];
    if (options.process !== false) enabled.push('process');
    if (options.socket !== false) enabled.push('socket');
    if (options.log !== false) enabled.push('log');
    if (options.probe === true) enabled.push('probe');
    const host = options.gatewayHost ?? GATEWAY.address.host;
    const core: CoreOptions = {
      targets: [{ id: 'local', explicit: options.explicitTarget ?? true }],
      gateways: [
        {
          ...GATEWAY,
          address: { ...GATEWAY.address, host },
          ...(options.guessedGateway === true && { guessedFrom: 'OpenClaw’s default' }),
        },
      ],
      ...(memory !== undefined && { memory }),
      limits: this.limits,
      enabledSources: enabled,
      defaultName: 'this-machine',
      maxNodes: options.maxNodes ?? 1_000,
      forgetNodesAfterMs: 30 * 86_400_000,
      startedAt: this.now,
    };
    return new LivenessCore(core);
  }

  #step(): void {
    this.#nowMs += STEP_MS;
    this.gateway.passTime();
    this.#node?.passTime();
    if (this.#nowMs <= this.#lateUntilMs) return;

    let hasSeen = false;
    const look = (name: string, everyMs: number, see: () => void): void => {
      if (this.#nowMs < (this.#due.get(name) ?? 0)) return;
      this.#due.set(name, this.#nowMs + everyMs + (this.options.jitterMs?.() ?? 0));
      see();
      hasSeen = true;
    };
    const { options } = this;
    if (options.process !== false)
      look('process', EVERY_MS.process, () => {
        this.#lookAtProcess();
      });
    if (options.socket !== false)
      look('socket', EVERY_MS.socket, () => {
        this.#lookAtSockets();
      });
    if (options.log !== false)
      look('log', EVERY_MS.log, () => {
        this.#readLog();
      });
    this.#askHealth(look);
    if (this.#tried !== null) {
      look('way', 30_000, () => {
        if (!this.#goItsWay()) this.#due.set('way', this.#nowMs + 5_000);
      });
    } else this.#due.delete('way');
    if (options.credential === false)
      look('session', 30_000, () => {
        this.observe({ source: 'gateway-session', kind: 'no-credential', at: this.now });
        this.#reported('gateway-session');
      });
    else hasSeen = this.#talkToGateway() || hasSeen;
    if (options.probe === true) hasSeen = this.#probe() || hasSeen;
    // As the monitor does: on every beat, and right after anything was seen.
    if (hasSeen || this.#nowMs % EVERY_MS.tick === 0) this.tick();
  }

  #observe(observation: Observation): void {
    this.core.observe(observation);
  }

  #reported(source: SourceName): void {
    this.core.report({ source, at: this.now, durationMs: 1 });
  }

  #lookAtProcess(): void {
    const process = this.#node?.processSample() ?? null;
    this.#observe({
      source: 'process',
      target: 'local',
      at: this.now,
      process,
      ...(process !== null && this.#node !== undefined && { hints: this.#node.hints }),
      ...(this.#node?.isStarting === true && { isStarting: true }),
    });
    this.#reported('process');
  }

  #lookAtSockets(): void {
    const node = this.#node;
    const sample = node?.processSample();
    if (node !== undefined && sample !== null && sample !== undefined) {
      const { endpoint = null } = node.hints;
      const connections = endpoint === null ? [] : node.connections();
      this.#observe({
        source: 'socket',
        target: 'local',
        at: this.now,
        incarnation: sample.incarnation,
        endpoint,
        connections,
        anyEstablished: node.connections().some(({ state }) => state === 'established'),
      });
    }
    this.#reported('socket');
  }

  #readLog(): void {
    if (this.#isLogReadable) this.takesUpTheLog('live');
    const lastWriteWallMs = this.#node?.lastWriteWallMs;
    this.#observe({
      source: 'log',
      kind: 'status',
      target: 'local',
      at: this.now,
      readable: this.#isLogReadable,
      ...(lastWriteWallMs !== undefined && { lastWriteWallMs }),
    });
    this.#reported('log');
  }

  #askHealth(look: (name: string, everyMs: number, see: () => void) => void): void {
    const answer = (isUp: boolean, reason: 'refused' | 'timeout'): void => {
      this.observe({
        source: 'gateway-http',
        at: this.now,
        result: isUp ? { ok: true, rttMs: 3 } : { ok: false, reason, message: reason, answered: false },
      });
      this.#reported('gateway-http');
      const cameBack = isUp && !this.#httpIsUp;
      this.#httpIsUp = isUp;
      if (cameBack) this.gateway.answersHttpAgain();
    };
    if (this.#httpAnswersAtMs !== undefined) {
      if (this.gateway.state === 'frozen' && this.#nowMs < this.#httpAnswersAtMs) return;
      this.#httpAnswersAtMs = undefined;
      answer(this.gateway.state === 'up', 'timeout');
      this.#due.set('http', this.#nowMs + (this.#httpIsUp ? EVERY_MS.http : EVERY_MS.httpWhileDown));
      return;
    }
    look('http', EVERY_MS.http, () => {
      if (this.gateway.state === 'frozen') {
        this.#httpAnswersAtMs = this.#nowMs + HTTP_DEADLINE_MS;
        return;
      }
      answer(this.gateway.state === 'up', 'refused');
      if (!this.#httpIsUp) this.#due.set('http', this.#nowMs + EVERY_MS.httpWhileDown);
    });
  }

  /** A WebSocket by the way that the node host takes; whoever swallows its own lets this one through. */
  #goItsWay(): boolean {
    const meets =
      this.#node?.peer === 'proxy-502-to-all' ? 'http_5xx' : this.gateway.letsIn ? undefined : 'timeout';
    this.observe({
      source: 'gateway-ws',
      target: 'local',
      at: this.now,
      result:
        meets === undefined
          ? { ok: true, rttMs: 3 }
          : { ok: false, reason: meets, message: meets, answered: meets === 'http_5xx' },
    });
    return meets === undefined;
  }
  #tried: Endpoint | null = null;

  #talkToGateway(): boolean {
    const events = this.gateway.sessionEvents();
    for (const event of events) {
      this.#observe({ source: 'gateway-session', gateway: GATEWAY.name, at: this.now, ...event });
      this.#reported('gateway-session');
    }
    return events.length > 0;
  }

  #probe(): boolean {
    const outcomes = this.gateway.probeOutcomes();
    for (const { nodeId, outcome, durationMs } of outcomes) {
      this.observe({ source: 'probe', nodeId, at: this.now, outcome, durationMs });
      this.#reported('probe');
    }
    return outcomes.length > 0;
  }
}

/** A row of `node.list` of some other node host. */
export function aRow(overrides: Partial<RosterRow> & { readonly nodeId: string }): RosterRow {
  return {
    displayName: overrides.nodeId,
    clientId: 'node-host',
    connected: true,
    paired: true,
    ...overrides,
  };
}
