import { appendFileSync, mkdirSync, readdirSync, readlinkSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { nodeFileSystem, type FileSystem, type OpenFile } from '../../../../src/sources/tail/file-system.ts';
import { fileTarget, HandClock, line, LogBench, temporaryDirectory } from '../log-bench.ts';

function errno(code: string): Error {
  return Object.assign(new Error(`${code}: made up`), { code });
}

/** The real file system, except where a test says otherwise. Tests may run as root, whom no permission stops. */
class TroubledFileSystem implements FileSystem {
  statusError: Error | undefined;
  openError: Error | undefined;
  readError: Error | undefined;

  status(path: string): ReturnType<FileSystem['status']> {
    return this.statusError === undefined ? nodeFileSystem.status(path) : Promise.reject(this.statusError);
  }

  async open(path: string): Promise<OpenFile> {
    if (this.openError !== undefined) throw this.openError;
    const file = await nodeFileSystem.open(path);
    return {
      status: () => file.status(),
      read: (buffer, offset) =>
        this.readError === undefined ? file.read(buffer, offset) : Promise.reject(this.readError),
      close: () => file.close(),
    };
  }

  names(directory: string): Promise<readonly string[]> {
    return nodeFileSystem.names(directory);
  }
}

describe('a log that cannot be read', () => {
  it('for want of permission says so, and recovers by itself', async () => {
    const path = join(temporaryDirectory(), 'node.log');
    writeFileSync(path, line('a'));
    const fileSystem = new TroubledFileSystem();
    fileSystem.openError = errno('EACCES');
    const bench = new LogBench(fileTarget(path), { fileSystem, clock: new HandClock(Date.now() + 60_000) });
    await bench.poll();
    expect(bench.error).toMatch(/^permission: .*node\.log: no permission/);
    expect(bench.statuses).toMatchObject([{ readable: false }]);

    fileSystem.openError = undefined;
    await bench.poll();
    expect(bench.error).toBeUndefined();
    expect(bench.take()).toContain('history a');
  });

  it('for minutes comes back with lines that are late', async () => {
    const path = join(temporaryDirectory(), 'node.log');
    writeFileSync(path, line('a'));
    const fileSystem = new TroubledFileSystem();
    const bench = new LogBench(fileTarget(path), { fileSystem });
    await bench.poll();
    bench.take();
    fileSystem.statusError = errno('EACCES');
    appendFileSync(path, line('b'));
    await bench.poll(60_000);
    expect(bench.error).toMatch(/^permission/);
    fileSystem.statusError = undefined;
    await bench.poll();
    expect(bench.take()).toEqual(['catch-up b']);
  });

  it('after it was rotated, for minutes, comes back with lines that are late', async () => {
    const path = join(temporaryDirectory(), 'node.log');
    writeFileSync(path, line('a'));
    const fileSystem = new TroubledFileSystem();
    const bench = new LogBench(fileTarget(path), { fileSystem });
    await bench.poll();
    bench.take();
    // logrotate makes the new file, and another user may not read it until somebody sees to that.
    renameSync(path, `${path}.1`);
    writeFileSync(path, line('b'));
    fileSystem.openError = errno('EACCES');
    for (let turn = 0; turn < 60; turn += 1) await bench.poll(1000);
    expect(bench.error).toMatch(/^permission/);
    fileSystem.openError = undefined;
    await bench.poll();
    appendFileSync(path, line('c'));
    await bench.poll();
    expect(bench.take()).toEqual(['catch-up b', 'live c']);
  });

  it('on a mount that went stale is opened again, and no line comes twice', async () => {
    const path = join(temporaryDirectory(), 'node.log');
    writeFileSync(path, line('a'));
    const fileSystem = new TroubledFileSystem();
    const bench = new LogBench(fileTarget(path), { fileSystem });
    await bench.poll();
    bench.take();
    fileSystem.readError = errno('ESTALE');
    appendFileSync(path, line('b'));
    await bench.poll();
    expect(bench.error).toMatch(/^other: .*ESTALE/);
    fileSystem.readError = undefined;
    await bench.poll();
    appendFileSync(path, line('c'));
    await bench.poll();
    expect(bench.take()).toEqual(['catch-up b', 'live c']);
  });

  it('because it is a directory is unsupported', async () => {
    const path = join(temporaryDirectory(), 'node.log');
    mkdirSync(path);
    const bench = new LogBench(fileTarget(path));
    await bench.poll();
    expect(bench.error).toMatch(/^unsupported: .*not a regular file/);
  });
});

it.skipIf(process.platform !== 'linux')('after any trouble no file is left open', async () => {
  const directory = temporaryDirectory();
  const path = join(directory, 'node.log');
  writeFileSync(path, line('a'));
  const fileSystem = new TroubledFileSystem();
  const bench = new LogBench(fileTarget(path), { fileSystem });
  for (const trouble of ['openError', 'readError', 'statusError'] as const) {
    for (let turn = 0; turn < 5; turn += 1) {
      fileSystem[trouble] = errno('ESTALE');
      appendFileSync(path, line('b'));
      await bench.poll();
      fileSystem[trouble] = undefined;
      await bench.poll();
    }
  }
  expect(openFilesIn(directory)).toBe(1);
  await bench.source.stop();
  expect(openFilesIn(directory)).toBe(0);
});

function openFilesIn(directory: string): number {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith(directory);
    } catch {
      return false;
    }
  }).length;
}
