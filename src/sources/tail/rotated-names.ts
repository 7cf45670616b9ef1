/** The place that a rotation gave to a log's file among the others. */
interface Place {
  /** `node.log.3`: generations count up as they age. `node.log-20261122`: stamps grow with time. */
  readonly scheme: 'generation' | 'stamp';
  readonly mark: string;
}

/** Longest number that is a generation; longer ones are dates or epochs. */
const MAX_GENERATION_DIGITS = 4;
const COMPRESSED = /\.(?:gz|bz2|xz|zst|lz4)$/;

/**
 * What a file beside the log `base` is by its name. `plain`: rotated, as `node.log.1`, `node.log-20261122`,
 * `node.log.2026-11-22-1`, `node.1.log`; `compressed`: one that cannot be read on from an offset, as `node.log.1.gz`.
 */
export function rotatedAs(base: string, name: string): 'plain' | 'compressed' | undefined {
  if (placeOf(base, name) !== undefined) return 'plain';
  return placeOf(base, name.replace(COMPRESSED, '')) === undefined ? undefined : 'compressed';
}

/** Sorts two names of the log `base` by when they were rotated, oldest first; 0 where their names do not tell. */
export function byRotation(base: string, one: string, other: string): number {
  const [a, b] = [placeOf(base, one), placeOf(base, other)];
  if (a === undefined || b?.scheme !== a.scheme) return 0;
  if (a.scheme === 'generation') return Number(b.mark) - Number(a.mark);
  return a.mark < b.mark ? -1 : a.mark > b.mark ? 1 : 0;
}

function placeOf(base: string, name: string): Place | undefined {
  const dot = base.lastIndexOf('.');
  const mark =
    markIn(name, base, '') ?? (dot > 0 ? markIn(name, base.slice(0, dot), base.slice(dot)) : undefined);
  if (mark === undefined) return undefined;
  const isGeneration = /^\d+$/.test(mark) && mark.length <= MAX_GENERATION_DIGITS;
  return { mark, scheme: isGeneration ? 'generation' : 'stamp' };
}

function markIn(name: string, before: string, after: string): string | undefined {
  if (!name.startsWith(before) || !name.endsWith(after)) return undefined;
  return /^[.-](\d[\dT_:.-]{0,40})$/.exec(name.slice(before.length, name.length - after.length))?.[1];
}
