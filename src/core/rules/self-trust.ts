import type { LogObservation } from '../model/observation.ts';
import type { Thresholds } from '../model/thresholds.ts';
import { elapsedMs, type Instant } from '../model/time.ts';

/**
 * The exporter doubts itself first: after its start, after a suspend, and whenever its own tick came late, deadlines
 * restart at `since`.
 */
export interface SelfTrust {
  readonly since: Instant;
  readonly lastTick: Instant;
  /** Why deadlines restarted last. */
  readonly why: 'start' | 'late' | 'resume';
  /** How far the tick that restarted them was from where it was expected, on the clock that told; 0 at the start. */
  readonly offMs: number;
}

/** A step of the wall clock against the monotonic one that no clock discipline makes: the machine slept. */
const RESUME_GAP_MS = 5_000;
/** A tick this many intervals late means that looks were late too. */
const LATE_INTERVALS = 2;

export function trustFrom(start: Instant): SelfTrust {
  return { since: start, lastTick: start, why: 'start', offMs: 0 };
}

/** One more tick. */
export function tickTrust(trust: SelfTrust, now: Instant, limits: Pick<Thresholds, 'tickMs'>): SelfTrust {
  const gapMs = elapsedMs(trust.lastTick, now);
  const stepMs = Math.abs(now.wallMs - trust.lastTick.wallMs - gapMs);
  if (stepMs > RESUME_GAP_MS) return { since: now, lastTick: now, why: 'resume', offMs: stepMs };
  if (isLate(trust, now, limits)) {
    return { since: now, lastTick: now, why: 'late', offMs: gapMs - limits.tickMs };
  }
  return { ...trust, lastTick: now };
}

/** A line that is read after we did not get to run may have been written at any time since we last did. */
export function dated(
  line: LogObservation,
  trust: SelfTrust,
  limits: Pick<Thresholds, 'tickMs'>,
): LogObservation {
  if (line.recency !== 'live') return line;
  const { at } = line;
  const isFirstLook = trust.why !== 'start' && elapsedMs(trust.since, at) < limits.tickMs;
  return isFirstLook || isLate(trust, at, limits) ? { ...line, recency: 'catch-up' } : line;
}

function isLate({ lastTick }: SelfTrust, at: Instant, { tickMs }: Pick<Thresholds, 'tickMs'>): boolean {
  return elapsedMs(lastTick, at) > tickMs * (1 + LATE_INTERVALS);
}
