import { isObject } from '../runtime/json-object.ts';

/** Every value of a tree by its key (`web.listen_address`); a list is one value. */
export function flattenSettings(tree: Readonly<Record<string, unknown>>): ReadonlyMap<string, string> {
  return new Map(entriesOf(tree, ''));
}

function entriesOf(tree: object, prefix: string): readonly (readonly [string, string])[] {
  return Object.entries(tree).flatMap(([name, value]: [string, unknown]) => {
    const key = `${prefix}${name}`;
    if (isObject(value)) return entriesOf(value, `${key}.`);
    return [[key, typeof value === 'string' ? value : JSON.stringify(value)] as const];
  });
}
