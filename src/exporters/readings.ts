import type { Instant } from '../core/index.ts';
import type { Sample } from './metric.ts';

/** A fact nobody knows: no sample, rather than a zero that would be a claim. */
export const NOTHING: readonly Sample[] = [];

/** One sample, or none when the value is not known. */
export function one(value: number | boolean | undefined, ...labels: readonly string[]): readonly Sample[] {
  return value === undefined ? NOTHING : [{ labels, value: Number(value) }];
}

/** A sample for each of `keys`; what was counted of any other is in that of `other`. */
export function eachOrOther<K extends string>(
  keys: readonly (K | 'other')[],
  values: Readonly<Record<K | 'other', number>>,
): readonly Sample[] {
  const counts = new Map<string, number>(keys.map((key) => [key, 0]));
  for (const [key, value] of Object.entries<number>(values)) {
    const shown = counts.has(key) ? key : 'other';
    counts.set(shown, (counts.get(shown) ?? 0) + value);
  }
  return keys.map((key) => ({ labels: [key], value: counts.get(key) ?? 0 }));
}

/** One sample with the current reason, or a 0 without any: what has many reasons is one series, not one for each. */
export function because(reason: string | undefined): readonly Sample[] {
  return [reason === undefined ? { labels: [''], value: 0 } : { labels: [reason], value: 1 }];
}

/** A sample for each known key, in the order of `keys`. */
export function each<K extends string>(
  keys: readonly K[],
  values: Readonly<Record<K, number>>,
): readonly Sample[] {
  return keys.map((key) => ({ labels: [key], value: values[key] }));
}

/** A 0 or 1 for each known key: 1 for `current`, if there is one. */
export function oneOf<K extends string>(keys: readonly K[], current: K | undefined): readonly Sample[] {
  return keys.map((key) => ({ labels: [key], value: key === current ? 1 : 0 }));
}

/** Seconds since the Unix epoch. */
export function unixSeconds(instant: Instant | undefined): number | undefined {
  return instant === undefined ? undefined : instant.wallMs / 1000;
}

/** Milliseconds as seconds. */
export function seconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1000;
}
