/** The value of a variable: some values, or all of them with the regular expression that stands for all. */
export type VariableValue =
  | { readonly kind: 'some'; readonly values: readonly string[]; readonly isMulti: boolean }
  | { readonly kind: 'all'; readonly values: readonly string[]; readonly allValue: string | undefined };

export type Variables = Readonly<Record<string, VariableValue>>;

export interface Interpolated {
  readonly text: string;
  /** References that nobody could resolve, as written. */
  readonly unresolved: readonly string[];
}

const REFERENCE = /\$\{(\w+)(?::(\w+))?\}|\$(\w+)/g;

function replaceReferences(
  template: string,
  resolve: (name: string, format: string | undefined) => string | undefined,
): Interpolated {
  const unresolved: string[] = [];
  const text = template.replaceAll(
    REFERENCE,
    (whole: string, braced?: string, format?: string, bare?: string) => {
      const value = resolve(braced ?? bare ?? '', format);
      if (value === undefined) unresolved.push(whole);
      return value ?? whole;
    },
  );
  return { text, unresolved };
}

/**
 * A PromQL query with its variables put in. What comes from a label is escaped as Grafana escapes it: for a regular
 * expression within a string where the variable may have several values, for a string where it has one.
 */
export function interpolateQuery(
  expr: string,
  variables: Variables,
  builtIn: Readonly<Record<string, string>>,
): Interpolated {
  return replaceReferences(expr, (name, format) => {
    const variable = variables[name];
    if (variable === undefined || format !== undefined) return builtIn[name];
    if (variable.kind === 'all' && variable.allValue !== undefined) return variable.allValue;
    if (variable.kind === 'some' && !variable.isMulti) return escapeString(variable.values[0] ?? '');
    const values = variable.values.map(escapeRegexInString);
    return values.length === 1 ? values[0] : `(${values.join('|')})`;
  });
}

function escapeString(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"');
}

/** For a regular expression that itself stands in a PromQL string. */
function escapeRegexInString(value: string): string {
  return value
    .replaceAll('\\', '\\\\\\\\')
    .replaceAll('"', '\\\\\\"')
    .replaceAll(/[$^*{}[\]'+?.()|]/g, '\\\\$&');
}

/** A title or a description with its variables put in, for people. */
export function interpolateText(template: string, variables: Variables): string {
  return replaceReferences(template, (name) => {
    const variable = variables[name];
    return variable?.kind === 'all' ? 'All' : variable?.values.join(' + ');
  }).text;
}

/** A variable, or all of them, as part of an address: `var-job=a&var-job=b`. All is said as Grafana says it. */
export function variablesQuery(variables: Variables, names = Object.keys(variables)): string {
  const values = (variable: VariableValue | undefined): readonly string[] =>
    variable?.kind === 'all' ? ['$__all'] : (variable?.values ?? []);
  return names
    .flatMap((name) => values(variables[name]).map((value) => `var-${name}=${encodeURIComponent(value)}`))
    .join('&');
}

/** What a link of one value knows besides the variables. */
export interface LinkScope {
  /** Range of time as `from=…&to=…`. */
  readonly timeQuery: string;
  /** For people, who read no percent signs. */
  readonly isTitle?: boolean;
  readonly labels?: Readonly<Record<string, string>>;
  /** What is shown in the row that the value is in, by field. */
  readonly rowText?: (field: string) => string | undefined;
  readonly valueText?: string;
}

const SCOPED =
  /\$\{__(data\.fields|field\.labels|value\.text)(?:\.(\w+)|\["([^"]*)"\])?(?::(?:percentencode))?\}/g;

/** The address of a link. Every value put in is encoded for an address, as Grafana does it in data links. */
export function interpolateLink(url: string, variables: Variables, scope: LinkScope): Interpolated {
  const encode = scope.isTitle === true ? (value: string) => value : encodeURIComponent;
  const values: string[] = [];
  // A dollar sign of a value must not be read as a reference afterwards.
  const scoped = url.replaceAll(SCOPED, (whole: string, kind: string, dotted?: string, quoted?: string) => {
    const name = dotted ?? quoted ?? '';
    const value =
      kind === 'value.text'
        ? scope.valueText
        : kind === 'field.labels'
          ? scope.labels?.[name]
          : scope.rowText?.(name);
    return value === undefined ? whole : `\u0000${values.push(encode(value)) - 1}\u0000`;
  });
  const { text, unresolved } = replaceReferences(scoped, (name, format) => {
    if (name === '__url_time_range') return scope.timeQuery;
    if (variables[name] === undefined) return undefined;
    if (format === 'queryparam') return variablesQuery(variables, [name]);
    return encode(variables[name].kind === 'all' ? '$__all' : variables[name].values.join(','));
  });
  return {
    text: text.replaceAll(/\0(\d+)\0/g, (_, index: string) => values[Number(index)] ?? ''),
    unresolved: [...unresolved, ...(text.match(/\$\{__[^}]*\}/g) ?? [])],
  };
}
