import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { MAX_KEPT_CHARS, parseLine, parseWhole } from '../../../src/sources/log/parse-line.ts';

describe('a line is not trusted', () => {
  const STARTS = [
    '',
    'node host ',
    'node host gateway connected: ',
    'node host gateway connect failed: ',
    'node host gateway connect failed: gateway rejected websocket upgrade (HTTP 502): ',
    'node host gateway closed (1008): ',
    'node host gateway reconnect paused after close (1008): ',
    'node host gateway permanently rejected connection (',
    '2026-11-22T01:43:09.896Z [',
    '\u001b[',
    '\u001b]8;;',
    '\u009d',
  ];
  const PIECES = [
    ' detail=',
    '; waiting for operator action',
    '[',
    '\u001b[',
    '\u001b]',
    '0;',
    ' ',
    '\r',
    '@',
    'E',
    'A_',
    '(',
    ')',
    '9',
    '://',
    '\u009d',
    '\u001b];a',
    '?#',
    '\n',
  ];

  it('never throws and keeps a bounded text', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...STARTS),
        fc.oneof(
          fc.string({ unit: 'binary', maxLength: 2000 }),
          fc.array(fc.constantFrom(...PIECES), { maxLength: 400 }).map((all) => all.join('')),
        ),
        (start, rest) => {
          const event = parseLine(start + rest);
          for (const value of Object.values(event ?? {})) {
            if (typeof value === 'string') expect(value.length).toBeLessThanOrEqual(MAX_KEPT_CHARS);
          }
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('costs little, however long it is and whatever it repeats', () => {
    // The best of several, since a busy machine may stop us in the middle of any.
    const bestMs = (text: string): number =>
      Math.min(...Array.from({ length: 3 }, () => durationMs(() => parseLine(text))));
    for (const text of hostile(200_000)) expect(bestMs(text)).toBeLessThan(50);
  });

  it('takes time in proportion to its length also where nothing cuts it, up to 1 MB', () => {
    const parts = 16;
    const short = hostile(4_000);
    for (const [index, long] of hostile(4_000 * parts).entries()) {
      // Once the whole, and as much in parts: about 1 where it is linear, 16 where each beginning is tried to the end.
      const ratio = (): number =>
        durationMs(() => parseWhole(long)) /
        durationMs(() => {
          for (let part = 0; part < parts; part += 1) parseWhole(short[index]!);
        });
      const isLinear = Array.from({ length: 4 }, () => ratio).some((measure) => measure() < 7);
      expect(isLinear, JSON.stringify(long.slice(0, 100))).toBe(true);
    }
    for (const text of hostile(1_000_000)) expect(durationMs(() => parseWhole(text))).toBeLessThan(5_000);
  }, 120_000);

  const durationMs = (work: () => unknown): number => {
    const from = performance.now();
    work();
    return performance.now() - from;
  };
  const hostile = (chars: number): string[] =>
    STARTS.flatMap((start) => PIECES.map((piece) => start + piece.repeat(chars / piece.length)));
});
