import { chooseValue, sortOptions } from '../grafana/choose-variable.ts';
import type { Variable } from '../grafana/dashboard-schema.ts';
import { interpolateQuery, type VariableValue, type Variables } from '../grafana/interpolate.ts';
import { parseLabelValuesQuery } from '../grafana/label-values.ts';
import type { TimeRange } from '../grafana/time-range.ts';
import { labelValues, QueryError } from './prometheus.ts';

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
    resolved.push(await resolveVariable(variable, valuesByName(resolved), range, address));
  }
  return resolved;
}

export function valuesByName(resolved: readonly ResolvedVariable[]): Variables {
  return Object.fromEntries(resolved.map(({ variable, value }) => [variable.name, value]));
}

async function resolveVariable(
  variable: Variable,
  known: Variables,
  range: TimeRange,
  address: URLSearchParams,
): Promise<ResolvedVariable> {
  switch (variable.type) {
    case 'datasource': {
      // There is one Prometheus here.
      const options = ['prometheus'];
      return { variable, options, value: { kind: 'some', values: options, isMulti: false } };
    }
    case 'query': {
      const { selector, label } = parseLabelValuesQuery(variable.query);
      const { text, unresolved } = interpolateQuery(selector ?? '', known, {});
      if (unresolved.length > 0) {
        throw new QueryError(`variable ${variable.name} refers to ${unresolved.join(', ')}`);
      }
      const found = await labelValues(label, selector === undefined ? undefined : text, range);
      const options = sortOptions(found, variable.sort);
      const asked = address.getAll(`var-${variable.name}`);
      return { variable, options, value: chooseValue(variable, options, asked) };
    }
    default:
      return variable satisfies never;
  }
}
