import type { RateLimit } from './web-policy.ts';

/** `burst` requests at once, and one more for each interval that passed; all clients share it, as in the toolkit. */
export class TokenBucket {
  readonly #limit: RateLimit;
  readonly #nowMs: () => number;
  #tokens: number;
  #refilledMs: number;

  /** @param nowMs a clock that never goes back, in milliseconds */
  constructor(limit: RateLimit, nowMs: () => number) {
    this.#limit = limit;
    this.#nowMs = nowMs;
    this.#tokens = limit.burst;
    this.#refilledMs = nowMs();
  }

  /** Whether there is one for this request; then it is taken. */
  take(): boolean {
    const nowMs = this.#nowMs();
    const { burst, intervalMs } = this.#limit;
    this.#tokens = Math.min(burst, this.#tokens + (nowMs - this.#refilledMs) / intervalMs);
    this.#refilledMs = nowMs;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
