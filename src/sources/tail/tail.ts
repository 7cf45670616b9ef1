import { basename, dirname, join } from 'node:path';

import type { Instant, SourceErrorKind } from '../../core/index.ts';
import { codeOf } from '../../runtime/error-parts.ts';
import { HEAD_BYTES } from './content-windows.ts';
import type { FileStatus, FileSystem, OpenFile } from './file-system.ts';
import { FollowedFile, holdsPosition, type Boundary } from './followed-file.ts';
import type { LogLook, LogReader, OnLines } from './log-reader.ts';
import type { LogPosition } from './position.ts';
import { gapIn, type Change, type Rotated, type Sibling } from './gaps.ts';
import { byRotation, compressedNames, rotatedAfter, rotatedNames } from './rotated-names.ts';

export interface TailOptions {
  readonly path: string;
  readonly fileSystem: FileSystem;
  readonly onLines: OnLines;
  /** Where an earlier run stopped. */
  readonly position?: LogPosition | undefined;
  /** Since when anybody watches for this log, on the wall clock. A file created later has no history, only lines we were late for. */
  readonly watchingSinceWallMs: number;
}

/** Why each bound is what it is. */
const LIMITS = {
  /** What was last said is all that counts of the past; 256 KiB hold a thousand attempts. */
  historyBytes: 256 * 1024,
  /** A look must end soon, so that a flood in one log does not delay the others; 1 MiB takes a few milliseconds. */
  bytesPerLook: 1024 * 1024,
  /** Looks come every half second. After such a gap we were suspended or blind, and what was written then is not now. */
  gapMs: 10_000,
  /** A deleted file holds its disk space for as long as we hold the file. Its writer may go on in it for a while. */
  deletedQuietMs: 10 * 60_000,
  /** More rotations than this between two looks are not followed. */
  rotatedFiles: 16,
  /** File systems tell time in ticks. */
  tickMs: 10,
} as const;

const NOTHING_NEW: LogLook = { readable: true, lines: 0, more: false };

/** A moment without a name: milliseconds that only go up. */
type MonoMs = number;

/**
 * Follows a log by its path, by looking again and again.
 *
 * - Renamed away (rotation): the old file is finished first, then files that were rotated in between, then the new one
 *   from its start. While the new one is empty the old one stays in sight, since its writer may not have changed over.
 * - Truncated in place, or grown again since: seen by what the file contains, not by its size alone. Lines that a
 *   rotation by copy (copytruncate) saved in the copy are read there. Of a log that was empty no content tells: what was
 *   written to beside it since then is the copy.
 * - Gone, unreadable, on a stale mount: an error value, and it recovers by itself.
 *
 * Each line is given once, in order. What was there before the first look ever is `history` (its last 256 KiB); what was
 * written while nobody looked is `catch-up`; the rest is `live`. Between looks it holds one open file.
 */
export class LogTail implements LogReader {
  readonly path: string;
  readonly #directory: string;
  readonly #base: string;
  readonly #fileSystem: FileSystem;
  readonly #onLines: OnLines;
  readonly #watchingSinceWallMs: number;

  #lines = 0;
  #gaps: string[] = [];
  /** Oldest first: the file being read, then those rotated after it. Nearly always one. */
  #files: readonly FollowedFile[] = [];
  /** Where the last files that were finished ended: what is written to one of them later is read on from there. */
  #finished: readonly LogPosition[] = [];
  /** Where to go on when no file is open. */
  #position: LogPosition | undefined;
  /** Since when nothing has been at the path, on the wall clock. */
  #absentAtWallMs: number | undefined;
  #hasBegun = false;
  /** From a start with a position, or a gap between looks, until the end of what was written meanwhile. */
  #isCatchingUp = false;
  /** The empty file at the path for which there was nothing to change over to. */
  #seenEmpty: string | undefined;
  #lookedAt: MonoMs | undefined;
  #quietSince: MonoMs | undefined;
  #lastWriteWallMs: number | undefined;

  constructor(options: TailOptions) {
    this.path = options.path;
    this.#directory = dirname(options.path);
    this.#base = basename(options.path);
    this.#fileSystem = options.fileSystem;
    this.#onLines = (batch) => {
      this.#lines += batch.lines.length;
      options.onLines(batch);
    };
    this.#position = options.position;
    this.#watchingSinceWallMs = options.watchingSinceWallMs;
  }

  /** Modification time of the log as of the last look. */
  get lastWriteWallMs(): number | undefined {
    return this.#lastWriteWallMs;
  }

  get isHistoryComplete(): boolean {
    return this.#hasBegun && !this.#isCatchingUp && this.#files.every((file) => file.isPastBoundary);
  }

  position(): LogPosition | undefined {
    return this.#files[0]?.position(this.path) ?? this.#position;
  }

  async look(now: Instant): Promise<LogLook> {
    const look = await this.#look(now);
    if (this.#gaps.length === 0) return look;
    const gaps = this.#gaps;
    this.#gaps = [];
    return { ...look, gaps };
  }

  async #look(now: Instant): Promise<LogLook> {
    const nowMonoMs = now.monoMs;
    this.#lines = 0;
    try {
      if (this.#lookedAt !== undefined && nowMonoMs - this.#lookedAt > LIMITS.gapMs)
        await this.#startCatchingUp();
      const status = await valueOrGone(this.#fileSystem.status(this.path));
      if (status !== undefined && this.#files.at(-1)?.isSameFile(status) === true)
        this.#quietSince = undefined;
      if (status !== undefined && this.#isQuiet(status)) {
        this.#lookedAt = nowMonoMs;
        return NOTHING_NEW;
      }
      const more =
        status === undefined ? await this.#lookWithoutPath(now) : await this.#lookAtPath(status, now);
      this.#lookedAt = nowMonoMs;
      this.#hasBegun = true;
      if (!more) this.#isCatchingUp = false;
      return { readable: true, lines: this.#lines, more };
    } catch (error: unknown) {
      const code = codeOf(error);
      if (code === undefined) throw error;
      // The file behind the handle is lost; its name may lead to it again.
      if (code === 'ESTALE' || code === 'EBADF' || code === 'EIO') await this.close();
      return { readable: false, error: { kind: kindOf(code), message: messageOf(this.path, code) } };
    }
  }

  async close(): Promise<void> {
    this.#position = this.position();
    const files = this.#files;
    this.#files = [];
    await closeAll(files);
  }

  /** The usual case, in which a look must cost next to nothing. */
  #isQuiet(status: FileStatus): boolean {
    const [file] = this.#files;
    return (
      file !== undefined &&
      this.#files.length === 1 &&
      !this.#isCatchingUp &&
      file.isUnchanged(status) &&
      file.isSameFile(status)
    );
  }

  async #startCatchingUp(): Promise<void> {
    this.#isCatchingUp = true;
    for (const file of this.#files) file.catchUpTo((await file.status()).size);
  }

  /** Whether more is there to be read at once. */
  async #lookAtPath(status: FileStatus, now: Instant): Promise<boolean> {
    if (!status.isRegular) throw fileError('NOT_A_REGULAR_FILE');
    this.#lastWriteWallMs = Number(status.modifiedNs / 1_000_000n);
    const position = this.#files.length === 0 ? this.#position : undefined;
    const change = position && (await this.#resume(position, status));
    if (this.#files.length === 0) await this.#openFirst(status);
    // Not before: a log that may not be read today is gone on with tomorrow.
    this.#position = undefined;
    this.#account(change);
    this.#absentAtWallMs = undefined;
    return this.#readOn(status, now);
  }

  /** Nothing at the path: moved away a moment ago, deleted, or never there. */
  async #lookWithoutPath(now: Instant): Promise<boolean> {
    if (this.#files.length === 0 && this.#position !== undefined) {
      const change = await this.#resume(this.#position, undefined);
      this.#position = undefined;
      this.#account(change);
    }
    const newest = this.#files.at(-1);
    if (newest === undefined) {
      this.#lookedAt = now.monoMs;
      this.#hasBegun = true;
      this.#isCatchingUp = false;
      this.#absentAtWallMs ??= now.wallMs;
      throw fileError('ENOENT');
    }
    const { bytes, atEnd } = await this.#readToEnd(LIMITS.bytesPerLook);
    if (!atEnd) return true;
    await this.#giveUpDeleted(newest, { bytes, now });
    return false;
  }

  /** Lets go of a file that no name leads to and that nobody has written to for a while. */
  async #giveUpDeleted(
    newest: FollowedFile,
    { bytes, now }: { readonly bytes: number; readonly now: Instant },
  ): Promise<void> {
    if (bytes > 0 || (await newest.status()).isLinked) this.#quietSince = undefined;
    else this.#quietSince ??= now.monoMs;
    if (this.#quietSince === undefined || now.monoMs - this.#quietSince <= LIMITS.deletedQuietMs) return;
    await this.#finishOldest();
    this.#quietSince = undefined;
    this.#absentAtWallMs ??= now.wallMs;
  }

  async #readOn(status: FileStatus, now: Instant): Promise<boolean> {
    let budget: number = LIMITS.bytesPerLook;
    while (budget > 0) {
      const { bytes, atEnd } = await this.#readOlder(budget, status);
      budget -= bytes;
      if (!atEnd) return true;

      const newest = this.#files.at(-1);
      if (newest === undefined) return true;
      if (!newest.isSameFile(status)) {
        const change = await this.#changeOver(newest, status);
        if (change === 'stay') {
          await this.#giveUpDeleted(newest, { bytes, now });
          return false;
        }
        if (change === 'retry') return true;
      } else if (newest.isUnchanged(status)) {
        return false;
      } else if (await newest.stillHolds(status)) {
        return !(await newest.read(budget, { lines: this.#onLines, status })).atEnd;
      } else {
        await this.#startAfterTruncation(newest, status);
      }
    }
    return true;
  }

  /** Reads and finishes all files but the one at the path. */
  async #readOlder(budget: number, status: FileStatus): Promise<{ bytes: number; atEnd: boolean }> {
    const isAtPath = this.#files.at(-1)?.isSameFile(status) === true;
    if (isAtPath && this.#files.length === 1) return { bytes: 0, atEnd: true };
    return this.#readToEnd(budget, isAtPath ? 1 : 0);
  }

  /** Reads all files but the newest `except`, and finishes all but the newest. */
  async #readToEnd(budget: number, except = 0): Promise<{ bytes: number; atEnd: boolean }> {
    let bytes = 0;
    while (this.#files.length > except) {
      const [oldest] = this.#files;
      if (oldest === undefined) break;
      if (bytes >= budget) return { bytes, atEnd: false };
      const status = await oldest.status();
      if (!(await oldest.stillHolds(status))) {
        await this.#startAfterTruncation(oldest, status);
        continue;
      }
      // An old file beside an empty new one may stay for weeks: then a look must cost next to nothing.
      if (this.#files.length === 1 && status.size === oldest.readOffset) break;
      const read = await oldest.read(budget - bytes, { lines: this.#onLines });
      bytes += read.bytes;
      if (!read.atEnd) return { bytes, atEnd: false };
      if (this.#files.length === 1) break;
      await this.#finishOldest();
    }
    return { bytes, atEnd: true };
  }

  async #finishOldest(): Promise<void> {
    const [oldest, ...rest] = this.#files;
    if (oldest === undefined) return;
    oldest.flush(this.#onLines);
    this.#files = rest;
    this.#finished = [oldest.position(this.path), ...this.#finished].slice(0, LIMITS.rotatedFiles);
    await oldest.close();
  }

  /** The first file ever, or the first after there was none. */
  async #openFirst(status: FileStatus): Promise<void> {
    const wasAbsent = this.#absentAtWallMs !== undefined;
    const isNew = wasAbsent || this.#isCatchingUp || status.createdMs > this.#watchingSinceWallMs;
    const isLate = this.#isCatchingUp || !wasAbsent;
    const recency = isLate ? (isNew ? 'catch-up' : 'history') : undefined;
    const change = await this.#gather(async (gathered) => {
      const rotated = await this.#rotated();
      const since = this.#absentAtWallMs;
      const known = since === undefined ? undefined : await this.#openRotatedSince(gathered, rotated, since);
      // The writer of an empty file may not have changed over to it. What was rotated before we came is not ours to tell.
      const isEmpty = status.size === 0;
      if (isEmpty && (gathered.files.length > 0 || (await gathered.openNewestAtEnd(rotated.plain))))
        return known;
      await gathered.open(this.path, {
        offset: isNew ? 0 : Math.max(0, status.size - LIMITS.historyBytes),
        recency,
        expected: status,
      });
      return known;
    });
    this.#account(change);
  }

  /** A log that came and was rotated since there was none. */
  async #openRotatedSince(
    gathered: Gathered,
    rotated: Rotated,
    absentAtWallMs: number,
  ): Promise<PlaceChange> {
    const bornMs = absentAtWallMs - LIMITS.tickMs;
    const names = rotated.plain
      .filter(({ status }) => status.createdMs >= bornMs)
      .toSorted((a, b) => this.#byAge(a, b))
      .map(({ name }) => name);
    await gathered.openRotated(names, { siblings: rotated.plain, recency: this.#lateness });
    return { rotated, sinceNs: BigInt(bornMs) * 1_000_000n, place: 'empty' };
  }

  #byAge(a: Sibling, b: Sibling): number {
    return byModification(a, b) || byRotation(this.#base, a.name, b.name);
  }

  /** Says so where lines may be lost with a change after which the right files are open. */
  #account(change: PlaceChange | undefined): void {
    if (change === undefined) return;
    const isRead = (status: FileStatus): boolean => this.#files.some((file) => file.isSameFile(status));
    const gap = gapIn({ ...change, isRead });
    if (gap !== undefined) this.#gaps.push(`lines of ${this.path} may be lost: ${gap}`);
  }

  /**
   * From the newest file we know, read to its end, to those that came after it. An empty file at the path does not mean
   * that the writer has changed over to it, unless others between the two have been written to.
   */
  async #changeOver(newest: FollowedFile, status: FileStatus): Promise<'changed' | 'stay' | 'retry'> {
    const isEmpty = status.size === 0;
    const seenEmpty = `${status.inode} ${status.modifiedNs}`;
    if (isEmpty && this.#seenEmpty === seenEmpty) return 'stay';

    const position = newest.position(this.path);
    const held = await newest.status();
    const isReplaced = !isEmpty && !held.isLinked;
    if (isReplaced && (await this.#continueInCopyAtPath(position, status))) {
      await newest.close();
      return 'changed';
    }
    const rotated = await this.#rotated();
    const siblings = rotated.plain;
    const ours = siblings.find((sibling) => newest.isSameFile(sibling.status));
    const between = this.#namesAfter(ours?.name, siblings, position);
    const isChanged = await this.#gather(
      async (gathered) => {
        await gathered.openRotated(between, { siblings, recency: this.#lateness });
        if (isEmpty) return gathered.files.length > 0;
        return gathered.open(this.path, { offset: 0, recency: this.#lateness, expected: status });
      },
      { older: this.#files },
    );
    if (isChanged) {
      this.#account({
        rotated,
        sinceNs: BigInt(position.modifiedNs),
        place: ours !== undefined || isCompressed(held, rotated) ? 'continued' : 'gone',
        heldNs: held.modifiedNs,
      });
      await this.#finishOldest();
      return 'changed';
    }
    if (!isEmpty) return 'retry';
    this.#seenEmpty = seenEmpty;
    return 'stay';
  }

  /** An editor that saves, or a restored backup, puts the same content under the name in another file. */
  #continueInCopyAtPath(position: LogPosition, status: FileStatus): Promise<boolean> {
    if (!canReplace(position, status)) return Promise.resolve(false);
    return this.#gather((gathered) =>
      gathered.open(this.path, {
        offset: position.offset,
        recency: this.#lateness,
        expected: status,
        holding: position,
      }),
    );
  }

  /** The file lost what we had read. What we had not read may be in a copy (copytruncate). */
  async #startAfterTruncation(file: FollowedFile, status: FileStatus): Promise<void> {
    const place = this.#files.indexOf(file);
    const older = this.#files.slice(0, place);
    const newer = this.#files.slice(place + 1);
    const recency = this.#lateness;
    const change = await this.#gather(
      async (gathered) => {
        const copies = await this.#openCopies(gathered, file.position(this.path), file);
        gathered.add(file.startedOver(status, recency && { size: status.size, recency }));
        return copies;
      },
      { older, newer },
    );
    this.#account(change);
  }

  /** Goes on where an earlier run, or a lost handle, stopped. */
  #resume(position: LogPosition, status: FileStatus | undefined): Promise<PlaceChange | undefined> {
    this.#isCatchingUp = true;
    return this.#gather(async (gathered) => {
      const isHere = status !== undefined && isFileOf(position, status);
      if (status !== undefined && (await this.#isAtPath(position, status))) {
        const here = {
          offset: position.offset,
          recency: this.#lateness,
          expected: status,
          holding: position,
        };
        // Of an empty file nothing tells whether it was filled, copied and emptied meanwhile: what came first is read first.
        if (position.offset > 0 && (await gathered.open(this.path, here))) return undefined;
      }
      const change = await this.#openCopies(gathered, position);
      return isHere && position.offset === 0 ? { ...change, place: 'empty' } : change;
    });
  }

  async #isAtPath(position: LogPosition, status: FileStatus): Promise<boolean> {
    if (isFileOf(position, status)) return true;
    if (!canReplace(position, status)) return false;
    return !(await this.#rotated()).plain.some((sibling) => isFileOf(position, sibling.status));
  }

  /**
   * The rotated file that contains what was read, from where we stopped, and those rotated after it; of a `truncated` file
   * that itself was rotated since, those before it.
   */
  async #openCopies(
    gathered: Gathered,
    position: LogPosition,
    truncated?: FollowedFile,
  ): Promise<PlaceChange> {
    const rotated = await this.#rotated();
    const siblings = this.#rotatedBefore(truncated, rotated.plain);
    const candidates = [
      ...siblings.filter((sibling) => isFileOf(position, sibling.status)),
      ...siblings.filter((sibling) => canBeCopy(position, sibling.status)),
    ];
    const own = siblings.find((sibling) => isFileOf(position, sibling.status));
    if (position.offset === 0) {
      // Nothing was read that a copy could be known by, but what was written to since then holds nothing old.
      const names = this.#namesAfter(undefined, this.#notNewerThan(own?.name, siblings), position);
      await gathered.openRotated(names, { siblings, recency: this.#lateness });
    }
    let found: string | undefined;
    for (const { name, status } of candidates) {
      const isOpen = await gathered.openSibling(name, {
        offset: position.offset,
        recency: this.#lateness,
        expected: status,
        holding: position,
        // A copy may end in the middle of a line whose rest went to the truncated file.
        lastLineCounts: isFileOf(position, status),
      });
      if (!isOpen) continue;
      found = name;
      break;
    }
    const sinceNs = BigInt(position.modifiedNs);
    const wasEmpty =
      position.offset === 0 && (truncated === undefined ? own !== undefined : truncated.readOffset === 0);
    const place = found !== undefined ? 'continued' : wasEmpty ? 'empty' : 'gone';
    const change = { rotated, sinceNs, place } as const;
    if (found === undefined && position.offset === 0) return change;
    const isBegunAnew =
      found === undefined && truncated === undefined && (own?.status.modifiedNs ?? 0n) > sinceNs;
    const after = this.#namesAfter(found, siblings, position);
    await gathered.openRotated(isBegunAnew && own !== undefined ? [own.name, ...after] : after, {
      siblings,
      recency: this.#lateness,
    });
    return change;
  }

  get #lateness(): 'catch-up' | undefined {
    return this.#isCatchingUp ? 'catch-up' : undefined;
  }

  /**
   * Names of the rotated files newer than ours, oldest first; by their age where ours is not among them any more. Their
   * order alone proves nothing, since anybody may give a file any number: what was last written before our position
   * was read holds nothing new.
   */
  #namesAfter(ours: string | undefined, siblings: readonly Sibling[], position: LogPosition): string[] {
    const modifiedNs = BigInt(position.modifiedNs);
    if (ours !== undefined) {
      // Also at the same time: file systems tell time in ticks of milliseconds, in which a log can be rotated.
      const isOld = (name: string): boolean =>
        siblings.some((sibling) => sibling.name === name && sibling.status.modifiedNs < modifiedNs);
      return rotatedAfter(
        this.#base,
        ours,
        siblings.map(({ name }) => name),
      ).filter((name) => !isOld(name));
    }
    return siblings
      .filter(({ status }) => status.modifiedNs > modifiedNs && !isFileOf(position, status))
      .toSorted((a, b) => this.#byAge(a, b))
      .map(({ name }) => name);
  }

  /** Those of `siblings` that are older than `file`, which may be among them, and that we do not follow already. */
  #rotatedBefore(file: FollowedFile | undefined, siblings: readonly Sibling[]): readonly Sibling[] {
    if (file === undefined) return siblings;
    const own = siblings.find(({ status }) => file.isSameFile(status))?.name;
    return this.#notNewerThan(own, siblings).filter(
      ({ status }) => !this.#files.some((followed) => followed.isSameFile(status)),
    );
  }

  #notNewerThan(name: string | undefined, siblings: readonly Sibling[]): readonly Sibling[] {
    if (name === undefined) return siblings;
    const names = siblings.map((sibling) => sibling.name);
    const newer = new Set(rotatedAfter(this.#base, name, names));
    return siblings.filter((sibling) => !newer.has(sibling.name));
  }

  /** Rotated files that we may look at; those that we may not are no reason to miss the log itself. */
  async #rotated(): Promise<Rotated> {
    const names = (await valueOrRefused(this.#fileSystem.names(this.#directory))) ?? [];
    return {
      plain: await this.#withStatus(rotatedNames(this.#base, names)),
      compressed: await this.#withStatus(compressedNames(this.#base, names)),
    };
  }

  async #withStatus(names: readonly string[]): Promise<readonly Sibling[]> {
    const siblings: Sibling[] = [];
    for (const name of names) {
      const status = await valueOrRefused(this.#fileSystem.status(join(this.#directory, name)));
      if (status?.isRegular === true) siblings.push({ name, status });
    }
    return siblings;
  }

  /**
   * Opens files and puts them between `older` and `newer`, all of them or none: whatever fails on the way, no handle is
   * left open and the next look begins where this one did.
   */
  async #gather<T>(
    open: (gathered: Gathered) => Promise<T>,
    { older = [], newer = [] }: { older?: readonly FollowedFile[]; newer?: readonly FollowedFile[] } = {},
  ): Promise<T> {
    const gathered = new Gathered(this.#fileSystem, this.#directory, this.#finished);
    try {
      const result = await open(gathered);
      if (result === false) await closeAll(gathered.files);
      else this.#files = [...older, ...gathered.files, ...newer];
      return result;
    } catch (error: unknown) {
      await closeAll(gathered.files);
      throw error;
    }
  }
}

type PlaceChange = Omit<Change, 'isRead'>;

interface OpenFrom {
  readonly offset: number;
  /** Of what is in the file now; `undefined`: live. */
  readonly recency: Boundary['recency'] | undefined;
  readonly expected: FileStatus;
  /** Only a file that contains what this position says will do. */
  readonly holding?: LogPosition;
  readonly lastLineCounts?: boolean;
}

/** Files opened for one purpose. */
class Gathered {
  readonly files: FollowedFile[] = [];
  readonly #fileSystem: FileSystem;
  readonly #directory: string;
  readonly #finished: readonly LogPosition[];

  constructor(fileSystem: FileSystem, directory: string, finished: readonly LogPosition[]) {
    this.#fileSystem = fileSystem;
    this.#directory = directory;
    this.#finished = finished;
  }

  /** `false` when the name leads elsewhere by now, or the file does not contain what it should. */
  async open(path: string, from: OpenFrom): Promise<boolean> {
    const file = await valueOrGone(this.#fileSystem.open(path));
    if (file === undefined) return false;
    try {
      const followed = await this.#follow(file, from);
      if (followed !== undefined) {
        this.files.push(followed);
        return true;
      }
    } catch (error: unknown) {
      await file.close();
      throw error;
    }
    await file.close();
    return false;
  }

  async openSibling(name: string, from: OpenFrom): Promise<boolean> {
    return (await valueOrRefused(this.open(join(this.#directory, name), from))) ?? false;
  }

  /** The rotated file that was last written to, for what may still be appended to it. */
  async openNewestAtEnd(siblings: readonly Sibling[]): Promise<boolean> {
    const written = siblings.filter(({ status }) => status.size > 0);
    const newest = (written.length > 0 ? written : siblings).toSorted(byModification).at(-1);
    if (newest === undefined) return false;
    const { name, status } = newest;
    return this.openSibling(name, { offset: status.size, recency: undefined, expected: status });
  }

  /** Nothing may fail after it: the file is somebody's already. */
  add(file: FollowedFile): void {
    this.files.push(file);
  }

  async openRotated(
    names: readonly string[],
    among: { readonly siblings: readonly Sibling[]; readonly recency: Boundary['recency'] | undefined },
  ): Promise<void> {
    for (const name of names.slice(-LIMITS.rotatedFiles)) {
      const status = among.siblings.find((sibling) => sibling.name === name)?.status;
      if (status === undefined || status.size === 0) continue;
      const from = { offset: 0, recency: among.recency, expected: status };
      const finished = this.#finished.find((position) => isFileOf(position, status));
      // One that was written anew is as long as before only by chance.
      if (finished?.modifiedNs === String(status.modifiedNs)) continue;
      if (finished !== undefined && status.size > finished.offset) {
        const on = { ...from, offset: finished.offset, holding: finished };
        if (await this.openSibling(name, on)) continue;
      }
      await this.openSibling(name, from);
    }
  }

  async #follow(file: OpenFile, from: OpenFrom): Promise<FollowedFile | undefined> {
    const status = await file.status();
    const { expected, holding, recency } = from;
    if (!status.isRegular || status.device !== expected.device || status.inode !== expected.inode)
      return undefined;
    if (holding !== undefined && !(await holdsPosition(file, status, holding))) return undefined;
    const boundary = recency === undefined ? undefined : { size: status.size, recency };
    return FollowedFile.at(file, status, { ...from, boundary });
  }
}

/** The one that was last written to stands last. */
function byModification(a: Sibling, b: Sibling): number {
  return Number(a.status.modifiedNs - b.status.modifiedNs);
}

/** Compressed since: it has kept its modification time. */
function isCompressed({ modifiedNs }: FileStatus, { compressed }: Rotated): boolean {
  return compressed.some(({ status }) => status.modifiedNs === modifiedNs);
}

/** As the file system would throw it. */
function fileError(code: string): Error {
  return Object.assign(new Error(code), { code });
}

function isFileOf(position: LogPosition, status: FileStatus): boolean {
  if (status.device !== position.device || status.inode !== position.inode) return false;
  // Of one in which nothing was read only its age tells whether it is another that got the same inode.
  const readMs = Number(BigInt(position.modifiedNs) / 1_000_000n);
  return position.offset > 0 || status.createdMs <= readMs + LIMITS.tickMs;
}

/** A file under another inode can be a copy only if it is no older than what we read, and we had read something. */
function canBeCopy(position: LogPosition, status: FileStatus): boolean {
  return (
    position.offset > 0 && status.modifiedNs >= BigInt(position.modifiedNs) && !isFileOf(position, status)
  );
}

/** At the log's own path a new log is likelier than a copy, and new logs begin alike: a full head must agree. */
function canReplace(position: LogPosition, status: FileStatus): boolean {
  return position.offset >= HEAD_BYTES && canBeCopy(position, status);
}

/** `undefined` when there is no such file, or no directory it could be in. */
async function valueOrGone<T>(value: Promise<T>): Promise<T | undefined> {
  try {
    return await value;
  } catch (error: unknown) {
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}

/** `undefined` for whatever a file system can refuse. */
async function valueOrRefused<T>(value: Promise<T>): Promise<T | undefined> {
  try {
    return await value;
  } catch (error: unknown) {
    if (codeOf(error) === undefined) throw error;
    return undefined;
  }
}

/** Also of handles that are stale already: they cannot be closed any better. */
async function closeAll(files: readonly FollowedFile[]): Promise<void> {
  for (const file of files) await file.close().catch(() => undefined);
}

function kindOf(code: string): SourceErrorKind {
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return 'permission';
    case 'ENOENT':
    case 'ENOTDIR':
      return 'not_found';
    case 'EISDIR':
    case 'ENXIO':
    case 'NOT_A_REGULAR_FILE':
      return 'unsupported';
    default:
      return 'other';
  }
}

function messageOf(path: string, code: string): string {
  switch (kindOf(code)) {
    case 'permission':
      return `${path}: no permission to read the log (${code}); let the exporter's user read it`;
    case 'not_found':
      return `${path}: no such log file`;
    case 'unsupported':
      return `${path}: not a regular file, so it cannot be followed`;
    default:
      return `${path}: cannot read the log (${code})`;
  }
}
