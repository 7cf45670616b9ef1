import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { LineSplitter, MAX_LINE_BYTES } from '../../../src/sources/tail/line-splitter.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Feeds `input` in chunks of `size` bytes and returns the lines. */
function linesInChunksOf(size: number, input: Uint8Array): string[] {
  const splitter = new LineSplitter();
  const lines: string[] = [];
  for (let at = 0; at < input.length; at += size) lines.push(...splitter.push(input.subarray(at, at + size)));
  return lines;
}

describe('a line', () => {
  it('cut in two by the reader is one line', () => {
    const splitter = new LineSplitter();
    expect(splitter.push(bytes('node host gateway clo'))).toEqual([]);
    expect(splitter.push(bytes('sed (1006): \nnext'))).toEqual(['node host gateway closed (1006): ']);
    expect(splitter.flush()).toBe('next');
  });

  it('may end in CRLF, also when the reader cuts between CR and LF', () => {
    const splitter = new LineSplitter();
    expect(splitter.push(bytes('a\r\nb\r'))).toEqual(['a']);
    expect(splitter.push(bytes('\nc\rd\n\n'))).toEqual(['b', 'c\rd', '']);
    expect(splitter.flush()).toBeUndefined();
  });

  it('without an end can be had by asking for it, once', () => {
    const splitter = new LineSplitter();
    splitter.push(bytes('last words'));
    expect(splitter.flush()).toBe('last words');
    expect(splitter.flush()).toBeUndefined();
    expect(splitter.flush()).toBeUndefined();
  });

  it('survives the reader using its buffer again', () => {
    const splitter = new LineSplitter();
    const buffer = bytes('first');
    splitter.push(buffer);
    buffer.fill(0x78);
    expect(splitter.push(bytes('\n'))).toEqual(['first']);
  });

  it('that begins before the first byte is dropped up to its end', () => {
    const splitter = new LineSplitter({ startsInsideLine: true });
    expect(splitter.push(bytes('tail of a '))).toEqual([]);
    expect(splitter.push(bytes('line\nwhole\n'))).toEqual(['whole']);
    expect(new LineSplitter({ startsInsideLine: true }).push(bytes('x\ny\n'))).toEqual(['y']);
  });

  it('after the hole that a truncated file leaves begins where the hole ends', () => {
    const splitter = new LineSplitter();
    expect(splitter.push(new Uint8Array(2 * MAX_LINE_BYTES))).toEqual([]);
    expect(splitter.push(new Uint8Array([...new Uint8Array(5), ...bytes('text\n')]))).toEqual(['text']);
    expect(splitter.push(new Uint8Array([0, 0, ...bytes('more\n')]))).toEqual(['more']);
  });
});

describe('characters', () => {
  const text = 'ä → 🦞 ﷽\r\n日本語\n\uFEFFkept\n';
  const expected = ['ä → 🦞 ﷽', '日本語', '\uFEFFkept'];

  it.each(Array.from({ length: 12 }, (_, index) => index + 1))('survive chunks of %i bytes', (size) => {
    expect(linesInChunksOf(size, bytes(text))).toEqual(expected);
  });

  it('that are not UTF-8 become replacement characters and harm no other line', () => {
    const input = new Uint8Array([...bytes('bad '), 0xff, 0xc3, 0x0a, ...bytes('good\n')]);
    for (const size of [1, 2, 5, 100]) {
      expect(linesInChunksOf(size, input)).toEqual(['bad \uFFFD\uFFFD', 'good']);
    }
  });
});

describe('a line without end', () => {
  it('keeps its first bytes, drops the rest, and the next line is whole', () => {
    const splitter = new LineSplitter();
    const chunk = new Uint8Array(64 * 1024).fill(0x61);
    for (let sent = 0; sent < 160; sent += 1) expect(splitter.push(chunk)).toEqual([]);

    const [line, next] = splitter.push(bytes('\nnext\n'));
    expect(line).toBe('a'.repeat(MAX_LINE_BYTES));
    expect(next).toBe('next');
    expect(splitter.flush()).toBeUndefined();
  });

  it('within one chunk is bounded too', () => {
    const long = 'a'.repeat(MAX_LINE_BYTES);
    expect(new LineSplitter().push(bytes(`${long}bc\nxy\n`))).toEqual([long, 'xy']);
  });

  it('written one byte at a time is held in few pieces', () => {
    const splitter = new LineSplitter();
    for (let sent = 0; sent < MAX_LINE_BYTES + 1000; sent += 1) splitter.push(new Uint8Array([0x62]));
    expect(splitter.push(bytes('\n'))).toEqual(['b'.repeat(MAX_LINE_BYTES)]);
  });
});

it('lines do not depend on how the reader cuts them', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: 'grapheme', maxLength: 40 }).map((text) => text.replace(/[\r\n\0]/g, '.'))),
      fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }),
      (lines, sizes) => {
        const input = bytes(lines.map((line) => `${line}\n`).join(''));
        const splitter = new LineSplitter();
        const seen: string[] = [];
        for (let at = 0, turn = 0; at < input.length; turn += 1) {
          const size = sizes[turn % sizes.length]!;
          seen.push(...splitter.push(input.subarray(at, at + size)));
          at += size;
        }
        expect(seen).toEqual(lines);
        expect(splitter.flush()).toBeUndefined();
      },
    ),
  );
});
