import { describe, expect, it } from 'vitest';
import { scrapeTimeoutMs } from '../../../src/http/routes/scrape-timeout.ts';

describe('how long a scraper will wait', () => {
  it('is a whole number of milliseconds for every timeout up to a minute, as Prometheus writes it', () => {
    const odd = Array.from({ length: 60_000 }, (_, index) => index + 1).filter(
      (ms) => scrapeTimeoutMs(String(ms / 1_000)) !== ms,
    );
    expect(odd).toEqual([]);
  });

  it.each([
    ['0.0000001', 1],
    ['1e1', 10_000],
    ['1e9', 600_000],
    ['1e999', 600_000],
  ])('of %s seconds is bounded: %d ms', (header, ms) => {
    expect(scrapeTimeoutMs(header)).toBe(ms);
  });

  it.each([undefined, '', '0', '0.0', '-1', 'soon', '0x10', 'NaN', 'Infinity', '5, 5'])(
    'is not known from %j',
    (header) => {
      expect(scrapeTimeoutMs(header)).toBeUndefined();
    },
  );
});
