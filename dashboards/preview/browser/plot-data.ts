import type { AlignedData } from 'uplot';
import { stepOf, timesOf, type DrawnField } from './fields.ts';

/**
 * Lines on one time axis, s. In a stack each value is the sum of its own and those below it. `null` breaks a line,
 * `undefined` is only no point.
 */
export function alignedData(
  lines: readonly Pick<DrawnField, 'field' | 'frame'>[],
  isStacked: boolean,
): AlignedData {
  const points = lines.map((line) => new Map(pointsOf(line)));
  const timesMs = [...new Set(points.flatMap((map) => [...map.keys()]))].sort((a, b) => a - b);
  const totals = new Map<number, number>();
  const series = points.map((map) =>
    timesMs.map((timeMs) => {
      const value = map.get(timeMs);
      if (!isStacked || value === null || value === undefined) return value;
      totals.set(timeMs, (totals.get(timeMs) ?? 0) + value);
      return totals.get(timeMs);
    }),
  );
  return [timesMs.map((ms) => ms / 1_000), ...series];
}

/** Where two points are further apart than the step, nothing was known in between: the line breaks there. */
function pointsOf({
  field,
  frame,
}: Pick<DrawnField, 'field' | 'frame'>): (readonly [timeMs: number, value: number | null])[] {
  const timesMs = timesOf(frame);
  const stepMs = stepOf(frame);
  return timesMs.flatMap((timeMs, index): (readonly [number, number | null])[] => {
    const value = field.values[index] as number;
    const isGap = (timesMs[index + 1] ?? timeMs) - timeMs > stepMs;
    return [
      [timeMs, Number.isFinite(value) ? value : null],
      ...(isGap ? [[timeMs + stepMs, null] as const] : []),
    ];
  });
}
