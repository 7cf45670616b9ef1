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

/**
 * What was read of a file, reduced to two windows: its first bytes, and the bytes right before an offset. With them a
 * later look can tell whether the file still contains what was read.
 */
export interface ContentWindows {
  readonly offset: number;
  readonly head: Uint8Array;
  readonly near: Uint8Array;
}

export const AT_START: ContentWindows = { offset: 0, head: new Uint8Array(0), near: new Uint8Array(0) };

/** What a file holds now around `offset`; less than was asked for where it ends before. */
export async function windowsAt(
  file: OpenFile,
  offset: number,
  { head = HEAD_BYTES, near = NEAR_BYTES }: { readonly head?: number; readonly near?: number } = {},
): Promise<ContentWindows> {
  const from = Math.max(0, offset - near);
  return {
    offset,
    head: await readExactly(file, 0, Math.min(head, offset)),
    near: await readExactly(file, from, offset - from),
  };
}

/** Moved on over `bytes`, which follow the offset. */
export function movedOver(bytes: Uint8Array, { offset, head, near }: ContentWindows): ContentWindows {
  const isHeadOpen = head.length < HEAD_BYTES && head.length === offset;
  return {
    offset: offset + bytes.length,
    head: isHeadOpen ? Buffer.concat([head, bytes.subarray(0, HEAD_BYTES - head.length)]) : head,
    near: Buffer.concat([near, bytes.subarray(-NEAR_BYTES)]).subarray(-NEAR_BYTES),
  };
}

/** Whether a file still contains them. */
export async function areIn(file: OpenFile, { offset, head, near }: ContentWindows): Promise<boolean> {
  const now = await windowsAt(file, offset, { head: head.length, near: near.length });
  return Buffer.compare(now.head, head) === 0 && Buffer.compare(now.near, near) === 0;
}

export function fingerprintsOf({
  offset,
  head,
  near,
}: ContentWindows): Pick<LogPosition, 'offset' | 'head' | 'beforeOffset'> {
  return { offset, head: fingerprintOf(head), beforeOffset: fingerprintOf(near) };
}

/** Whether a file of that size contains what a saved position says was read of it. */
export async function holdsPosition(file: OpenFile, size: number, position: LogPosition): Promise<boolean> {
  const { offset, head, beforeOffset } = position;
  if (size < offset || head.length > offset || beforeOffset.length > offset) return false;
  const near = Math.min(beforeOffset.length, NEAR_BYTES);
  const now = await windowsAt(file, offset, { head: Math.min(head.length, HEAD_BYTES), near });
  const found = fingerprintsOf(now);
  return found.head.sha256 === head.sha256 && found.beforeOffset.sha256 === beforeOffset.sha256;
}

function fingerprintOf(bytes: Uint8Array): Fingerprint {
  return { length: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}

/** Fewer bytes than asked for when the file ends before. */
async function readExactly(file: OpenFile, offset: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const count = await file.read(bytes.subarray(filled), offset + filled);
    if (count === 0) break;
    filled += count;
  }
  return bytes.subarray(0, filled);
}
