import type { Cancel, Timers } from '../../src/demo/timers.ts';

interface Plan {
  dueMs: number;
  readonly intervalMs: number | null;
  readonly action: () => void;
}

/** Time that passes only when told to. */
export class ManualTimers implements Timers {
  readonly #epochMs: number;
  readonly #plans = new Set<Plan>();
  #elapsedMs = 0;

  constructor(epochMs = Date.now()) {
    this.#epochMs = epochMs;
  }

  after(delayMs: number, action: () => void): Cancel {
    return this.#plan({ dueMs: this.#elapsedMs + delayMs, intervalMs: null, action });
  }

  every(intervalMs: number, action: () => void): Cancel {
    return this.#plan({ dueMs: this.#elapsedMs + intervalMs, intervalMs, action });
  }

  wallMs(): number {
    return this.#epochMs + this.#elapsedMs;
  }

  monoMs(): number {
    return this.#elapsedMs;
  }

  /** Lets time pass; what falls due meanwhile is called in its order. */
  advance(ms: number): void {
    const endMs = this.#elapsedMs + ms;
    for (let next = this.#nextUntil(endMs); next !== undefined; next = this.#nextUntil(endMs)) {
      this.#elapsedMs = next.dueMs;
      if (next.intervalMs === null) this.#plans.delete(next);
      else next.dueMs += next.intervalMs;
      next.action();
    }
    this.#elapsedMs = endMs;
  }

  #nextUntil(endMs: number): Plan | undefined {
    return [...this.#plans].filter(({ dueMs }) => dueMs <= endMs).sort((a, b) => a.dueMs - b.dueMs)[0];
  }

  #plan(plan: Plan): Cancel {
    this.#plans.add(plan);
    return () => {
      this.#plans.delete(plan);
    };
  }
}
