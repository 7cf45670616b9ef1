import { describe, expect, it } from 'vitest';
import { BEGIN, END, withMeasuredTimes } from './measured-times.ts';
import { partsOf, type Moments } from './path-to-page.ts';

const MOMENTS: Moments = {
  faultMs: 1_000,
  verdictMs: 6_000,
  scrapedMs: 9_500,
  pendingMs: 20_000,
  firingMs: 35_000,
  pagedMs: 45_250,
};

describe('the parts of the way from a fault to its page', () => {
  it('add up to the whole', () => {
    const { total, ...parts } = partsOf(MOMENTS);
    expect(parts).toEqual({ verdict: 5, scrape: 3.5, evaluation: 10.5, hold: 15, notification: 10.25 });
    expect(Object.values(parts).reduce((sum, seconds) => sum + seconds)).toBe(total);
  });

  it('moments of two stories are refused', () => {
    expect(() => partsOf({ ...MOMENTS, firingMs: 5_000 })).toThrow('out of order');
  });
});

describe('the page with measured times', () => {
  const run = {
    paths: [{ fault: 'a | b', alertname: 'OpenClawNodeHostZombie', moments: MOMENTS }],
    startedAt: new Date(0),
  };

  it('is renewed between its marks and nowhere else, over and over', () => {
    const page = `before\n${BEGIN}\nold\n${END}\nafter\n`;
    const once = withMeasuredTimes(page, run);
    expect(once).toContain('**44.3 s**');
    expect(once).not.toContain('old');
    expect(once.startsWith(`before\n${BEGIN}`)).toBe(true);
    expect(once.endsWith(`${END}\nafter\n`)).toBe(true);
    expect(withMeasuredTimes(once, run)).toBe(once);
  });

  it('does not break its table over a cell', () => {
    expect(withMeasuredTimes(`${BEGIN}${END}`, run)).toContain('| a \\| b ');
  });

  it('is not written without marks or without a measurement', () => {
    expect(() => withMeasuredTimes('no marks', run)).toThrow('marks');
    expect(() => withMeasuredTimes(`${BEGIN}${END}`, { ...run, paths: [] })).toThrow('nothing was measured');
  });
});
