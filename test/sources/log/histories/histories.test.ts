import fc from 'fast-check';
import { expect, it } from 'vitest';
import { judge } from './judge.ts';
import { live } from './live.ts';
import { anyHistory, type Habits, type History } from './steps.ts';

/** The same on each run; `npm run histories` tries others. */
const SEED = 20_261_127;

it('whatever happens to a log, each line is told of once, or it is said that lines may be lost', async () => {
  await fc.assert(
    fc.asyncProperty(anyHistory, async (history) => {
      expect(judge(await live(history)).wrong).toEqual([]);
    }),
    { numRuns: 150, seed: SEED },
  );
}, 180_000);

const ORDERLY: Habits = {
  rotation: 'rename',
  names: 'generations',
  keep: 2,
  compress: 'never',
  reopens: true,
  creates: true,
  atFirst: 'written',
};

/** A day of a log: read often, rotated once. */
function orderly(habits: Partial<Habits>): History {
  const write = { kind: 'write', lines: 2, of: 'words', begun: 0, afterMs: 900 } as const;
  const look = { kind: 'look', afterMs: 1_000 } as const;
  const day = [write, look, write, look, { kind: 'rotate', afterMs: 900 }, write, look] as const;
  return {
    habits: { ...ORDERLY, ...habits },
    steps: [...day, { kind: 'exporter restarts' }, ...day, { kind: 'save' }, ...day],
  };
}

it.each<Partial<Habits>>([
  {},
  { names: 'stamps' },
  { compress: 'next time' },
  { compress: 'at once' },
  { rotation: 'copytruncate' },
  { rotation: 'copytruncate', compress: 'next time' },
  { reopens: false, keep: 5 },
  { atFirst: 'empty' },
])('of a log that is rotated now and then nothing is said to be lost: %o', async (habits) => {
  const { wrong, gaps } = judge(await live(orderly(habits)));
  expect({ wrong, gaps }).toEqual({ wrong: [], gaps: 0 });
});
