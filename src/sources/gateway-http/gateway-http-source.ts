import {
  elapsedMs,
  type Endpoint,
  type GatewayHttpObservation,
  type Instant,
  type TargetId,
} from '../../core/index.ts';
import type { Clock, Source, SourceSink, Ticker } from '../source.ts';
import { requestChallenge } from './challenge-request.ts';
import { requestHealth } from './health-request.ts';
import { healthUrl, healthUrlThrough, socketUrl } from './health-url.ts';
import { interpretHealth } from './interpret-health.ts';

export interface GatewayHttpSettings {
  /** How long one request may take. */
  readonly deadlineMs: number;
  /** Between two requests while the gateway answers. */
  readonly intervalMs: number;
  /** Between two requests while it does not. */
  readonly intervalWhileDownMs: number;
  /** Between two requests along a node host's own path, and between two WebSockets while they do not get through. */
  readonly endpointIntervalMs: number;
  /** Between two WebSockets along a node host's own path while they get through. */
  readonly challengeIntervalMs: number;
  /** Until a WebSocket has brought the gateway's challenge. */
  readonly challengeDeadlineMs: number;
}

export const GATEWAY_HTTP_DEFAULTS: GatewayHttpSettings = {
  // A healthy gateway answers in milliseconds; less than this would call a busy one deaf.
  deadlineMs: 3_000,
  intervalMs: 3_000,
  // Node hosts come back within a second of the gateway, and their deadlines count from its return.
  intervalWhileDownMs: 1_000,
  // It explains a verdict, it does not decide one.
  endpointIntervalMs: 5_000,
  // The gateway writes a line in its log about each, and a node host's own schedule has a cap of 30 s.
  challengeIntervalMs: 30_000,
  // What a node host of 2026.4 gives its own.
  challengeDeadlineMs: 10_000,
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

export type GatewayHttpSource = Source & {
  /**
   * Watch the path of a node host; `null` ends that. By `health` only where it is another address than ours; by
   * `websocket` also there, to see whether anybody gets in. An address that makes no URL is not watched.
   */
  setEndpoint(target: TargetId, endpoint: Endpoint | null, look?: PathLook): void;
};

/** Asks the gateway's `/health` by HTTP. @throws RangeError when `url` is no ws, wss, http or https URL. */
export function createGatewayHttpSource(options: GatewayHttpOptions): GatewayHttpSource {
  return new GatewayHttp(options);
}

interface Loop {
  stop(): void;
}

/** How a path is looked along. */
export interface PathLook {
  readonly by: 'health' | 'websocket';
  /** Whether its node host dials with TLS; absent where nobody knows: then as the gateway itself is reached. */
  readonly tls?: boolean;
}

interface EndpointWatch {
  readonly endpoint: Endpoint;
  readonly url: URL;
  readonly by: PathLook['by'];
  readonly loop: Loop | null;
}

type Seen = Pick<GatewayHttpObservation, 'at' | 'result'> & { readonly durationMs: number };

class GatewayHttp implements GatewayHttpSource {
  readonly name = 'gateway-http';
  readonly #options: GatewayHttpOptions;
  readonly #settings: GatewayHttpSettings;
  readonly #url: URL;
  readonly #endpoints = new Map<TargetId, EndpointWatch>();
  readonly #looking = new Set<Promise<void>>();
  #running: { readonly abort: AbortController; readonly loop: Loop } | undefined;
  #lastLook: { readonly at: Instant; readonly up: boolean } | undefined;

  constructor(options: GatewayHttpOptions) {
    this.#options = options;
    this.#settings = { ...GATEWAY_HTTP_DEFAULTS, ...options.settings };
    this.#url = healthUrl(options.url);
  }

  start(): void {
    if (this.#running !== undefined) return;
    const abort = new AbortController();
    this.#running = {
      abort,
      loop: this.#options.ticker.every(this.#settings.intervalWhileDownMs, () =>
        this.#track(this.#lookAtGateway(abort.signal)),
      ),
    };
    for (const [target, watch] of this.#endpoints) this.#watch(target, watch);
  }

  async stop(): Promise<void> {
    this.#running?.abort.abort();
    this.#running?.loop.stop();
    this.#running = undefined;
    this.#lastLook = undefined;
    for (const [target, watch] of this.#endpoints) {
      watch.loop?.stop();
      this.#endpoints.set(target, { ...watch, loop: null });
    }
    await Promise.all(this.#looking);
  }

  setEndpoint(target: TargetId, endpoint: Endpoint | null, look?: PathLook): void {
    const by = look?.by ?? 'health';
    const url = endpoint === null ? undefined : healthUrlThrough(this.#url, endpoint, look?.tls);
    const watched = this.#endpoints.get(target);
    if (url !== undefined && watched?.by === by && watched.url.href === url.href) return;
    watched?.loop?.stop();
    this.#endpoints.delete(target);
    // The gateway's own address is watched already.
    if (endpoint === null || url === undefined) return;
    if (by === 'health' && url.href === this.#url.href) return;
    this.#watch(target, { endpoint, url, by });
  }

  #watch(target: TargetId, { endpoint, url, by }: Omit<EndpointWatch, 'loop'>): void {
    const abort = this.#running?.abort;
    const { endpointIntervalMs, challengeIntervalMs } = this.#settings;
    let gotIn: Instant | undefined;
    const tell = (seen: Seen): void => {
      gotIn = seen.result.ok ? seen.at : undefined;
      if (this.#endpoints.get(target)?.endpoint !== endpoint) return;
      this.#publish({ ...seen, target, ...(by === 'websocket' && { by }) });
    };
    const look = async (signal: AbortSignal): Promise<void> => {
      if (by === 'health') return this.#look(url, signal, tell);
      const isSpared =
        gotIn !== undefined &&
        elapsedMs(gotIn, this.#options.clock.now()) < challengeIntervalMs - endpointIntervalMs / 2;
      if (!isSpared) await this.#knock(url, signal, tell);
    };
    const loop =
      abort === undefined
        ? null
        : this.#options.ticker.every(endpointIntervalMs, () => this.#track(look(abort.signal)));
    this.#endpoints.set(target, { endpoint, url, by, loop });
  }

  async #knock(health: URL, signal: AbortSignal, seen: (seen: Seen) => void): Promise<void> {
    const { clock, tlsFingerprint } = this.#options;
    const startedAt = clock.now();
    const result = await requestChallenge({
      url: socketUrl(health),
      deadlineMs: this.#settings.challengeDeadlineMs,
      signal,
      trustsAnyCertificate: tlsFingerprint !== undefined,
    });
    if (signal.aborted) return;
    const at = clock.now();
    seen({ at, durationMs: elapsedMs(startedAt, at), result });
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
      ...(tlsFingerprint === undefined ? {} : { tlsFingerprint }),
    });
    if (signal.aborted) return;
    const at = clock.now();
    const durationMs = elapsedMs(startedAt, at);
    seen({ at, durationMs, result: interpretHealth(reply, durationMs) });
  }

  #publish(seen: Seen & Pick<GatewayHttpObservation, 'target' | 'by'>): void {
    const { at, target, by, result, durationMs } = seen;
    const { sink, gateway } = this.#options;
    sink.observe({
      source: this.name,
      gateway,
      at,
      result,
      ...(target !== undefined && { target }),
      ...(by !== undefined && { by }),
    });
    // A gateway that is down was seen to be down: the look worked.
    sink.report({ source: this.name, gateway, at, durationMs });
  }

  async #track(look: Promise<void>): Promise<void> {
    this.#looking.add(look);
    try {
      await look;
    } finally {
      this.#looking.delete(look);
    }
  }
}
