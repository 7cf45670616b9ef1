import { LivenessCore, type NodeTransition } from '../../src/core/core.ts';
import type { Memory } from '../../src/core/memory.ts';
import type { Caller, GatewayRecord } from '../../src/core/model/gateway-record.ts';
import type { Observation, Recency, RosterRow } from '../../src/core/model/observation.ts';
import type { AuthReason } from '../../src/core/model/vocabulary.ts';
import type { GatewaySnapshot, NodeSnapshot, Snapshot } from '../../src/core/model/snapshot.ts';
import { DEFAULT_THRESHOLDS } from '../../src/core/model/thresholds.ts';
import { before, type Instant } from '../../src/core/model/time.ts';
import { dehydrate } from '../../src/state/dehydrate.ts';
import { rehydrate } from '../../src/state/rehydrate.ts';
import { asRead } from './as-read.ts';
import { GATEWAY, START } from './world.ts';

const EVERY_MS = { http: 3_000, roster: 5_000, tick: 1_000 } as const;

/** A gateway whose own log the exporter reads, in simulated time: what it says is told by hand. */
export class LoggedGateway {
  readonly transitions: NodeTransition[] = [];
  core: LivenessCore;
  /** What `node.list` says; `null`: the exporter has no token. */
  rows: readonly RosterRow[] | null;
  #nowMs = 0;
  #isUp = true;
  #hasSession = false;
  #bootId = 'boot-1';
  #bootedAt: Instant;

  constructor({ rows = null }: { readonly rows?: readonly RosterRow[] | null } = {}) {
    this.rows = rows;
    this.#bootedAt = before(START, 3_600_000);
    this.core = this.#newCore();
    this.advance(6);
  }

  get now(): Instant {
    return { monoMs: START.monoMs + this.#nowMs, wallMs: START.wallMs + this.#nowMs };
  }

  get snapshot(): Snapshot {
    return this.core.snapshot(this.now);
  }

  get view(): GatewaySnapshot {
    return this.snapshot.gateways[0]!;
  }

  get names(): readonly string[] {
    return this.snapshot.nodes.map(({ name }) => name);
  }

  node(name: string): NodeSnapshot {
    const found = this.snapshot.nodes.find((node) => node.name === name);
    if (found === undefined) throw new Error(`no ${name} among ${this.names.join(', ')}`);
    return found;
  }

  /** Refusals of a node that were counted, without the zeros. */
  failures(name: string): Partial<Record<AuthReason, number>> {
    return nonZero(this.node(name).counters.authFailures);
  }

  /** Refusals that nobody could be named for, by role. */
  get unnamed(): Partial<Record<string, Partial<Record<string, number>>>> {
    const { refusedConnects } = this.view.counters;
    const roles = Object.entries(refusedConnects).map(([role, counts]) => [role, nonZero(counts)] as const);
    return Object.fromEntries(roles.filter(([, counts]) => Object.keys(counts).length > 0));
  }

  says(record: GatewayRecord, told: { readonly recency?: Recency; readonly agoSeconds?: number } = {}): this {
    const { recency = 'live', agoSeconds = 0 } = told;
    const when = before(this.now, agoSeconds * 1_000);
    this.#observe({
      source: 'gateway-log',
      kind: 'record',
      gateway: GATEWAY.name,
      at: this.now,
      when,
      recency,
      record,
    });
    return this;
  }

  refuses(
    caller: Caller,
    auth: AuthReason,
    told: Parameters<LoggedGateway['says']>[1] & { times?: number } = {},
  ): this {
    return this.says({ kind: 'refused', auth, caller, times: told.times ?? 1 }, told);
  }

  goesDown(): this {
    this.#isUp = false;
    this.#loseSession();
    return this;
  }

  /** Its log tells of the start; where nobody reads it, only the session does. */
  comesBack({ logged = true } = {}): this {
    this.#isUp = true;
    this.#bootedAt = this.now;
    this.#bootId = `boot-${this.#nowMs}`;
    if (logged) this.says({ kind: 'starting' });
    return this;
  }

  advance(seconds: number): this {
    for (const end = this.#nowMs + seconds * 1_000; this.#nowMs < end;) {
      this.#nowMs += 1_000;
      this.#step();
    }
    return this;
  }

  /** The exporter ends and another one starts with what it left. */
  exporterRestarts({ awaySeconds = 2 } = {}): this {
    const saved = dehydrate(this.core.memory(), { now: this.now, logs: {} });
    this.#nowMs += awaySeconds * 1_000;
    this.core = this.#newCore(rehydrate(asRead(saved), this.now));
    this.#hasSession = false;
    return this;
  }

  #step(): void {
    const { now } = this;
    const at = now;
    const gateway = GATEWAY.name;
    if (this.#nowMs % EVERY_MS.http === 0) {
      const result = this.#isUp
        ? ({ ok: true, rttMs: 2 } as const)
        : ({ ok: false, reason: 'refused', message: 'connect ECONNREFUSED', answered: false } as const);
      this.#observe({ source: 'gateway-http', gateway, at, result });
    }
    this.#talk(at);
    if (this.#nowMs % 10_000 === 0)
      this.#observe({ source: 'gateway-log', kind: 'status', gateway, at, readable: true });
    this.transitions.push(...this.core.tick(now).transitions);
  }

  #talk(at: Instant): void {
    const gateway = GATEWAY.name;
    if (this.rows === null) {
      if (this.#nowMs === 1_000)
        this.#observe({ source: 'gateway-session', kind: 'no-credential', gateway, at });
      return;
    }
    if (!this.#isUp) return;
    if (!this.#hasSession) {
      this.#hasSession = true;
      const uptimeMs = at.monoMs - this.#bootedAt.monoMs;
      this.#observe({
        source: 'gateway-session',
        kind: 'opened',
        gateway,
        at,
        serverVersion: '2026.9.6',
        protocol: 4,
        bootId: this.#bootId,
        uptimeMs,
        connectMs: 3,
      });
    } else if (this.#nowMs % EVERY_MS.roster !== 0) return;
    this.#observe({
      source: 'gateway-session',
      kind: 'roster',
      gateway,
      at,
      gatewayTsMs: at.wallMs,
      rows: this.rows,
      rttMs: 2,
    });
  }

  #loseSession(): void {
    if (!this.#hasSession) return;
    this.#hasSession = false;
    const { now: at } = this;
    this.#observe({
      source: 'gateway-session',
      kind: 'closed',
      gateway: GATEWAY.name,
      at,
      code: 1012,
      reason: 'service restart',
    });
  }

  #observe(observation: Observation): void {
    if (this.core.observe(observation)) this.transitions.push(...this.core.tick(this.now).transitions);
  }

  #newCore(memory?: Memory): LivenessCore {
    return new LivenessCore({
      targets: [],
      gateways: [GATEWAY],
      limits: DEFAULT_THRESHOLDS,
      enabledSources: ['gateway-http', 'gateway-session', 'gateway-log'],
      defaultName: 'this-machine',
      maxNodes: 1_000,
      forgetNodesAfterMs: 30 * 86_400_000,
      startedAt: this.now,
      ...(memory !== undefined && { memory }),
    });
  }
}

function nonZero<K extends string>(counts: Readonly<Record<K, number>>): Partial<Record<K, number>> {
  return Object.fromEntries(Object.entries<number>(counts).filter(([, count]) => count > 0)) as Partial<
    Record<K, number>
  >;
}
