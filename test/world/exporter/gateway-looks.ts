import type { FailureReason, Instant } from '../../../src/core/index.ts';
import type { DialFailure } from '../network/connection.ts';
import type { Path } from '../network/path.ts';
import type { Eyes } from './eyes.ts';

const HTTP = {
  deadlineMs: 3_000,
  everyMs: 3_000,
  everyWhileDownMs: 1_000,
  ownPathEveryMs: 5_000,
  challengeEveryMs: 30_000,
  challengeDeadlineMs: 10_000,
};

/** Why a request or a dial failed, as Node's errors make the sources say. */
export function reasonOf(failure: DialFailure): FailureReason {
  switch (failure.kind) {
    case 'refused':
      return 'refused';
    case 'hung-up':
      return 'closed';
    case 'no-name':
      return 'dns';
    case 'tls':
      return 'tls';
    case 'no-answer':
      return 'timeout';
    case 'http':
      return failure.status >= 500 ? 'http_5xx' : 'http_4xx';
    default:
      return failure satisfies never;
  }
}

/** The gateway-http viewpoint on one gateway. */
export function watchHttp(
  eyes: Eyes,
  {
    gateway,
    path,
    turned,
  }: {
    readonly gateway: string;
    readonly path: Path;
    /** It begins or stops to answer. */
    readonly turned: (isUp: boolean) => void;
  },
): void {
  let wasUp: boolean | undefined;
  const look = (): void => {
    if (eyes.blind.has('http')) {
      eyes.process.after(HTTP.everyMs, look);
      return;
    }
    ask(eyes, { gateway, path, of: 'gateway' }, (isUp) => {
      if (isUp !== wasUp) turned(isUp);
      wasUp = isUp;
      eyes.process.after(isUp ? HTTP.everyMs : HTTP.everyWhileDownMs, look);
    });
  };
  eyes.process.after(eyes.random.between(0, 20), look);
}

const WS = { beatMs: 1_000, everyMs: 60_000, confirmMs: 20_000 };

/**
 * The gateway-ws viewpoint on one gateway: once a minute while nobody has a session, at once when HTTP changes, and once
 * more where that failed.
 *
 * @returns to be told that HTTP changed
 */
export function watchWs(
  eyes: Eyes,
  { gateway, path }: { readonly gateway: string; readonly path: Path },
): () => void {
  let dueAt = 0;
  let isChange = false;
  const beat = (): void => {
    if (!eyes.core.triesGateway(gateway) || eyes.blind.has('http') || eyes.now.monoMs < dueAt) {
      eyes.process.after(WS.beatMs, beat);
      return;
    }
    dueAt = eyes.now.monoMs + WS.everyMs;
    const wasChange = isChange;
    isChange = false;
    knock(eyes, { gateway, path }, (gotIn) => {
      if (wasChange && !gotIn) dueAt = Math.min(dueAt, eyes.now.monoMs + WS.confirmMs);
      eyes.process.after(WS.beatMs, beat);
    });
  };
  eyes.process.after(100, beat);
  return () => {
    dueAt = 0;
    isChange = true;
  };
}

/** The way of one node host, where it is another than ours, as long as somebody wants to know of it. */
export function watchOwnPath(
  eyes: Eyes,
  {
    gateway,
    target,
    own,
    ours,
  }: {
    readonly gateway: string;
    readonly target: string;
    readonly own: Path;
    /** To the gateway's own address, whose health is asked for anyway. */
    readonly ours: Path;
  },
): void {
  const look = (): void => {
    const again = (): void => {
      eyes.process.after(HTTP.ownPathEveryMs, look);
    };
    const way = eyes.core.watchesPathOf(target);
    if (way === undefined || eyes.blind.has('http')) {
      eyes.process.after(1_000, look);
      return;
    }
    // Where nobody knows where it dials, the exporter can only go its own way.
    const isOurs = way.endpoint.host === ours.host && way.endpoint.port === ours.port;
    const path = isOurs ? ours : own;
    if (way.by === 'websocket') {
      knock(eyes, { gateway, target, path }, (gotIn) => {
        eyes.process.after(gotIn ? HTTP.challengeEveryMs : HTTP.ownPathEveryMs, look);
      });
    } else if (isOurs) again();
    else ask(eyes, { gateway, path, of: target }, again);
  };
  eyes.process.after(500, look);
}

/** A WebSocket by the same way, until the gateway's challenge comes. */
function knock(
  eyes: Eyes,
  { gateway, target, path }: { readonly gateway: string; readonly target?: string; readonly path: Path },
  done: (gotIn: boolean) => void,
): void {
  const startedAt = eyes.now;
  let isOver = false;
  const finish = (reply: DialFailure | 'challenge' | 'deadline'): void => {
    if (isOver) return;
    isOver = true;
    deadline.cancel();
    connection.closeByClient(1000, '');
    const at = eyes.now;
    const result =
      reply === 'challenge'
        ? ({ ok: true, rttMs: at.monoMs - startedAt.monoMs } as const)
        : resultOf(reply, startedAt, at);
    eyes.observeGateway(
      gateway,
      { source: 'gateway-ws', gateway, at, result, ...(target !== undefined && { target }) },
      true,
    );
    done(result.ok);
  };
  const deadline = eyes.process.after(HTTP.challengeDeadlineMs, () => {
    finish('deadline');
  });
  const connection = path.dial(eyes.process, {
    failed: finish,
    opened: () => undefined,
    challenged: () => {
      finish('challenge');
    },
    closed: () => {
      finish({ kind: 'hung-up' });
    },
  });
}

function ask(
  eyes: Eyes,
  { gateway, path, of }: { readonly gateway: string; readonly path: Path; readonly of: string },
  done: (isUp: boolean) => void,
): void {
  const startedAt = eyes.now;
  let isOver = false;
  const finish = (reply: DialFailure | { readonly status: number } | 'deadline'): void => {
    if (isOver) return;
    isOver = true;
    deadline.cancel();
    const at = eyes.now;
    const result = resultOf(reply, startedAt, at);
    eyes.observeGateway(
      gateway,
      { source: 'gateway-http', gateway, at, result, ...(of !== 'gateway' && { target: of }) },
      true,
    );
    eyes.report('gateway-http', startedAt);
    done(result.ok);
  };
  const deadline = eyes.process.after(HTTP.deadlineMs, () => {
    finish('deadline');
  });
  path.askHealth(eyes.process, finish);
}

function resultOf(
  reply: DialFailure | { readonly status: number } | 'deadline',
  startedAt: Instant,
  at: Instant,
):
  | { readonly ok: true; readonly rttMs: number }
  | {
      readonly ok: false;
      readonly reason: FailureReason;
      readonly message: string;
      readonly answered: boolean;
    } {
  if (reply === 'deadline') {
    return {
      ok: false,
      reason: 'timeout',
      message: '/health did not answer within 3000 ms',
      answered: false,
    };
  }
  if ('kind' in reply && reply.kind !== 'http') {
    return { ok: false, reason: reasonOf(reply), message: reply.kind, answered: false };
  }
  const { status } = reply;
  if (status >= 200 && status < 300) return { ok: true, rttMs: at.monoMs - startedAt.monoMs };
  const reason = status >= 500 ? 'http_5xx' : 'http_4xx';
  return { ok: false, reason, message: `/health answered HTTP ${status}`, answered: true };
}
