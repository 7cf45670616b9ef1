import { describe, expect, it } from 'vitest';
import { parseGoDuration } from '../../../src/config/duration.ts';

describe('a duration as Go writes it', () => {
  it.each<[string, number | undefined]>([
    ['0', 0],
    ['0s', 0],
    ['1s', 1000],
    ['1.5s', 1500],
    ['.5s', 500],
    ['100ms', 100],
    ['250us', 0.25],
    ['1µs', 0.001],
    ['1m30s', 90_000],
    ['2h', 7_200_000],
    ['1', undefined],
    ['', undefined],
    ['1d', undefined],
    ['-1s', undefined],
    ['1s 2s', undefined],
    ['s', undefined],
  ])('%j is %s ms', (text, ms) => {
    expect(parseGoDuration(text)).toBe(ms);
  });
});
