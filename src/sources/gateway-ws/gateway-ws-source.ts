import { elapsedMs, type Endpoint, type Instant, type TargetId } from '../../core/index.ts';
import { GatewayPaths, type PathLooks } from '../gateway-paths.ts';
import { healthUrl, healthUrlThrough, socketUrl } from '../gateway-urls.ts';
import type { GatewaySourceOptions, Source } from '../source.ts';
import { requestChallenge, type ChallengeReply } from './challenge-request.ts';
import { KnockSchedule, type KnockRhythm } from './knock-schedule.ts';

/** Of knocks at the gateway itself. It writes lines in its log about each: one that answers is asked no more often than needed. */
const RHYTHM: KnockRhythm = {
  intervalMs: 60_000,
  minGapMs: 5_000,
  // As long as one that starts may answer HTTP before it lets anybody in.
  confirmMs: 20_000,
};
/** Until a WebSocket has brought the gateway's challenge: what a node host of 2026.4 gives its own. */
const DEADLINE_MS = 10_000;
/** Between two along a node host's own path while they get through: only while a verdict hangs on it. */
const PATH_INTERVAL_MS = 30_000;
/** While they do not; a node host's own schedule has a cap of 30 s. */
const PATH_RETRY_MS = 5_000;
/** How often it is asked whether a knock is due. */
const BEAT_MS = 1_000;

/**
 * Does the WebSocket side answer? The gateway sends `connect.challenge` first, to anybody: one upgrade, no credential, and
 * no word of ours. At the gateway's own address while nobody has a session to tell by, and along the ways of node hosts.
 */
export class GatewayWsSource implements Source {
  readonly name = 'gateway-ws';
  readonly #options: GatewaySourceOptions;
  readonly #url: URL;
  readonly #schedule = new KnockSchedule(RHYTHM);
  readonly #paths: GatewayPaths;
  #isWanted = false;

  /** @throws RangeError when `url` is no ws, wss, http or https URL. */
  constructor(options: GatewaySourceOptions) {
    this.#options = options;
    this.#url = healthUrl(options.url);
    this.#paths = new GatewayPaths({
      ticker: options.ticker,
      own: { everyMs: BEAT_MS, look: (signal) => this.#lookAtGateway(signal) },
      along: (target, url, isWatched) => this.#looksAlong(target, url, isWatched),
    });
  }

  start(): void {
    this.#paths.start();
  }

  stop(): Promise<void> {
    return this.#paths.stop();
  }

  /** Whether there is nobody else to tell of the gateway's WebSocket side: no session of ours. */
  setWanted(isWanted: boolean): void {
    this.#isWanted = isWanted;
  }

  /** The gateway began or stopped to answer HTTP: the other side may have changed with it. */
  httpChanged(): void {
    this.#schedule.httpChanged();
  }

  /**
   * Also take the way of a node host, to see whether anybody gets in by it; `null` ends that. An address that makes no URL
   * is not tried.
   *
   * @param tls whether it dials with TLS; absent where nobody knows: then as the gateway itself is reached
   */
  setWay(target: TargetId, endpoint: Endpoint | null, tls?: boolean): void {
    const url = endpoint === null ? undefined : healthUrlThrough(this.#url, endpoint, tls);
    this.#paths.set(target, url);
  }

  #looksAlong(target: TargetId, url: URL, isWatched: () => boolean): PathLooks {
    const { clock } = this.#options;
    let gotIn: Instant | undefined;
    return {
      everyMs: PATH_RETRY_MS,
      look: async (signal) => {
        const isSpared =
          gotIn !== undefined && elapsedMs(gotIn, clock.now()) < PATH_INTERVAL_MS - PATH_RETRY_MS / 2;
        if (isSpared) return;
        await this.#knock(url, signal, (reply, at) => {
          gotIn = reply.result.ok ? at : undefined;
          return isWatched() ? target : null;
        });
      },
    };
  }

  async #lookAtGateway(signal: AbortSignal): Promise<void> {
    if (this.#isWanted && this.#schedule.isDue(this.#options.clock.now()))
      await this.#knock(this.#url, signal, () => null);
  }

  /** @param whose the node host whose way it was, if that is still wanted; at its own address it tells of the gateway as well */
  async #knock(
    url: URL,
    signal: AbortSignal,
    whose: (reply: ChallengeReply, at: Instant) => TargetId | null,
  ): Promise<void> {
    const { clock, sink, gateway, tlsFingerprint } = this.#options;
    const isOwn = url.href === this.#url.href;
    const startedAt = clock.now();
    if (isOwn) this.#schedule.begins(startedAt);
    const reply = await requestChallenge({
      url: socketUrl(url),
      deadlineMs: DEADLINE_MS,
      signal,
      trustsAnyCertificate: tlsFingerprint !== undefined,
    });
    if (signal.aborted) return;
    const at = clock.now();
    if (isOwn) this.#schedule.ended(reply.result.ok);
    const target = whose(reply, at);
    const seen = { source: this.name, gateway, at, ...reply } as const;
    if (isOwn) sink.observe(seen);
    if (target !== null) sink.observe({ ...seen, target });
    // One that meets nobody was seen to: the look worked.
    sink.report({ source: this.name, gateway, at, durationMs: elapsedMs(startedAt, at) });
  }
}
