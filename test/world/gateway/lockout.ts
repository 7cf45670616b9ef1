import type { Timeline } from '../timeline.ts';

const FAILURES = 10;
const WINDOW_MS = 60_000;
export const LOCKOUT_MS = 300_000;

/** `gateway.auth.rateLimit`: ten failed logins of one address in a minute lock it out for five. */
export class Lockout {
  readonly #timeline: Timeline;
  readonly #failures = new Map<string, number[]>();
  readonly #untilMs = new Map<string, number>();

  constructor(timeline: Timeline) {
    this.#timeline = timeline;
  }

  isOn(address: string): boolean {
    return this.#timeline.nowMs < this.endsMs(address);
  }

  /** When the last lock-out of an address ends, or ended. */
  endsMs(address: string): number {
    return this.#untilMs.get(address) ?? -Infinity;
  }

  lock(address: string): void {
    this.#untilMs.set(address, this.#timeline.nowMs + LOCKOUT_MS);
  }

  failed(address: string): void {
    const now = this.#timeline.nowMs;
    const recent = (this.#failures.get(address) ?? []).filter((atMs) => now - atMs < WINDOW_MS);
    recent.push(now);
    this.#failures.set(address, recent);
    if (recent.length >= FAILURES) this.lock(address);
  }
}
