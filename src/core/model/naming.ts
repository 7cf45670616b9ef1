/** What a node host could be called. */
export interface Nameable {
  readonly key: string;
  readonly preferred: string;
  /** Told apart by this where two share a name: the node id, else the key. */
  readonly id: string;
}

/** Whether nothing of a name can be seen: a link or a label of it would be empty. */
export function isBlank(name: string): boolean {
  return /^[\s\p{C}\p{Default_Ignorable_Code_Point}\u2800]*$/u.test(name);
}

const SUFFIX_LENGTH = 8;

/**
 * Label value by key: the preferred name, with `#` and the start of the id where two share one, and the whole id where
 * that is not enough. Two series of the same labels would spoil the whole scrape.
 */
export function uniqueNames(nodes: readonly Nameable[]): ReadonlyMap<string, string> {
  const spellings: readonly ((node: Nameable) => string)[] = [
    ({ preferred }) => preferred,
    ({ preferred, id }) => `${preferred}#${id.slice(0, SUFFIX_LENGTH)}`,
    ({ preferred, id }) => `${preferred}#${id}`,
    ({ preferred, key }) => `${preferred}#${key}`,
  ];
  const names = new Map<string, string>();
  let unnamed = nodes;
  for (const spell of spellings) {
    const taken = new Set(names.values());
    const sharers = new Map<string, number>();
    for (const node of unnamed) sharers.set(spell(node), (sharers.get(spell(node)) ?? 0) + 1);
    const isUnique = (name: string): boolean => sharers.get(name) === 1 && !taken.has(name);
    for (const node of unnamed) if (isUnique(spell(node))) names.set(node.key, spell(node));
    unnamed = unnamed.filter(({ key }) => !names.has(key));
  }
  for (const { key } of unnamed) names.set(key, key);
  return names;
}
