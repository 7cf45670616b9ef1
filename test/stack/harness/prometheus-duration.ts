import { promDurationMs } from '../../helpers/promql.ts';

/** Milliseconds of each unit, the longest first. Longer units than an hour would need more care than waits do. */
const UNITS = [
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
  ['ms', 1],
] as const;

/** Milliseconds, rounded, in Prometheus's words. */
export function durationText(ms: number): string {
  let rest = Math.round(ms);
  let text = '';
  for (const [unit, unitMs] of UNITS) {
    const count = Math.floor(rest / unitMs);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * unitMs;
  }
  return text === '' ? '0s' : text;
}

/** The duration divided; a wait stays one, of at least `leastMs`, and none stays none. */
export function dividedDuration(text: string, by: number, leastMs: number): string {
  const ms = promDurationMs(text);
  return ms === 0 ? text : durationText(Math.max(leastMs, ms / by));
}
