import type { QueryVariable } from './dashboard-schema.ts';
import type { VariableValue } from './interpolate.ts';

export const ALL = '$__all';

/** The values that a variable offers, in the order in which it wants them. */
export function sortOptions(values: readonly string[], sort: QueryVariable['sort']): readonly string[] {
  switch (sort) {
    case 0:
      return values;
    case 1:
      return values.toSorted();
    case 5:
      return values.toSorted((a, b) => {
        const [one, other] = [a.toLowerCase(), b.toLowerCase()];
        return one < other ? -1 : one > other ? 1 : 0;
      });
    default:
      return sort satisfies never;
  }
}

/**
 * The value of a variable: what the address of the page asks for, else what the dashboard says, else all, else the first
 * that there is. What is no longer offered is not taken from the dashboard, but from an address it is: a link to a node
 * host that is gone must not show another one.
 */
export function chooseValue(
  variable: Pick<QueryVariable, 'multi' | 'includeAll' | 'allValue' | 'current'>,
  options: readonly string[],
  asked: readonly string[],
): VariableValue {
  const all: VariableValue = { kind: 'all', values: options, allValue: variable.allValue ?? undefined };
  const some = (values: readonly string[]): VariableValue => ({
    kind: 'some',
    values: variable.multi ? values : values.slice(0, 1),
    isMulti: variable.multi || variable.includeAll,
  });
  if (asked.length > 0) return asked.includes(ALL) || asked.includes('All') ? all : some(asked);
  const saved = savedValues(variable.current).filter((value) => value === ALL || options.includes(value));
  if (variable.includeAll && (saved.includes(ALL) || saved.length === 0)) return all;
  if (saved.length > 0) return some(saved);
  return some(options.slice(0, 1));
}

function savedValues(current: QueryVariable['current']): readonly string[] {
  if (current === undefined || !('value' in current)) return [];
  return typeof current.value === 'string' ? [current.value] : current.value;
}
