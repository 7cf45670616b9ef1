import { describe, expect, it } from 'vitest';
import type { Finding } from './judge/finding.ts';
import { runWorld, type RunOptions } from './run.ts';
import { FAILED_SEEDS, FIXED_WORLDS } from './seeds.ts';
import { CORE_STANDS_TRIAL } from './trial.ts';

const OFTEN: RunOptions = { trouble: 'often', wishes: {} };

/** In words that tell a reader what to replay. */
function inWords(seed: string, findings: readonly Finding[]): readonly string[] {
  return findings.map(
    ({ kind, atMs, host, state, why, truth }) =>
      `${kind} at ${Math.round(atMs / 1_000)} s: ${host} ${state} “${why}”; in truth: ${truth}; --replay ${seed}`,
  );
}

describe('a world', () => {
  it('is the same for the same seed, story and all', () => {
    const once = runWorld('same', OFTEN, true);
    const again = runWorld('same', OFTEN, true);
    expect(again.story).toEqual(once.story);
    expect(again.findings).toEqual(once.findings);
  });

  it('is another for another seed', () => {
    expect(runWorld('one', OFTEN, true).story).not.toEqual(runWorld('other', OFTEN, true).story);
  });

  it('is the same whether its story is told or not', () => {
    expect(runWorld('same', OFTEN).findings).toEqual(runWorld('same', OFTEN, true).findings);
  });
});

describe.skipIf(!CORE_STANDS_TRIAL)('in trouble every three minutes', () => {
  it.each(FIXED_WORLDS)('nothing untrue is said: $seed', ({ seed, options }) => {
    expect(inWords(seed, runWorld(seed, options).findings)).toEqual([]);
  });

  it('nothing untrue is said in worlds that are new every day', () => {
    const today = new Date().toISOString().slice(0, 10);
    for (const seed of [`${today}-0`, `${today}-1`]) {
      expect(inWords(seed, runWorld(seed, OFTEN).findings)).toEqual([]);
    }
  });

  it.each(FAILED_SEEDS)('once it was said that $found ($seed)', ({ seed, options }) => {
    expect(inWords(seed, runWorld(seed, options).findings)).toEqual([]);
  });
});
