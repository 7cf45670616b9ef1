/**
 * Longest line that is kept, in bytes. What follows up to the line's end is dropped and counted: a log is no place
 * from which to exhaust our memory.
 */
export const MAX_LINE_BYTES = 64 * 1024;

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const NUL = 0x00;

export interface LineSplitterOptions {
  readonly maxLineBytes?: number;
  /** The first bytes are the end of a line whose start was never seen: drop them up to the first line end. */
  readonly startsInsideLine?: boolean;
}

/**
 * Bytes in, whole lines out. It holds no more than one line of `maxLineBytes` between two calls.
 *
 * Splits at LF and strips one CR before it. Bytes that are not UTF-8 become replacement characters; a character cut in
 * two by the reader is one character. NULs at the start of a line are skipped: a file that was truncated under a writer
 * which does not append begins with a hole.
 */
export class LineSplitter {
  readonly #maxLineBytes: number;
  // UTF-8 never uses the byte LF inside a character, so whole lines can be decoded on their own.
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  #parts: Uint8Array[] = [];
  #keptBytes = 0;
  #pendingBytes = 0;
  #droppedBytes = 0;
  #insideUnseenLine: boolean;

  constructor(options: LineSplitterOptions = {}) {
    this.#maxLineBytes = options.maxLineBytes ?? MAX_LINE_BYTES;
    this.#insideUnseenLine = options.startsInsideLine ?? false;
  }

  /** Bytes since the last line end, also those that were dropped: how far behind the reader the next line starts. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /** Bytes of overlong lines that were dropped so far. */
  get droppedBytes(): number {
    return this.#droppedBytes;
  }

  /** The lines that this chunk completes, without their line ends. */
  push(chunk: Uint8Array): string[] {
    const lines: string[] = [];
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
      const line = this.#complete(chunk.subarray(start, end));
      if (line !== undefined) lines.push(line);
      start = end + 1;
    }
    if (start < chunk.length) this.#hold(chunk.subarray(start));
    return lines;
  }

  /** What came after the last line end, as a line; `undefined` when nothing did. Forgets it. */
  flush(): string | undefined {
    if (this.#pendingBytes === 0) return undefined;
    return this.#complete(new Uint8Array(0));
  }

  /** Ends the current line with `tail`; `undefined` when its start was never seen. */
  #complete(tail: Uint8Array): string | undefined {
    const unseen = this.#insideUnseenLine;
    this.#insideUnseenLine = false;
    // The common case, a line within one chunk, is decoded in place.
    const bytes = this.#pendingBytes === 0 ? this.#bounded(withoutLeadingNuls(tail)) : this.#joined(tail);
    this.#pendingBytes = 0;
    return unseen ? undefined : this.#decode(bytes);
  }

  #joined(tail: Uint8Array): Uint8Array {
    this.#keep(tail);
    const bytes = this.#merged();
    this.#parts = [];
    this.#keptBytes = 0;
    return bytes;
  }

  #bounded(bytes: Uint8Array): Uint8Array {
    if (bytes.length <= this.#maxLineBytes) return bytes;
    this.#droppedBytes += bytes.length - this.#maxLineBytes;
    return bytes.subarray(0, this.#maxLineBytes);
  }

  #hold(bytes: Uint8Array): void {
    this.#pendingBytes += bytes.length;
    this.#keep(bytes);
  }

  #keep(bytes: Uint8Array): void {
    if (this.#insideUnseenLine) return;
    const seen = this.#keptBytes === 0 ? withoutLeadingNuls(bytes) : bytes;
    const room = this.#maxLineBytes - this.#keptBytes;
    const kept = Math.min(seen.length, room);
    this.#droppedBytes += seen.length - kept;
    if (kept === 0) return;
    // A copy: the reader uses its buffer again.
    this.#parts.push(seen.slice(0, kept));
    this.#keptBytes += kept;
    // A writer that flushes single bytes must not cost an object for each.
    if (this.#parts.length >= 1024) this.#parts = [this.#merged()];
  }

  #merged(): Uint8Array {
    const merged = new Uint8Array(this.#keptBytes);
    let at = 0;
    for (const part of this.#parts) {
      merged.set(part, at);
      at += part.length;
    }
    return merged;
  }

  #decode(bytes: Uint8Array): string {
    const end = bytes.at(-1) === CARRIAGE_RETURN ? bytes.length - 1 : bytes.length;
    return this.#decoder.decode(bytes.subarray(0, end));
  }
}

function withoutLeadingNuls(bytes: Uint8Array): Uint8Array {
  if (bytes[0] !== NUL) return bytes;
  const first = bytes.findIndex((byte) => byte !== NUL);
  return first === -1 ? bytes.subarray(bytes.length) : bytes.subarray(first);
}
