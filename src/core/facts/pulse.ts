import { elapsedMs, type Instant } from '../model/time.ts';
import type { ProcessSample } from '../model/observation.ts';
import type { Thresholds } from '../model/thresholds.ts';

/**
 * The pulse of one connection of one process: when its main thread last went to sleep by itself, and the longest it
 * was ever seen awake or asleep in a row. A running event loop sleeps and wakes; a stopped or spinning one does not.
 */
export interface Pulse {
  readonly count: number;
  readonly lastBeat: Instant;
  readonly watchedSince: Instant;
  readonly longestGapMs: number;
  /** What the main thread had computed in all its life when it last beat; `undefined` where nobody counts. */
  readonly cpuSecondsAtBeat: number | undefined;
  /** When it last went to sleep after it had computed for a second or more without a rest. */
  readonly spunUntil?: Instant;
}

/** One look at the main thread. */
export interface PulseLook {
  readonly at: Instant;
  /** Times it went to sleep by itself. */
  readonly count: number;
  readonly cpuSeconds: number | undefined;
}

/** A spell of computing that takes longer than this keeps timers waiting. */
const SPELL_MS = 1_000;

/** The first look: where the count stands says nothing yet, so the first look is taken for a beat. */
export function firstPulse({ count, cpuSeconds, at }: PulseLook): Pulse {
  return { count, lastBeat: at, watchedSince: at, longestGapMs: 0, cpuSecondsAtBeat: cpuSeconds };
}

/**
 * What a further look says.
 *
 * @param learn false when the gap that just ended was no rhythm of the node host's own: it was stopped or wedged, or
 *   we were suspended. A gap that was a fault must not stretch the deadline for the next one.
 */
export function feelPulse(pulse: Pulse, { count, cpuSeconds, at }: PulseLook, learn: boolean): Pulse {
  if (count === pulse.count) return pulse;
  const gapMs = elapsedMs(pulse.lastBeat, at);
  const computedMs =
    cpuSeconds === undefined || pulse.cpuSecondsAtBeat === undefined
      ? 0
      : (cpuSeconds - pulse.cpuSecondsAtBeat) * 1_000;
  return {
    ...pulse,
    ...(computedMs >= SPELL_MS && { spunUntil: at }),
    count,
    lastBeat: at,
    cpuSecondsAtBeat: cpuSeconds,
    longestGapMs: learn ? Math.max(pulse.longestGapMs, gapMs) : pulse.longestGapMs,
  };
}

/** Forgets the gaps of an earlier connection: a node host in backoff sleeps to another rhythm. */
export function restartPulse(pulse: Pulse, at: Instant): Pulse {
  return { ...pulse, watchedSince: at, longestGapMs: 0, lastBeat: at };
}

type PulseLimits = Pick<Thresholds, 'pulseGapFactor' | 'pulseMinMs' | 'pulseMaxMs' | 'pulseTrustedAfterMs'>;

/** Milliseconds without a beat after which an attached event loop does not run any more. */
export function pulseDeadlineMs(pulse: Pulse, now: Instant, limits: PulseLimits): number {
  if (elapsedMs(pulse.watchedSince, now) < limits.pulseTrustedAfterMs) return limits.pulseMaxMs;
  const learned = pulse.longestGapMs * limits.pulseGapFactor;
  return Math.min(limits.pulseMaxMs, Math.max(limits.pulseMinMs, learned));
}

/** Milliseconds of CPU that the main thread has used since it last went to sleep: our own lateness cannot make it up. */
export function spunMs(
  pulse: Pulse | undefined,
  sample: ProcessSample | null | undefined,
): number | undefined {
  const cpuSeconds = sample?.mainThreadCpuSeconds;
  if (cpuSeconds === undefined || pulse?.cpuSecondsAtBeat === undefined) return undefined;
  return (cpuSeconds - pulse.cpuSecondsAtBeat) * 1_000;
}
