import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { codeOf } from '../../src/runtime/error-parts.ts';

/** A file system of its own, of few bytes. */
export interface SmallDisk {
  readonly path: string;
  /** Takes all the room that there is. */
  fill(): void;
  /** Gives that room back. */
  free(): void;
}

/** Only root may mount one, on Linux, and not in every container. */
export const canHaveSmallDisk = ((): boolean => {
  const directory = mkdtempSync(join(tmpdir(), 'small-disk-'));
  const isMounted = mount(directory, 64);
  if (isMounted) spawnSync('umount', [directory]);
  rmSync(directory, { recursive: true, force: true });
  return isMounted;
})();

export function aSmallDisk(kibibytes: number): SmallDisk {
  const path = mkdtempSync(join(tmpdir(), 'small-disk-'));
  if (!mount(path, kibibytes)) throw new Error('no file system can be mounted here');
  onTestFinished(() => {
    spawnSync('umount', ['--lazy', path]);
    rmSync(path, { recursive: true, force: true });
  });
  const ballast = join(path, 'ballast');
  return {
    path,
    fill: () => {
      append(ballast, Buffer.alloc(kibibytes * 1024));
    },
    free: () => {
      rmSync(ballast, { force: true });
    },
  };
}

/** Writes as much of it as there is room for, as a program does that does not look what became of its writes. */
export function append(path: string, bytes: string | Buffer): void {
  const file = openSync(path, 'a');
  try {
    const all = Buffer.from(bytes);
    for (let done = 0; done < all.length;) done += writeSync(file, all, done);
  } catch (error: unknown) {
    if (codeOf(error) !== 'ENOSPC') throw error;
  } finally {
    closeSync(file);
  }
}

function mount(directory: string, kibibytes: number): boolean {
  const argv = ['-t', 'tmpfs', '-o', `size=${kibibytes}k`, 'tmpfs', directory];
  return process.platform === 'linux' && spawnSync('mount', argv).status === 0;
}
