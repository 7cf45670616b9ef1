import type { Thresholds } from '../model/thresholds.ts';

type Schedule = Pick<Thresholds, 'backoffMinMs' | 'backoffMaxMs'>;

/**
 * Milliseconds after the last failure at which a node host dials again: 1, 2, 4, 8, 16, 30, 30 … s, no jitter.
 *
 * @param failedAttempts failures in a row, `undefined` when no log tells; then the cap holds
 */
export function nextAttemptDueMs(failedAttempts: number | undefined, schedule: Schedule): number {
  if (failedAttempts === undefined) return schedule.backoffMaxMs;
  // 2^20 s is past every cap; beyond it the power would only overflow.
  const doublings = Math.min(Math.max(failedAttempts, 0), 20);
  return Math.min(schedule.backoffMaxMs, schedule.backoffMinMs * 2 ** doublings);
}
