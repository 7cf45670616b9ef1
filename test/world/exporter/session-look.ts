import type {
  FailureReason,
  GatewaySessionObservation,
  Instant,
  RosterRow,
} from '../../../src/core/index.ts';
import {
  interpretConnectFailure,
  type DialFailure as SessionFailure,
} from '../../../src/sources/gateway-session/interpret-connect.ts';
import {
  FIRST_DIAL,
  planRedial,
  type DialEnding,
  type RedialState,
  type RedialWait,
} from '../../../src/sources/gateway-session/redial-policy.ts';
import type { Gateway } from '../gateway/gateway.ts';
import type { Connection } from '../network/connection.ts';
import type { Hello, Path, Refusal } from '../network/path.ts';
import type { Planned } from '../timeline.ts';
import type { Eyes } from './eyes.ts';
import { reasonOf } from './gateway-looks.ts';

const LIMITS = {
  rosterEveryMs: 5_000,
  rosterGapMs: 250,
  connectMs: 10_000,
  requestMs: 5_000,
  staleDialMs: 3_000,
  noCredentialEveryMs: 30_000,
  timeouts: 2,
};

export interface SessionLookOptions {
  readonly gateway: Gateway;
  readonly path: Path;
  /** Our credential as it is now; `undefined`: there is none. */
  readonly token: () => string | undefined;
  readonly isLoopback: boolean;
}

type Activity =
  | { readonly kind: 'idle' }
  | { readonly kind: 'dialling'; readonly since: Instant; abandon(): void }
  | { readonly kind: 'open'; readonly connection: Connection; readonly since: Instant }
  | { readonly kind: 'pausing'; readonly endsWhenGatewayAnswers: boolean; end(): void };

/** The gateway-session viewpoint on one gateway: one operator session, dialled again by the project's own policy. */
export class SessionLook {
  readonly #eyes: Eyes;
  readonly #options: SessionLookOptions;
  readonly #name: string;
  #activity: Activity = { kind: 'idle' };
  #redial: RedialState = FIRST_DIAL;
  #isPoked = false;
  #isAsking = false;
  #isInGap = false;
  #nextRoster: Planned | undefined;
  #timeouts = 0;

  constructor(eyes: Eyes, options: SessionLookOptions) {
    this.#eyes = eyes;
    this.#options = options;
    this.#name = options.gateway.name;
    eyes.process.after(eyes.random.between(1, 30), () => {
      this.#begin();
    });
  }

  get isOpen(): boolean {
    return this.#activity.kind === 'open';
  }

  /** HTTP answers again: dial now, unless the credential was refused. */
  gatewayAnswers(): void {
    const activity = this.#activity;
    if (activity.kind === 'pausing' && activity.endsWhenGatewayAnswers) activity.end();
    if (activity.kind === 'dialling' && this.#eyes.now.monoMs - activity.since.monoMs >= LIMITS.staleDialMs) {
      activity.abandon();
    }
  }

  pollNow(): void {
    if (this.#activity.kind === 'open') this.#poke(this.#activity.connection);
  }

  /** `node.invoke` through the session. */
  invoke(
    deviceId: string,
    timeoutMs: number,
    done: (outcome: 'answered' | 'timeout' | 'unavailable') => void,
  ): void {
    const activity = this.#activity;
    if (activity.kind !== 'open') {
      done('unavailable');
      return;
    }
    let isDone = false;
    const finish = (outcome: 'answered' | 'timeout' | 'unavailable'): void => {
      if (isDone) return;
      isDone = true;
      done(outcome);
    };
    // No word at all is the gateway's silence.
    this.#eyes.process.after(timeoutMs + 2_000, () => {
      finish('unavailable');
    });
    const { connection } = activity;
    connection.toServer(() => {
      this.#options.gateway.invoke(deviceId, timeoutMs, (outcome) => {
        connection.toClient(200, () => {
          finish(outcome);
        });
      });
    });
  }

  #begin(): void {
    const { token } = this.#options;
    if (token() !== undefined && !this.#eyes.blind.has('credential')) {
      this.#dial();
      return;
    }
    this.#tell({ kind: 'no-credential' });
    this.#eyes.report('gateway-session', this.#eyes.now, { kind: 'auth', message: 'no credential' });
    this.#eyes.process.after(LIMITS.noCredentialEveryMs, () => {
      this.#begin();
    });
  }

  #dial(): void {
    const eyes = this.#eyes;
    const { path, token, isLoopback } = this.#options;
    const startedAt = eyes.now;
    let isOver = false;
    let refusal: Refusal | undefined;
    const fail = (failure: SessionFailure): void => {
      if (isOver) return;
      isOver = true;
      deadline.cancel();
      connection.dropByClient();
      this.#failed(failure, startedAt);
    };
    const deadline = eyes.process.after(LIMITS.connectMs, () => {
      fail({ kind: 'failed', reason: 'timeout', message: 'no hello within 10000 ms' });
    });
    const connection: Connection = path.dial(eyes.process, {
      failed: (failure) => {
        if (failure.kind === 'http') {
          fail(
            interpretConnectFailure({ kind: 'not-upgraded', httpStatus: failure.status, message: 'HTTP' }),
          );
        } else fail({ kind: 'failed', reason: reasonOf(failure), message: failure.kind });
      },
      opened: () => undefined,
      challenged: () => {
        connection.toServer(() => {
          path.to.connect(connection, {
            token: token() ?? '',
            isLoopback,
            from: path.from.name,
            who: {
              role: 'operator',
              rosterChanged: () => {
                this.#poke(connection);
              },
              hostStats: (nodeId) => {
                this.#tell({ kind: 'host-stats', nodeId });
              },
            },
            granted: (hello) => {
              if (isOver) return;
              isOver = true;
              deadline.cancel();
              this.#opened(connection, hello, startedAt);
            },
            refused: (refused) => {
              refusal = refused;
            },
            ticked: () => undefined,
          });
        });
      },
      closed: (code, reason) => {
        if (!isOver) {
          const rejected = refusal;
          fail(
            rejected === undefined
              ? interpretConnectFailure({ kind: 'closed-early', code, reason })
              : rejectionOf(rejected),
          );
        } else if (this.#activity.kind === 'open' && this.#activity.connection === connection) {
          this.#ended(code, reason);
        }
      },
    });
    this.#activity = {
      kind: 'dialling',
      since: startedAt,
      abandon: () => {
        fail({ kind: 'failed', reason: 'timeout', message: 'given up: the gateway answers HTTP again' });
      },
    };
  }

  #opened(connection: Connection, hello: Hello, startedAt: Instant): void {
    const eyes = this.#eyes;
    this.#activity = { kind: 'open', connection, since: eyes.now };
    this.#timeouts = 0;
    this.#isAsking = false;
    this.#isInGap = false;
    this.#isPoked = false;
    this.#tell({ kind: 'opened', ...hello, connectMs: eyes.now.monoMs - startedAt.monoMs });
    eyes.report('gateway-session', startedAt);
    this.#ask(connection);
  }

  #ended(code: number, reason: string): void {
    if (this.#activity.kind !== 'open') return;
    const { connection, since } = this.#activity;
    const lastedMs = this.#eyes.now.monoMs - since.monoMs;
    this.#nextRoster?.cancel();
    this.#tell({ kind: 'closed', code, reason });
    connection.dropByClient();
    this.#again({ kind: 'session-ended', lastedMs });
  }

  #failed(failure: SessionFailure, startedAt: Instant): void {
    const wait = this.#again(failure);
    const eyes = this.#eyes;
    switch (failure.kind) {
      case 'refused':
        this.#tell({
          kind: 'refused',
          auth: failure.auth,
          detailCode: failure.detailCode,
          retryInMs: wait.ms,
        });
        eyes.report('gateway-session', startedAt, { kind: 'auth', message: failure.message });
        return;
      case 'starting':
        this.#tell({ kind: 'failed', reason: 'closed', message: failure.message });
        eyes.report('gateway-session', startedAt, { kind: 'refused', message: failure.message });
        return;
      case 'failed':
        this.#tell({ kind: 'failed', reason: failure.reason, message: failure.message });
        eyes.report('gateway-session', startedAt, { kind: 'other', message: failure.message });
        return;
      case 'unusable':
        this.#tell({ kind: 'no-credential' });
        return;
      default:
        failure satisfies never;
    }
  }

  #again(ending: DialEnding): RedialWait {
    const { state, wait } = planRedial(this.#redial, ending, this.#options.token() ?? '');
    this.#redial = state;
    let isOver = false;
    const end = (): void => {
      if (isOver) return;
      isOver = true;
      timer.cancel();
      this.#begin();
    };
    const timer = this.#eyes.process.after(wait.ms, end);
    this.#activity = { kind: 'pausing', endsWhenGatewayAnswers: wait.kind !== 'auth', end };
    return wait;
  }

  #poke(connection: Connection): void {
    if (this.#activity.kind !== 'open' || this.#activity.connection !== connection) return;
    if (this.#isAsking || this.#isInGap) this.#isPoked = true;
    else this.#ask(connection);
  }

  #ask(connection: Connection): void {
    const eyes = this.#eyes;
    this.#nextRoster?.cancel();
    this.#isAsking = true;
    this.#isPoked = false;
    const startedAt = eyes.now;
    let isOver = false;
    const over = (): boolean => {
      const wasOver = isOver;
      isOver = true;
      return wasOver || this.#activity.kind !== 'open' || this.#activity.connection !== connection;
    };
    const timeout = eyes.process.after(LIMITS.requestMs, () => {
      if (over()) return;
      this.#timeouts += 1;
      this.#rosterFailed('timeout', startedAt);
      if (this.#timeouts >= LIMITS.timeouts) this.#ended(4000, 'node.list went unanswered 2 times in a row');
      else this.#rest(connection);
    });
    connection.toServer(() => {
      const { ts, rows } = this.#options.gateway.nodeList();
      connection.toClient(2_000, () => {
        if (over()) return;
        timeout.cancel();
        this.#timeouts = 0;
        this.#gotRoster(ts, rows, startedAt);
        this.#rest(connection);
      });
    });
  }

  #gotRoster(gatewayTsMs: number, rows: readonly RosterRow[], startedAt: Instant): void {
    if (this.#eyes.blind.has('credential')) {
      this.#rosterFailed('other', startedAt);
      return;
    }
    this.#tell({ kind: 'roster', gatewayTsMs, rows, rttMs: this.#eyes.now.monoMs - startedAt.monoMs });
    this.#eyes.report('gateway-session', startedAt);
  }

  #rosterFailed(reason: FailureReason, startedAt: Instant): void {
    this.#tell({ kind: 'roster-failed', reason, message: 'node.list was not answered' });
    this.#eyes.report('gateway-session', startedAt, { kind: 'timeout', message: 'node.list' });
  }

  #rest(connection: Connection): void {
    this.#isAsking = false;
    this.#isInGap = true;
    this.#nextRoster = this.#eyes.process.after(LIMITS.rosterGapMs, () => {
      this.#isInGap = false;
      if (this.#isPoked) {
        this.#ask(connection);
        return;
      }
      this.#nextRoster = this.#eyes.process.after(LIMITS.rosterEveryMs - LIMITS.rosterGapMs, () => {
        this.#ask(connection);
      });
    });
  }

  #tell(event: Parameters<typeof eventOf>[1]): void {
    this.#eyes.observeGateway(
      this.#name,
      eventOf(this.#eyes.now, event, this.#name),
      event.kind !== 'host-stats',
    );
  }
}

type SessionEvent = GatewaySessionObservation extends infer O
  ? O extends unknown
    ? Omit<O, 'source' | 'gateway' | 'at'>
    : never
  : never;

function eventOf(at: Instant, event: SessionEvent, gateway: string): GatewaySessionObservation {
  return { source: 'gateway-session', gateway, at, ...event };
}

function rejectionOf({ message, detail, retryAfterMs }: Refusal): SessionFailure {
  return interpretConnectFailure({
    kind: 'rejected',
    error: {
      code: 'INVALID_REQUEST',
      message,
      details: detail.startsWith('startup') ? { reason: detail } : { code: detail },
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    },
  });
}
