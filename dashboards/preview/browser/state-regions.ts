import type { TimeRange } from './scene.ts';

/** A stretch of time in which a series had one value. */
export interface Region {
  readonly fromMs: number;
  readonly toMs: number;
  readonly value: unknown;
}

/**
 * The stretches of a series in a state timeline. A value lasts until the next point; where that is further away than a
 * step, nothing is known in between, and nothing is drawn. Neighbours of one value are one stretch.
 */
export function stateRegions(options: {
  readonly timesMs: readonly number[];
  readonly values: readonly unknown[];
  readonly stepMs: number;
  readonly range: TimeRange;
}): readonly Region[] {
  const { timesMs, values, range, stepMs } = options;
  const regions: Region[] = [];
  timesMs.forEach((timeMs, index) => {
    const value = values[index] ?? null;
    if (value === null || Number.isNaN(value)) return;
    const fromMs = Math.max(timeMs, range.fromMs);
    const toMs = Math.min(timesMs[index + 1] ?? range.toMs, timeMs + stepMs, range.toMs);
    if (toMs <= fromMs) return;
    const last = regions.at(-1);
    if (last?.toMs === fromMs && last.value === value) {
      regions[regions.length - 1] = { ...last, toMs };
    } else {
      regions.push({ fromMs, toMs, value });
    }
  });
  return regions;
}
