/** A YAML mapping of somebody else: every field must be looked at before use. */
export type YamlMap = Readonly<Record<string, unknown>>;

export function asMap(value: unknown, what: string): YamlMap {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as YamlMap;
  throw new Error(`${what} is not a mapping`);
}

export function asList(value: unknown, what: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new Error(`${what} is not a list`);
}

/** An optional mapping: absent is empty. */
export function optionalMap(value: unknown, what: string): YamlMap {
  return value === undefined || value === null ? {} : asMap(value, what);
}

/** An optional list: absent is empty. */
export function optionalList(value: unknown, what: string): readonly unknown[] {
  return value === undefined || value === null ? [] : asList(value, what);
}

/** The mapping without some of its keys. */
export function without(map: YamlMap, keys: readonly string[]): YamlMap {
  return Object.fromEntries(Object.entries(map).filter(([key]) => !keys.includes(key)));
}
