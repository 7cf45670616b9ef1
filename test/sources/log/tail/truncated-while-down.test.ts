import {
  appendFileSync,
  copyFileSync,
  renameSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { fileTarget, line, lines, LogBench, temporaryDirectory } from '../log-bench.ts';

async function leftAfter(path: string, content: string): Promise<LogBench> {
  writeFileSync(path, content);
  const bench = new LogBench(fileTarget(path));
  await bench.poll();
  bench.take();
  await bench.source.stop();
  return bench;
}

describe('a log truncated while the exporter was down', () => {
  it('and grown past the saved offset is read from its start, as catch-up', async () => {
    const path = join(temporaryDirectory(), 'node.log');
    const bench = await leftAfter(path, line('a'));
    truncateSync(path, 0);
    appendFileSync(path, lines('one', 'two', 'three'));
    const later = await bench.restart(fileTarget(path));
    await later.poll();
    expect(later.take()).toEqual(['catch-up one', 'catch-up two', 'catch-up three']);
  });

  it('and still shorter than the saved offset is read from its start', async () => {
    const path = join(temporaryDirectory(), 'node.log');
    const bench = await leftAfter(path, lines('a', 'b', 'c'));
    truncateSync(path, 0);
    appendFileSync(path, line('one'));
    const later = await bench.restart(fileTarget(path));
    await later.poll();
    expect(later.take()).toEqual(['catch-up one']);
  });

  it('by copytruncate is finished in the copy first', async () => {
    const path = join(temporaryDirectory(), 'node.log');
    const bench = await leftAfter(path, lines('a', 'b'));
    appendFileSync(path, lines('c', 'd'));
    copyFileSync(path, `${path}.1`);
    truncateSync(path, 0);
    appendFileSync(path, lines('e', 'f', 'g', 'h', 'i'));
    const later = await bench.restart(fileTarget(path));
    await later.poll();
    expect(later.take()).toEqual(['c', 'd', 'e', 'f', 'g', 'h', 'i'].map((text) => `catch-up ${text}`));
  });

  it('by copytruncate twice misses nothing', async () => {
    const path = join(temporaryDirectory(), 'node.log');
    const bench = await leftAfter(path, lines('a', 'b'));
    appendFileSync(path, line('c'));
    copyFileSync(path, `${path}.2`);
    truncateSync(path, 0);
    appendFileSync(path, line('d'));
    copyFileSync(path, `${path}.1`);
    truncateSync(path, 0);
    appendFileSync(path, line('e'));
    const later = await bench.restart(fileTarget(path));
    await later.poll();
    expect(later.take()).toEqual(['catch-up c', 'catch-up d', 'catch-up e']);
  });

  it('an older rotated copy is not read a second time', async () => {
    const path = join(temporaryDirectory(), 'node.log');
    writeFileSync(`${path}.1`, lines('x', 'y'));
    const bench = await leftAfter(path, lines('a', 'b'));
    truncateSync(path, 0);
    appendFileSync(path, lines('c', 'd', 'e'));
    const later = await bench.restart(fileTarget(path));
    await later.poll();
    expect(later.take()).toEqual(['catch-up c', 'catch-up d', 'catch-up e']);
  });

  it('an older rotated file is not taken for the copy, even if it begins alike', async () => {
    const path = join(temporaryDirectory(), 'node.log');
    writeFileSync(`${path}.1`, lines('a', 'b', 'long counted'));
    utimesSync(`${path}.1`, new Date(0), new Date(0));
    const bench = await leftAfter(path, lines('a', 'b'));
    truncateSync(path, 0);
    appendFileSync(path, lines('c', 'd', 'e'));
    const later = await bench.restart(fileTarget(path));
    await later.poll();
    expect(later.take()).toEqual(['catch-up c', 'catch-up d', 'catch-up e']);
  });

  it('a new log in another file that begins alike is read whole', async () => {
    const path = join(temporaryDirectory(), 'node.log');
    const bench = await leftAfter(path, line('a'));
    writeFileSync(`${path}.new`, lines('a', 'b'));
    renameSync(`${path}.new`, path);
    const later = await bench.restart(fileTarget(path));
    await later.poll();
    expect(later.take()).toEqual(['catch-up a', 'catch-up b']);
  });

  it('an older rotated file is not taken for the copy, even if it begins alike', async () => {
    const path = join(temporaryDirectory(), 'node.log');
    writeFileSync(`${path}.1`, lines('a', 'b', 'long counted'));
    utimesSync(`${path}.1`, new Date(0), new Date(0));
    const bench = await leftAfter(path, lines('a', 'b'));
    truncateSync(path, 0);
    appendFileSync(path, lines('c', 'd', 'e'));
    const later = await bench.restart(fileTarget(path));
    await later.poll();
    expect(later.take()).toEqual(['catch-up c', 'catch-up d', 'catch-up e']);
  });

  it('a new log in another file that begins alike is read whole', async () => {
    const path = join(temporaryDirectory(), 'node.log');
    const bench = await leftAfter(path, line('a'));
    writeFileSync(`${path}.new`, lines('a', 'b'));
    renameSync(`${path}.new`, path);
    const later = await bench.restart(fileTarget(path));
    await later.poll();
    expect(later.take()).toEqual(['catch-up a', 'catch-up b']);
  });

  it('a file that got the inode of the deleted one is not taken for it', async () => {
    const path = join(temporaryDirectory(), 'node.log');
    const bench = await leftAfter(path, line('a'));
    const saved = bench.source.positions().node!.files[0]!;
    unlinkSync(path);
    writeFileSync(path, lines('other', 'content', 'altogether'));
    const later = await bench.restart(fileTarget(path));
    await later.poll();
    expect(later.take()).toEqual(['catch-up other', 'catch-up content', 'catch-up altogether']);
    const now = later.source.positions().node!.files[0]!;
    expect(now.offset).toBeGreaterThan(saved.offset);
  });

  it('the same content in another file, as an editor saves it, is not read a second time', async () => {
    const path = join(temporaryDirectory(), 'node.log');
    const content = lines(...Array.from({ length: 100 }, (_, index) => index));
    const bench = await leftAfter(path, content);
    writeFileSync(`${path}~`, content);
    unlinkSync(path);
    writeFileSync(path, content + line('new'));
    const later = await bench.restart(fileTarget(path));
    await later.poll();
    expect(later.take()).toEqual(['catch-up new']);
  });
});
