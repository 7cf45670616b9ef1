import type {
  Connection,
  LogEvent,
  NodeHostHints,
  ProcessSample,
  RosterRow,
} from '../../../src/core/model/observation.ts';
import type { NodeSnapshot } from '../../../src/core/model/snapshot.ts';
import type { AttachedNode, SimulatedGateway } from './simulated-gateway.ts';

export interface NodeOptions {
  readonly version?: '2026.9.6' | '2026.4.15';
  readonly displayName?: string;
  /** What the exporter can find out about it without the gateway. */
  readonly hints?: Partial<NodeHostHints>;
  /** A supervisor starts it again this long after its end; nobody does where it is absent. */
  readonly keepAliveMs?: number;
  /** How long it takes from its start to its first dial; drawn anew for each start. */
  readonly bootMs?: () => number;
  /** How long a gateway takes to answer its connect. */
  readonly handshakeMs?: () => number;
}

/** How a peer treats a dial; `gateway`: as the gateway would. */
type Peer =
  | 'gateway'
  | 'mute'
  | 'refuses-token'
  | 'parks-pairing'
  | 'parks-rate-limit'
  /** It alone is refused by the proxy, or everybody is. */
  | 'proxy-502'
  | 'proxy-502-to-all'
  | 'proxy-403'
  | 'wrong-certificate'
  | 'no-such-name'
  | 'hangs-up';

type Phase =
  | { readonly kind: 'booting'; readonly untilMs: number }
  | { readonly kind: 'waiting'; readonly dialAtMs: number }
  | { readonly kind: 'dialling'; readonly sinceMs: number; readonly answerAtMs: number }
  | { readonly kind: 'attached'; readonly sinceMs: number; readonly sinceWallMs: number }
  /** Asked the gateway to close; waits for it to answer. */
  | { readonly kind: 'closing'; readonly sinceMs: number }
  | { readonly kind: 'silent' }
  | { readonly kind: 'parked' };

const BACKOFF_MAX_MS = 30_000;
const HOST_STATS_EVERY_MS = 60_000;
const TICK_WATCH_EVERY_MS = 30_000;
const CLOSE_TIMEOUT_MS = 30_000;
/** Told that the gateway still starts, it tries again after this long and writes nothing. */
const STARTING_RETRY_MS = 2_000;

/** What the world tells a node host. */
export interface NodeWiring {
  readonly nowMs: () => number;
  /** Of its own machine, which may be another than the gateway's. */
  readonly wallMs: () => number;
  readonly view: () => NodeSnapshot;
}

/** A node host that follows OpenClaw's own schedules, in either version, and the process it runs in. */
export class SimulatedNode implements AttachedNode {
  readonly nodeId = 'a1b2c3d4'.repeat(8);
  readonly options: NodeOptions;
  readonly version: '2026.9.6' | '2026.4.15';
  readonly #gateway: SimulatedGateway;
  readonly #wiring: NodeWiring;
  #pid = 4_000;
  #startedAtMs = 0;
  #isRunning = true;
  #restartAtMs: number | undefined;
  #mode: 'running' | 'stopped' | 'spinning' = 'running';
  #hasLostTimer = false;
  #peer: Peer = 'gateway';
  #phase: Phase;
  #failures = 0;
  #connectionId = 0;
  #connection: { id: string; state: Connection['state']; unreadBytes: number } | undefined;
  #lines: LogEvent[] = [];
  #switches = 100;
  #beatAtMs = 0;
  #hostStatsAtMs: number | undefined;
  #hostStatsWallMs: number | undefined;
  #lastConnectWallMs: number | undefined;
  #heardAtMs = 0;
  #watchAtMs = 0;
  /** What the gateway did while the event loop did not run. */
  #missed: { readonly code: number; readonly reason: string } | undefined;
  #hadAttached = false;
  #approval: { approved: boolean; commands: number } = { approved: true, commands: 12 };
  #paired = true;
  #approvedAtMs: number | undefined;

  constructor(gateway: SimulatedGateway, wiring: NodeWiring, options: NodeOptions) {
    this.options = options;
    this.version = options.version ?? '2026.9.6';
    this.#gateway = gateway;
    this.#wiring = wiring;
    this.#startedAtMs = this.#now;
    this.#phase = { kind: 'booting', untilMs: this.#now + this.#bootMs() };
  }

  // --- what the exporter says of it ---

  get verdict(): NodeSnapshot {
    return this.#wiring.view();
  }

  get state(): NodeSnapshot['state'] {
    return this.verdict.state;
  }

  get reasons(): NodeSnapshot['reasons'] {
    return this.verdict.reasons;
  }

  get live(): boolean {
    return this.verdict.live;
  }

  // --- verbs of the story ---

  /** It has been up and attached for an hour. */
  attached(): this {
    this.#startedAtMs = this.#now - 3_600_000;
    this.#phase = { kind: 'waiting', dialAtMs: this.#now };
    this.#dial();
    this.#becomeAttached();
    const sinceMs = this.#now - 3_590_000;
    this.#phase = { kind: 'attached', sinceMs, sinceWallMs: this.#gateway.wallMs - 3_590_000 };
    this.#hostStatsWallMs = this.version === '2026.9.6' ? this.#gateway.wallMs : undefined;
    // Written before anybody looked.
    this.#lines = [];
    return this;
  }

  stops(): this {
    this.#mode = 'stopped';
    return this;
  }

  /** A busy loop on a machine that leaves it `coreShare` of a core. */
  spins(coreShare = 0.7): this {
    this.#mode = 'spinning';
    this.#coreShare = coreShare;
    return this;
  }
  #coreShare = 0;
  #computedSeconds = 2;
  #computedUntilMs = 0;

  #mainThreadCpuSeconds(): number {
    const ms = this.#mode === 'spinning' ? this.#now - this.#computedUntilMs : 0;
    this.#computedUntilMs = this.#now;
    this.#computedSeconds += (ms / 1_000) * this.#coreShare;
    return this.#computedSeconds;
  }

  /** Its other threads compute; its event loop goes on to sleep and wake, if it did before. */
  computes(seconds: number, coreShare = 0.7): this {
    this.#computing = { sinceMs: this.#now, untilMs: this.#now + seconds * 1_000, coreShare };
    return this;
  }
  #computing = { sinceMs: 0, untilMs: 0, coreShare: 0 };

  /** It sleeps while a program that it has started works for it. */
  waitsForAProgram(seconds: number, coreShare = 0.1): this {
    this.computes(seconds, coreShare);
    this.#isProgram = true;
    return this;
  }
  #isProgram = false;

  #cpuSecondsBesideTheLoop(): number {
    const { sinceMs, untilMs, coreShare } = this.#computing;
    return ((Math.min(this.#now, untilMs) - sinceMs) / 1_000) * coreShare;
  }

  /** SIGCONT, or the end of the busy loop. */
  continues(): this {
    const wasDeaf = this.#mode !== 'running';
    this.#mode = 'running';
    if (!wasDeaf || !this.#isRunning) return this;
    if (this.#connection !== undefined) this.#connection.unreadBytes = 0;
    const missed = this.#missed;
    this.#missed = undefined;
    if (missed !== undefined) this.#lose(missed.code, missed.reason);
    return this;
  }

  /** Its next `setTimeout` never fires: the silent zombie of openclaw#69800. */
  losesItsTimer(): this {
    this.#hasLostTimer = true;
    return this;
  }

  /** Whatever swallowed its timers stopped to, and it dials. */
  findsItsTimer(): this {
    this.#hasLostTimer = false;
    this.#phase = { kind: 'waiting', dialAtMs: this.#now + 500 };
    return this;
  }

  get peer(): Peer {
    return this.#peer;
  }

  meets(peer: Peer): this {
    this.#peer = peer;
    return this;
  }

  /** Its process ends, by itself or by a signal; a supervisor may bring it back. */
  exits(): this {
    if (!this.#isRunning) return this;
    this.#isRunning = false;
    this.#connection = undefined;
    this.#gateway.detach(this);
    this.#missed = undefined;
    this.#phase = { kind: 'silent' };
    const { keepAliveMs } = this.options;
    this.#restartAtMs = keepAliveMs === undefined ? undefined : this.#now + keepAliveMs;
    return this;
  }

  /** SIGKILL, and at once another process in its place. */
  restarts(): this {
    this.exits();
    return this.startsAgain();
  }

  startsAgain(): this {
    this.#restartAtMs = undefined;
    this.#isRunning = true;
    this.#pid += 1;
    this.#startedAtMs = this.#now;
    this.#mode = 'running';
    this.#hasLostTimer = false;
    this.#failures = 0;
    this.#hadAttached = false;
    this.#switches = 10;
    this.#phase = { kind: 'booting', untilMs: this.#now + this.#bootMs() };
    return this;
  }

  /** The gateway keeps its commands back until an operator approves them. */
  awaitsApproval(): this {
    this.#approval = { approved: false, commands: 0 };
    return this;
  }

  isApproved(): this {
    this.#approval = { approved: true, commands: 12 };
    this.#approvedAtMs = this.#gateway.wallMs;
    this.#paired = true;
    this.#gateway.pairs(this);
    return this;
  }

  isUnpaired(): this {
    this.#paired = false;
    return this;
  }

  /** It stops to publish host stats, but runs on. */
  forgetsHostStats(): this {
    this.#hostStatsAtMs = Infinity;
    return this;
  }

  /** It runs, but does not read what the gateway sent. */
  leavesUnread(bytes: number): this {
    if (this.#connection !== undefined) this.#connection.unreadBytes = bytes;
    return this;
  }

  /** Its socket is gone, and neither it nor the gateway has noticed. */
  losesItsSocketUnnoticed(): this {
    this.#connection = undefined;
    return this;
  }

  /** The gateway gives it another name than the one it was started with. */
  renamedTo(displayName: string): this {
    this.#rename = displayName;
    return this;
  }
  #rename: string | undefined;

  /** Its lines go to a place that the exporter does not read. */
  writesElsewhere(): this {
    this.#isUnread = true;
    return this;
  }
  #isUnread = false;

  /** Neither its command line nor its files say where it dials. */
  hidesItsEndpoint(): this {
    this.#hidesEndpoint = true;
    return this;
  }
  #hidesEndpoint = false;

  /** Only what the gateway sends wakes its event loop. */
  beatsOnlyWhenSpokenTo(): this {
    this.#beatAtMs = Infinity;
    return this;
  }

  /** Its event loop goes to sleep for this long at a time; drawn anew for each. */
  sleepsFor(ms: () => number): this {
    this.#sleepMs = ms;
    return this;
  }
  #sleepMs: (() => number) | undefined;

  /** Writes a line. */
  logs(event: LogEvent): this {
    if (this.#isUnread) return this;
    this.#lines.push(event);
    this.#lastWriteWallMs = this.#wiring.wallMs();
    return this;
  }
  #lastWriteWallMs: number | undefined;

  /** When its log changed last, by the clock of its machine. */
  get lastWriteWallMs(): number | undefined {
    return this.#lastWriteWallMs;
  }

  // --- what the sources see ---

  get hints(): NodeHostHints {
    return {
      ...(!this.#hidesEndpoint && { endpoint: { host: '127.0.0.1', port: 18_789 } }),
      displayName: this.options.displayName ?? 'NodeA',
      version: this.version,
      ...this.options.hints,
    };
  }

  /** Its next process takes this long to be known by its title. */
  comesUntitled(seconds: number): this {
    this.#untitledMs = seconds * 1_000;
    return this;
  }
  #untitledMs = 0;

  /** It has been started, and is not to be told from its launcher yet. */
  get isStarting(): boolean {
    return this.#isRunning && this.#now - this.#startedAtMs < this.#untitledMs;
  }

  processSample(): ProcessSample | null {
    if (!this.#isRunning || this.isStarting) return null;
    const mainThreadCpuSeconds = this.#mainThreadCpuSeconds();
    return {
      pid: this.#pid,
      incarnation: `${this.#pid}:${this.#startedAtMs}`,
      kernelState: this.#mode === 'stopped' ? 'stopped' : this.#mode === 'spinning' ? 'running' : 'sleeping',
      uptimeMs: this.#now - this.#startedAtMs,
      cpuSeconds: mainThreadCpuSeconds + (this.#isProgram ? 0 : this.#cpuSecondsBesideTheLoop()),
      ...(this.#isProgram && { childrenCpuSeconds: this.#cpuSecondsBesideTheLoop() }),
      residentBytes: 120_000_000,
      voluntarySwitches: this.#switches,
      mainThreadCpuSeconds,
    };
  }

  connections(): readonly Connection[] {
    return this.#connection === undefined ? [] : [{ ...this.#connection }];
  }

  takeLines(): readonly LogEvent[] {
    const lines = this.#lines;
    this.#lines = [];
    return lines;
  }

  // --- what the gateway sees ---

  get isResponsive(): boolean {
    return this.#isRunning && this.#mode === 'running';
  }

  row(): RosterRow {
    const isNew = this.version === '2026.9.6';
    const { kind } = this.#phase;
    return {
      nodeId: this.nodeId,
      displayName: this.#rename ?? this.options.displayName ?? 'NodeA',
      clientId: 'node-host',
      version: this.version,
      connected: false,
      paired: this.#paired,
      ...(this.#approvedAtMs !== undefined && { approvedAtMs: this.#approvedAtMs }),
      ...(this.#gateway.isHolding(this) &&
        this.#lastConnectWallMs !== undefined && { connectedAtMs: this.#lastConnectWallMs }),
      ...(isNew && this.#lastConnectWallMs !== undefined && { lastConnectedAtMs: this.#lastConnectWallMs }),
      ...(isNew && {
        approvalState: this.#approval.approved ? ('approved' as const) : ('pending-approval' as const),
      }),
      commandCount: this.#approval.commands,
      ...(isNew &&
        kind !== 'booting' &&
        this.#hostStatsWallMs !== undefined && { hostStatsUpdatedAtMs: this.#hostStatsWallMs }),
    };
  }

  dropped(code: number, reason: string): void {
    if (!this.isResponsive) {
      // The kernel knows, the event loop does not.
      this.#missed = { code, reason };
      if (this.#connection !== undefined) {
        this.#connection.state = 'close-wait';
        this.#connection.unreadBytes += 4;
      }
      return;
    }
    this.#lose(code, reason);
  }

  received(): void {
    if (!this.isResponsive) {
      if (this.#connection !== undefined) this.#connection.unreadBytes += 120;
      return;
    }
    this.#heardAtMs = this.#now;
    this.#switches += 1;
  }

  /** Does what falls due. */
  passTime(): void {
    if (!this.#isRunning) {
      if (this.#restartAtMs !== undefined && this.#now >= this.#restartAtMs) this.startsAgain();
      return;
    }
    if (this.#mode !== 'running') return;
    this.#beat();
    switch (this.#phase.kind) {
      case 'booting':
        if (this.#now >= this.#phase.untilMs) this.#dial();
        return;
      case 'waiting':
        if (!this.#hasLostTimer && this.#now >= this.#phase.dialAtMs) this.#dial();
        return;
      case 'dialling':
        this.#awaitAnswer(this.#phase);
        return;
      case 'attached':
        this.#publishAndWatch();
        return;
      case 'closing':
        if (this.#gateway.state === 'up') this.#lose(4000, 'tick timeout');
        else if (this.#now - this.#phase.sinceMs >= CLOSE_TIMEOUT_MS) this.#lose(1006, '');
        return;
      case 'silent':
      case 'parked':
        return;
      default:
        this.#phase satisfies never;
    }
  }

  get #now(): number {
    return this.#wiring.nowMs();
  }

  #bootMs(): number {
    return this.options.bootMs?.() ?? 3_000;
  }

  /** Seen: at least every 4.5 s on 2026.9.6, every 23 s on 2026.4.15. */
  #beat(): void {
    if (this.#now < this.#beatAtMs) return;
    this.#switches += 1;
    this.#beatAtMs = this.#now + (this.#sleepMs?.() ?? (this.version === '2026.9.6' ? 4_500 : 23_000));
  }

  #dial(): void {
    this.#switches += 1;
    if (this.#gateway.state === 'down' && this.#peer === 'gateway') {
      this.#fail({ reason: 'refused', message: 'connect ECONNREFUSED 127.0.0.1:18789' });
      return;
    }
    this.#connectionId += 1;
    this.#connection = { id: `s${this.#connectionId}`, state: 'established', unreadBytes: 0 };
    const handshakeMs = this.options.handshakeMs?.() ?? 500;
    this.#phase = { kind: 'dialling', sinceMs: this.#now, answerAtMs: this.#now + handshakeMs };
  }

  #awaitAnswer({ sinceMs, answerAtMs }: Phase & { readonly kind: 'dialling' }): void {
    if (this.#now < answerAtMs) return;
    const deadlineMs = this.version === '2026.9.6' ? 15_000 : 10_000;
    const isTooLate = this.#now - sinceMs >= deadlineMs;
    switch (this.#peer) {
      case 'mute':
        // 2026.4 waits for ever for a peer that never answers the upgrade.
        if (isTooLate && this.version === '2026.9.6') {
          this.#fail({ reason: 'timeout', message: 'Opening handshake has timed out' });
        }
        return;
      case 'gateway':
        if (this.#gateway.state === 'down') {
          this.#fail({ reason: 'closed', message: 'socket hang up' });
        } else if (this.#gateway.isStarting) {
          this.#connection = undefined;
          this.#switches += 1;
          this.#phase = { kind: 'waiting', dialAtMs: this.#now + STARTING_RETRY_MS };
        } else if (this.#gateway.attach(this)) {
          this.#becomeAttached();
        } else if (isTooLate) {
          this.#fail({ reason: 'timeout', message: 'Opening handshake has timed out' });
        }
        return;
      case 'refuses-token':
        this.#refused('token_mismatch', 'exiting');
        return;
      case 'parks-pairing':
        this.#refused('pairing_required', 'waiting');
        return;
      case 'parks-rate-limit':
        this.#refused('rate_limited', 'waiting');
        return;
      case 'proxy-502':
      case 'proxy-502-to-all':
        this.#fail({ reason: 'http_5xx', message: 'gateway rejected websocket upgrade (HTTP 502)' });
        return;
      case 'proxy-403':
        this.#fail({ reason: 'http_4xx', message: 'gateway rejected websocket upgrade (HTTP 403)' });
        return;
      case 'wrong-certificate':
        this.#fail({ reason: 'tls', message: 'self-signed certificate' });
        return;
      case 'no-such-name':
        this.#fail({ reason: 'dns', message: 'getaddrinfo ENOTFOUND gw.lan' });
        return;
      case 'hangs-up':
        this.#hungUpOn(1013, 'try again later');
        return;
      default:
        this.#peer satisfies never;
    }
  }

  #becomeAttached(): void {
    this.#gateway.attach(this);
    this.#failures = 0;
    this.#hadAttached = true;
    this.#heardAtMs = this.#now;
    this.#watchAtMs = this.#now + TICK_WATCH_EVERY_MS;
    this.#lastConnectWallMs = this.#gateway.wallMs;
    this.#hostStatsWallMs = undefined;
    this.#hostStatsAtMs = this.#now + 1_000;
    this.#switches += 1;
    this.#phase = { kind: 'attached', sinceMs: this.#now, sinceWallMs: this.#gateway.wallMs };
    if (this.version === '2026.9.6') this.logs({ kind: 'connected', url: 'ws://127.0.0.1:18789' });
  }

  #publishAndWatch(): void {
    if (
      this.version === '2026.9.6' &&
      this.#hostStatsAtMs !== undefined &&
      this.#now >= this.#hostStatsAtMs
    ) {
      this.#hostStatsAtMs = this.#now + HOST_STATS_EVERY_MS;
      if (this.#gateway.state === 'up' && this.#approval.approved)
        this.#hostStatsWallMs = this.#gateway.wallMs;
    }
    if (this.#gateway.state === 'up') return;
    if (this.#now < this.#watchAtMs || this.#hasLostTimer) return;
    this.#watchAtMs = this.#now + TICK_WATCH_EVERY_MS;
    if (this.#now - this.#heardAtMs > 2 * TICK_WATCH_EVERY_MS) {
      this.#gateway.detach(this);
      this.#phase = { kind: 'closing', sinceMs: this.#now };
    }
  }

  /** An attached connection ended. */
  #lose(code: number, reason: string): void {
    this.#gateway.detach(this);
    this.#connection = undefined;
    this.#switches += 1;
    if (this.#phase.kind === 'dialling') {
      this.#hungUpOn(code, reason);
      return;
    }
    this.logs({ kind: 'closed', code, reason });
    this.#retryOrExit();
  }

  #fail(failure: Pick<LogEvent & { kind: 'connect-failed' }, 'reason' | 'message' | 'auth'>): void {
    this.#connection = undefined;
    this.#switches += 1;
    this.logs({ kind: 'connect-failed', echoesClose: false, ...failure });
    this.logs({ kind: 'closed', code: failure.auth === undefined ? 1006 : 1008, reason: '' });
    this.#failures += 1;
    this.#retryOrExit();
  }

  /** Closed before the handshake was through: no `connect failed` line first. */
  #hungUpOn(code: number, reason: string): void {
    this.#connection = undefined;
    this.logs({ kind: 'closed', code, reason });
    if (this.version === '2026.4.15') {
      this.logs({
        kind: 'connect-failed',
        reason: 'closed',
        echoesClose: true,
        message: `gateway closed (${code}): ${reason}`,
      });
    }
    this.#failures += 1;
    this.#retryOrExit();
  }

  #refused(
    auth: 'token_mismatch' | 'pairing_required' | 'rate_limited',
    disposition: 'waiting' | 'exiting',
  ): void {
    this.#connection = undefined;
    this.logs({
      kind: 'connect-failed',
      reason: auth === 'pairing_required' ? 'pairing' : 'auth',
      auth,
      echoesClose: false,
      message: auth,
    });
    if (this.version === '2026.9.6') this.logs({ kind: 'paused', code: 1008, auth, disposition });
    this.logs({ kind: 'closed', code: 1008, reason: auth });
    if (this.version === '2026.9.6' && disposition === 'waiting') this.#phase = { kind: 'parked' };
    else this.exits();
  }

  #retryOrExit(): void {
    // Its timer is unref'd: with nothing left to do the process ends.
    if (this.version === '2026.4.15') {
      this.exits();
      return;
    }
    const delayMs = Math.min(BACKOFF_MAX_MS, 1_000 * 2 ** this.#failures);
    this.#phase = this.#hasLostTimer
      ? { kind: 'silent' }
      : { kind: 'waiting', dialAtMs: this.#now + delayMs };
  }

  /** Whether this process was ever attached; for tests of the helper itself. */
  get hadAttached(): boolean {
    return this.#hadAttached;
  }
}
