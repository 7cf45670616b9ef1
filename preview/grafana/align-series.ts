import type { Cell } from './frame.ts';

/** A series with its own times. */
export interface TimedValues {
  readonly timesMs: readonly number[];
  readonly values: readonly Cell[];
  /** Absent: the distance between points means nothing. */
  readonly stepMs: number | undefined;
}

/** One list of times for all series. `null` breaks a line, `undefined` is only no point. */
export interface AlignedSeries {
  readonly timesMs: readonly number[];
  readonly series: readonly (readonly (number | null | undefined)[])[];
}

/**
 * Series on one time axis. Where two points of a series are further apart than its step, nothing was known in between:
 * the line breaks there, unless `spanNulls`.
 */
export function alignSeries(
  inputs: readonly (TimedValues & { readonly spanNulls: boolean })[],
): AlignedSeries {
  const points = inputs.map((input) => new Map(pointsOf(input)));
  const timesMs = [...new Set(points.flatMap((map) => [...map.keys()]))].sort((a, b) => a - b);
  return { timesMs, series: points.map((map) => timesMs.map((timeMs) => map.get(timeMs))) };
}

function pointsOf({
  timesMs,
  values,
  stepMs = Number.POSITIVE_INFINITY,
  spanNulls,
}: TimedValues & { readonly spanNulls: boolean }): (readonly [timeMs: number, value: number | null])[] {
  const points: (readonly [number, number | null])[] = [];
  timesMs.forEach((timeMs, index) => {
    const value = values[index];
    const number = typeof value === 'number' && Number.isFinite(value) ? value : null;
    if (number !== null || !spanNulls) points.push([timeMs, number]);
    const nextMs = timesMs[index + 1];
    if (!spanNulls && nextMs !== undefined && nextMs - timeMs > stepMs) points.push([timeMs + stepMs, null]);
  });
  return points;
}

/** Series on top of each other: each value is the sum of its own and those before it. Nothing adds nothing. */
export function stackSeries({ timesMs, series }: AlignedSeries): AlignedSeries {
  const totals = timesMs.map(() => 0);
  return {
    timesMs,
    series: series.map((values) =>
      values.map((value, index) => {
        if (value === null || value === undefined) return value;
        const total = (totals[index] ?? 0) + value;
        totals[index] = total;
        return total;
      }),
    ),
  };
}
