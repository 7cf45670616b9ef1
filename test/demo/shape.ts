/**
 * How two JSON values differ in keys and types, values aside. Lists are compared by their first element; an empty one
 * tells nothing of its elements.
 */
export function shapeDifferences(simulated: unknown, real: unknown, path = ''): readonly string[] {
  const kind = kindOf(simulated);
  if (kind !== kindOf(real)) return [`${path} is ${kind}, not ${kindOf(real)}`];
  if (Array.isArray(simulated) && Array.isArray(real)) {
    return simulated.length === 0 || real.length === 0
      ? []
      : shapeDifferences(simulated[0], real[0], `${path}[]`);
  }
  if (!isObject(simulated) || !isObject(real)) return [];
  const keys = new Set([...Object.keys(simulated), ...Object.keys(real)]);
  return [...keys].flatMap((key) => {
    const inner = path === '' ? key : `${path}.${key}`;
    if (!(key in simulated)) return [`${inner} is missing`];
    if (!(key in real)) return [`${inner} is not in the real one`];
    return shapeDifferences(simulated[key], real[key], inner);
  });
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'list' : typeof value;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return kindOf(value) === 'object';
}
