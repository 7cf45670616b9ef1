import type { Connection, DialFailure } from '../network/connection.ts';
import type { Path, Refusal } from '../network/path.ts';
import type { Process } from '../process.ts';
import type { Planned } from '../timeline.ts';
import type { Habits } from '../version.ts';
import {
  awaitingApprovalLine,
  challengeTimeout,
  closedLine,
  connectedLine,
  failedLine,
  failureText,
  HANDSHAKE_TIMEOUT,
  loggedLine,
  pausedLine,
  STATS_REFUSED_LINE,
  STATS_TIMED_OUT_LINE,
} from './lines.ts';

/** Where a node host's process stands. */
export type Stage =
  | { readonly kind: 'booting' }
  | { readonly kind: 'dialling'; readonly connection: Connection }
  | { readonly kind: 'attached'; readonly connection: Connection; readonly sinceMs: number }
  /** Between two attempts. */
  | { readonly kind: 'waiting'; readonly untilMs: number }
  | { readonly kind: 'parked'; readonly detail: string; readonly sinceMs: number }
  /** It will never dial again, and does not know. */
  | { readonly kind: 'silent'; readonly sinceMs: number };

/** What a process of it is like; drawn for each start, or arranged by a trouble. */
export interface Temper {
  readonly bootMs: number;
  /** It never comes to its first dial. */
  readonly hangsAtStart: boolean;
  /** Its attempts fail for a reason of its own, such as an address that it remembers; a new process would get in. */
  readonly isFutile: boolean;
}

/** What an attempt met that any other process of it would meet as well: a refusal of its gateway, or the way there. */
export interface Block {
  readonly kind: 'refusal' | 'way';
  readonly detail: string;
  /** The credential that it was met with. */
  readonly token?: string;
}

export interface RunnerOptions {
  readonly process: Process;
  readonly habits: Habits;
  readonly path: Path;
  readonly temper: Temper;
  readonly identity: {
    readonly deviceId: string;
    readonly displayName: string;
    readonly isLoopback: boolean;
  };
  /** Its credential. */
  readonly token: string;
  readonly write: (...lines: readonly string[]) => void;
  /** The process ends itself. */
  readonly exit: (code: number) => void;
  /** Any change that may matter to the truth. */
  readonly changed: () => void;
}

const BACKOFF_MS = [1_000, 2_000, 4_000, 8_000, 16_000, 30_000];
const TICK_WATCH_MS = 30_000;
const HOST_STATS_MS = 60_000;
const REQUEST_MS = 30_000;
/** `shouldPauseGatewayReconnect`: these end the process, the others make it wait for an operator. */
const EXITING_DETAILS: ReadonlySet<string> = new Set(['AUTH_TOKEN_MISMATCH', 'AUTH_TOKEN_MISSING']);
const STARTING_DETAIL = 'startup-sidecars';
const PUBLISH_BACKOFF_MS = { first: 250, max: 5_000 };
const BOOTING = { wakeMs: 120, cpuShare: 0.6 };
const IDLE_CPU_SHARE = 0.002;

/** One run of a node host: boots, dials, and does what its version does with every close. */
export class Runner {
  readonly process: Process;
  readonly options: RunnerOptions;
  stage: Stage = { kind: 'booting' };
  lastDialMs: number | undefined;
  /** Since when its attempts have failed in a row. */
  failingSinceMs: number | undefined;
  /** What its last attempt met that a new process would meet again, while it was so. */
  lastBlock: Block | undefined;
  /** An attempt of it has come to an end, one way or the other. */
  hasTried = false;
  everAttached = false;
  isFutile: boolean;
  /** 2026.4 that neither exits nor dials again, as in openclaw#69800. */
  staysSilent = false;
  readonly #habits: Habits;
  #failures = 0;
  #lastTickWallMs = 0;
  #statsPendingUntilMs = -Infinity;
  #hasComplainedOfStats = false;
  #periodic: Planned[] = [];

  constructor(options: RunnerOptions, idleWakeMs: number) {
    this.options = options;
    this.process = options.process;
    this.#habits = options.habits;
    this.isFutile = options.temper.isFutile;
    const { process, temper } = options;
    process.onEnd(() => {
      if (this.stage.kind === 'dialling' || this.stage.kind === 'attached')
        this.stage.connection.dropByClient();
    });
    if (temper.hangsAtStart) {
      process.setPace(idleWakeMs, 0);
      return;
    }
    process.setPace(BOOTING.wakeMs, BOOTING.cpuShare);
    process.after(temper.bootMs, () => {
      process.setPace(idleWakeMs, IDLE_CPU_SHARE);
      this.#dial();
    });
  }

  /** It sits on its connection as somebody who waits for nothing else. */
  get connection(): Connection | undefined {
    return this.stage.kind === 'dialling' || this.stage.kind === 'attached'
      ? this.stage.connection
      : undefined;
  }

  /** SIGTERM: what it still writes. */
  sayGoodbye(): void {
    const { connection } = this;
    // 2026.4 lets the signal end it.
    if (this.#habits.exitsAfterClose || connection === undefined || !this.process.isResponsive) return;
    this.options.write(closedLine(connection.isOpen ? 1005 : 1006, ''));
  }

  get #nowMs(): number {
    return this.process.machine.timeline.nowMs;
  }

  #enter(stage: Stage): void {
    this.stage = stage;
    this.options.changed();
  }

  #dial(): void {
    this.lastDialMs = this.#nowMs;
    const attempt = new Attempt(this.#habits, this.options, {
      isFutile: this.isFutile,
      granted: (connection) => {
        this.#attached(connection);
      },
      ticked: () => {
        this.#lastTickWallMs = this.process.machine.wallMs;
      },
      ended: (ending) => {
        this.#ended(ending);
      },
    });
    this.#enter({ kind: 'dialling', connection: attempt.connection });
  }

  #attached(connection: Connection): void {
    const { process, options } = this;
    this.#failures = 0;
    this.failingSinceMs = undefined;
    this.lastBlock = undefined;
    this.hasTried = true;
    this.everAttached = true;
    this.#lastTickWallMs = process.machine.wallMs;
    if (this.#habits.writesConnected) options.write(connectedLine(options.path.url));
    this.#enter({ kind: 'attached', connection, sinceMs: this.#nowMs });
    this.#periodic.push(
      process.every(TICK_WATCH_MS, () => {
        this.#watchTick(connection);
      }),
    );
    if (!this.#habits.sendsHostStats) return;
    this.#hasComplainedOfStats = false;
    this.#publishStats(connection);
    this.#publishInventory(connection, PUBLISH_BACKOFF_MS.first);
    this.#periodic.push(
      process.every(HOST_STATS_MS, () => {
        this.#publishStats(connection);
      }),
    );
  }

  /** Its clock was set back: by it the last tick is yet to come, and as long as that is so none is missed. */
  get missesNoTick(): boolean {
    return this.process.machine.wallMs < this.#lastTickWallMs;
  }

  #watchTick(connection: Connection): void {
    // 2026.9 does not look while an answer is out.
    if (this.#habits.sendsHostStats && this.#nowMs < this.#statsPendingUntilMs) return;
    const gapMs = this.process.machine.wallMs - this.#lastTickWallMs;
    if (gapMs > 2 * TICK_WATCH_MS) connection.closeByClient(4000, 'tick timeout');
  }

  #publishStats(connection: Connection): void {
    const { write, identity, path } = this.options;
    const complain = (line: string): void => {
      this.#statsPendingUntilMs = -Infinity;
      if (this.#hasComplainedOfStats || this.connection !== connection) return;
      this.#hasComplainedOfStats = true;
      write(line);
    };
    this.#statsPendingUntilMs = this.#nowMs + REQUEST_MS;
    const timeout = this.process.after(REQUEST_MS, () => {
      complain(STATS_TIMED_OUT_LINE);
    });
    connection.toServer(() => {
      const outcome = path.to.receiveHostStats(identity.deviceId);
      connection.toClient(120, () => {
        timeout.cancel();
        if (outcome === 'refused') complain(STATS_REFUSED_LINE);
        else {
          this.#statsPendingUntilMs = -Infinity;
          this.#lastTickWallMs = this.process.machine.wallMs;
        }
      });
    });
  }

  /** Tried again and again while its commands wait for an operator. */
  #publishInventory(connection: Connection, nextMs: number): void {
    const { write, identity, path } = this.options;
    if (this.connection !== connection) return;
    connection.toServer(() => {
      const isApproved = path.to.isApproved(identity.deviceId);
      connection.toClient(200, () => {
        if (isApproved) return;
        write(awaitingApprovalLine(`req-${identity.deviceId.slice(0, 8)}`));
        this.process.after(nextMs, () => {
          this.#publishInventory(connection, Math.min(2 * nextMs, PUBLISH_BACKOFF_MS.max));
        });
      });
    });
  }

  #ended(ending: Ending): void {
    for (const planned of this.#periodic.splice(0)) planned.cancel();
    const { write } = this.options;
    const wasAttached = this.stage.kind === 'attached';
    this.hasTried = true;
    if (!wasAttached) this.failingSinceMs ??= this.#nowMs;
    this.lastBlock = ending.kind === 'failed' ? ending.block : undefined;

    if (ending.kind === 'refused') {
      const { refusal } = ending;
      if (refusal.detail === STARTING_DETAIL && !this.#habits.exitsAfterClose) {
        this.#wait(Math.min(2_000, Math.max(100, refusal.retryAfterMs ?? 100)));
        return;
      }
      if (refusal.detail !== STARTING_DETAIL) {
        this.lastBlock = { kind: 'refusal', detail: refusal.detail, token: this.options.token };
      }
      if (!this.#habits.exitsAfterClose) {
        this.#pause(refusal, ending);
        return;
      }
    }
    write(closedLine(ending.code, ending.reason));
    if (ending.kind === 'closed-early' && this.#habits.exitsAfterClose) {
      const words = `gateway closed (${ending.code}): ${ending.reason}`;
      write(failedLine(words), loggedLine('Error', words));
    }
    this.#afterClose();
  }

  #pause(refusal: Refusal, { code, reason }: { readonly code: number; readonly reason: string }): void {
    const isExiting = EXITING_DETAILS.has(refusal.detail);
    this.options.write(pausedLine(code, reason, refusal.detail, isExiting), closedLine(code, reason));
    if (isExiting) this.options.exit(1);
    else this.#enter({ kind: 'parked', detail: refusal.detail, sinceMs: this.#nowMs });
  }

  #afterClose(): void {
    if (this.#habits.exitsAfterClose) {
      if (this.staysSilent) this.#enter({ kind: 'silent', sinceMs: this.#nowMs });
      else this.options.exit(0);
      return;
    }
    const backoffMs = BACKOFF_MS[Math.min(this.#failures, BACKOFF_MS.length - 1)] ?? 0;
    this.#failures += 1;
    this.#wait(backoffMs);
  }

  #wait(ms: number): void {
    if (this.process.losesTimers) {
      this.#enter({ kind: 'silent', sinceMs: this.#nowMs });
      return;
    }
    this.#enter({ kind: 'waiting', untilMs: this.#nowMs + ms });
    this.process.after(ms, () => {
      this.#dial();
    });
  }
}

/** How an attempt, or the session that it became, ended. What it said of it before is written already. */
type Ending =
  | { readonly kind: 'closed' | 'closed-early'; readonly code: number; readonly reason: string }
  | { readonly kind: 'failed'; readonly code: number; readonly reason: string; readonly block?: Block }
  | { readonly kind: 'refused'; readonly refusal: Refusal; readonly code: number; readonly reason: string };

/** Of a dial that failed: what any other process would meet as well. */
function blockOf(failure: DialFailure): Block | undefined {
  switch (failure.kind) {
    case 'tls':
    case 'no-name':
      return { kind: 'way', detail: failure.kind };
    case 'http':
      return failure.status < 500 ? { kind: 'way', detail: `HTTP ${failure.status}` } : undefined;
    case 'refused':
    case 'hung-up':
    case 'no-answer':
      return undefined;
    default:
      return failure satisfies never;
  }
}

interface AttemptEvents {
  readonly isFutile: boolean;
  granted(connection: Connection): void;
  ticked(): void;
  ended(ending: Ending): void;
}

/** One dial, from the first packet to the close of whatever came of it. */
class Attempt {
  readonly connection: Connection;
  readonly #habits: Habits;
  readonly #options: RunnerOptions;
  readonly #events: AttemptEvents;
  #deadline: Planned | undefined;
  #isGranted = false;
  #hasComplained = false;
  #refusal: Refusal | undefined;

  constructor(habits: Habits, options: RunnerOptions, events: AttemptEvents) {
    this.#habits = habits;
    this.#options = options;
    this.#events = events;
    const { path, process } = options;
    const way = events.isFutile ? path.toNowhere() : path;
    this.connection = way.dial(process, {
      failed: (failure) => {
        this.#failed(failure);
      },
      opened: () => {
        this.#opened();
      },
      challenged: () => {
        this.#challenged();
      },
      closed: (code, reason) => {
        this.#closed(code, reason);
      },
    });
    this.#expect(habits.handshakeMs, () => {
      this.connection.dropByClient();
      this.#complain(HANDSHAKE_TIMEOUT);
      events.ended({ kind: 'failed', code: 1006, reason: '' });
    });
  }

  #expect(withinMs: number, orElse: () => void): void {
    this.#deadline?.cancel();
    this.#deadline = withinMs === Infinity ? undefined : this.#options.process.after(withinMs, orElse);
  }

  #complain(message: string): void {
    this.#hasComplained = true;
    this.#options.write(failedLine(message));
  }

  #failed(failure: DialFailure): void {
    this.#deadline?.cancel();
    const { path } = this.#options;
    this.#complain(failureText(failure, { version: this.#habits.version, host: path.host, port: path.port }));
    const block = blockOf(failure);
    this.#events.ended({ kind: 'failed', code: 1006, reason: '', ...(block !== undefined && { block }) });
  }

  #opened(): void {
    const { challengeMs } = this.#habits;
    this.#expect(challengeMs, () => {
      this.#complain(challengeTimeout(challengeMs, challengeMs));
      this.connection.closeByClient(1008, 'connect challenge timeout');
    });
  }

  #challenged(): void {
    const { path, process, token, identity } = this.#options;
    const { connection } = this;
    this.#expect(this.#habits.helloMs, () => {
      connection.closeByClient(4000, 'connect timeout');
    });
    connection.toServer(() => {
      path.to.connect(connection, {
        token,
        isLoopback: identity.isLoopback,
        from: process.machine.name,
        who: {
          role: 'node',
          deviceId: identity.deviceId,
          displayName: identity.displayName,
          version: this.#habits.version,
          invoked: (answer) => {
            answer();
          },
        },
        granted: () => {
          this.#deadline?.cancel();
          this.#isGranted = true;
          this.#events.granted(connection);
        },
        refused: (refusal) => {
          this.#refused(refusal);
        },
        ticked: () => {
          this.#events.ticked();
        },
      });
    });
  }

  #refused(refusal: Refusal): void {
    this.#deadline?.cancel();
    this.#refusal = refusal;
    if (refusal.detail === STARTING_DETAIL && !this.#habits.exitsAfterClose) return;
    this.#complain(refusal.message);
    const isDemoted = refusal.detail === 'AUTH_RATE_LIMITED' && this.#habits.version === '2026.9.6';
    if (!isDemoted) this.#options.write(loggedLine('GatewayClientRequestError', refusal.message));
  }

  #closed(code: number, reason: string): void {
    this.#deadline?.cancel();
    const refusal = this.#refusal;
    if (refusal !== undefined) this.#events.ended({ kind: 'refused', refusal, code, reason });
    else if (this.#isGranted) this.#events.ended({ kind: 'closed', code, reason });
    else this.#events.ended({ kind: this.#hasComplained ? 'failed' : 'closed-early', code, reason });
  }
}
