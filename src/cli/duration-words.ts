const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const;

/** `3m 12s`, `4h 5m`, `2d 3h`: the two largest units; a person needs no more. */
export function durationInWords(ms: number): string {
  let rest = Math.max(0, Math.round(ms / 1_000) * 1_000);
  const words: string[] = [];
  for (const [name, size] of UNITS) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (words.length === 1) return count === 0 ? words.join('') : `${words.join('')} ${count}${name}`;
    if (count > 0) words.push(`${count}${name}`);
  }
  return words[0] ?? '0s';
}

/** `3m 12s ago`; `just now` within the last second. */
export function agoInWords(ms: number): string {
  return ms < 1_000 ? 'just now' : `${durationInWords(ms)} ago`;
}
