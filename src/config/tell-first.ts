import type { ConfigProblem } from './problem.ts';

/** So many mistakes are told one by one: nobody reads more, and to word each of 100,000 takes minutes. */
export const MAX_TOLD = 20;

/** The first mistakes, and how many more there are as the last one. */
export function tellFirst(problems: readonly ConfigProblem[], untold = 0): readonly ConfigProblem[] {
  const told = problems.filter(({ standsFor }) => standsFor === undefined);
  const more = countMistakes(problems) - Math.min(told.length, MAX_TOLD) + untold;
  if (more === 0) return told;
  const message = `${more} more, which are told once these are mended.`;
  return [...told.slice(0, MAX_TOLD), { where: 'further on', message, standsFor: more }];
}

/** How many there are, those included that are not told one by one. */
export function countMistakes(problems: readonly ConfigProblem[]): number {
  return problems.reduce((sum, { standsFor = 1 }) => sum + standsFor, 0);
}
