import type { Instant } from '../../src/core/model/time.ts';
import type { After } from '../../src/runtime/after.ts';
import type { Clock, Ticker } from '../../src/sources/source.ts';

/** Lets everything that waits for nothing but promises run to its end. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}

interface Alarm {
  readonly dueMs: number;
  readonly run: () => void;
}

/** A clock and one-shot timers that move only when told to. */
export class ManualTime implements Clock {
  /** So that code which mixes up the two clocks fails. */
  static readonly wallStartMs = 1_795_000_000_000;
  #nowMs = 1_000;
  readonly #alarms = new Set<Alarm>();

  now(): Instant {
    return { monoMs: this.#nowMs, wallMs: ManualTime.wallStartMs + this.#nowMs };
  }

  readonly after: After = (ms, run) => {
    const alarm: Alarm = { dueMs: this.#nowMs + ms, run };
    this.#alarms.add(alarm);
    return () => this.#alarms.delete(alarm);
  };

  get pending(): number {
    return this.#alarms.size;
  }

  /** Passes `ms`, running what falls due in its order, each with all that follows from it. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    await settle();
    for (let next = this.#next(endMs); next !== undefined; next = this.#next(endMs)) {
      this.#nowMs = Math.max(this.#nowMs, next.dueMs);
      this.#alarms.delete(next);
      next.run();
      await settle();
    }
    this.#nowMs = endMs;
  }

  #next(endMs: number): Alarm | undefined {
    const due = [...this.#alarms].filter((alarm) => alarm.dueMs <= endMs);
    return due.sort((a, b) => a.dueMs - b.dueMs)[0];
  }
}

interface Beating {
  readonly intervalMs: number;
  readonly look: () => Promise<void>;
}

/** A ticker that beats when told to, and tells which loops still run. */
export class ManualTicker implements Ticker {
  readonly #loops = new Set<Beating>();

  every(intervalMs: number, look: () => Promise<void>): { stop(): void; poke(): void } {
    const loop = { intervalMs, look };
    this.#loops.add(loop);
    return {
      stop: () => this.#loops.delete(loop),
      poke: () => {
        throw new Error('nobody pokes in these tests');
      },
    };
  }

  get intervalsMs(): readonly number[] {
    return [...this.#loops].map((loop) => loop.intervalMs);
  }

  /** One beat of every loop, or of those with this interval; resolves when their looks have ended. */
  async beat(intervalMs?: number): Promise<void> {
    const beating = [...this.#loops].filter(
      (loop) => intervalMs === undefined || loop.intervalMs === intervalMs,
    );
    await Promise.all(beating.map((loop) => loop.look()));
  }
}
