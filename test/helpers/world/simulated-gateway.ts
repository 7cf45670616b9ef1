import type { FailureReason } from '../../../src/core/model/vocabulary.ts';
import type { AuthReason } from '../../../src/core/model/vocabulary.ts';
import type { RosterRow } from '../../../src/core/model/observation.ts';

/** What our session source tells, without the parts that are the same for all. */
export type SessionEvent =
  | {
      kind: 'opened';
      serverVersion: string;
      protocol: number;
      bootId?: string;
      uptimeMs: number;
      connectMs: number;
    }
  | { kind: 'closed'; code: number; reason: string }
  | { kind: 'refused'; auth: AuthReason; detailCode: string; retryInMs: number }
  | { kind: 'failed'; reason: FailureReason; message: string }
  | { kind: 'roster'; gatewayTsMs: number; rows: readonly RosterRow[]; rttMs: number }
  | { kind: 'roster-failed'; reason: FailureReason; message: string };

/** What the gateway wants to know of a node host that holds a session. */
export interface AttachedNode {
  readonly nodeId: string;
  /** Its event loop answers pings and requests. */
  readonly isResponsive: boolean;
  row(): RosterRow;
  /** The gateway hung up. */
  dropped(code: number, reason: string): void;
  /** The gateway sent something. */
  received(): void;
}

const ROSTER_EVERY_MS = 5_000;
const ROSTER_DEADLINE_MS = 5_000;
const DIAL_DEADLINE_MS = 10_000;
const STARTING_RETRY_MS = 500;
const TICK_EVERY_MS = 30_000;
const PING_EVERY_MS = 25_000;
const PROBE_EVERY_MS = 4_000;
const PROBE_TIMEOUT_MS = 3_000;

interface Wiring {
  readonly nowMs: () => number;
  readonly wallMs: () => number;
  readonly version: '2026.9.6' | '2026.4.15';
}

/** A gateway and the exporter's session with it. */
export class SimulatedGateway {
  readonly version: '2026.9.6' | '2026.4.15';
  readonly #wiring: Wiring;
  state: 'up' | 'down' | 'frozen' = 'up';
  /** The credential of the exporter is refused for this. */
  refusesUsFor: AuthReason | undefined;
  /** The exporter may not call `node.list`. */
  forbidsRoster = false;
  /** HTTP answers, the WebSocket side does not. */
  isDeaf = false;
  readonly others: RosterRow[] = [];
  readonly #known = new Map<string, AttachedNode>();
  #attached: AttachedNode | undefined;
  #boot = 1;
  #bootedAtMs = 0;
  #session: 'none' | 'open' = 'none';
  #dialAtMs = 0;
  #dialFailures = 0;
  #rosterAtMs = 0;
  #rosterGivenUpAtMs: number | undefined;
  #rosterTimeouts = 0;
  #events: SessionEvent[] = [];
  #silentSinceMs: number | undefined;
  #sentAtMs = 0;
  #speaksEveryMs: number | undefined;
  /** Its events do not reach us: only the poll tells. */
  #isEventless = false;
  #probeAtMs = 0;
  #probeGivenUpAtMs: number | undefined;

  constructor(wiring: Wiring) {
    this.#wiring = wiring;
    this.version = wiring.version;
  }

  get #now(): number {
    return this.#wiring.nowMs();
  }

  get wallMs(): number {
    return this.#wiring.wallMs();
  }

  hasRunFor(seconds: number): void {
    this.#bootedAtMs = this.#now - seconds * 1_000;
  }

  goesDown(how: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): this {
    if (this.state === 'down') return this;
    this.state = 'down';
    const [code, reason] = how === 'SIGTERM' ? [1012, 'service restart'] : [1006, ''];
    const node = this.#attached;
    this.#attached = undefined;
    node?.dropped(code, reason);
    this.#loseOurSession(code, reason);
    return this;
  }

  /** @param startsForSeconds it answers HTTP, but tells every client for so long that it still starts */
  comesBack({ startsForSeconds = 0 } = {}): this {
    this.#startsUntilMs = this.#now + startsForSeconds * 1_000;
    if (this.state === 'down') {
      this.#boot += 1;
      this.#bootedAtMs = this.#now;
    }
    this.state = 'up';
    // What fell due while it was stopped happens at once.
    this.#sentAtMs = -Infinity;
    return this;
  }

  /** Whoever dials now gets in. */
  get letsIn(): boolean {
    return this.state === 'up' && !this.isDeaf && !this.isStarting;
  }

  get isStarting(): boolean {
    return this.state === 'up' && this.#now < this.#startsUntilMs;
  }
  #startsUntilMs = -Infinity;

  freezes(): this {
    this.state = 'frozen';
    return this;
  }

  /** It sends every node host something this often, first after `firstSeconds`. */
  speaksEvery(seconds: number, firstSeconds = seconds): this {
    this.#speaksEveryMs = seconds * 1_000;
    this.#sentAtMs = this.#now - (seconds - firstSeconds) * 1_000;
    return this;
  }

  /** Moves our next `node.list`. */
  pollsAgainIn(seconds: number): this {
    this.#rosterAtMs = this.#now + seconds * 1_000;
    this.#isEventless = true;
    return this;
  }

  /** It hangs up on a node host, or something between them does. */
  drops(node: AttachedNode): this {
    if (this.#attached !== node || this.state !== 'up') return this;
    this.#attached = undefined;
    node.dropped(1006, '');
    this.#pokeRoster();
    return this;
  }

  /** Moves our next probe. */
  probesAgainIn(seconds: number): this {
    this.#probeAtMs = this.#now + seconds * 1_000;
    return this;
  }

  /** Lets a node host in; false where it does not answer now. */
  attach(node: AttachedNode): boolean {
    if (this.state !== 'up' || this.isDeaf || this.isStarting) return false;
    this.#known.set(node.nodeId, node);
    this.#attached = node;
    this.#silentSinceMs = undefined;
    this.#pokeRoster();
    return true;
  }

  /** The node host hung up, or its process ended. */
  detach(node: AttachedNode): void {
    if (this.#attached !== node) return;
    this.#attached = undefined;
    this.#pokeRoster();
  }

  /** Knows the node host, whether or not it holds a session. */
  pairs(node: AttachedNode): void {
    this.#known.set(node.nodeId, node);
    this.#pokeRoster();
  }

  forgets(node: AttachedNode): void {
    this.#known.delete(node.nodeId);
  }

  isHolding(node: AttachedNode): boolean {
    return this.#attached === node;
  }

  /** Does what falls due. */
  passTime(): void {
    if (this.state !== 'up') return;
    const node = this.#attached;
    if (node === undefined) return;
    const everyMs = this.#speaksEveryMs ?? (this.version === '2026.9.6' ? PING_EVERY_MS : TICK_EVERY_MS);
    if (this.#now - this.#sentAtMs >= everyMs) {
      this.#sentAtMs = this.#now;
      node.received();
    }
    if (node.isResponsive) this.#silentSinceMs = undefined;
    else this.#silentSinceMs ??= this.#now;
    // 2026.4 never pings: it holds a frozen node host for ever.
    const isLost = this.#silentSinceMs !== undefined && this.#now - this.#silentSinceMs >= 2 * PING_EVERY_MS;
    if (this.version === '2026.9.6' && isLost) {
      this.#attached = undefined;
      node.dropped(1006, '');
      this.#pokeRoster();
    }
  }

  // --- the exporter's own session ---

  answersHttpAgain(): void {
    if (this.#session === 'none') this.#dialAtMs = Math.min(this.#dialAtMs, this.#now);
  }

  forgetOurSession(): void {
    this.#session = 'none';
    this.#dialAtMs = this.#now;
    this.#dialFailures = 0;
    this.#events = [];
  }

  sessionEvents(): readonly SessionEvent[] {
    if (this.#session === 'none') this.#dial();
    else this.#poll();
    const events = this.#events;
    this.#events = [];
    return events;
  }

  #dial(): void {
    if (this.#now < this.#dialAtMs) return;
    if (this.state === 'down') {
      this.#events.push({ kind: 'failed', reason: 'refused', message: 'connect ECONNREFUSED' });
      this.#backOff();
      return;
    }
    if (this.state === 'frozen' || this.isDeaf) {
      if (this.#now < this.#dialAtMs + DIAL_DEADLINE_MS) return;
      this.#events.push({ kind: 'failed', reason: 'timeout', message: 'connect timeout' });
      this.#backOff();
      return;
    }
    if (this.isStarting) {
      this.#events.push({ kind: 'failed', reason: 'closed', message: 'gateway starting; retry shortly' });
      this.#dialAtMs = this.#now + STARTING_RETRY_MS;
      return;
    }
    if (this.refusesUsFor !== undefined) {
      const auth = this.refusesUsFor;
      this.#events.push({ kind: 'refused', auth, detailCode: auth.toUpperCase(), retryInMs: 60_000 });
      this.#dialAtMs = this.#now + 60_000;
      return;
    }
    this.#session = 'open';
    this.#dialFailures = 0;
    this.#rosterTimeouts = 0;
    this.#rosterGivenUpAtMs = undefined;
    this.#rosterAtMs = this.#now;
    this.#events.push({
      kind: 'opened',
      serverVersion: this.version,
      protocol: this.version === '2026.9.6' ? 4 : 3,
      uptimeMs: this.#now - this.#bootedAtMs,
      connectMs: 12,
      ...(this.version === '2026.9.6' && { bootId: `boot-${this.#boot}` }),
    });
    this.#poll();
  }

  #backOff(): void {
    this.#dialAtMs = this.#now + Math.min(15_000, 1_000 * 2 ** this.#dialFailures);
    this.#dialFailures += 1;
  }

  #loseOurSession(code: number, reason: string): void {
    if (this.#session === 'none') return;
    this.#session = 'none';
    this.#events.push({ kind: 'closed', code, reason });
    this.#dialFailures = 0;
    this.#backOff();
  }

  #poll(): void {
    if (this.state === 'up' && !this.isDeaf) {
      this.#rosterGivenUpAtMs = undefined;
      if (this.#now < this.#rosterAtMs) return;
      this.#rosterTimeouts = 0;
      if (this.forbidsRoster) {
        this.#rosterAtMs = this.#now + 60_000;
        this.#events.push({ kind: 'roster-failed', reason: 'auth', message: 'missing scope: operator.read' });
        return;
      }
      this.#rosterAtMs = this.#now + ROSTER_EVERY_MS;
      this.#events.push({ kind: 'roster', gatewayTsMs: this.wallMs, rows: this.#rows(), rttMs: 4 });
      return;
    }
    if (this.#rosterGivenUpAtMs === undefined) {
      if (this.#now < this.#rosterAtMs) return;
      this.#rosterGivenUpAtMs = this.#now + ROSTER_DEADLINE_MS;
    }
    if (this.#now < this.#rosterGivenUpAtMs) return;
    this.#rosterGivenUpAtMs = undefined;
    this.#rosterAtMs = this.#now + ROSTER_EVERY_MS;
    this.#rosterTimeouts += 1;
    this.#events.push({ kind: 'roster-failed', reason: 'timeout', message: 'node.list was not answered' });
    if (this.#rosterTimeouts >= 2) this.#loseOurSession(4002, 'node.list went unanswered 2 times in a row');
  }

  #pokeRoster(): void {
    if (this.#isEventless) return;
    this.#rosterAtMs = Math.min(this.#rosterAtMs, this.#now);
  }

  #rows(): readonly RosterRow[] {
    const own = [...this.#known.values()].map((node) => ({
      ...node.row(),
      connected: this.#attached === node,
    }));
    return [...own, ...this.others];
  }

  // --- the probe ---

  probeOutcomes(): readonly { nodeId: string; outcome: 'answered' | 'timeout'; durationMs: number }[] {
    const node = this.#attached;
    if (this.#session !== 'open' || this.state !== 'up' || node === undefined) {
      this.#probeGivenUpAtMs = undefined;
      return [];
    }
    if (this.#probeGivenUpAtMs !== undefined) {
      if (node.isResponsive) this.#probeGivenUpAtMs = undefined;
      else if (this.#now < this.#probeGivenUpAtMs) return [];
      else {
        this.#probeGivenUpAtMs = undefined;
        return [{ nodeId: node.nodeId, outcome: 'timeout', durationMs: PROBE_TIMEOUT_MS }];
      }
    }
    if (this.#now < this.#probeAtMs) return [];
    this.#probeAtMs = this.#now + PROBE_EVERY_MS;
    if (node.isResponsive) return [{ nodeId: node.nodeId, outcome: 'answered', durationMs: 5 }];
    this.#probeGivenUpAtMs = this.#now + PROBE_TIMEOUT_MS;
    return [];
  }
}
