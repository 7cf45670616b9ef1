import {
  elapsedMs,
  type Endpoint,
  type GatewayHttpObservation,
  type Instant,
  present,
  type TargetId,
} from '../../core/index.ts';
import { GatewayPaths } from '../gateway-paths.ts';
import { healthUrl, healthUrlThrough, statusUrl } from '../gateway-urls.ts';
import type { GatewaySourceOptions, Source } from '../source.ts';
import { requestHealth } from './health-request.ts';
import { interpretHealth, type HealthReply } from './interpret-health.ts';
import { interpretStatus } from './interpret-status.ts';

/** How long one request may take: a healthy gateway answers in milliseconds; less would call a busy one deaf. */
const DEADLINE_MS = 3_000;
/** Between two requests while the gateway answers. */
const INTERVAL_MS = 3_000;
/** While it does not: node hosts come back within a second of it, and their deadlines count from its return. */
const INTERVAL_WHILE_DOWN_MS = 1_000;
/** Between two requests along a node host's own path. It explains a verdict, it does not decide one. */
const PATH_INTERVAL_MS = 5_000;
/**
 * Between two times that the gateway is asked what it says of itself. No verdict of a node host hangs on it but while the
 * gateway starts: then it is asked with every look.
 */
const STATUS_INTERVAL_MS = 15_000;
/** Ticks come a little early or late. */
const SLACK_MS = INTERVAL_WHILE_DOWN_MS / 2;

export interface GatewayHttpOptions extends GatewaySourceOptions {
  readonly deadlineMs?: number;
  /** Called when the gateway's own path begins or stops to answer, and with the first answer. */
  onTransition?(up: boolean): void;
}

type Seen = Pick<GatewayHttpObservation, 'at' | 'result' | 'certificateNotAfterMs'> & {
  readonly durationMs: number;
};

/** Asks the gateway's `/health` by HTTP. */
export class GatewayHttpSource implements Source {
  readonly name = 'gateway-http';
  readonly #options: GatewayHttpOptions;
  readonly #deadlineMs: number;
  readonly #url: URL;
  readonly #paths: GatewayPaths;
  #lastLook: { readonly at: Instant; readonly up: boolean } | undefined;
  /** When it was last asked what it says of itself; `undefined`: with the next look. */
  #askedAt: Instant | undefined;
  #asking: Promise<void> = Promise.resolve();

  /** @throws RangeError when `url` is no ws, wss, http or https URL. */
  constructor(options: GatewayHttpOptions) {
    this.#options = options;
    this.#deadlineMs = options.deadlineMs ?? DEADLINE_MS;
    this.#url = healthUrl(options.url);
    this.#paths = new GatewayPaths({
      ticker: options.ticker,
      own: { everyMs: INTERVAL_WHILE_DOWN_MS, look: (signal) => this.#lookAtGateway(signal) },
      along: (target, url, isWatched) => ({
        everyMs: PATH_INTERVAL_MS,
        look: async (signal) => {
          const seen = await this.#look(url, signal);
          if (seen !== undefined && isWatched()) this.#publish({ ...seen, target });
        },
      }),
    });
  }

  start(): void {
    this.#paths.start();
  }

  async stop(): Promise<void> {
    this.#lastLook = undefined;
    this.#askedAt = undefined;
    await this.#paths.stop();
    await this.#asking;
  }

  /**
   * Watch the path of a node host, where it is another address than ours; `null` ends that. An address that makes no URL is
   * not watched.
   *
   * @param tls whether it dials with TLS; absent where nobody knows: then as the gateway itself is reached
   */
  setEndpoint(target: TargetId, endpoint: Endpoint | null, tls?: boolean): void {
    const url = endpoint === null ? undefined : healthUrlThrough(this.#url, endpoint, tls);
    // The gateway's own address is watched already.
    this.#paths.set(target, url?.href === this.#url.href ? undefined : url);
  }

  async #lookAtGateway(signal: AbortSignal): Promise<void> {
    // The ticker beats at the faster rhythm; while the gateway answers, most beats pass.
    const last = this.#lastLook;
    const now = this.#options.clock.now();
    if (last?.up === true && elapsedMs(last.at, now) < INTERVAL_MS - SLACK_MS) return;
    const seen = await this.#look(this.#url, signal);
    if (seen === undefined) return;
    const up = seen.result.ok;
    this.#lastLook = { at: now, up };
    this.#publish(seen);
    if (last?.up !== up) {
      this.#askedAt = undefined;
      this.#options.onTransition?.(up);
    }
    const isToBeAsked =
      this.#askedAt === undefined || elapsedMs(this.#askedAt, now) >= STATUS_INTERVAL_MS - SLACK_MS;
    if (up && isToBeAsked) this.#asking = this.#askStatus(now, signal);
  }

  /** Delays no look at `/health`, and never rejects. */
  async #askStatus(now: Instant, signal: AbortSignal): Promise<void> {
    this.#askedAt = now;
    const [readyz, startupz] = await Promise.all([
      this.#ask(statusUrl(this.#url, 'readyz'), signal),
      this.#ask(statusUrl(this.#url, 'startupz'), signal),
    ]);
    if (signal.aborted) return;
    const status = interpretStatus({ readyz, startupz });
    if (status.startup !== undefined && status.startup !== 'started') this.#askedAt = undefined;
    const { sink, gateway, clock } = this.#options;
    const validMs = 3 * STATUS_INTERVAL_MS + this.#deadlineMs;
    sink.observe({ source: 'gateway-status', gateway, at: clock.now(), validMs, ...status });
  }

  /** `undefined`: nobody wants to know any more. */
  async #look(url: URL, signal: AbortSignal): Promise<Seen | undefined> {
    const { clock } = this.#options;
    const startedAt = clock.now();
    const reply = await this.#ask(url, signal);
    if (signal.aborted) return undefined;
    const at = clock.now();
    const durationMs = elapsedMs(startedAt, at);
    const { certificateNotAfterMs } = reply;
    return {
      at,
      durationMs,
      result: interpretHealth(reply, durationMs),
      ...present({ certificateNotAfterMs }),
    };
  }

  #ask(url: URL, signal: AbortSignal): Promise<HealthReply> {
    const { tlsFingerprint } = this.#options;
    return requestHealth({ url, signal, deadlineMs: this.#deadlineMs, ...present({ tlsFingerprint }) });
  }

  #publish(seen: Seen & Pick<GatewayHttpObservation, 'target'>): void {
    const { at, target, result, certificateNotAfterMs, durationMs } = seen;
    const { sink, gateway } = this.#options;
    const known = present({ target, certificateNotAfterMs });
    sink.observe({ source: this.name, gateway, at, result, ...known });
    // A gateway that is down was seen to be down: the look worked.
    sink.report({ source: this.name, gateway, at, durationMs });
  }
}
