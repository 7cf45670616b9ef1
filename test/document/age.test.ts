import { describe, expect, it } from 'vitest';
import { ageInWords } from '../../src/document/age.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe('an age in words, the same on the page, in check and in the demo', () => {
  it.each([
    [0, '0 s'],
    [0.999, '0 s'],
    [-5, '0 s'],
    [119, '119 s'],
    [3 * MINUTE + 12, '3 min'],
    [HOUR, '1 h'],
    [4 * HOUR + 12 * MINUTE + 59, '4 h 12 min'],
    [25 * HOUR, '1 d 1 h'],
    [400 * DAY, '400 d'],
  ])('of %d s is %s', (seconds, words) => {
    expect(ageInWords(seconds, 'for')).toBe(words);
    expect(ageInWords(seconds, 'ago')).toBe(`${words} ago`);
  });
});
