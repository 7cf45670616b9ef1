/** Longest line that is kept, in bytes. What follows up to its end is dropped: a log is no place from which to exhaust our memory. */
export const MAX_LINE_BYTES = 64 * 1024;
/** A writer that flushes single bytes must not cost an object for each. */
const MAX_PARTS = 1024;

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const NUL = 0x00;

/**
 * Bytes in, whole lines out. It holds no more than one line of {@link MAX_LINE_BYTES} between two calls.
 *
 * Splits at LF and strips one CR before it. Bytes that are not UTF-8 become replacement characters; a character cut in
 * two by the reader is one character. NULs at the start of a line are skipped: a file that was truncated under a writer
 * which does not append begins with a hole.
 */
export class LineSplitter {
  // UTF-8 never uses the byte LF inside a character, so whole lines can be decoded on their own.
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  /** Of the current line. */
  #parts: Uint8Array[] = [];
  #bytes = 0;
  #hasBegun = false;
  #isUnseen: boolean;

  /** `startsInsideLine`: the first bytes are the end of a line whose start was never seen, and are dropped. */
  constructor({ startsInsideLine = false }: { readonly startsInsideLine?: boolean } = {}) {
    this.#isUnseen = startsInsideLine;
  }

  /** The lines that this chunk completes, without their line ends. */
  push(chunk: Uint8Array): string[] {
    const lines: string[] = [];
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
      this.#take(chunk.subarray(start, end));
      const line = this.#end();
      if (line !== undefined) lines.push(line);
      start = end + 1;
    }
    // A copy: the reader uses its buffer again.
    if (start < chunk.length) this.#take(Uint8Array.from(chunk.subarray(start)));
    return lines;
  }

  /** What came after the last line end, as a line; `undefined` when nothing did. Forgets it. */
  flush(): string | undefined {
    return this.#hasBegun ? this.#end() : undefined;
  }

  #take(bytes: Uint8Array): void {
    this.#hasBegun = true;
    if (this.#isUnseen) return;
    const seen = this.#bytes === 0 ? withoutLeadingNuls(bytes) : bytes;
    const kept = seen.subarray(0, MAX_LINE_BYTES - this.#bytes);
    if (kept.length === 0) return;
    this.#parts.push(kept);
    this.#bytes += kept.length;
    if (this.#parts.length >= MAX_PARTS) this.#parts = [Buffer.concat(this.#parts)];
  }

  /** Ends the current line; `undefined` when its start was never seen. */
  #end(): string | undefined {
    const [first, ...more] = this.#parts;
    // The common case, a line within one chunk, is decoded in place.
    const bytes = first === undefined || more.length === 0 ? first : Buffer.concat(this.#parts);
    const isUnseen = this.#isUnseen;
    this.#parts = [];
    this.#bytes = 0;
    this.#hasBegun = false;
    this.#isUnseen = false;
    if (isUnseen) return undefined;
    return this.#decoder.decode(bytes?.at(-1) === CARRIAGE_RETURN ? bytes.subarray(0, -1) : bytes);
  }
}

function withoutLeadingNuls(bytes: Uint8Array): Uint8Array {
  if (bytes[0] !== NUL) return bytes;
  const first = bytes.findIndex((byte) => byte !== NUL);
  return first === -1 ? bytes.subarray(bytes.length) : bytes.subarray(first);
}
