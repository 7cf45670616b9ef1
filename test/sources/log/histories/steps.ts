import fc from 'fast-check';

/** How a log is rotated, for the whole of a history. */
export interface Habits {
  readonly rotation: 'rename' | 'copytruncate' | 'symlink';
  /** `node.log.1`, or `node.log-20261127`. */
  readonly names: 'generations' | 'stamps';
  /** How many rotated files are kept. */
  readonly keep: number;
  readonly compress: 'never' | 'next time' | 'at once';
  /** Whether the writer opens the new file with the rotation. One that does not writes on in the old file until it is restarted. */
  readonly reopens: boolean;
  /** Whether an empty file is put where the old one was. */
  readonly creates: boolean;
  /** What is at the path when the exporter comes for the first time. */
  readonly atFirst: 'absent' | 'empty' | 'written';
}

/** One thing that happens. What cannot happen as things are (a copy of a log that is not there) does not. */
export type Step =
  | {
      readonly kind: 'write';
      readonly lines: number;
      readonly of: 'words' | 'utf-8' | 'crlf' | 'nul' | 'long';
      /** Bytes of one more line that is ended by a later write; 0: none. Falls into characters, too. */
      readonly begun: number;
      /** Of the file system's clock, whose ticks are some milliseconds long. */
      readonly afterMs: number;
    }
  /** A line that takes several looks. */
  | { readonly kind: 'write huge' }
  /** Its last line stays without an end, and the next process writes on. */
  | { readonly kind: 'writer restarts' }
  | { readonly kind: 'rotate'; readonly afterMs: number }
  /** By somebody who wants room: no copy is made. */
  | { readonly kind: 'truncate' }
  | { readonly kind: 'delete' }
  /** The file at the path, or all, or the directory may not be read; until allowed again. */
  | { readonly kind: 'forbid'; readonly what: 'the log' | 'the copies' | 'all' }
  | { readonly kind: 'allow' }
  | { readonly kind: 'look'; readonly afterMs: number }
  /** One look at no more than a look reads. */
  | { readonly kind: 'glance' }
  /** Position and lines seen are saved, as the state file does both at once. */
  | { readonly kind: 'save' }
  | { readonly kind: 'exporter restarts' }
  /** What came after the last save is forgotten with its position. */
  | { readonly kind: 'exporter is killed' };

export interface History {
  readonly habits: Habits;
  readonly steps: readonly Step[];
}

const habits: fc.Arbitrary<Habits> = fc.record({
  rotation: fc.constantFrom('rename', 'rename', 'copytruncate', 'copytruncate', 'symlink'),
  names: fc.constantFrom('generations', 'generations', 'stamps'),
  keep: fc.integer({ min: 1, max: 5 }),
  compress: fc.constantFrom('never', 'never', 'next time', 'at once'),
  reopens: fc.boolean(),
  creates: fc.boolean(),
  atFirst: fc.constantFrom('absent', 'empty', 'written', 'written'),
});

const write = fc.record({
  kind: fc.constant('write' as const),
  lines: fc.integer({ min: 0, max: 4 }),
  of: fc.constantFrom('words', 'words', 'utf-8', 'crlf', 'nul', 'long'),
  begun: fc.oneof({ arbitrary: fc.constant(0), weight: 2 }, fc.integer({ min: 1, max: 60 })),
  afterMs: fc.constantFrom(0, 5, 900),
});
const rotate = fc.record({ kind: fc.constant('rotate' as const), afterMs: fc.constantFrom(0, 5, 900) });
const look = fc.record({
  kind: fc.constant('look' as const),
  afterMs: fc.oneof({ arbitrary: fc.constant(1_000), weight: 5 }, fc.constant(60_000)),
});

function only<const K extends Step['kind']>(kind: K): fc.Arbitrary<{ readonly kind: K }> {
  return fc.constant({ kind });
}

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 120, arbitrary: write },
  { weight: 100, arbitrary: look },
  { weight: 20, arbitrary: only('glance') },
  { weight: 56, arbitrary: rotate },
  { weight: 16, arbitrary: only('writer restarts') },
  { weight: 1, arbitrary: only('write huge') },
  { weight: 8, arbitrary: only('truncate') },
  { weight: 8, arbitrary: only('delete') },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('forbid' as const),
      what: fc.constantFrom('the log', 'the copies', 'all'),
    }),
  },
  { weight: 16, arbitrary: only('allow') },
  { weight: 20, arbitrary: only('save') },
  { weight: 16, arbitrary: only('exporter restarts') },
  { weight: 12, arbitrary: only('exporter is killed') },
);

/** Anything may happen at any time. */
export const anyHistory: fc.Arbitrary<History> = fc.record({
  habits,
  steps: fc.array(step, { maxLength: 40, size: 'max' }),
});
