/** The value of a variable: some values, or all of them with the regular expression that stands for all. */
export type VariableValue =
  | { readonly kind: 'some'; readonly values: readonly string[]; readonly isMulti: boolean }
  | { readonly kind: 'all'; readonly values: readonly string[]; readonly allValue: string | undefined };

export type Variables = Readonly<Record<string, VariableValue>>;

const REFERENCE = /\$\{(\w+)(?::(\w+))?\}|\[\[(\w+)(?::(\w+))?\]\]|\$(\w+)/g;

export interface Interpolated {
  readonly text: string;
  /** References that nobody could resolve, as written. */
  readonly unresolved: readonly string[];
}

type Resolve = (name: string, format: string | undefined) => string | undefined;

function replaceReferences(template: string, resolve: Resolve): Interpolated {
  const unresolved: string[] = [];
  const text = template.replaceAll(REFERENCE, (whole: string, ...groups: (string | undefined)[]) => {
    const [braced, bracedFormat, bracketed, bracketedFormat, bare] = groups;
    const name = braced ?? bracketed ?? bare ?? '';
    const value = resolve(name, bracedFormat ?? bracketedFormat);
    if (value === undefined) unresolved.push(whole);
    return value ?? whole;
  });
  return { text, unresolved };
}

/**
 * A PromQL query with its variables put in. What comes from a label is escaped as Grafana escapes it: for a regular
 * expression within a string where the variable may have several values, for a string where it has one. Quotes are
 * escaped, too, which Grafana does with its feature toggle `prometheusSpecialCharsInLabelValues`.
 */
export function interpolateQuery(
  expr: string,
  variables: Variables,
  builtIn: Readonly<Record<string, string>>,
): Interpolated {
  return replaceReferences(expr, (name, format) => {
    const fixed = builtIn[name];
    if (fixed !== undefined) return fixed;
    const variable = variables[name];
    return variable === undefined ? undefined : queryText(variable, format);
  });
}

function queryText(variable: VariableValue, format: string | undefined): string | undefined {
  if (variable.kind === 'all' && variable.allValue !== undefined) return variable.allValue;
  switch (format) {
    case undefined:
      return variable.kind === 'some' && !variable.isMulti
        ? escapeString(variable.values[0] ?? '')
        : alternatives(variable.values.map(escapeRegexInString));
    case 'regex':
      return alternatives(variable.values.map(escapeRegex));
    case 'pipe':
      return variable.values.join('|');
    case 'raw':
      return variable.values.join(',');
    default:
      return undefined;
  }
}

function alternatives(values: readonly string[]): string {
  return values.length === 1 ? (values[0] ?? '') : `(${values.join('|')})`;
}

function escapeString(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"');
}

function escapeRegex(value: string): string {
  return value.replaceAll(/[\\^$*+?.()|[\]{}/]/g, '\\$&');
}

/** For a regular expression that itself stands in a PromQL string. */
function escapeRegexInString(value: string): string {
  return value
    .replaceAll('\\', '\\\\\\\\')
    .replaceAll('"', '\\\\\\"')
    .replaceAll(/[$^*{}[\]'+?.()|]/g, '\\\\$&');
}

/** A title or a description with its variables put in, for people. */
export function interpolateText(template: string, variables: Variables): Interpolated {
  return replaceReferences(template, (name) => {
    const variable = variables[name];
    if (variable === undefined) return undefined;
    return variable.kind === 'all' ? 'All' : variable.values.join(' + ');
  });
}

/** The variables as a query of an address: `var-job=a&var-job=b`. All is said as Grafana says it. */
export function variablesQuery(variables: Variables): string {
  return Object.keys(variables)
    .map((name) => variableQuery(name, variables) ?? '')
    .filter((part) => part !== '')
    .join('&');
}

function variableQuery(name: string, variables: Variables): string | undefined {
  const variable = variables[name];
  if (variable === undefined) return undefined;
  const values = variable.kind === 'all' ? ['$__all'] : variable.values;
  return values.map((value) => `var-${name}=${encodeURIComponent(value)}`).join('&');
}

/** What a link of one value knows besides the variables. */
export interface LinkScope {
  /** Range of time as `from=…&to=…`. */
  readonly timeQuery: string;
  readonly seriesName?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** Displayed texts of the row that the value is in, by field. */
  readonly rowTexts?: Readonly<Record<string, string>>;
  readonly valueText?: string;
  readonly valueRaw?: string;
}

const SCOPED =
  /\$\{__(data\.fields|field\.labels)(?:\.(\w+)|\[(?:"([^"]*)"|'([^']*)')\])(?:\.(?:text))?(?::(\w+))?\}|\$\{__(field\.name|series\.name|value\.text|value\.raw|value)(?::(\w+))?\}/g;

/** The address of a link. Every value put in is encoded for an address, as Grafana does it in data links. */
export function interpolateLink(url: string, variables: Variables, scope: LinkScope): Interpolated {
  const missing: string[] = [];
  const scoped = url.replaceAll(SCOPED, (whole: string, ...groups: (string | undefined)[]) => {
    const [collection, dotted, double, single, collectionFormat, plain, plainFormat] = groups;
    const format = collectionFormat ?? plainFormat;
    const value =
      collection === undefined
        ? plainValue(plain ?? '', scope)
        : (collection === 'field.labels' ? scope.labels : scope.rowTexts)?.[dotted ?? double ?? single ?? ''];
    if (value === undefined || (format !== undefined && format !== 'percentencode' && format !== 'raw')) {
      missing.push(whole);
      return whole;
    }
    // A dollar sign of a value must not be read as a reference afterwards.
    return format === 'raw' ? value : encodeURIComponent(value);
  });
  const { text, unresolved } = replaceReferences(scoped, (name, format) => {
    switch (name) {
      case '__url_time_range':
        return scope.timeQuery;
      case '__all_variables':
        return variablesQuery(variables);
      default:
        return linkText(name, variables, format);
    }
  });
  return {
    text,
    unresolved: [...missing, ...unresolved.filter((reference) => !missing.includes(reference))],
  };
}

function plainValue(name: string, scope: LinkScope): string | undefined {
  switch (name) {
    case 'field.name':
    case 'series.name':
      return scope.seriesName;
    case 'value':
    case 'value.raw':
      return scope.valueRaw;
    default:
      return scope.valueText;
  }
}

function linkText(name: string, variables: Variables, format: string | undefined): string | undefined {
  const variable = variables[name];
  if (variable === undefined) return undefined;
  if (format === 'queryparam') return variableQuery(name, variables);
  if (format !== undefined && format !== 'percentencode') return undefined;
  const text = variable.kind === 'all' ? '$__all' : variable.values.join(',');
  return encodeURIComponent(text);
}
