import {
  appendFileSync,
  copyFileSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { nodeFileSystem, type FileSystem } from '../../../../src/sources/tail/file-system.ts';
import { fileTarget, HandClock, line, lines, LogBench, temporaryDirectory } from '../log-bench.ts';

/** `node.log` with a line that was read. `later`: a file was written to now, a second after whatever was before. */
async function watching(
  options: { readonly fileSystem?: FileSystem } = {},
): Promise<{ path: string; bench: LogBench; later: (file?: string) => void }> {
  const path = join(temporaryDirectory(), 'node.log');
  let seconds = Math.ceil(Date.now() / 1_000);
  const later = (file = path): void => {
    seconds += 1;
    utimesSync(file, seconds, seconds);
  };
  writeFileSync(path, line('a'));
  later();
  const bench = new LogBench(fileTarget(path), options);
  await bench.poll();
  bench.take();
  return { path, bench, later };
}

/** As gzip does, which keeps the modification time. */
function compress(path: string): void {
  const { atime, mtime } = statSync(path);
  writeFileSync(`${path}.gz`, gzipSync(readFileSync(path)));
  utimesSync(`${path}.gz`, atime, mtime);
  rmSync(path);
}

describe('that lines may be lost is said', () => {
  it('when a log is truncated and nobody made a copy', async () => {
    const { path, bench } = await watching();
    appendFileSync(path, line('never seen'));
    truncateSync(path, 0);
    await bench.poll();
    expect(bench.gaps).toEqual([
      `lines of ${path} may be lost: what came after the last line that was read is nowhere to be found`,
    ]);
  });

  it('once, and not again with each look', async () => {
    const { path, bench } = await watching();
    truncateSync(path, 0);
    for (let turn = 0; turn < 3; turn += 1) await bench.poll();
    expect(bench.gaps).toHaveLength(1);
  });

  it('when the copy may not be read', async () => {
    const fileSystem: FileSystem = {
      ...nodeFileSystem,
      open: (path) =>
        path.endsWith('.1')
          ? Promise.reject(Object.assign(new Error('made up'), { code: 'EACCES' }))
          : nodeFileSystem.open(path),
    };
    const { path, bench, later } = await watching({ fileSystem });
    appendFileSync(path, line('never seen'));
    copyFileSync(path, `${path}.1`);
    later(`${path}.1`);
    truncateSync(path, 0);
    await bench.poll();
    expect(bench.gaps).toEqual([`lines of ${path} may be lost: node.log.1 was not read`]);
  });

  it('when a file was rotated and compressed in between', async () => {
    const { path, bench, later } = await watching();
    renameSync(path, `${path}.2`);
    writeFileSync(path, line('never seen'));
    later();
    renameSync(path, `${path}.1`);
    compress(`${path}.1`);
    writeFileSync(path, line('b'));
    await bench.poll();
    expect(bench.take()).toEqual(['live b']);
    expect(bench.gaps).toEqual([
      `lines of ${path} may be lost: node.log.1.gz was compressed before it was read to its end`,
    ]);
  });

  it('when the log was rotated out of sight while the exporter was down', async () => {
    const { path, bench } = await watching();
    await bench.source.stop();
    rmSync(path);
    writeFileSync(path, lines('b', 'c'));
    const next = await bench.restart(fileTarget(path));
    await next.poll();
    expect(next.gaps).toHaveLength(1);
  });
});

describe('nothing is said of lines lost', () => {
  it('when a log is rotated, by renaming, by copying, and compressed at once', async () => {
    const { path, bench, later } = await watching();
    appendFileSync(path, line('b'));
    later();
    renameSync(path, `${path}.1`);
    writeFileSync(path, line('c'));
    later();
    await bench.poll();
    appendFileSync(path, line('d'));
    later();
    copyFileSync(path, `${path}.2`);
    later(`${path}.2`);
    truncateSync(path, 0);
    later();
    await bench.poll();
    appendFileSync(path, line('e'));
    later();
    await bench.poll();
    renameSync(path, `${path}.3`);
    compress(`${path}.3`);
    writeFileSync(path, line('f'));
    await bench.poll();
    expect(bench.take()).toEqual(['b', 'c', 'd', 'e', 'f'].map((text) => `live ${text}`));
    expect(bench.gaps).toEqual([]);
  });

  it('when the first line comes to an empty log, over a restart too', async () => {
    const path = join(temporaryDirectory(), 'node.log');
    writeFileSync(`${path}.1`, line('old'));
    utimesSync(`${path}.1`, 1_700_000_000, 1_700_000_000);
    writeFileSync(path, '');
    const bench = new LogBench(fileTarget(path));
    await bench.poll();
    appendFileSync(path, line('a'));
    await bench.poll();
    const next = await bench.restart(fileTarget(path));
    await next.poll();
    expect([...bench.gaps, ...next.gaps]).toEqual([]);
  });
});

// What random histories found (test/sources/log/histories).
describe('each line is told of once', () => {
  it('of a log that came and was rotated between two looks', async () => {
    const path = join(temporaryDirectory(), 'node.log');
    const bench = new LogBench(fileTarget(path), { clock: new HandClock(Date.now() - 60_000) });
    await bench.poll();
    writeFileSync(path, line('a'));
    renameSync(path, `${path}.1`);
    writeFileSync(path, line('b'));
    await bench.poll();
    expect(bench.take()).toEqual(['live a', 'live b']);
  });

  it('of a log that could not be read when the exporter came back, and was rotated before it could', async () => {
    const isForbidden = { now: false };
    const fileSystem: FileSystem = {
      ...nodeFileSystem,
      open: (path) =>
        isForbidden.now && path.endsWith('.log')
          ? Promise.reject(Object.assign(new Error('made up'), { code: 'EACCES' }))
          : nodeFileSystem.open(path),
    };
    const { path, bench, later } = await watching({ fileSystem });
    truncateSync(path, 0);
    later();
    await bench.poll();
    await bench.source.stop();
    const next = new LogBench(fileTarget(path), { fileSystem, positions: bench.source.positions() });
    isForbidden.now = true;
    await next.poll();
    appendFileSync(path, line('b'));
    later();
    renameSync(path, `${path}.1`);
    writeFileSync(path, line('c'));
    isForbidden.now = false;
    await next.poll();
    expect(next.take()).toEqual(['catch-up b', 'catch-up c']);
  });

  it('of a log that was truncated while the exporter was down, and was rotated then', async () => {
    const { path, bench, later } = await watching();
    await bench.source.stop();
    truncateSync(path, 0);
    appendFileSync(path, lines('b', 'c'));
    later();
    renameSync(path, `${path}.1`);
    writeFileSync(path, line('d'));
    later();
    const next = await bench.restart(fileTarget(path));
    await next.poll();
    expect(next.take()).toEqual(['catch-up b', 'catch-up c', 'catch-up d']);
  });

  it('of a file that is written to after it was rotated, while the one before it is taken away', async () => {
    const path = join(temporaryDirectory(), 'node.log');
    writeFileSync(path, '');
    const bench = new LogBench(fileTarget(path));
    await bench.poll();
    appendFileSync(path, line('a'));
    renameSync(path, `${path}.2`);
    writeFileSync(path, '');
    rmSync(`${path}.2`);
    renameSync(path, `${path}.1`);
    writeFileSync(path, '');
    appendFileSync(`${path}.1`, line('b'));
    utimesSync(`${path}.1`, Date.now() / 1_000 + 60, Date.now() / 1_000 + 60);
    await bench.poll();
    await bench.poll();
    expect(bench.take()).toEqual(['live a', 'live b']);
  });
});
