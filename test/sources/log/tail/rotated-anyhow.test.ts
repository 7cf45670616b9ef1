import { appendFileSync, copyFileSync, renameSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { fileTarget, line, lines, LogBench, temporaryDirectory } from '../log-bench.ts';

const YEAR_SECONDS = 365 * 86_400;

/** `node.log` that was read, beside rotated files that were last written to a year ago. */
async function watchingBeside(...generations: readonly number[]): Promise<{ path: string; bench: LogBench }> {
  const path = join(temporaryDirectory(), 'node.log');
  const yearAgo = Date.now() / 1000 - YEAR_SECONDS;
  for (const generation of generations) {
    writeFileSync(`${path}.${generation}`, lines(`old ${generation}`, `older ${generation}`));
    utimesSync(`${path}.${generation}`, yearAgo, yearAgo);
  }
  writeFileSync(path, line('counted'));
  const bench = new LogBench(fileTarget(path));
  await bench.poll();
  bench.take();
  return { path, bench };
}

describe('a log rotated to a number that does not tell its age', () => {
  it('does not make a year-old node.log.1 new when it becomes node.log.2', async () => {
    const { path, bench } = await watchingBeside(1);
    appendFileSync(path, line('last'));
    renameSync(path, `${path}.2`);
    writeFileSync(path, line('new'));
    await bench.poll();
    expect(bench.take()).toEqual(['live last', 'live new']);
  });

  it('does not make a node.log.1 new that was copied aside a year ago when it is copied to node.log.2', async () => {
    const { path, bench } = await watchingBeside(1);
    appendFileSync(path, line('last'));
    copyFileSync(path, `${path}.2`);
    truncateSync(path, 0);
    await bench.poll();
    expect(bench.take()).toEqual(['live last']);
    appendFileSync(path, line('new'));
    await bench.poll();
    expect(bench.take()).toEqual(['live new']);
  });

  it('does not make .1 .2 .3 new when it became node.log.9 while the exporter was down', async () => {
    const { path, bench } = await watchingBeside(1, 2, 3);
    await bench.source.stop();
    appendFileSync(path, line('last'));
    renameSync(path, `${path}.9`);
    writeFileSync(path, line('new'));
    const later = await bench.restart(fileTarget(path));
    await later.poll();
    expect(later.take()).toEqual(['catch-up last', 'catch-up new']);
  });

  it('still is followed through a file rotated in between, among old ones', async () => {
    const { path, bench } = await watchingBeside(1, 3);
    appendFileSync(path, line('last'));
    renameSync(path, `${path}.4`);
    writeFileSync(path, line('between'));
    renameSync(path, `${path}.2`);
    writeFileSync(path, line('new'));
    await bench.poll();
    expect(bench.take()).toEqual(['live last', 'live between', 'live new']);
  });
});
