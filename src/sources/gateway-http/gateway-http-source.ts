import {
  elapsedMs,
  type Endpoint,
  type GatewayHttpObservation,
  type Instant,
  type TargetId,
} from '../../core/index.ts';
import { present } from '../../runtime/present.ts';
import { GatewayPaths } from '../gateway-paths.ts';
import { healthUrl, healthUrlThrough } from '../gateway-urls.ts';
import type { Clock, Source, SourceSink, Ticker } from '../source.ts';
import { requestHealth } from './health-request.ts';
import { interpretHealth } from './interpret-health.ts';

export interface GatewayHttpSettings {
  /** How long one request may take. */
  readonly deadlineMs: number;
  /** Between two requests while the gateway answers. */
  readonly intervalMs: number;
  /** Between two requests while it does not. */
  readonly intervalWhileDownMs: number;
  /** Between two requests along a node host's own path. */
  readonly endpointIntervalMs: number;
}

export const GATEWAY_HTTP_DEFAULTS: GatewayHttpSettings = {
  // A healthy gateway answers in milliseconds; less than this would call a busy one deaf.
  deadlineMs: 3_000,
  intervalMs: 3_000,
  // Node hosts come back within a second of the gateway, and their deadlines count from its return.
  intervalWhileDownMs: 1_000,
  // It explains a verdict, it does not decide one.
  endpointIntervalMs: 5_000,
};

export interface GatewayHttpOptions {
  /** What the gateway is called in what we say of it. */
  readonly gateway: string;
  /** The gateway's URL as the WebSocket client gets it. */
  readonly url: string;
  readonly clock: Clock;
  readonly sink: SourceSink;
  readonly ticker: Ticker;
  readonly tlsFingerprint?: string;
  readonly settings?: Partial<GatewayHttpSettings>;
  /** Called when the gateway's own path begins or stops to answer, and with the first answer. */
  onTransition?(up: boolean): void;
}

type Seen = Pick<GatewayHttpObservation, 'at' | 'result'> & { readonly durationMs: number };

/** Asks the gateway's `/health` by HTTP. */
export class GatewayHttpSource implements Source {
  readonly name = 'gateway-http';
  readonly #options: GatewayHttpOptions;
  readonly #settings: GatewayHttpSettings;
  readonly #url: URL;
  readonly #paths: GatewayPaths;
  #lastLook: { readonly at: Instant; readonly up: boolean } | undefined;

  /** @throws RangeError when `url` is no ws, wss, http or https URL. */
  constructor(options: GatewayHttpOptions) {
    this.#options = options;
    this.#settings = { ...GATEWAY_HTTP_DEFAULTS, ...options.settings };
    this.#url = healthUrl(options.url);
    const { intervalWhileDownMs, endpointIntervalMs } = this.#settings;
    this.#paths = new GatewayPaths({
      ticker: options.ticker,
      own: { everyMs: intervalWhileDownMs, look: (signal) => this.#lookAtGateway(signal) },
      along: (target, url, isWatched) => ({
        everyMs: endpointIntervalMs,
        look: (signal) =>
          this.#look(url, signal, (seen) => {
            if (isWatched()) this.#publish({ ...seen, target });
          }),
      }),
    });
  }

  start(): void {
    this.#paths.start();
  }

  stop(): Promise<void> {
    this.#lastLook = undefined;
    return this.#paths.stop();
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
    const slack = this.#settings.intervalWhileDownMs / 2;
    if (last?.up === true && elapsedMs(last.at, now) < this.#settings.intervalMs - slack) return;
    await this.#look(this.#url, signal, (seen) => {
      this.#lastLook = { at: now, up: seen.result.ok };
      this.#publish(seen);
      if (last?.up !== seen.result.ok) this.#options.onTransition?.(seen.result.ok);
    });
  }

  async #look(url: URL, signal: AbortSignal, seen: (seen: Seen) => void): Promise<void> {
    const { clock, tlsFingerprint } = this.#options;
    const startedAt = clock.now();
    const reply = await requestHealth({
      url,
      signal,
      deadlineMs: this.#settings.deadlineMs,
      ...present({ tlsFingerprint }),
    });
    if (signal.aborted) return;
    const at = clock.now();
    const durationMs = elapsedMs(startedAt, at);
    seen({ at, durationMs, result: interpretHealth(reply, durationMs) });
  }

  #publish(seen: Seen & Pick<GatewayHttpObservation, 'target'>): void {
    const { at, target, result, durationMs } = seen;
    const { sink, gateway } = this.#options;
    sink.observe({ source: this.name, gateway, at, result, ...present({ target }) });
    // A gateway that is down was seen to be down: the look worked.
    sink.report({ source: this.name, gateway, at, durationMs });
  }
}
