import { describe, expect, it } from 'vitest';
import { SCENARIOS, settledWorld } from './scenarios.ts';

/** Each story is told by several seeds: looks and answers fall otherwise each time. */
const SEEDS = ['a', 'b', 'c', 'd', 'e'];

describe.each(SCENARIOS)('$name', ({ wishes, play }) => {
  it.each(SEEDS)('seed %s', (seed) => {
    expect(told(seed)).toEqual([]);
  });

  function told(seed: string): readonly string[] {
    const world = settledWorld(seed, wishes);
    expect(world.verdicts.findings).toEqual([]);
    play(world);
    return world.verdicts.findings.map(
      ({ kind, host, state, why, truth, atMs, lastedMs }) =>
        `${kind} at ${Math.round(atMs / 1_000)} s for ${Math.round(lastedMs / 1_000)} s: ${host} ${state} “${why}”; in truth: ${truth}`,
    );
  }
});
