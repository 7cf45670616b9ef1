import type { Scene } from './scene.ts';

/** Distances between ticks that people read easily, s. */
const STEPS_S = [
  1, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400, 172_800,
  604_800,
];

/** A mark on a time axis. */
export interface TimeTick {
  readonly timeMs: number;
  readonly label: string;
}

/** Marks on a time axis, at most so many, on round local times. Only as much of a time as tells it from its neighbours. */
export function timeTicks(
  { range: { fromMs, toMs }, timeZone }: Pick<Scene, 'range' | 'timeZone'>,
  most: number,
): readonly TimeTick[] {
  const step = 1_000 * (STEPS_S.find((seconds) => (toMs - fromMs) / 1_000 / seconds <= most) ?? 2_592_000);
  const offsetMs = timeZone === 'utc' ? 0 : -new Date(fromMs).getTimezoneOffset() * 60_000;
  const format = new Intl.DateTimeFormat('en-US', {
    ...(step >= 86_400_000
      ? { month: '2-digit', day: '2-digit' }
      : { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }),
    ...(step < 60_000 && { second: '2-digit' }),
    ...(timeZone === 'utc' && { timeZone: 'UTC' }),
  });
  const ticks: TimeTick[] = [];
  for (let at = Math.ceil((fromMs + offsetMs) / step) * step - offsetMs; at <= toMs; at += step) {
    ticks.push({ timeMs: at, label: format.format(at) });
  }
  return ticks;
}
