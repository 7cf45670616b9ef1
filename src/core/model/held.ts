import { elapsedMs, type Instant } from './time.ts';

/** A fact with the time until which it is true. Only {@link believed} decides whether it still is. */
export interface Held<T> {
  readonly value: T;
  /** When it was seen. */
  readonly at: Instant;
  /** Milliseconds from `at` for which it holds; three of its source's intervals as a rule. */
  readonly validMs: number;
}

/** Holds what was just seen. */
export function hold<T>(value: T, at: Instant, validMs: number): Held<T> {
  return { value, at, validMs };
}

/** The fact, where it is still true at `now`; `undefined` where nobody knows any more. */
export function believed<T>(fact: Held<T> | undefined, now: Instant): Held<T> | undefined {
  return fact !== undefined && elapsedMs(fact.at, now) <= fact.validMs ? fact : undefined;
}

/** The same fact, held no longer than until `until`: something has shaken it. */
export function heldUntil<T>(fact: Held<T>, until: Instant): Held<T> {
  return { ...fact, validMs: Math.min(fact.validMs, elapsedMs(fact.at, until)) };
}
