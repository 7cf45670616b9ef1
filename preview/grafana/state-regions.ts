import type { Cell } from './frame.ts';
import type { TimeRange } from './time-range.ts';

/** A stretch of time in which a series had one value. */
export interface Region {
  readonly fromMs: number;
  readonly toMs: number;
  readonly value: Cell;
}

/**
 * The stretches of a series in a state timeline. A value lasts until the next point; where that is further away than a
 * step, nothing is known in between, and nothing is drawn. Neighbours of one value are one stretch if `mergeValues`.
 */
export function stateRegions(options: {
  readonly timesMs: readonly number[];
  readonly values: readonly Cell[];
  /** Absent: the distance between points means nothing. */
  readonly stepMs: number | undefined;
  readonly range: TimeRange;
  readonly mergeValues: boolean;
}): readonly Region[] {
  const { timesMs, values, range, mergeValues } = options;
  const stepMs = options.stepMs ?? Number.POSITIVE_INFINITY;
  const regions: Region[] = [];
  timesMs.forEach((timeMs, index) => {
    const value = values[index] ?? null;
    if (value === null || Number.isNaN(value)) return;
    const nextMs = timesMs[index + 1] ?? range.toMs;
    const fromMs = Math.max(timeMs, range.fromMs);
    const toMs = Math.min(nextMs, timeMs + stepMs, range.toMs);
    if (toMs <= fromMs) return;
    const last = regions.at(-1);
    if (mergeValues && last?.toMs === fromMs && last.value === value) {
      regions[regions.length - 1] = { ...last, toMs };
    } else {
      regions.push({ fromMs, toMs, value });
    }
  });
  return regions;
}
