import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  formattedText,
  formatValue,
  isTimeUnit,
  UNITS,
  type Unit,
} from '../../preview/grafana/value-format.ts';

interface Recorded {
  readonly formats: readonly (readonly [unit: Unit, value: number, decimals: number | null, text: string])[];
  readonly fromNow: readonly (readonly [ageMs: number, text: string])[];
  readonly iso: readonly (readonly [timeMs: number, text: string])[];
}

const recorded = JSON.parse(
  readFileSync(new URL('./fixtures/grafana-value-formats.json', import.meta.url), 'utf8'),
) as Recorded;

const NOW_MS = 1_763_800_000_000;

describe('a value is formatted as Grafana formats it', () => {
  it.each([...new Set(recorded.formats.map(([unit]) => unit))])('in %s', (unit) => {
    const theirs = recorded.formats.filter(([recordedUnit]) => recordedUnit === unit);
    const ours = theirs.map(([, value, decimals]) => {
      const context = { nowMs: NOW_MS, ...(decimals !== null && { decimals }) };
      return [unit, value, decimals, formattedText(formatValue(value, unit, context))];
    });
    expect(ours).toEqual(theirs);
  });

  it('as the time that has passed', () => {
    const ours = recorded.fromNow.map(([ageMs]) => [
      ageMs,
      formatValue(NOW_MS - ageMs, 'dateTimeFromNow', { nowMs: NOW_MS }).text,
    ]);
    expect(ours).toEqual(recorded.fromNow);
  });

  it('as a time in UTC', () => {
    const ours = recorded.iso.map(([timeMs]) => [
      timeMs,
      formatValue(timeMs, 'dateTimeAsIso', { nowMs: NOW_MS, timeZone: 'UTC' }).text,
    ]);
    expect(ours).toEqual(recorded.iso);
  });
});

it('every unit was compared with Grafana, or is a plain text or a time', () => {
  const compared = new Set<string>(recorded.formats.map(([unit]) => unit));
  const others = [...UNITS].filter(
    (unit) => !compared.has(unit) && unit !== 'string' && !isTimeUnit(unit as Unit),
  );
  expect(others).toEqual([]);
});

it('an infinite value is shown as such in every unit that scales', () => {
  for (const unit of ['short', 'bytes', 'cps'] as const) {
    expect(formatValue(Number.POSITIVE_INFINITY, unit, { nowMs: NOW_MS }).text).toBe('∞');
  }
});
