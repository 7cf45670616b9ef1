import type { Instant } from '../core/index.ts';

interface ClockStep {
  /** The last look before it, and the first one after it. */
  readonly before: Instant;
  readonly after: Instant;
  readonly byMs: number;
}

/** The clock of the day and how long the machine is up, in one moment. */
export interface ClockLook {
  readonly wallMs: number;
  readonly uptimeMs: number;
}

/** Uptime is told in hundredths of a second, and a clock that is disciplined drifts by less than this. */
const LEAST_STEP_MS = 5_000;

/** By how much the clock of the day was set between two looks; 0 where it was not. Sleep is no step: uptime counts it. */
export function stepBetween(earlier: ClockLook, later: ClockLook): number {
  const byMs = later.wallMs - earlier.wallMs - (later.uptimeMs - earlier.uptimeMs);
  return Math.abs(byMs) < LEAST_STEP_MS ? 0 : byMs;
}

const NO_STEPS: readonly ClockStep[] = [];
/** A clock that is set again and again is nothing to be told the time by. */
const KEPT_STEPS = 32;

/**
 * How the clock of the day was set while this run looked on: a moment before that has to be moved by as much to be as
 * old as it is.
 */
export class ClockSteps {
  #last: (Instant & ClockLook) | undefined;
  /** Replaced with each step: who keeps what {@link wallMsOf} said can tell by it whether that still holds. */
  #steps = NO_STEPS;

  get known(): readonly unknown[] {
    return this.#steps;
  }

  /** One more look at both; to be called every few seconds. */
  look(at: Instant, uptimeMs: number): void {
    const before = this.#last;
    const after = { ...at, uptimeMs };
    this.#last = after;
    if (before === undefined) return;
    const byMs = stepBetween(before, after);
    if (byMs !== 0) this.#steps = [...this.#steps, { before, after, byMs }].slice(-KEPT_STEPS);
  }

  /** That instant on the clock of the day as it is set now. */
  wallMsOf(instant: Instant): number {
    return this.#steps.reduce(
      (wallMs, step) => (isBefore(instant, step) ? wallMs + step.byMs : wallMs),
      instant.wallMs,
    );
  }
}

/** Of what happened between the two looks the clock itself tells: it goes with the last one, or with the next one. */
function isBefore({ monoMs, wallMs }: Instant, { before, after, byMs }: ClockStep): boolean {
  if (monoMs <= before.monoMs || monoMs >= after.monoMs) return monoMs <= before.monoMs;
  const leadMs = wallMs - before.wallMs - (monoMs - before.monoMs);
  return Math.abs(leadMs) < Math.abs(leadMs - byMs);
}
