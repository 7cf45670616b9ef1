import type { Outcome } from './live.ts';

/** An outcome, held against the truth. */
export interface Judgement {
  readonly lines: number;
  /** Lines that were not told of, and that the reader said may be lost. */
  readonly admitted: number;
  /** How often it said so. */
  readonly gaps: number;
  /** How often it said so although every line was told of. */
  readonly needless: number;
  /** What may never be, in words. */
  readonly wrong: readonly string[];
}

export function judge({ written, seen, gaps }: Outcome): Judgement {
  const wrong: string[] = [];
  let before = -1;
  for (const [index, { number, inLook }] of seen.entries()) {
    if (seen.findIndex((sighting) => sighting.number === number) < index)
      wrong.push(`line ${number} was told of twice`);
    // Where it does not know what came after what, it says so.
    else if (number < before && !gaps.some((gap) => gap.inLook === inLook))
      wrong.push(`line ${number} was told of after line ${before}`);
    before = number;
  }
  const sightings = new Map(seen.map((sighting) => [sighting.number, sighting]));
  const told = new Set<number>();
  let admitted = 0;
  for (const [number, { mayBeMissed, afterLooks }] of written.entries()) {
    if (mayBeMissed || sightings.has(number)) continue;
    const next = seen.find((sighting) => sighting.number > number)?.inLook ?? Infinity;
    const saying = gaps.filter(({ inLook }) => inLook > afterLooks && inLook <= next);
    for (const { inLook } of saying) told.add(inLook);
    if (saying.length > 0) admitted += 1;
    else wrong.push(`line ${number} was lost in silence`);
  }
  const needless = gaps.filter(({ inLook }) => !told.has(inLook)).length;
  return { lines: written.length, admitted, gaps: gaps.length, needless, wrong };
}
