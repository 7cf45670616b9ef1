import { createHash } from 'node:crypto';
import type { OpenFile } from './file-system.ts';
import type { Fingerprint, LogPosition } from './position.ts';

/** How much of a file's beginning tells it from another. */
export const HEAD_BYTES = 1024;
/**
 * How much before the offset is compared too. The logs of node hosts begin alike (the same refused attempts over and over),
 * so the beginning alone would take a truncated and regrown log for the old one.
 */
const NEAR_BYTES = 256;

const EMPTY = new Uint8Array(0);

/**
 * What was read of a file, reduced to two windows: its first bytes, and the bytes right before an offset. With them a
 * later look can tell whether the file still contains what was read.
 */
export class ContentWindows {
  readonly offset: number;
  readonly head: Uint8Array;
  readonly near: Uint8Array;

  private constructor(offset: number, head: Uint8Array, near: Uint8Array) {
    this.offset = offset;
    this.head = head;
    this.near = near;
  }

  static readonly atStart = new ContentWindows(0, EMPTY, EMPTY);

  /** What a file holds now around `offset`; less than was asked for where it ends before. */
  static async of(
    file: OpenFile,
    offset: number,
    { head = HEAD_BYTES, near = NEAR_BYTES }: { readonly head?: number; readonly near?: number } = {},
  ): Promise<ContentWindows> {
    const from = Math.max(0, offset - near);
    return new ContentWindows(
      offset,
      await readExactly(file, { offset: 0, length: Math.min(head, offset) }),
      await readExactly(file, { offset: from, length: offset - from }),
    );
  }

  /** Moved on over `bytes`, which follow the offset. */
  after(bytes: Uint8Array): ContentWindows {
    const isHeadOpen = this.head.length < HEAD_BYTES && this.head.length === this.offset;
    const head = isHeadOpen
      ? Buffer.concat([this.head, bytes.subarray(0, HEAD_BYTES - this.head.length)])
      : this.head;
    const near = Buffer.concat([this.near, bytes.subarray(-NEAR_BYTES)]).subarray(-NEAR_BYTES);
    return new ContentWindows(this.offset + bytes.length, head, near);
  }

  /** Whether a file still contains them. */
  async areIn(file: OpenFile): Promise<boolean> {
    const { head, near } = this;
    const now = await ContentWindows.of(file, this.offset, { head: head.length, near: near.length });
    return Buffer.compare(now.head, head) === 0 && Buffer.compare(now.near, near) === 0;
  }

  fingerprints(): Pick<LogPosition, 'offset' | 'head' | 'beforeOffset'> {
    return { offset: this.offset, head: fingerprintOf(this.head), beforeOffset: fingerprintOf(this.near) };
  }
}

/** Whether a file of that size contains what a saved position says was read of it. */
export async function holdsPosition(file: OpenFile, size: number, position: LogPosition): Promise<boolean> {
  const { offset, head, beforeOffset } = position;
  if (size < offset || head.length > offset || beforeOffset.length > offset) return false;
  const near = Math.min(beforeOffset.length, NEAR_BYTES);
  const now = await ContentWindows.of(file, offset, { head: Math.min(head.length, HEAD_BYTES), near });
  const found = now.fingerprints();
  return found.head.sha256 === head.sha256 && found.beforeOffset.sha256 === beforeOffset.sha256;
}

function fingerprintOf(bytes: Uint8Array): Fingerprint {
  return { length: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}

/** Fewer bytes than asked for when the file ends before. */
async function readExactly(
  file: OpenFile,
  range: { readonly offset: number; readonly length: number },
): Promise<Uint8Array> {
  const bytes = new Uint8Array(range.length);
  let filled = 0;
  while (filled < range.length) {
    const count = await file.read(bytes.subarray(filled), range.offset + filled);
    if (count === 0) break;
    filled += count;
  }
  return bytes.subarray(0, filled);
}
