import fc from 'fast-check';

/** What no sane writer puts there. */
const ODD: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  0.5,
  1e308,
  -Number.MAX_SAFE_INTEGER - 2,
  '',
  '\u0000',
  '\u202e\ud800',
  'x'.repeat(100_000),
  '__proto__',
  '1970-01-01',
  [],
  {},
  [[[[[[[[]]]]]]]],
  { toString: 1, length: -1 },
];

interface Cut {
  /** Which of all its parts, as a share. */
  readonly at: number;
  readonly how: 'replace' | 'remove' | 'repeat' | 'rename';
  readonly by: unknown;
}

const cut: fc.Arbitrary<Cut> = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  how: fc.constantFrom('replace', 'replace', 'remove', 'repeat', 'rename'),
  by: fc.oneof({ arbitrary: fc.constantFrom(...ODD), weight: 3 }, fc.jsonValue({ maxDepth: 2 })),
});

/** One of `corpus` with some of its parts replaced, removed, repeated or called otherwise: nearly right all over. */
export function mangled(corpus: readonly unknown[]): fc.Arbitrary<unknown> {
  return fc
    .tuple(fc.nat(corpus.length - 1), fc.array(cut, { minLength: 1, maxLength: 4 }))
    .map(([index, cuts]) => cuts.reduce(withCut, structuredClone(corpus[index])));
}

/** One of `corpus` with pieces of it lost, doubled or replaced by others. */
export function mangledText(corpus: readonly string[]): fc.Arbitrary<string> {
  const piece = fc.record({
    from: fc.nat(5_000),
    length: fc.nat(30),
    by: fc.string({ unit: 'binary', maxLength: 8 }),
  });
  return fc
    .tuple(fc.constantFrom(...corpus), fc.array(piece, { minLength: 1, maxLength: 4 }))
    .map(([text, pieces]) =>
      pieces.reduce((before, { from, length, by }) => {
        const start = from % (before.length + 1);
        return before.slice(0, start) + by + before.slice(start + length);
      }, text),
    );
}

type Place = readonly [holder: Record<string, unknown>, key: string];

function withCut(value: unknown, { at, how, by }: Cut): unknown {
  const places = placesIn(value);
  const place = places[Math.floor(at * places.length)];
  if (place === undefined) return by;
  const [holder, key] = place;
  switch (how) {
    case 'replace':
      holder[key] = structuredClone(by);
      break;
    case 'remove':
      if (Array.isArray(holder)) holder.splice(Number(key), 1);
      else Reflect.deleteProperty(holder, key);
      break;
    case 'repeat':
      if (Array.isArray(holder))
        for (let n = 0; n < 20; n += 1) holder.push(structuredClone(holder[Number(key)]));
      break;
    case 'rename':
      if (!Array.isArray(holder)) holder[`${key}x`] = holder[key];
      break;
    default:
      how satisfies never;
  }
  return value;
}

function placesIn(value: unknown): Place[] {
  if (typeof value !== 'object' || value === null) return [];
  const holder = value as Record<string, unknown>;
  return Object.keys(holder).flatMap((key): Place[] => [[holder, key], ...placesIn(holder[key])]);
}
