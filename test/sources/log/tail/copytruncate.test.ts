import { appendFileSync, copyFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { fileTarget, line, lines, LogBench, temporaryDirectory } from '../log-bench.ts';

/** What logrotate does with `copytruncate`. */
function copyTruncate(path: string): void {
  copyFileSync(path, `${path}.1`);
  truncateSync(path, 0);
}

async function watching(path: string, content: string): Promise<LogBench> {
  writeFileSync(path, content);
  const bench = new LogBench(fileTarget(path));
  await bench.poll();
  bench.take();
  return bench;
}

describe('a log that is truncated in place', () => {
  it('is read from its start again', async () => {
    const path = join(temporaryDirectory(), 'node.log');
    const bench = await watching(path, lines('a', 'b'));
    truncateSync(path, 0);
    await bench.poll();
    appendFileSync(path, line('c'));
    await bench.poll();
    expect(bench.take()).toEqual(['live c']);
  });

  it('and grows past the old offset between two polls is still seen to be another', async () => {
    const path = join(temporaryDirectory(), 'node.log');
    const bench = await watching(path, line('a'));
    truncateSync(path, 0);
    appendFileSync(path, lines('one', 'two', 'three'));
    await bench.poll();
    expect(bench.take()).toEqual(['live one', 'live two', 'live three']);
  });

  it('and grows to the very same size is still seen to be another', async () => {
    const path = join(temporaryDirectory(), 'node.log');
    const bench = await watching(path, line('a'));
    truncateSync(path, 0);
    appendFileSync(path, line('b'));
    await bench.poll();
    expect(bench.take()).toEqual(['live b']);
  });

  it('and begins as the old one did is told by what stood before the offset', async () => {
    const path = join(temporaryDirectory(), 'node.log');
    // Longer than the head that is compared: node hosts write the same refused attempts over and over.
    const attempts = lines(...Array.from({ length: 40 }, () => 'the same'));
    const bench = await watching(path, attempts + line('then this'));
    truncateSync(path, 0);
    appendFileSync(path, attempts + lines('now that', 'and more'));
    await bench.poll();
    expect(bench.take()).toHaveLength(42);
  });

  it('loses nothing that the copy has kept', async () => {
    const path = join(temporaryDirectory(), 'node.log');
    const bench = await watching(path, lines('a', 'b'));
    appendFileSync(path, lines('unread', 'before the copy'));
    copyTruncate(path);
    appendFileSync(path, line('after'));
    await bench.poll();
    expect(bench.take()).toEqual(['live unread', 'live before the copy', 'live after']);
  });

  it('is not read twice from the copy when everything had been read', async () => {
    const path = join(temporaryDirectory(), 'node.log');
    const bench = await watching(path, lines('a', 'b'));
    copyTruncate(path);
    appendFileSync(path, lines('c', 'd', 'e'));
    await bench.poll();
    expect(bench.take()).toEqual(['live c', 'live d', 'live e']);
  });

  it('under a writer that does not append begins with a hole, and the first line after it is whole', async () => {
    const path = join(temporaryDirectory(), 'node.log');
    const bench = await watching(path, lines('a', 'b'));
    truncateSync(path, 0);
    const hole = Buffer.alloc(Buffer.byteLength(lines('a', 'b')));
    writeFileSync(path, Buffer.concat([hole, Buffer.from(line('c'))]));
    await bench.poll();
    expect(bench.take()).toEqual(['live c']);
  });

  it('drops the line it cut in two', async () => {
    const path = join(temporaryDirectory(), 'node.log');
    const bench = await watching(path, line('a'));
    appendFileSync(path, 'node host gateway cl');
    await bench.poll();
    truncateSync(path, 0);
    appendFileSync(path, line('b'));
    await bench.poll();
    expect(bench.take()).toEqual(['live b']);
  });
});
