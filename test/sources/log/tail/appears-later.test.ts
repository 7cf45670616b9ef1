import { appendFileSync, mkdirSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { fileTarget, HandClock, line, lines, LogBench, temporaryDirectory } from '../log-bench.ts';

describe('a log that is not there yet', () => {
  it('is not_found, and live from its start once it appears', async () => {
    const path = join(temporaryDirectory(), 'node.log');
    const bench = new LogBench(fileTarget(path));
    await bench.poll();
    expect(bench.error).toMatch(/^not_found: .*node\.log: no such log file$/);
    expect(bench.statuses).toMatchObject([{ readable: false }]);

    writeFileSync(path, lines('a', 'b'));
    await bench.poll();
    expect(bench.statuses.at(-1)).toMatchObject({ readable: true });
    expect(bench.lines.map((seen) => seen.recency)).toEqual(['live', 'live']);
    expect(bench.error).toBeUndefined();
  });

  it('may wait for its directory too', async () => {
    const directory = join(temporaryDirectory(), 'state', 'logs');
    const path = join(directory, 'node.log');
    const bench = new LogBench(fileTarget(path));
    await bench.poll();
    mkdirSync(directory, { recursive: true });
    writeFileSync(path, line('a'));
    await bench.poll();
    expect(bench.take()).toEqual(['live a']);
  });

  it('is live from its start again after it was deleted', async () => {
    const path = join(temporaryDirectory(), 'node.log');
    writeFileSync(path, line('a'));
    const bench = new LogBench(fileTarget(path));
    await bench.poll();
    bench.take();
    unlinkSync(path);
    await bench.poll();
    writeFileSync(path, line('b'));
    await bench.poll();
    expect(bench.take()).toEqual(['live b']);
  });

  it('is given up 10 minutes after it was deleted, so that its disk space is free', async () => {
    const path = join(temporaryDirectory(), 'node.log');
    writeFileSync(path, line('a'));
    const bench = new LogBench(fileTarget(path));
    await bench.poll();
    unlinkSync(path);
    for (let minute = 0; minute <= 10; minute += 1) {
      await bench.poll(60_000);
      expect(bench.error).toBeUndefined();
    }
    await bench.poll(60_000);
    await bench.poll();
    expect(bench.error).toMatch(/^not_found/);
    bench.take();
    writeFileSync(path, line('b'));
    await bench.poll();
    expect(bench.take()).toEqual(['live b']);
  });
});

it('a deleted log is given up 10 minutes later, too, where an empty one took its place', async () => {
  const path = join(temporaryDirectory(), 'node.log');
  writeFileSync(path, line('a'));
  const bench = new LogBench(fileTarget(path));
  await bench.poll();
  unlinkSync(path);
  writeFileSync(path, '');
  const inode = (): string => bench.source.positions().node!.files[0]!.inode;
  const deleted = inode();
  for (let minute = 0; minute <= 10; minute += 1) {
    await bench.poll(60_000);
    expect(inode()).toBe(deleted);
  }
  await bench.poll(60_000);
  await bench.poll();
  expect(inode()).not.toBe(deleted);
  bench.take();
  appendFileSync(path, line('b'));
  await bench.poll();
  expect(bench.take()).toEqual(['live b']);
});

describe('the past of a log', () => {
  it('that was there before anybody looked is history, and does not come twice', async () => {
    const path = join(temporaryDirectory(), 'node.log');
    writeFileSync(path, lines('a', 'b'));
    const bench = new LogBench(fileTarget(path), { clock: new HandClock(Date.now() + 60_000) });
    await bench.poll();
    expect(bench.take()).toEqual(['history a', 'history b']);
    appendFileSync(path, line('c'));
    await bench.poll();
    expect(bench.take()).toEqual(['live c']);

    const later = await bench.restart(fileTarget(path));
    await later.poll();
    expect(later.take()).toEqual([]);
    appendFileSync(path, line('d'));
    await later.poll();
    expect(later.take()).toEqual(['live d']);
  });

  it('is its last 256 KiB, from the start of a line', async () => {
    const path = join(temporaryDirectory(), 'node.log');
    const text = 'x'.repeat(1000);
    writeFileSync(path, lines(...Array.from({ length: 1000 }, (_, index) => `${index} ${text}`)));
    const bench = new LogBench(fileTarget(path), { clock: new HandClock(Date.now() + 60_000) });
    await bench.poll();
    const seen = bench.lines.map(({ event }) =>
      event.kind === 'closed' ? event.reason.split(' ')[0] : event.kind,
    );
    const size = Buffer.byteLength(line(`500 ${text}`));
    expect(seen).toHaveLength(Math.floor((256 * 1024) / size));
    expect(seen.at(-1)).toBe('999');
    expect(seen).not.toContain('other');
  });

  it('is none for a file that was made after we began to watch: it counts, late', async () => {
    const path = join(temporaryDirectory(), 'node.log');
    const clock = new HandClock(Date.now() - 60_000);
    const bench = new LogBench([{ target: 'node', where: null }], { clock });
    await bench.poll();
    writeFileSync(path, line('a'));
    bench.source.setLocation('node', { kind: 'file', paths: [path] });
    await bench.poll();
    expect(bench.take()).toEqual(['catch-up a']);
  });

  it('that comes up while we were suspended is not now', async () => {
    const path = join(temporaryDirectory(), 'node.log');
    writeFileSync(path, line('a'));
    const bench = new LogBench(fileTarget(path));
    await bench.poll();
    bench.take();
    appendFileSync(path, line('b'));
    await bench.poll(3_600_000);
    appendFileSync(path, line('c'));
    await bench.poll();
    expect(bench.take()).toEqual(['catch-up b', 'live c']);
  });

  it('is late too where it was rotated while we were suspended', async () => {
    const path = join(temporaryDirectory(), 'node.log');
    writeFileSync(path, line('a'));
    const bench = new LogBench(fileTarget(path));
    await bench.poll();
    bench.take();
    appendFileSync(path, line('b'));
    renameSync(path, `${path}.1`);
    writeFileSync(path, line('c'));
    await bench.poll(3_600_000);
    appendFileSync(path, line('d'));
    await bench.poll();
    expect(bench.take()).toEqual(['catch-up b', 'catch-up c', 'live d']);
  });

  it('starts anew when the whole directory went away', async () => {
    const directory = join(temporaryDirectory(), 'logs');
    const path = join(directory, 'node.log');
    mkdirSync(directory);
    writeFileSync(path, line('a'));
    const bench = new LogBench(fileTarget(path));
    await bench.poll();
    bench.take();
    rmSync(directory, { recursive: true });
    await bench.poll();
    mkdirSync(directory);
    writeFileSync(path, line('b'));
    await bench.poll();
    expect(bench.take()).toEqual(['live b']);
  });
});
