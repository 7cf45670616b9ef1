import type { Variable } from '../read-dashboard.ts';
import { ALL, type Variables, type VariableValue } from './interpolate.ts';
import { labelValues } from './queries.ts';
import type { TimeRange } from './scene.ts';

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
    // There is one Prometheus here.
    const found =
      variable.type === 'query'
        ? await labelValues(variable.query, valuesByName(resolved), range)
        : ['prometheus'];
    const options = found.toSorted((a, b) => a.localeCompare(b, 'en', { sensitivity: 'base' }));
    const value = chooseValue(variable, options, address.getAll(`var-${variable.name}`));
    resolved.push({ variable, options, value });
  }
  return resolved;
}

export function valuesByName(resolved: readonly ResolvedVariable[]): Variables {
  return Object.fromEntries(resolved.map(({ variable, value }) => [variable.name, value]));
}

/**
 * The value of a variable: what the address of the page asks for, else all, else the first that there is. What is no longer
 * offered is taken from an address all the same: a link to a node host that is gone must not show another one.
 */
export function chooseValue(
  { allValue }: { readonly allValue?: string | undefined },
  options: readonly string[],
  asked: readonly string[],
): VariableValue {
  const isChosen = asked.length > 0 && !asked.includes(ALL);
  if (isChosen) return { values: asked };
  return allValue === undefined ? { values: options.slice(0, 1) } : { values: options, allValue };
}
