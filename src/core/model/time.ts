/**
 * One moment on both clocks. Deadlines are only ever computed from `monoMs`; `wallMs` is for people, metrics, the
 * state file, and ages that another machine tells. A gap between the two is how a suspended machine shows.
 */
export interface Instant {
  /** Milliseconds on a clock that never goes back and has no relation to the time of day. */
  readonly monoMs: number;
  /** Milliseconds since the Unix epoch. */
  readonly wallMs: number;
}

/** Milliseconds from `earlier` to `later`, monotonic. */
export function elapsedMs(earlier: Instant, later: Instant): number {
  return later.monoMs - earlier.monoMs;
}

/** Milliseconds from `earlier` to `later` on the clock of the day: sleep counts, and so does a clock that was set. */
export function wallElapsedMs(earlier: Instant, later: Instant): number {
  return later.wallMs - earlier.wallMs;
}

/**
 * On both clocks: an age that another machine told spans the time that this one slept, so that its monotonic time lies too
 * early, and the clock of the day may have been set since.
 */
export function isAfter(instant: Instant, other: Instant): boolean {
  return instant.monoMs > other.monoMs && instant.wallMs > other.wallMs;
}

/** The instant `ms` before `instant`, on both clocks. */
export function before(instant: Instant, ms: number): Instant {
  return { monoMs: instant.monoMs - ms, wallMs: instant.wallMs - ms };
}

/** The instant `ms` after `instant`, on both clocks. */
export function after(instant: Instant, ms: number): Instant {
  return before(instant, -ms);
}

/** The later of two instants; `undefined` stands for "never". */
export function later(a: Instant | undefined, b: Instant | undefined): Instant | undefined {
  if (a === undefined) return b;
  if (b === undefined) return a;
  return a.monoMs >= b.monoMs ? a : b;
}
