import { elapsedMs, type Instant } from '../core/index.ts';

/** A moment, and how long ago it was on the monotonic clock. */
export interface TimeDocument {
  /** ISO 8601 in UTC; `null` where the wall clock made no sense. */
  readonly at: string | null;
  readonly agoSeconds: number;
}

/** ISO 8601 in UTC; `null` for what is no time, so that one bad clock does not break the whole answer. */
export function isoTime(wallMs: number): string | null {
  const date = new Date(wallMs);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}

/** Milliseconds to seconds, to the millisecond. */
export function secondsOf(ms: number): number {
  return Math.round(ms) / 1000;
}

/** The same; `null` for what is not known. */
export function secondsOrNull(ms: number | undefined): number | null {
  return ms === undefined ? null : secondsOf(ms);
}

export function timeDocument(instant: Instant, now: Instant): TimeDocument {
  return { at: isoTime(instant.wallMs), agoSeconds: secondsOf(Math.max(0, elapsedMs(instant, now))) };
}

/** The same; `null` for what never happened, as far as anybody knows. */
export function timeOrNull(instant: Instant | undefined, now: Instant): TimeDocument | null {
  return instant === undefined ? null : timeDocument(instant, now);
}
