import type { Variable } from '../read-dashboard.ts';
import type { VariableValue, Variables } from './interpolate.ts';
import { labelValues } from './queries.ts';
import type { TimeRange } from './scene.ts';

export const ALL = '$__all';

/** A variable as the page shows it. */
export interface ResolvedVariable {
  readonly variable: Variable;
  readonly value: VariableValue;
  readonly options: readonly string[];
}

/** Asks for the values of each variable, in their order: a query may name the variables before it. */
export async function resolveVariables(
  variables: readonly Variable[],
  range: TimeRange,
  address: URLSearchParams,
): Promise<readonly ResolvedVariable[]> {
  const resolved: ResolvedVariable[] = [];
  for (const variable of variables) {
    if (variable.type === 'datasource') {
      // There is one Prometheus here.
      const options = ['prometheus'];
      resolved.push({ variable, options, value: { kind: 'some', values: options, isMulti: false } });
      continue;
    }
    const found = await labelValues(variable.query, valuesByName(resolved), range);
    const options = variable.sort === 0 ? found : found.toSorted(orderOf(variable.sort === 5));
    const value = chooseValue(variable, options, address.getAll(`var-${variable.name}`));
    resolved.push({ variable, options, value });
  }
  return resolved;
}

export function valuesByName(resolved: readonly ResolvedVariable[]): Variables {
  return Object.fromEntries(resolved.map(({ variable, value }) => [variable.name, value]));
}

function orderOf(ignoresCase: boolean): (a: string, b: string) => number {
  const key = (text: string): string => (ignoresCase ? text.toLowerCase() : text);
  return (a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0);
}

/**
 * The value of a variable: what the address of the page asks for, else what the dashboard says, else all, else the first
 * that there is. What is no longer offered is not taken from the dashboard, but from an address it is: a link to a node
 * host that is gone must not show another one.
 */
export function chooseValue(
  variable: Pick<Variable, 'multi' | 'includeAll' | 'allValue' | 'current'>,
  options: readonly string[],
  asked: readonly string[],
): VariableValue {
  const all: VariableValue = { kind: 'all', values: options, allValue: variable.allValue ?? undefined };
  const some = (values: readonly string[]): VariableValue => ({
    kind: 'some',
    values: variable.multi === true ? values : values.slice(0, 1),
    isMulti: variable.multi === true || variable.includeAll === true,
  });
  if (asked.length > 0) return asked.includes(ALL) || asked.includes('All') ? all : some(asked);
  const saved = [variable.current?.value ?? []]
    .flat()
    .filter((value) => value === ALL || options.includes(value));
  if (variable.includeAll === true && (saved.includes(ALL) || saved.length === 0)) return all;
  return some(saved.length > 0 ? saved : options.slice(0, 1));
}
