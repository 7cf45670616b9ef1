import type { TimeRange } from './time-range.ts';

/** Distances between ticks that people read easily, ms. */
const STEPS_MS = [
  1_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 900_000, 1_800_000, 3_600_000,
  7_200_000, 10_800_000, 21_600_000, 43_200_000, 86_400_000, 172_800_000, 604_800_000,
];

/** A mark on a time axis. */
export interface TimeTick {
  readonly timeMs: number;
  readonly label: string;
}

/** Marks on a time axis, at most so many, on round local times. */
export function timeTicks({ fromMs, toMs }: TimeRange, most: number, timeZone?: string): readonly TimeTick[] {
  const step = STEPS_MS.find((candidate) => (toMs - fromMs) / candidate <= most) ?? toMs - fromMs;
  const offsetMs = utcOffsetMs(fromMs, timeZone);
  const first = Math.ceil((fromMs + offsetMs) / step) * step - offsetMs;
  const ticks: TimeTick[] = [];
  for (let timeMs = first; timeMs <= toMs; timeMs += step) {
    ticks.push({ timeMs, label: timeLabel(timeMs, step, timeZone) });
  }
  return ticks;
}

/** Only as much of a time as tells it from its neighbours. */
function timeLabel(timeMs: number, stepMs: number, timeZone: string | undefined): string {
  const format: Intl.DateTimeFormatOptions =
    stepMs >= 86_400_000
      ? { month: '2-digit', day: '2-digit' }
      : {
          hour: '2-digit',
          minute: '2-digit',
          ...(stepMs < 60_000 && { second: '2-digit' }),
          hourCycle: 'h23',
        };
  return new Intl.DateTimeFormat('en-US', { ...format, ...(timeZone !== undefined && { timeZone }) }).format(
    timeMs,
  );
}

function utcOffsetMs(timeMs: number, timeZone: string | undefined): number {
  if (timeZone === 'UTC') return 0;
  return -new Date(timeMs).getTimezoneOffset() * 60_000;
}
