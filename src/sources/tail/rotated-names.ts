/** A name that a rotation may have given to a log, and where it stands among the others. */
interface RotatedName {
  readonly name: string;
  /** `node.log.3`: generations count up as they age. `node.log-20261122`: stamps grow with time. */
  readonly scheme: 'generation' | 'stamp';
  readonly mark: string;
}

/** Longest number that is a generation; longer ones are dates or epochs. */
const MAX_GENERATION_DIGITS = 4;
const COMPRESSED = /\.(?:gz|bz2|xz|zst|lz4)$/;

/**
 * The rotated names of the log `base` among `names`: `node.log.1`, `node.log-20261122`, `node.log.2026-11-22-1`,
 * `node.1.log`. Compressed files are not among them: they cannot be read on from an offset.
 */
export function rotatedNames(base: string, names: readonly string[]): string[] {
  return names.filter((name) => rotatedName(base, name) !== undefined);
}

/** The rotated names of the log `base` among `names` that were compressed. */
export function compressedNames(base: string, names: readonly string[]): string[] {
  return names.filter((name) => {
    const plain = name.replace(COMPRESSED, '');
    return plain !== name && rotatedName(base, plain) !== undefined;
  });
}

/** Those of `names` that were rotated after `reference` (one of them), oldest first. */
export function rotatedAfter(base: string, reference: string, names: readonly string[]): string[] {
  const from = rotatedName(base, reference);
  if (from === undefined) return [];
  return names
    .map((name) => rotatedName(base, name))
    .filter((other) => other?.scheme === from.scheme)
    .filter((other) => other !== undefined)
    .filter((other) => byAge(from, other) < 0)
    .sort(byAge)
    .map(({ name }) => name);
}

/** Sorts two names of the log `base` by when they were rotated, oldest first; 0 where their names do not tell. */
export function byRotation(base: string, one: string, other: string): number {
  const [a, b] = [rotatedName(base, one), rotatedName(base, other)];
  if (a === undefined || b?.scheme !== a.scheme) return 0;
  return byAge(a, b);
}

/** Oldest first. Only for names of one scheme. */
function byAge(a: RotatedName, b: RotatedName): number {
  if (a.scheme === 'generation') return Number(b.mark) - Number(a.mark);
  return a.mark < b.mark ? -1 : a.mark > b.mark ? 1 : 0;
}

function rotatedName(base: string, name: string): RotatedName | undefined {
  const mark = markAfter(base, name) ?? markBeforeExtension(base, name);
  if (mark === undefined) return undefined;
  const isGeneration = /^\d+$/.test(mark) && mark.length <= MAX_GENERATION_DIGITS;
  return { name, mark, scheme: isGeneration ? 'generation' : 'stamp' };
}

function markAfter(base: string, name: string): string | undefined {
  return name.startsWith(base) ? markIn(name.slice(base.length)) : undefined;
}

function markBeforeExtension(base: string, name: string): string | undefined {
  const dot = base.lastIndexOf('.');
  if (dot <= 0) return undefined;
  const [stem, extension] = [base.slice(0, dot), base.slice(dot)];
  const fits = name.startsWith(stem) && name.endsWith(extension) && name.length > base.length;
  return fits ? markIn(name.slice(stem.length, -extension.length)) : undefined;
}

function markIn(middle: string): string | undefined {
  return /^[.-](\d[\dT_:.-]{0,40})$/.exec(middle)?.[1];
}
