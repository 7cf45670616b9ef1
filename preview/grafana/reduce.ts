import type { Cell } from './frame.ts';

/** Calculations over a field, by the ids that dashboards use. */
export const REDUCERS = [
  'lastNotNull',
  'last',
  'first',
  'firstNotNull',
  'min',
  'max',
  'mean',
  'sum',
  'count',
] as const;
export type Reducer = (typeof REDUCERS)[number];

/** The name of a calculation in a legend. */
export const REDUCER_NAMES: Readonly<Record<Reducer, string>> = {
  lastNotNull: 'Last *',
  last: 'Last',
  first: 'First',
  firstNotNull: 'First *',
  min: 'Min',
  max: 'Max',
  mean: 'Mean',
  sum: 'Total',
  count: 'Count',
};

/** One value for all; `null` where there is nothing to calculate with. */
export function reduceValues(values: readonly Cell[], reducer: Reducer): Cell {
  const present = values.filter((value) => value !== null && !Number.isNaN(value));
  const numbers = present.filter((value) => typeof value === 'number');
  switch (reducer) {
    case 'last':
      return values.at(-1) ?? null;
    case 'lastNotNull':
      return present.at(-1) ?? null;
    case 'first':
      return values[0] ?? null;
    case 'firstNotNull':
      return present[0] ?? null;
    case 'min':
      return numbers.length === 0 ? null : numbers.reduce((a, b) => Math.min(a, b));
    case 'max':
      return numbers.length === 0 ? null : numbers.reduce((a, b) => Math.max(a, b));
    case 'mean':
      return numbers.length === 0 ? null : sum(numbers) / numbers.length;
    case 'sum':
      return numbers.length === 0 ? null : sum(numbers);
    case 'count':
      return present.length;
    default:
      return reducer satisfies never;
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
