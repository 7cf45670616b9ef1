import { createHash } from 'node:crypto';

import type { Fingerprint } from './position.ts';

/** How much of a file's beginning tells it from another. */
export const HEAD_BYTES = 1024;
/**
 * How much before the offset is compared too. The logs of node hosts begin alike (the same refused attempts over and over),
 * so the beginning alone would take a truncated and regrown log for the old one.
 */
export const NEAR_BYTES = 256;

const EMPTY = new Uint8Array(0);

/**
 * What was read of a file, reduced to two windows: its first bytes, and the bytes right before an offset. With them a
 * later look can tell whether the file still contains what was read.
 */
export class ContentWindows {
  #head: Uint8Array;
  #near: Uint8Array;
  #offset: number;

  constructor(start: { readonly offset: number; readonly head: Uint8Array; readonly near: Uint8Array }) {
    this.#offset = start.offset;
    this.#head = start.head;
    this.#near = start.near;
  }

  static atStart(): ContentWindows {
    return new ContentWindows({ offset: 0, head: EMPTY, near: EMPTY });
  }

  get offset(): number {
    return this.#offset;
  }

  get head(): Uint8Array {
    return this.#head;
  }

  get near(): Uint8Array {
    return this.#near;
  }

  /** Moves on over `bytes`, which follow the offset. */
  advance(bytes: Uint8Array): void {
    if (this.#head.length < HEAD_BYTES && this.#head.length === this.#offset) {
      this.#head = joined(this.#head, bytes.subarray(0, HEAD_BYTES - this.#head.length));
    }
    this.#near =
      bytes.length >= NEAR_BYTES ? bytes.slice(-NEAR_BYTES) : joined(this.#near, bytes).slice(-NEAR_BYTES);
    this.#offset += bytes.length;
  }

  copy(): ContentWindows {
    return new ContentWindows({ offset: this.#offset, head: this.#head, near: this.#near });
  }
}

export function fingerprintOf(bytes: Uint8Array): Fingerprint {
  return { length: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a, 0);
  both.set(b, a.length);
  return both;
}
