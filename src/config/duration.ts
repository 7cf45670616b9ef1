const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
/** Those of Go's `time.ParseDuration`. */
const GO_UNIT_MS = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
} as const;

/**
 * Milliseconds in `90s`, `10m`, `1h30m`, `500ms`, or in a bare number of seconds; `undefined` for anything else.
 */
export function parseDuration(value: unknown): number | undefined {
  if (typeof value === 'number')
    return Number.isFinite(value) && value >= 0 ? Math.round(value * 1_000) : undefined;
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  const ms = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) * 1_000 : sumOf(text, UNIT_MS);
  return ms === undefined ? undefined : Math.round(ms);
}

/** Milliseconds of a duration as Go's `time.ParseDuration` reads it (`1s`, `1m30s`, `0`), not below zero; else `undefined`. */
export function parseGoDuration(text: string): number | undefined {
  return text === '0' ? 0 : sumOf(text, GO_UNIT_MS);
}

/** What numbers, each before its unit, add up to; `undefined` where there is anything else. */
function sumOf(text: string, units: Readonly<Record<string, number>>): number | undefined {
  const part = new RegExp(`(\\d+(?:\\.\\d*)?|\\.\\d+)(${Object.keys(units).join('|')})`, 'gy');
  let sum = 0;
  let end = 0;
  for (const [whole, number, unit = ''] of text.matchAll(part)) {
    sum += Number(number) * (units[unit] ?? 0);
    end += whole.length;
  }
  return end > 0 && end === text.length ? sum : undefined;
}

/** The shortest form that {@link parseDuration} reads back as the same number: `90000` is `1m30s`. */
export function formatDuration(ms: number): string {
  if (ms === 0) return '0s';
  let rest = ms;
  let text = '';
  for (const unit of ['d', 'h', 'm', 's', 'ms'] as const) {
    const count = Math.floor(rest / UNIT_MS[unit]);
    if (count === 0) continue;
    text += `${count}${unit}`;
    rest -= count * UNIT_MS[unit];
  }
  return text;
}
