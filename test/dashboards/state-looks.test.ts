import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { LINE_COLORS, STATE_LOOKS, STATES_WORST_FIRST } from '../../dashboards/node-state-look.ts';
import { isLegalState, NODE_STATES, wouldRestartHelp } from '../../src/core/model/node-state.ts';
import { colorDistance, SIGHTS } from './color-vision.ts';

/** CIE76; 2 is just seen side by side, 10 at a glance. */
const TOLD_APART = 15;

function pairs<T>(items: readonly T[]): readonly (readonly [T, T])[] {
  return items.flatMap((one, index) => items.slice(index + 1).map((other) => [one, other] as const));
}

describe('the looks of states', () => {
  it('there is one for each state, each with a number of its own from 1 on', () => {
    expect(Object.keys(STATE_LOOKS).toSorted()).toEqual(NODE_STATES.toSorted());
    const numbers = Object.values(STATE_LOOKS).map(({ number }) => number);
    expect(numbers.toSorted((one, other) => one - other)).toEqual(NODE_STATES.map((_, index) => index + 1));
  });

  it('what a restart would help is worse than all else, and alive is best', () => {
    const helped = NODE_STATES.filter(wouldRestartHelp);
    expect(STATES_WORST_FIRST.slice(0, helped.length).toSorted()).toEqual(helped.toSorted());
    expect(STATES_WORST_FIRST.at(-1)).toBe('alive');
  });

  it('a bad state that only its own machine can tell outranks the offline that the others say', () => {
    const localOnly = NODE_STATES.filter(
      (state) => isLegalState('local', state) && !isLegalState('remote', state),
    );
    expect(localOnly).toContain('zombie');
    for (const state of localOnly)
      expect(STATE_LOOKS[state].number).toBeGreaterThan(STATE_LOOKS.offline.number);
  });

  it.each(SIGHTS)('any two are told apart with %s', (sight) => {
    const tooClose = pairs(NODE_STATES).filter(
      ([one, other]) => colorDistance(STATE_LOOKS[one].color, STATE_LOOKS[other].color, sight) < TOLD_APART,
    );
    expect(tooClose).toEqual([]);
  });

  it('a colour alone would not do: red and green of equal brightness are one with deuteranopia', () => {
    expect(colorDistance('#C05000', '#7A8000', 'deuteranopia')).toBeLessThan(TOLD_APART);
    expect(colorDistance('#C05000', '#7A8000', 'full colour vision')).toBeGreaterThan(TOLD_APART);
  });

  it('docs/dashboards.md has them, the worst first', () => {
    const text = readFileSync(new URL('../../docs/dashboards.md', import.meta.url), 'utf8');
    const rows = [...text.matchAll(/^\| (\d+) +\| ([a-z ]+?) +\|/gm)].map(
      ([, number, name]) => `${number!} ${name!}`,
    );
    expect(rows).toEqual(
      STATES_WORST_FIRST.map((state) => `${STATE_LOOKS[state].number} ${STATE_LOOKS[state].text}`),
    );
  });
});

describe('the colours of lines', () => {
  it.each(SIGHTS)('neighbours are told apart with %s', (sight) => {
    const tooClose = LINE_COLORS.slice(1).filter(
      (color, index) => colorDistance(LINE_COLORS[index]!, color, sight) < TOLD_APART,
    );
    expect(tooClose).toEqual([]);
  });
});
