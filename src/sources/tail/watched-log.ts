import type { Instant } from '../../core/index.ts';
import { within } from '../../runtime/within.ts';
import type { LookError } from '../look-failure.ts';
import type { Clock } from '../source.ts';
import { nodeFileSystem, type FileSystem } from './file-system.ts';
import { JournalReader } from './journal.ts';
import type { LogLook, LogReader, OnLines } from './log-reader.ts';
import type { JournalPosition, LogPosition, TailPosition } from './position.ts';
import { LogTail } from './tail.ts';

/** Where one log is kept. Several files make one log where stdout and stderr go apart. */
export type LogLocation =
  | { readonly kind: 'file'; readonly paths: readonly string[] }
  | { readonly kind: 'journal'; readonly unit: string; readonly user: boolean };

export interface WatchedLogOptions {
  /** Whose log it is, for people. */
  readonly name: string;
  readonly where: LogLocation | null;
  readonly clock: Clock;
  readonly fileSystem?: FileSystem | undefined;
  /** The `journalctl` program, by name or path. */
  readonly journalctl?: string | undefined;
  /** Since when anybody watches for this log, on the wall clock. What is older is history. */
  readonly watchingSinceWallMs: number;
  readonly position?: TailPosition | undefined;
  /** Takes its lines, as {@link OnLines} says. */
  readonly onLines: OnLines;
  /** Told when its status changes, and now and then while it does not. */
  readonly onStatus: (status: LogStatus, at: Instant) => void;
}

/** Whether a log can be read: only then does its silence say something. */
export interface LogStatus {
  readonly readable: boolean;
  readonly lastWriteWallMs: number | undefined;
}

/** What one look at one log came to. */
export interface WatchedLook {
  readonly more: boolean;
  readonly errors: readonly LookError[];
  /** That lines may be lost, and why: a sentence each. */
  readonly gaps: readonly string[];
}

const LIMITS = {
  /** A local file answers in a millisecond. What takes this long hangs, on a dead network mount for example. */
  lookMs: 5000,
  /** Observations hold for a while only, so that a dead source shows: say it again. */
  statusEveryMs: 10_000,
  /** A stop does not wait for a mount that hangs. */
  closeMs: 1000,
  /** A former place is read to its end, but not for ever. */
  lastLooks: 16,
  /** Places a log was kept before; a node host's log moves when somebody reinstalls it. */
  rememberedPlaces: 8,
} as const;

/** One log, wherever it is kept: passes its lines on, and says whether it can be read. */
export class WatchedLog {
  readonly #options: WatchedLogOptions;
  /** By place. */
  #readers: ReadonlyMap<string, LogReader> = new Map();
  /** Readers of former places. They are read to the end once more before the new ones are: last words come first. */
  readonly #retiring = new Map<string, LogReader>();
  /** Positions in places that nobody reads now, the latest first. */
  #remembered: TailPosition;
  #isDiscarded = false;
  /** What readers said of lines that may be lost, not passed on yet. */
  #gaps: string[] = [];
  /** A look that has not come back. It is waited for no longer than its deadline, and no other begins before it ends. */
  #pending: Promise<unknown> | undefined;
  #said: { readonly status: LogStatus; readonly at: Instant } | undefined;

  constructor(options: WatchedLogOptions) {
    this.#options = options;
    this.#remembered = options.position ?? { files: [], journals: [] };
    this.moveTo(options.where);
  }

  get lastWriteWallMs(): number | undefined {
    const known = [...this.#readers.values()].flatMap((reader) => reader.lastWriteWallMs ?? []);
    return known.length === 0 ? undefined : Math.max(...known);
  }

  position(): TailPosition {
    const readers = [...this.#readers.values(), ...this.#retiring.values()];
    return merged(
      readers.map((reader) => reader.position()),
      this.#remembered,
    );
  }

  /** A reader of a place that stays goes on as it is; those of former places go on to their ends, unless none is wanted. */
  moveTo(where: LogLocation | null): void {
    const former = new Map([...this.#retiring, ...this.#readers]);
    const readers = new Map<string, LogReader>();
    for (const [key, open] of this.#placesIn(where)) {
      readers.set(key, former.get(key) ?? open());
      former.delete(key);
    }
    this.#readers = readers;
    this.#retiring.clear();
    for (const [key, reader] of former) {
      if (where === null) void this.#leave(reader);
      else this.#retiring.set(key, reader);
    }
  }

  /** `null` when it is not known where to look. */
  async look(): Promise<WatchedLook | null> {
    if (this.#readers.size === 0 && this.#retiring.size === 0) {
      if (this.#said !== undefined) {
        this.#say({ readable: false, lastWriteWallMs: undefined });
      }
      return null;
    }
    const readers = this.#readers;
    const looks = this.#pending === undefined ? await this.#lookWithin(readers) : undefined;
    const gaps = this.#gaps;
    this.#gaps = [];
    // Moved while we looked: what was seen tells of another place.
    if (readers !== this.#readers) return { more: true, errors: [], gaps };
    if (looks !== undefined) return { ...this.#judge(looks), gaps };
    this.#say({ readable: false, lastWriteWallMs: this.lastWriteWallMs });
    const message = `the log of ${this.#options.name} does not answer within ${LIMITS.lookMs / 1000} s`;
    return { more: false, errors: [{ kind: 'timeout', message }], gaps };
  }

  /** Ends what is open; a later look goes on where this left off. */
  async close(): Promise<void> {
    await within(LIMITS.closeMs, this.#pending ?? Promise.resolve());
    await Promise.all(
      [...this.#readers.values(), ...this.#retiring.values()].map((reader) => reader.close()),
    );
  }

  /** Nobody asks for it any more: it says nothing from now on, not even of the look under way, and ends what is open. */
  discard(): void {
    this.#isDiscarded = true;
    void this.close();
  }

  /** How each place is called, and is opened where nobody reads it yet. */
  #placesIn(where: LogLocation | null): readonly (readonly [key: string, open: () => LogReader])[] {
    const { clock, fileSystem = nodeFileSystem, journalctl, watchingSinceWallMs } = this.#options;
    const { files, journals } = this.#remembered;
    const onLines: OnLines = (batch) => {
      if (!this.#isDiscarded) this.#options.onLines(batch);
    };
    switch (where?.kind) {
      case undefined:
        return [];
      case 'file':
        return [...new Set(where.paths)].map((path) => {
          const position = files.find((it) => it.path === path);
          const options = { path, fileSystem, onLines, position, watchingSinceWallMs };
          return [`file ${path}`, () => new LogTail(options)];
        });
      case 'journal': {
        const { unit, user } = where;
        const position = journals.find((it) => it.unit === unit && it.user === user);
        const options = { unit, user, clock, onLines, position, watchingSinceWallMs, journalctl };
        return [[`journal ${user ? 'user' : 'system'} ${unit}`, () => new JournalReader(options)]];
      }
      default:
        return where satisfies never;
    }
  }

  async #lookWithin(readers: ReadonlyMap<string, LogReader>): Promise<readonly LogLook[] | undefined> {
    const looks = this.#lookAtAll(readers).finally(() => {
      this.#pending = undefined;
    });
    this.#pending = looks;
    return within(LIMITS.lookMs, looks);
  }

  async #lookAtAll(readers: ReadonlyMap<string, LogReader>): Promise<readonly LogLook[]> {
    for (const [key, reader] of [...this.#retiring]) await this.#finish(key, reader);
    const at = this.#options.clock.now();
    return Promise.all([...readers.values()].map((reader) => this.#lookAt(reader, at)));
  }

  async #lookAt(reader: LogReader, at: Instant): Promise<LogLook> {
    const look = await reader.look(at);
    this.#gaps.push(...(look.gaps ?? []));
    return look;
  }

  /** Reads a former place to its end and closes it, unless it is wanted again meanwhile. */
  async #finish(key: string, reader: LogReader): Promise<void> {
    for (let looks = 0; looks < LIMITS.lastLooks; looks += 1) {
      const look = await this.#lookAt(reader, this.#options.clock.now());
      if (!look.readable || !look.more) break;
    }
    if (this.#retiring.get(key) !== reader) return;
    this.#retiring.delete(key);
    await this.#leave(reader);
  }

  async #leave(reader: LogReader): Promise<void> {
    this.#remembered = merged([reader.position()], this.#remembered);
    await reader.close();
  }

  #judge(looks: readonly LogLook[]): Omit<WatchedLook, 'gaps'> {
    const errors = looks.flatMap((look) => (look.readable ? [] : [look.error]));
    const isReadable = looks.some((look) => look.readable);
    // Of a log in several files one may never have been written; the others tell.
    const blinding = isReadable ? errors.filter(({ kind }) => kind !== 'not_found') : errors;
    this.#say({ readable: blinding.length === 0, lastWriteWallMs: this.lastWriteWallMs });
    return { more: looks.some((look) => look.readable && look.more), errors: blinding };
  }

  #say(status: LogStatus): void {
    if (this.#isDiscarded) return;
    const at = this.#options.clock.now();
    const said = this.#said;
    const isNews =
      said?.status.readable !== status.readable || said.status.lastWriteWallMs !== status.lastWriteWallMs;
    if (!isNews && at.monoMs - said.at.monoMs < LIMITS.statusEveryMs) return;
    this.#said = { status, at };
    this.#options.onStatus(status, at);
  }
}

/** `current` first, and of each place only one position. */
function merged(
  current: readonly (LogPosition | JournalPosition | undefined)[],
  older: TailPosition,
): TailPosition {
  const known = current.filter((position) => position !== undefined);
  const files = [...known.filter((position) => 'path' in position), ...older.files];
  const journals = [...known.filter((position) => 'cursor' in position), ...older.journals];
  return {
    files: firstOfEach(files, ({ path }) => path),
    journals: firstOfEach(journals, ({ unit, user }) => JSON.stringify([unit, user])),
  };
}

function firstOfEach<T>(positions: readonly T[], placeOf: (position: T) => string): T[] {
  const first = new Map<string, T>();
  for (const position of positions) if (!first.has(placeOf(position))) first.set(placeOf(position), position);
  return [...first.values()].slice(0, LIMITS.rememberedPlaces);
}
