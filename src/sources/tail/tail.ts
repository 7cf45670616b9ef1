import type { Instant } from '../../core/index.ts';
import { codeOf } from '../../runtime/error-parts.ts';
import type { FileStatus, FileSystem } from './file-system.ts';
import type { FollowedFile } from './followed-file.ts';
import { gapIn, type Change } from './gaps.ts';
import type { LogLook, LogReader, OnLines } from './log-reader.ts';
import { closeAll, MAX_ROTATIONS, type Opening } from './opened-files.ts';
import type { LogPosition } from './position.ts';
import { afterPosition, afterRotation, copiesOf, firstOf, replacementOf } from './successors.ts';
import { fileError, unreadable, valueOrGone } from './unreadable.ts';

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
  /** A look must end soon, so that a flood in one log does not delay the others; 1 MiB takes a few milliseconds. */
  bytesPerLook: 1024 * 1024,
  /** Looks come every half second. After such a gap we were suspended or blind, and what was written then is not now. */
  gapMs: 10_000,
  /** A deleted file holds its disk space for as long as we hold the file. Its writer may go on in it for a while. */
  deletedQuietMs: 10 * 60_000,
} as const;

/** A moment without a name: milliseconds that only go up. */
type MonoMs = number;

/** What a look leaves: something to be read at once, nothing for now, or no log at all. */
type Outcome = 'more' | 'done' | 'absent';

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
  readonly #options: TailOptions;
  #gaps: string[] = [];
  /** Oldest first: the file being read, then those rotated after it. Nearly always one. */
  #files: readonly FollowedFile[] = [];
  /** Where the last files that were finished ended: what is written to one of them later is read on from there. */
  #finished: readonly LogPosition[] = [];
  /** Where to go on when no file is open. */
  #position: LogPosition | undefined;
  /** Since when nothing has been at the path, on the wall clock. */
  #absentAtWallMs: number | undefined;
  /** From a start with a position, or a gap between looks, until the end of what was written meanwhile. */
  #isCatchingUp = false;
  /** The empty file at the path for which there was nothing to change over to. */
  #seenEmpty: string | undefined;
  /** When a look last told whether there is a log. */
  #lookedAt: MonoMs | undefined;
  #quietSince: MonoMs | undefined;
  #lastWriteWallMs: number | undefined;

  constructor(options: TailOptions) {
    this.#options = options;
    this.#position = options.position;
  }

  /** Modification time of the log as of the last look. */
  get lastWriteWallMs(): number | undefined {
    return this.#lastWriteWallMs;
  }

  position(): LogPosition | undefined {
    return this.#files[0]?.position(this.#options.path) ?? this.#position;
  }

  async look(now: Instant): Promise<LogLook> {
    this.#gaps = [];
    const { path } = this.#options;
    try {
      const outcome = await this.#look(now);
      const gaps = this.#gaps;
      if (outcome === 'absent') return { readable: false, error: unreadable(path, 'ENOENT'), gaps };
      return { readable: true, more: outcome === 'more', gaps };
    } catch (error: unknown) {
      const code = codeOf(error);
      if (code === undefined) throw error;
      // The file behind the handle is lost; its name may lead to it again.
      if (code === 'ESTALE' || code === 'EBADF' || code === 'EIO') await this.close();
      return { readable: false, error: unreadable(path, code), gaps: this.#gaps };
    }
  }

  async close(): Promise<void> {
    this.#position = this.position();
    const files = this.#files;
    this.#files = [];
    await closeAll(files);
  }

  async #look(now: Instant): Promise<Outcome> {
    const { fileSystem, path } = this.#options;
    if (this.#lookedAt !== undefined && now.monoMs - this.#lookedAt > LIMITS.gapMs) {
      this.#isCatchingUp = true;
      for (const file of this.#files) file.catchUpTo((await file.status()).size);
    }
    const status = await valueOrGone(fileSystem.status(path));
    const outcome =
      status === undefined ? await this.#lookWithoutPath(now) : await this.#lookAtPath(status, now);
    this.#lookedAt = now.monoMs;
    if (outcome !== 'more') this.#isCatchingUp = false;
    return outcome;
  }

  async #lookAtPath(status: FileStatus, now: Instant): Promise<Outcome> {
    const newest = this.#files.at(-1);
    if (newest?.isSameFile(status) === true) {
      this.#quietSince = undefined;
      // The usual case, in which a look must cost next to nothing.
      if (this.#files.length === 1 && !this.#isCatchingUp && newest.isUnchanged(status)) return 'done';
    }
    if (!status.isRegular) throw fileError('NOT_A_REGULAR_FILE');
    this.#lastWriteWallMs = Number(status.modifiedNs / 1_000_000n);
    if (this.#files.length === 0) await this.#begin(status);
    this.#absentAtWallMs = undefined;
    return this.#readOn(status, now);
  }

  /** Nothing at the path: moved away a moment ago, deleted, or never there. */
  async #lookWithoutPath(now: Instant): Promise<Outcome> {
    if (this.#files.length === 0) await this.#begin(undefined);
    const newest = this.#files.at(-1);
    if (newest === undefined) {
      this.#absentAtWallMs ??= now.wallMs;
      return 'absent';
    }
    const { bytes, atEnd } = await this.#readToEnd(LIMITS.bytesPerLook, 0);
    if (!atEnd) return 'more';
    await this.#giveUpDeleted(newest, { bytes, now });
    return 'done';
  }

  /** Opens what was left off, or else the first file. */
  async #begin(status: FileStatus | undefined): Promise<void> {
    let change: Change | undefined;
    if (this.#position !== undefined) {
      this.#isCatchingUp = true;
      ({ files: this.#files, change } = await afterPosition(this.#opening, this.#position, status));
    }
    if (this.#files.length === 0 && status !== undefined) {
      const since = {
        absentAtWallMs: this.#absentAtWallMs,
        watchingSinceWallMs: this.#options.watchingSinceWallMs,
      };
      const first = await firstOf(this.#opening, status, since);
      this.#files = first.files;
      this.#account(first.change);
    }
    // Not before: a log that may not be read today is gone on with tomorrow.
    this.#position = undefined;
    this.#account(change);
  }

  async #readOn(status: FileStatus, now: Instant): Promise<Outcome> {
    let budget: number = LIMITS.bytesPerLook;
    while (budget > 0) {
      const isAtPath = this.#files.at(-1)?.isSameFile(status) === true;
      const { bytes, atEnd } = await this.#readToEnd(budget, isAtPath ? 1 : 0);
      budget -= bytes;
      const newest = this.#files.at(-1);
      if (!atEnd || newest === undefined) return 'more';
      if (!isAtPath) {
        const change = await this.#changeOver(newest, status);
        if (change === 'retry') return 'more';
        if (change === 'changed') continue;
        await this.#giveUpDeleted(newest, { bytes, now });
        return 'done';
      }
      if (newest.isUnchanged(status)) return 'done';
      if (await newest.stillHolds(status)) {
        const read = await newest.read(budget, { lines: this.#options.onLines, status });
        return read.atEnd ? 'done' : 'more';
      }
      await this.#startOver(newest, status);
    }
    return 'more';
  }

  /** Reads all files but the newest `except`, and finishes all but the newest. */
  async #readToEnd(budget: number, except: 0 | 1): Promise<{ bytes: number; atEnd: boolean }> {
    let bytes = 0;
    for (;;) {
      const [oldest] = this.#files;
      if (oldest === undefined || this.#files.length <= except) return { bytes, atEnd: true };
      if (bytes >= budget) return { bytes, atEnd: false };
      const status = await oldest.status();
      if (!(await oldest.stillHolds(status))) {
        await this.#startOver(oldest, status);
        continue;
      }
      const isNewest = this.#files.length === 1;
      // An old file beside an empty new one may stay for weeks: then a look must cost next to nothing.
      if (isNewest && status.size === oldest.readOffset) return { bytes, atEnd: true };
      const read = await oldest.read(budget - bytes, { lines: this.#options.onLines });
      bytes += read.bytes;
      if (isNewest || !read.atEnd) return { bytes, atEnd: read.atEnd };
      await this.#finishOldest();
    }
  }

  async #finishOldest(): Promise<void> {
    const [oldest, ...rest] = this.#files;
    if (oldest === undefined) return;
    // The writer was in the midst of a line when the copy was made, or the disk was full.
    if (!oldest.finish(this.#options.onLines)) this.#mayBeLost('the copy of it ends in the middle of one');
    this.#files = rest;
    this.#finished = [oldest.position(this.#options.path), ...this.#finished].slice(0, MAX_ROTATIONS);
    await oldest.close();
  }

  /** From the newest file we know, read to its end, to those that came after it. */
  async #changeOver(newest: FollowedFile, status: FileStatus): Promise<'changed' | 'stay' | 'retry'> {
    const isEmpty = status.size === 0;
    const seenEmpty = `${status.inode} ${status.modifiedNs}`;
    if (isEmpty && this.#seenEmpty === seenEmpty) return 'stay';
    const replacement = await replacementOf(this.#opening, newest, status);
    if (replacement !== undefined) {
      this.#files = replacement;
      await newest.close();
      return 'changed';
    }
    const successors = await afterRotation(this.#opening, newest, status);
    if (successors !== undefined) {
      this.#files = [...this.#files, ...successors.files];
      this.#account(successors.change);
      await this.#finishOldest();
      return 'changed';
    }
    if (!isEmpty) return 'retry';
    this.#seenEmpty = seenEmpty;
    return 'stay';
  }

  /** The file lost what we had read. What we had not read may be in a copy. */
  async #startOver(file: FollowedFile, status: FileStatus): Promise<void> {
    const { recency } = this.#opening;
    const { files, change } = await copiesOf(this.#opening, file, this.#files);
    const anew = file.startedOver(status, recency && { size: status.size, recency });
    this.#files = this.#files.toSpliced(this.#files.indexOf(file), 1, ...files, anew);
    this.#account(change);
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

  /** Says so where lines may be lost with a change after which the right files are open. */
  #account(change: Change | undefined): void {
    const isRead = (status: FileStatus): boolean => this.#files.some((file) => file.isSameFile(status));
    const gap = change && gapIn(change, isRead);
    if (gap !== undefined) this.#mayBeLost(gap);
  }

  #mayBeLost(why: string): void {
    this.#gaps.push(`lines of ${this.#options.path} may be lost: ${why}`);
  }

  get #opening(): Opening {
    const { fileSystem, path } = this.#options;
    const recency = this.#isCatchingUp ? 'catch-up' : undefined;
    return { fileSystem, path, finished: this.#finished, recency };
  }
}
