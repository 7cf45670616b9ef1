import type { Ticker } from './source.ts';

export interface LookLoopOptions {
  readonly ticker: Ticker;
  readonly intervalMs: number;
  readonly look: () => Promise<void>;
}

/** What looks one time after the other while it runs. Start and stop are idempotent, and a stop waits for the look under way. */
export class LookLoop {
  readonly #options: LookLoopOptions;
  #ticking: ReturnType<Ticker['every']> | undefined;
  #looking: Promise<void> = Promise.resolve();

  constructor(options: LookLoopOptions) {
    this.#options = options;
  }

  start(): void {
    const { ticker, intervalMs, look } = this.#options;
    this.#ticking ??= ticker.every(intervalMs, () => {
      this.#looking = look();
      return this.#looking;
    });
  }

  /** Never rejects: that a look failed is told by the ticker. */
  async stop(): Promise<void> {
    this.#ticking?.stop();
    this.#ticking = undefined;
    await this.#looking.catch(() => undefined);
  }

  get isRunning(): boolean {
    return this.#ticking !== undefined;
  }

  /** Looks again at once, if it runs. */
  poke(): void {
    this.#ticking?.poke();
  }
}
