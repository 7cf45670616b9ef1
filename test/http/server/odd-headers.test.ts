import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ask, aServer } from '../helpers.ts';

/** What a header may hold at all: Node refuses to send anything else. */
const printable = fc.string({
  unit: fc.constantFrom(...Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i))),
});
const words = fc
  .array(
    fc.constantFrom(
      'gzip',
      '*',
      '*/*',
      'q=',
      '0',
      '1e999',
      '-1',
      'text/plain',
      'application/openmetrics-text',
      'version=',
      '"',
      ',',
      ';',
      '=',
      'Basic ',
      'a:b',
      '[::1]',
      ':',
      ' ',
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));
const value = fc.oneof(printable, words);
const NAMES = [
  'accept',
  'accept-encoding',
  'authorization',
  'x-prometheus-scrape-timeout-seconds',
  'last-event-id',
  'host',
] as const;
const PATHS = ['/', '/metrics', '/livez', '/api/v1/nodes', '/sd'] as const;

describe('a request header', () => {
  it('of whatever words costs nobody an answer', async () => {
    const errors: unknown[] = [];
    const server = await aServer({ onError: (error) => errors.push(error) });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...PATHS),
        fc.dictionary(fc.constantFrom(...NAMES), value),
        async (path, headers) => {
          const { status } = await ask(server, path, { headers });
          // 503: the scraper said that it would wait for less than it takes.
          expect([200, 400, 503]).toContain(status);
          if (status === 503) expect(headers).toHaveProperty('x-prometheus-scrape-timeout-seconds');
        },
      ),
      { numRuns: 300 },
    );
    expect(errors).toEqual([]);
  });
});
