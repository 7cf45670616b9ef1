/** What a node host could be called. */
export interface Nameable {
  readonly key: string;
  readonly preferred: string;
  /** Told apart by this where two share a name: the node id, else the key. */
  readonly id: string;
}

const SUFFIX_LENGTH = 8;

/** Label value by key: the preferred name, with `#` and the start of the id where two share one. */
export function uniqueNames(nodes: readonly Nameable[]): ReadonlyMap<string, string> {
  const sharers = new Map<string, number>();
  for (const { preferred } of nodes) sharers.set(preferred, (sharers.get(preferred) ?? 0) + 1);
  return new Map(
    nodes.map(({ key, preferred, id }) => [
      key,
      (sharers.get(preferred) ?? 0) > 1 ? `${preferred}#${id.slice(0, SUFFIX_LENGTH)}` : preferred,
    ]),
  );
}
