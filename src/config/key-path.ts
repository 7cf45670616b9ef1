/** A step into the tree: a key of a section or an index of a list. */
export type KeyPath = readonly (string | number)[];

/** `['nodes', 0, 'log']` → `nodes[0].log`. */
export function formatKey(path: KeyPath): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    return text === '' ? step : `${text}.${step}`;
  }, '');
}
