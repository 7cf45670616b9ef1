import { spawnSync } from 'node:child_process';
import { appendFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { append, aSmallDisk, canHaveSmallDisk } from '../../../helpers/small-disk.ts';
import { fileTarget, line, lines, LogBench } from '../log-bench.ts';

/** More than a page, so that a disk that fills up cuts it. */
const MANY = lines(...Array.from({ length: 400 }, (_, index) => index));

interface ReadLog {
  readonly path: string;
  /** What else takes room on the disk. */
  readonly others: string;
  readonly bench: LogBench;
}

/** A log of one line, all of it read, on a disk of 64 KiB. */
async function readLog(): Promise<ReadLog> {
  const disk = aSmallDisk(64);
  const path = join(disk.path, 'node.log');
  writeFileSync(path, line('a'));
  const bench = new LogBench(fileTarget(path));
  await bench.poll();
  bench.take();
  return { path, others: join(disk.path, 'others'), bench };
}

// Skipped where no file system of its own can be mounted: that takes root, on Linux.
describe.skipIf(!canHaveSmallDisk)('on a full disk', () => {
  it('a copy that was cut off is read, and that lines may be lost is said', async () => {
    const { path, others, bench } = await readLog();
    appendFileSync(path, MANY);
    append(others, Buffer.alloc(40 * 1024));
    // A rotation by a script that does not look whether its copy was made.
    expect(spawnSync('cp', [path, `${path}.1`]).status).toBe(1);
    truncateSync(path, 0);
    appendFileSync(path, line('z'));
    await bench.poll();
    const told = bench.take();
    const copied = told.slice(0, -1);
    expect(copied.length).toBeGreaterThan(0);
    expect(copied).toEqual(Array.from(copied, (_, index) => `live ${index}`));
    expect(told.at(-1)).toBe('live z');
    expect(bench.gaps).toEqual([`lines of ${path} may be lost: the copy of it ends in the middle of one`]);
  });

  it('a line that there was no room for spoils no other, and none is told of twice', async () => {
    const { path, others, bench } = await readLog();
    append(others, Buffer.alloc(52 * 1024));
    append(path, MANY);
    await bench.poll();
    const told = bench.take();
    expect(told.length).toBeGreaterThan(0);
    expect(told).toEqual(Array.from(told, (_, index) => `live ${index}`));

    truncateSync(others, 0);
    appendFileSync(path, `\n${lines('y', 'z')}`);
    await bench.poll();
    expect(bench.take().slice(-2)).toEqual(['live y', 'live z']);
    const later = await bench.restart(fileTarget(path));
    await later.poll();
    expect(later.take()).toEqual([]);
    expect([...bench.gaps, ...later.gaps]).toEqual([]);
  });
});
