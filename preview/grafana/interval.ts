import { durationMs, durationText, type TimeRange } from './time-range.ts';

/** How far apart the points of a range query are, and what the interval variables of Grafana mean for it. */
export interface QueryInterval {
  readonly stepMs: number;
  /** Values of `$__interval`, `$__rate_interval`, `$__range` and their kin, without the `$`. */
  readonly variables: Readonly<Record<string, string>>;
}

/** Prometheus refuses more points than 11,000 a series. */
const MAX_POINTS = 11_000;

/**
 * As Grafana's Prometheus data source does it: at least the minimum step (of the query, else of the panel, else the
 * scrape interval), a round number of seconds for about as many points as the panel has pixels; a rate looks back over
 * four scrapes at least.
 */
export function queryInterval(options: {
  readonly range: TimeRange;
  readonly maxDataPoints: number;
  /** Of the data source, ms. */
  readonly scrapeIntervalMs: number;
  /** `interval` of the query, else of the panel, such as `30s`. */
  readonly minInterval?: string;
}): QueryInterval {
  const { range, maxDataPoints, scrapeIntervalMs, minInterval } = options;
  const rangeMs = range.toMs - range.fromMs;
  const minimumMs =
    minInterval === undefined || minInterval === '' ? scrapeIntervalMs : durationMs(minInterval);
  const roundMs = roundInterval(rangeMs / Math.max(1, maxDataPoints));
  const stepMs = Math.max(roundMs, minimumMs, Math.ceil(rangeMs / MAX_POINTS));
  const rateMs = Math.max(stepMs + scrapeIntervalMs, 4 * scrapeIntervalMs);
  const rangeSeconds = Math.round(rangeMs / 1_000);
  return {
    stepMs,
    variables: {
      __interval: durationText(stepMs),
      __interval_ms: String(stepMs),
      // Unlike the others, not rounded.
      __rate_interval: `${rateMs / 1_000}s`,
      __rate_interval_ms: String(rateMs),
      __range: `${rangeSeconds}s`,
      __range_s: String(rangeSeconds),
      __range_ms: String(Math.round(rangeMs)),
    },
  };
}

/** Upper bounds (exclusive) and the round interval below each, ms. */
const ROUND_MS: readonly (readonly [belowMs: number, intervalMs: number])[] = [
  [10, 1],
  [15, 10],
  [35, 20],
  [75, 50],
  [150, 100],
  [350, 200],
  [750, 500],
  [1_500, 1_000],
  [3_500, 2_000],
  [7_500, 5_000],
  [12_500, 10_000],
  [17_500, 15_000],
  [25_000, 20_000],
  [45_000, 30_000],
  [90_000, 60_000],
  [210_000, 120_000],
  [450_000, 300_000],
  [750_000, 600_000],
  [1_050_000, 900_000],
  [1_500_000, 1_200_000],
  [2_700_000, 1_800_000],
  [5_400_000, 3_600_000],
  [9_000_000, 7_200_000],
  [16_200_000, 10_800_000],
  [32_400_000, 21_600_000],
];

function roundInterval(ms: number): number {
  return ROUND_MS.find(([below]) => ms < below)?.[1] ?? 43_200_000;
}

/** Start and end on multiples of the step, so that the points stay where they are from one refresh to the next. */
export function alignToStep({ fromMs, toMs }: TimeRange, stepMs: number): TimeRange {
  return { fromMs: Math.floor(fromMs / stepMs) * stepMs, toMs: Math.floor(toMs / stepMs) * stepMs };
}
