import { expect, it } from 'vitest';
import { unseenTarget } from '../../src/core/facts/local.ts';
import { observeProcess } from '../../src/core/facts/process.ts';
import { DEFAULT_THRESHOLDS } from '../../src/core/model/thresholds.ts';

/** Whether one that is seen for the first time is taken to be at work. */
function isAtWork(uptimeSeconds: number, cpuSeconds: number): boolean {
  const { lastBusy } = observeProcess(
    unseenTarget({ id: 'x', explicit: true }),
    {
      source: 'process',
      target: 'x',
      at: { monoMs: 9_000_000, wallMs: 1_800_000_000_000 },
      process: {
        pid: 1,
        incarnation: '1:1',
        kernelState: 'sleeping',
        uptimeMs: uptimeSeconds * 1_000,
        cpuSeconds,
        residentBytes: 1,
        voluntarySwitches: 1,
      },
    },
    { limits: DEFAULT_THRESHOLDS, isWedged: false },
  );
  return lastBusy !== undefined;
}

// Fixed (q4-94): it was `silent` at the first look, in the midst of a slow start.
it('a process that is older than a start when it is seen first may still start, by what it has used in all', () => {
  expect(isAtWork(62, 30)).toBe(true);
  expect(isAtWork(62, 2)).toBe(false);
  expect(isAtWork(3_600, 30)).toBe(false);
});

it('one that is younger than that may still start, whatever it has used', () => {
  expect(isAtWork(50, 0)).toBe(true);
});
