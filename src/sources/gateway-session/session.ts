import { randomUUID } from 'node:crypto';
import { elapsedMs, type Instant } from '../../core/index.ts';
import type { After } from '../../runtime/after.ts';
import type { KnownSecrets } from '../known-secrets.ts';
import type { Clock } from '../source.ts';
import { CoalescingPoll } from './coalescing-poll.ts';
import { interpretConnectFailure } from './interpret-connect.ts';
import { interpretHello, type Hello } from './interpret-hello.ts';
import { interpretInvoke, type InvokeOutcome } from './interpret-invoke.ts';
import { changesRoster, hostStatsNodeId } from './interpret-roster.ts';
import type { DialEnding } from './redial-policy.ts';
import type {
  GatewayError,
  GatewayEvent,
  SessionClient,
  SessionClientFactory,
  SessionClose,
  SessionRequest,
} from './session-client.ts';
import type { SessionNews } from './session-news.ts';

/** Between two `node.list` that no event asked for. Three of these are how long a row is believed. */
const ROSTER_INTERVAL_MS = 5_000;
/** Between two `node.list`, however many events ask; a gateway answers in a few milliseconds. */
const ROSTER_MIN_GAP_MS = 250;
/** Between two `node.list` while we may not ask. 2026.9 hangs up on clients that keep asking for what they may not have. */
const FORBIDDEN_ROSTER_MS = 60_000;
/** From the dial to the hello: what OpenClaw 2026.4 gives its own clients. One busy starting up was seen to take seconds. */
const CONNECT_DEADLINE_MS = 10_000;
const REQUEST_DEADLINE_MS = 5_000;
/** The gateway reports a silent node host within the deadline it was given; this is for the way back. */
const INVOKE_GRACE_MS = 2_000;
/**
 * A dial under way for longer is given up when the gateway answers HTTP again: a packet lost during the outage is sent
 * again only seconds later; a new connection is not so patient.
 */
const STALE_DIAL_MS = 3_000;
/** Two in a row: the socket is there and nobody behind it. */
const MAX_ROSTER_TIMEOUTS = 2;
/** OpenClaw's own code for "I hang up because you went silent". */
const WENT_SILENT = 4000;
const CLOSED_WITHOUT_A_WORD = 1006;

export interface SessionOptions {
  readonly request: Omit<SessionRequest, 'connectDeadlineMs' | 'onEvent' | 'onClosed'>;
  readonly createClient: SessionClientFactory;
  readonly news: SessionNews;
  readonly secrets: KnownSecrets;
  readonly clock: Clock;
  readonly after: After;
}

/** One dial and, when it opens, the session until it ends. Used once. */
export class Session {
  readonly #options: SessionOptions;
  readonly #client: SessionClient;
  readonly #startedAt: Instant;
  /** Our own orderly stop is nobody's news. */
  readonly #ended = Promise.withResolvers<SessionClose | 'stopped'>();
  readonly #poll: CoalescingPoll;
  #phase: 'dialing' | 'open' | 'ended' = 'dialing';
  #rosterTimeouts = 0;
  #forbiddenAt: Instant | undefined;

  constructor(options: SessionOptions) {
    const { request, createClient, clock, after } = options;
    this.#options = options;
    this.#startedAt = clock.now();
    this.#client = createClient({
      ...request,
      connectDeadlineMs: CONNECT_DEADLINE_MS,
      onEvent: (event) => {
        this.#hear(event);
      },
      onClosed: this.#ended.resolve,
    });
    this.#poll = new CoalescingPoll({
      after,
      intervalMs: ROSTER_INTERVAL_MS,
      minGapMs: ROSTER_MIN_GAP_MS,
      look: () => this.#askForRoster(),
    });
  }

  /** Until it has ended, and nothing is left of it. */
  async run(): Promise<DialEnding> {
    try {
      const outcome = await this.#client.connect();
      if (outcome.kind !== 'opened') return interpretConnectFailure(outcome);
      const hello = interpretHello(outcome.hello, this.#options.secrets.scrubName);
      if (hello !== null) return { kind: 'session-ended', lastedMs: await this.#hold(hello) };
      return { kind: 'failed', reason: 'protocol', message: 'the hello of the gateway was not understood' };
    } finally {
      this.#phase = 'ended';
      await this.#client.close();
    }
  }

  stop(): void {
    if (this.#phase === 'dialing') void this.#client.close();
    this.#phase = 'ended';
    this.#ended.resolve('stopped');
  }

  /** The gateway answers HTTP again. */
  gatewayAnswers(): void {
    const dialedMs = elapsedMs(this.#startedAt, this.#options.clock.now());
    if (this.#phase === 'dialing' && dialedMs >= STALE_DIAL_MS) void this.#client.close();
  }

  /** Ask for `node.list` now. */
  pollNow(): void {
    if (this.#phase === 'open') this.#poll.poke();
  }

  async invoke(nodeId: string, command: string, params: unknown, timeoutMs: number): Promise<InvokeOutcome> {
    const request = { nodeId, command, params, timeoutMs, idempotencyKey: randomUUID() };
    const outcome = await this.#client.request('node.invoke', request, timeoutMs + INVOKE_GRACE_MS);
    return interpretInvoke(outcome, this.#options.secrets.scrub);
  }

  /** @returns how long it lasted */
  async #hold(hello: Hello): Promise<number> {
    const { news, clock } = this.#options;
    if (this.#phase === 'ended') return 0;
    this.#phase = 'open';
    const openedAt = clock.now();
    news.tell({ kind: 'opened', ...hello, connectMs: elapsedMs(this.#startedAt, openedAt) });
    news.report(this.#startedAt);
    this.#poll.start();
    const end = await this.#ended.promise;
    this.#phase = 'ended';
    const lastedMs = elapsedMs(openedAt, clock.now());
    if (end !== 'stopped') news.closed(end);
    const pollStopped = this.#poll.stop();
    await this.#client.close();
    await pollStopped;
    return lastedMs;
  }

  async #askForRoster(): Promise<void> {
    const { news, clock, request } = this.#options;
    const at = clock.now();
    if (this.#forbiddenAt !== undefined && elapsedMs(this.#forbiddenAt, at) < FORBIDDEN_ROSTER_MS) return;
    const outcome = await this.#client.request('node.list', {}, REQUEST_DEADLINE_MS);
    if (this.#phase !== 'open') return;
    this.#rosterTimeouts = outcome.kind === 'timeout' ? this.#rosterTimeouts + 1 : 0;
    switch (outcome.kind) {
      case 'ok':
        this.#forbiddenAt = undefined;
        news.roster(outcome.payload, at);
        return;
      case 'timeout': {
        const message = `node.list was not answered within ${REQUEST_DEADLINE_MS} ms`;
        news.rosterFailed(at, 'timeout', { kind: 'timeout', message });
        const reason = `node.list went unanswered ${this.#rosterTimeouts} times in a row`;
        if (this.#rosterTimeouts >= MAX_ROSTER_TIMEOUTS) this.#ended.resolve({ code: WENT_SILENT, reason });
        return;
      }
      case 'rejected':
        if (!isMissingScope(outcome.error)) {
          news.rosterRejected(at, outcome.error);
          return;
        }
        this.#forbiddenAt = at;
        news.rosterForbidden(at, outcome.error, request.credential);
        return;
      case 'closed':
        // How it ended has been said by now; this is for a client that has lost its session without a word.
        this.#ended.resolve({ code: CLOSED_WITHOUT_A_WORD, reason: 'the session is gone' });
        return;
      default:
        outcome satisfies never;
    }
  }

  #hear({ name, payload }: GatewayEvent): void {
    if (this.#phase !== 'open') return;
    if (name === 'node.hostStats') {
      const nodeId = hostStatsNodeId(payload);
      if (nodeId !== null) this.#options.news.tell({ kind: 'host-stats', nodeId });
    } else if (changesRoster(name)) this.#poll.poke();
  }
}

/** 2026.9 has a code for it, 2026.4 only the words. */
function isMissingScope(error: GatewayError): boolean {
  return error.message.startsWith('missing scope') || error.code === 'FORBIDDEN';
}
