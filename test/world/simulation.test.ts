import { describe, expect, it } from 'vitest';
import type { Finding } from './judge/finding.ts';
import { runWorld, type RunOptions } from './run.ts';
import { FAILED_SEEDS, FIXED_WORLDS } from './seeds.ts';

const OFTEN: RunOptions = { trouble: 'often', wishes: {} };

/** A world takes a second or two, and many times that where others want the same core. */
const ALONE_MS = 180_000;

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

describe('in trouble every three minutes', () => {
  const claims = [
    ...FIXED_WORLDS.map((world) => ({ ...world, claim: 'nothing untrue is said' })),
    ...FAILED_SEEDS.map((world) => ({ ...world, claim: `once it was said that ${world.found}` })),
  ];
  for (const { claim, seed, options } of claims) {
    it(
      `${claim} (${seed})`,
      () => {
        expect(inWords(seed, runWorld(seed, options).findings)).toEqual([]);
      },
      ALONE_MS,
    );
  }
});
