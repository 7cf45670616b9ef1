/** A span of time, ms since 1970. */
export interface TimeRange {
  readonly fromMs: number;
  readonly toMs: number;
}

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** Length of a duration such as `90s`, `5m` or `1h`, in ms. Throws a RangeError for anything else. */
export function durationMs(text: string): number {
  const parts = /^(\d+(?:\.\d+)?)(ms|[smhdw])$/.exec(text.trim());
  const unit = UNIT_MS[parts?.[2] ?? ''];
  if (parts?.[1] === undefined || unit === undefined) {
    throw new RangeError(`a duration is a number with ms, s, m, h, d or w, got ${JSON.stringify(text)}`);
  }
  return Number(parts[1]) * unit;
}

/** A duration as Grafana writes it into a query: in the greatest unit that it fills, rounded down. */
export function durationText(ms: number): string {
  for (const [unit, size] of [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1_000],
  ] as const) {
    if (ms >= size) return `${Math.floor(ms / size)}${unit}`;
  }
  return `${Math.floor(ms)}ms`;
}

/**
 * The range that `from` and `to` mean: `now`, `now-1h`, or milliseconds since 1970. Throws a RangeError for anything
 * else, and where nothing lies between them.
 */
export function resolveTimeRange({ from, to }: { from: string; to: string }, nowMs: number): TimeRange {
  const range = { fromMs: resolveTime(from, nowMs), toMs: resolveTime(to, nowMs) };
  if (range.fromMs >= range.toMs) throw new RangeError(`no time lies between ${from} and ${to}`);
  return range;
}

function resolveTime(text: string, nowMs: number): number {
  if (/^\d{9,}$/.test(text)) return Number(text);
  const parts = /^now(?:-(\w+(?:\.\w+)?))?$/.exec(text);
  if (parts === null)
    throw new RangeError(`a time is now, now-<duration> or milliseconds, got ${JSON.stringify(text)}`);
  return parts[1] === undefined ? nowMs : nowMs - durationMs(parts[1]);
}
