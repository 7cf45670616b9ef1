import type { Recency } from '../../core/index.ts';
import {
  areIn,
  AT_START,
  fingerprintsOf,
  movedOver,
  windowsAt,
  type ContentWindows,
} from './content-windows.ts';
import type { FileStatus, OpenFile } from './file-system.ts';
import { LineSplitter } from './line-splitter.ts';
import type { OnLines } from './log-reader.ts';
import type { LogPosition } from './position.ts';

/** What was there before: bytes up to `size` have `recency`, what comes after is live. */
export interface Boundary {
  readonly size: number;
  readonly recency: Exclude<Recency, 'live'>;
}

interface Start {
  readonly windows: ContentWindows;
  readonly boundary: Boundary | undefined;
  /** Whether what is left without a line end when this file is done is a line: not so in a copy that was cut off. */
  readonly lastLineCounts: boolean;
}

const READ_BYTES = 64 * 1024;
const LINE_FEED = 0x0a;

/** One open log file, read from an offset on, and what was read of it. */
export class FollowedFile {
  readonly #file: OpenFile;
  readonly #splitter: LineSplitter;
  /** Up to where was read. */
  #read: ContentWindows;
  /** Up to the end of the last whole line: where a later reader has to go on. */
  #whole: ContentWindows;
  #boundary: Boundary | undefined;
  #modifiedNs: bigint;
  /** The file had nothing in it when it was last looked at. */
  #wasEmpty: boolean;
  /** Modification time for which the content was last compared. */
  #comparedNs: bigint | undefined;
  readonly #lastLineCounts: boolean;
  readonly device: string;
  readonly inode: string;

  private constructor(file: OpenFile, status: FileStatus, { windows, boundary, lastLineCounts }: Start) {
    this.#file = file;
    this.#read = windows;
    this.#whole = windows;
    this.#boundary = boundary;
    this.#lastLineCounts = lastLineCounts;
    this.#modifiedNs = status.modifiedNs;
    this.#wasEmpty = status.size === 0;
    this.device = status.device;
    this.inode = status.inode;
    const startsInsideLine = windows.offset > 0 && windows.near.at(-1) !== LINE_FEED;
    this.#splitter = new LineSplitter({ startsInsideLine });
  }

  /** Goes on at `offset` in an open file. */
  static async at(
    file: OpenFile,
    status: FileStatus,
    { offset, ...start }: Omit<Start, 'windows'> & { readonly offset: number },
  ): Promise<FollowedFile> {
    return new FollowedFile(file, status, { windows: await windowsAt(file, offset), ...start });
  }

  /** Up to where was read, in bytes; the last of them may be the start of a line. */
  get readOffset(): number {
    return this.#read.offset;
  }

  /** The same open file from its start, where it holds something else than what was read of it. Use only one of the two. */
  startedOver(status: FileStatus, boundary: Boundary | undefined): FollowedFile {
    const lastLineCounts = this.#lastLineCounts;
    return new FollowedFile(this.#file, status, { windows: AT_START, boundary, lastLineCounts });
  }

  /** Whether everything from before was read. */
  get #isPastBoundary(): boolean {
    return this.#boundary === undefined || this.#read.offset >= this.#boundary.size;
  }

  isSameFile(status: FileStatus): boolean {
    return status.device === this.device && status.inode === this.inode;
  }

  isUnchanged(status: FileStatus): boolean {
    return status.size === this.#read.offset && status.modifiedNs === this.#modifiedNs;
  }

  /** Bytes up to the file's present size were written while nobody looked. */
  catchUpTo(size: number): void {
    if (this.#isPastBoundary && size > this.#read.offset) this.#boundary = { size, recency: 'catch-up' };
  }

  status(): Promise<FileStatus> {
    return this.#file.status();
  }

  /**
   * Whether the file still contains what was read of it. Truncated and grown again past the offset, it does not. An empty
   * file that was written to may have been copied and emptied before: nothing in it could tell, so it does not either,
   * unless rotations have taken it away since, which rename.
   */
  async stillHolds(status: FileStatus): Promise<boolean> {
    if (status.size < this.#read.offset) return false;
    if (this.#read.offset === 0) {
      return !this.#wasEmpty || status.modifiedNs === this.#modifiedNs || !status.isLinked;
    }
    if (status.size === this.#read.offset && status.modifiedNs === this.#comparedNs) return true;
    const holds = await areIn(this.#file, this.#read);
    if (holds) this.#comparedNs = status.modifiedNs;
    return holds;
  }

  /** Reads at most `maxBytes`, to the file's end. */
  async read(
    maxBytes: number,
    on: { readonly lines: OnLines; readonly status?: FileStatus },
  ): Promise<{ readonly bytes: number; readonly atEnd: boolean }> {
    const buffer = new Uint8Array(Math.min(READ_BYTES, Math.max(1, maxBytes)));
    let bytes = 0;
    while (bytes < maxBytes) {
      const room = Math.min(buffer.length, maxBytes - bytes, this.#bytesToBoundary());
      const count = await this.#file.read(buffer.subarray(0, room), this.#read.offset);
      if (count === 0) {
        if (on.status !== undefined) this.#modifiedNs = on.status.modifiedNs;
        this.#wasEmpty = this.#read.offset === 0;
        return { bytes, atEnd: true };
      }
      bytes += count;
      this.#accept(buffer.subarray(0, count), on.lines);
    }
    return { bytes, atEnd: false };
  }

  /** Tells what stands at the end without a line end, as a line. `false`: it is none, and its rest is nowhere in this file. */
  finish(onLines: OnLines): boolean {
    const last = this.#splitter.flush();
    this.#whole = this.#read;
    if (last === undefined) return true;
    if (this.#lastLineCounts) onLines({ lines: [last], recency: this.#recency() });
    return this.#lastLineCounts;
  }

  position(path: string): LogPosition {
    const { device, inode } = this;
    return { path, device, inode, ...fingerprintsOf(this.#whole), modifiedNs: String(this.#modifiedNs) };
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  #accept(chunk: Uint8Array, onLines: OnLines): void {
    const wholeBytes = chunk.lastIndexOf(LINE_FEED) + 1;
    if (wholeBytes > 0) this.#whole = movedOver(chunk.subarray(0, wholeBytes), this.#read);
    this.#read = movedOver(chunk, this.#read);
    const lines = this.#splitter.push(chunk);
    if (lines.length > 0) onLines({ lines, recency: this.#recency() });
  }

  /** Of the bytes just read: a read never crosses the boundary. */
  #recency(): Recency {
    if (this.#boundary === undefined || this.#read.offset > this.#boundary.size) return 'live';
    return this.#boundary.recency;
  }

  #bytesToBoundary(): number {
    if (this.#boundary === undefined || this.#isPastBoundary) return Infinity;
    return this.#boundary.size - this.#read.offset;
  }
}
