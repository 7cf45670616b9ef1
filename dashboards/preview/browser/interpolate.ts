/** What was chosen of a variable; with the regular expression that stands for all of its values, where all were. */
export interface VariableValue {
  readonly values: readonly string[];
  readonly allValue?: string | undefined;
}

export type Variables = Readonly<Record<string, VariableValue>>;

/** What has a reference that nobody can resolve must be told, and neither sent nor drawn. */
export class NotUnderstoodError extends Error {
  override readonly name = 'NotUnderstoodError';
}

const REFERENCE = /\$(?:(\w+)|\{(\w+)(?:\.([^:}]+))?(?::(\w+))?\})/g;

/** Calls `resolve` with the name of each; with what stands behind it (`labels.x`, `fields["x"]`) and the format, if any. */
function replaceReferences(
  template: string,
  resolve: (name: string, path?: string, format?: string) => string | undefined,
): string {
  const unresolved: string[] = [];
  const text = template.replaceAll(
    REFERENCE,
    (whole: string, bare?: string, braced?: string, path?: string, format?: string) => {
      const value = resolve(bare ?? braced ?? '', path, format);
      if (value === undefined) unresolved.push(whole);
      return value ?? '';
    },
  );
  if (unresolved.length > 0) throw new NotUnderstoodError(`Not understood: ${unresolved.join(', ')}`);
  return text;
}

/** A PromQL query with its variables put in, escaped for a regular expression within a string as Grafana does it. */
export function interpolateQuery(
  expr: string,
  variables: Variables,
  builtIn: Readonly<Record<string, string>> = {},
): string {
  return replaceReferences(expr, (name, path, format) => {
    if (path !== undefined || format !== undefined) return undefined;
    const { values = [], allValue = builtIn[name] } = variables[name] ?? {};
    const escaped = values.map(escapeRegexInString);
    if (variables[name] === undefined || allValue !== undefined) return allValue;
    return escaped.length === 1 ? escaped[0] : `(${escaped.join('|')})`;
  });
}

/** For a regular expression that itself stands in a PromQL string. */
function escapeRegexInString(value: string): string {
  return value
    .replaceAll('\\', '\\\\\\\\')
    .replaceAll('"', '\\\\\\"')
    .replaceAll(/[$^*{}[\]'+?.()|]/g, '\\\\$&');
}

/** All values, in addresses. */
export const ALL = '$__all';

/** What a link knows besides the variables. */
export interface LinkScope {
  /** Range of time as `from=…&to=…`. */
  readonly timeQuery: string;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** What is shown in the row that the value is in, by field. */
  readonly rowText?: (field: string) => string | undefined;
}

/** The address or the title of a link, each value put in as its reference says. */
export function interpolateLink(url: string, variables: Variables, scope: LinkScope): string {
  return replaceReferences(url, (name, path = '', format) => {
    if (name === '__url_time_range') return scope.timeQuery;
    if (format === 'queryparam') return variables[name] && variableQuery(name, variables[name]);
    const [, kind, dotted, quoted] = /^(\w+)(?:\.(\w+)|\["([^"]*)"\])$/.exec(path) ?? [];
    const key = dotted ?? quoted ?? '';
    const values = { '__field.labels': scope.labels?.[key], '__data.fields': scope.rowText?.(key) };
    const value = (values as Record<string, string | undefined>)[`${name}.${kind ?? ''}`];
    return format === 'percentencode' && value !== undefined ? encodeURIComponent(value) : value;
  });
}

/** A variable as part of an address: `var-job=a&var-job=b`. */
function variableQuery(name: string, { values, allValue }: VariableValue): string {
  const said = allValue === undefined ? values : [ALL];
  return said.map((value) => `var-${name}=${encodeURIComponent(value)}`).join('&');
}
