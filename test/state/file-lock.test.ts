import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { lockFile } from '../../src/state/file-lock.ts';
import { aSmallDisk, canHaveSmallDisk } from '../helpers/small-disk.ts';

// Fixed: SQLite reads what it may not write, and locks nothing then: everybody who asked had the lock.
it.skipIf(!canHaveSmallDisk)(
  'a file that may only be read is locked by nobody (skipped: takes root and a file system to mount)',
  async () => {
    const { path: disk } = aSmallDisk(64);
    const path = join(disk, 'some.lock');
    const first = await lockFile(path);
    expect(first.kind).toBe('held');
    if (first.kind === 'held') first.release();
    expect(spawnSync('mount', ['-o', 'remount,ro', disk]).status).toBe(0);
    const second = await lockFile(path);
    expect(second).toMatchObject({ kind: 'impossible', why: expect.stringContaining('EROFS') as string });
  },
);
