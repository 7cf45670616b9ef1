import type { TargetId } from '../core/index.ts';
import type { Ticker } from './source.ts';

/** Looks along one path, one after the other. */
export interface PathLooks {
  readonly everyMs: number;
  /** `signal`: nobody wants the answer any more. */
  readonly look: (signal: AbortSignal) => Promise<void>;
}

export interface GatewayPathsOptions {
  readonly ticker: Ticker;
  /** At the gateway's own address. */
  readonly own: PathLooks;
  /** Along the path of a node host; `isWatched`: what is seen of it is still wanted. */
  readonly along: (target: TargetId, url: URL, isWatched: () => boolean) => PathLooks;
}

interface Path {
  readonly url: URL;
  loop?: { stop(): void };
}

/** One gateway, looked at while this runs: at its own address, and along the paths by which node hosts reach it. */
export class GatewayPaths {
  readonly #options: GatewayPathsOptions;
  readonly #paths = new Map<TargetId, Path>();
  readonly #underWay = new Set<Promise<void>>();
  #running: { readonly abort: AbortController; readonly loop: { stop(): void } } | undefined;

  constructor(options: GatewayPathsOptions) {
    this.#options = options;
  }

  start(): void {
    if (this.#running !== undefined) return;
    const abort = new AbortController();
    this.#running = { abort, loop: this.#begin(this.#options.own, abort.signal) };
    for (const [target, path] of this.#paths) this.#walk(target, path);
  }

  async stop(): Promise<void> {
    this.#running?.abort.abort();
    this.#running?.loop.stop();
    this.#running = undefined;
    for (const { loop } of this.#paths.values()) loop?.stop();
    await Promise.all(this.#underWay);
  }

  /** Watches the path of a node host; `undefined` ends that. */
  set(target: TargetId, url: URL | undefined): void {
    const before = this.#paths.get(target);
    if (url !== undefined && before?.url.href === url.href) return;
    before?.loop?.stop();
    this.#paths.delete(target);
    if (url === undefined) return;
    const path: Path = { url };
    this.#paths.set(target, path);
    this.#walk(target, path);
  }

  #walk(target: TargetId, path: Path): void {
    if (this.#running === undefined) return;
    const looks = this.#options.along(target, path.url, () => this.#paths.get(target) === path);
    path.loop = this.#begin(looks, this.#running.abort.signal);
  }

  #begin({ everyMs, look }: PathLooks, signal: AbortSignal): { stop(): void } {
    return this.#options.ticker.every(everyMs, async () => {
      const looking = look(signal);
      this.#underWay.add(looking);
      await looking.finally(() => this.#underWay.delete(looking));
    });
  }
}
