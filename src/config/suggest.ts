/** Letters; what is shorter begins too many words. */
const SHORTEST_BEGINNING = 4;

/** The known word that was most likely meant, or `undefined` when none is near. */
export function suggest(found: string, known: readonly string[]): string | undefined {
  const wanted = normalise(found);
  // A third of the letters may be wrong; further away a guess misleads.
  const limit = Math.max(1, Math.floor(wanted.length / 3));
  let best: { readonly word: string; readonly distance: number } | undefined;
  for (const word of known) {
    const candidate = normalise(word);
    // So many are missing or too many; a key may be of any length, and each of its letters costs.
    if (Math.abs(candidate.length - wanted.length) > limit) continue;
    const distance = editDistance(wanted, candidate);
    if (best === undefined || distance < best.distance) best = { word, distance };
  }
  if (best !== undefined && best.distance <= limit) return best.word;
  // Somebody who leaves out the end of a word leaves out more than a slip does.
  const longer = known.filter((word) => normalise(word).startsWith(wanted));
  return wanted.length >= SHORTEST_BEGINNING && longer.length === 1 ? longer[0] : undefined;
}

/** `listenAddress`, `listen-address` and `listen_address` are the same word. */
function normalise(word: string): string {
  return word.toLowerCase().replace(/[^a-z0-9]/g, '');
}

/** Letters to insert, drop, replace or swap with their neighbour (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const same = a[row - 1] === b[column - 1];
      let cost = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
      );
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) cost = Math.min(cost, (beforeLast[column - 2] ?? 0) + 1);
      current.push(cost);
    }
    beforeLast = last;
    last = current;
  }
  return last[b.length] ?? 0;
}
