import type { After } from '../../runtime/after.ts';

export interface CoalescingPollOptions {
  readonly after: After;
  /** Between the end of one look and the start of the next that nobody asked for. */
  readonly intervalMs: number;
  /** Between the ends and starts of looks, however often somebody asks. */
  readonly minGapMs: number;
  /** Must not reject. */
  look(): Promise<void>;
}

/**
 * Looks at once, then every interval, and at once again when poked. Looks never overlap; many pokes during a look or
 * within the gap are one look. Used once: after `stop()` it stays stopped.
 */
export class CoalescingPoll {
  readonly #options: CoalescingPollOptions;
  #state: 'new' | 'looking' | 'gap' | 'resting' | 'stopped' = 'new';
  #poked = false;
  #cancel: (() => void) | undefined;
  #looking: Promise<void> = Promise.resolve();

  constructor(options: CoalescingPollOptions) {
    this.#options = options;
  }

  start(): void {
    if (this.#state === 'new') this.#look();
  }

  poke(): void {
    if (this.#state === 'resting') this.#look();
    else this.#poked = true;
  }

  /** Resolves when a look under way has ended. */
  stop(): Promise<void> {
    this.#state = 'stopped';
    this.#cancel?.();
    return this.#looking;
  }

  #look(): void {
    this.#cancel?.();
    this.#state = 'looking';
    this.#poked = false;
    this.#looking = this.#options.look().then(() => {
      if (this.#state === 'looking') this.#rest();
    });
  }

  #rest(): void {
    const { after, intervalMs, minGapMs } = this.#options;
    this.#state = 'gap';
    this.#cancel = after(minGapMs, () => {
      if (this.#poked) {
        this.#look();
        return;
      }
      this.#state = 'resting';
      this.#cancel = after(Math.max(intervalMs - minGapMs, 0), () => {
        this.#look();
      });
    });
  }
}
