import type { After } from '../../runtime/after.ts';

/** What became of a request. `refused`: it must not be repeated. */
export type Delivery = 'taken' | 'failed' | 'refused';

export interface DeliveryQueueOptions<T> {
  /** Never rejects. One at a time. */
  readonly send: (batch: readonly T[]) => Promise<Delivery>;
  readonly limits: {
    readonly delayMs: number;
    readonly maxQueueSize: number;
    readonly maxBatchSize: number;
  };
  readonly after: After;
  /** Told how many records will never be sent. */
  readonly onDropped: (records: number) => void;
}

/** Waiting times after failures in a row: a collector that restarts is back soon, one that is gone costs little. */
const FIRST_RETRY_MS = 5_000;
const LAST_RETRY_MS = 60_000;

/**
 * Records on their way to a collector. The batch processors of the SDK drop what a collector did not take; but a network
 * that breaks takes the node host and the collector away together, and the records of just that hour are the ones that
 * matter. So here they wait, up to a limit; then the oldest go.
 */
export class DeliveryQueue<T> {
  readonly #options: DeliveryQueueOptions<T>;
  #waiting: T[] = [];
  #sending: Promise<Delivery> | undefined;
  #cancelTimer: (() => void) | undefined;
  #failuresInARow = 0;
  #isClosed = false;

  constructor(options: DeliveryQueueOptions<T>) {
    this.#options = options;
  }

  get size(): number {
    return this.#waiting.length;
  }

  /** Takes a record; costs nothing but memory. */
  add(record: T): void {
    if (this.#isClosed) return this.#options.onDropped(1);
    this.#waiting.push(record);
    this.#dropOldest();
    this.#plan();
  }

  /** Sends what waits, until none is left or the collector does not take it. */
  async flush(): Promise<void> {
    await this.#sending;
    while (this.#waiting.length > 0) {
      if ((await this.#sendOne()) === 'failed') return;
    }
  }

  /** As {@link flush}, and takes no more. What is left then is dropped. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    await this.flush();
    const left = this.#waiting.length;
    this.#waiting = [];
    if (left > 0) this.#options.onDropped(left);
  }

  #plan(): void {
    if (this.#isClosed || this.#cancelTimer !== undefined || this.#sending !== undefined) return;
    if (this.#waiting.length === 0) return;
    const { limits, after } = this.#options;
    const isFull = this.#waiting.length >= limits.maxBatchSize;
    const delayMs = this.#failuresInARow > 0 ? this.#retryMs() : isFull ? 0 : limits.delayMs;
    this.#cancelTimer = after(delayMs, () => {
      this.#cancelTimer = undefined;
      void this.#sendOne();
    });
  }

  #retryMs(): number {
    return Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** (this.#failuresInARow - 1));
  }

  #sendOne(): Promise<Delivery> {
    this.#sending ??= this.#deliver().finally(() => {
      this.#sending = undefined;
      this.#plan();
    });
    return this.#sending;
  }

  async #deliver(): Promise<Delivery> {
    const { limits, send, onDropped } = this.#options;
    const batch = this.#waiting.splice(0, limits.maxBatchSize);
    const delivery = await send(batch);
    switch (delivery) {
      case 'taken':
        this.#failuresInARow = 0;
        break;
      case 'refused':
        // The next batch may be a better one.
        this.#failuresInARow = 0;
        onDropped(batch.length);
        break;
      case 'failed':
        this.#failuresInARow += 1;
        this.#waiting.unshift(...batch);
        this.#dropOldest();
        break;
      default:
        delivery satisfies never;
    }
    return delivery;
  }

  #dropOldest(): void {
    const surplus = this.#waiting.length - this.#options.limits.maxQueueSize;
    if (surplus <= 0) return;
    this.#waiting.splice(0, surplus);
    this.#options.onDropped(surplus);
  }
}
