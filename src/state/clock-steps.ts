import type { Instant } from '../core/index.ts';

interface ClockStep {
  /** The last look before it, and the first one after it. */
  readonly before: Instant;
  readonly after: Instant;
  readonly byMs: number;
}

/** Uptime is told in hundredths of a second, and a clock that is disciplined drifts by less than this. */
export const LEAST_STEP_MS = 5_000;
/** A clock that is set again and again is nothing to be told the time by. */
const KEPT_STEPS = 32;

/**
 * How the clock of the day was set while this run looked on: a moment before that has to be moved by as much to be as
 * old as it is. Sleep is no step, since the uptime of the machine counts it.
 */
export class ClockSteps {
  #last: { readonly at: Instant; readonly uptimeMs: number } | undefined;
  #steps: readonly ClockStep[] = [];

  /** One more look at both; to be called every few seconds. */
  look(at: Instant, uptimeMs: number): void {
    const last = this.#last;
    this.#last = { at, uptimeMs };
    if (last === undefined) return;
    const byMs = at.wallMs - last.at.wallMs - (uptimeMs - last.uptimeMs);
    if (Math.abs(byMs) < LEAST_STEP_MS) return;
    this.#steps = [...this.#steps, { before: last.at, after: at, byMs }].slice(-KEPT_STEPS);
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
