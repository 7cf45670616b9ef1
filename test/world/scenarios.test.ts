import { describe, expect, it } from 'vitest';
import { SCENARIOS, settledWorld } from './scenarios.ts';
import { CORE_STANDS_TRIAL } from './trial.ts';

/** Each story is told by several seeds: looks and answers fall otherwise each time. */
const SEEDS = ['a', 'b', 'c', 'd', 'e'];

describe.skipIf(!CORE_STANDS_TRIAL).each(SCENARIOS)('$name', ({ wishes, play }) => {
  it.each(SEEDS)('seed %s', (seed) => {
    const world = settledWorld(seed, wishes);
    expect(world.verdicts.findings).toEqual([]);
    play(world);
    const told = world.verdicts.findings.map(
      ({ kind, host, state, why, truth, atMs, lastedMs }) =>
        `${kind} at ${Math.round(atMs / 1_000)} s for ${Math.round(lastedMs / 1_000)} s: ${host} ${state} “${why}”; in truth: ${truth}`,
    );
    expect(told).toEqual([]);
  });
});
