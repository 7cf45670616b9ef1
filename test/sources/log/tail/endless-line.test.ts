import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { fileTarget, HandClock, line, LogBench, temporaryDirectory } from '../log-bench.ts';

const MEBIBYTE = 1024 * 1024;

it('a line of 10 MB without end is read 1 MiB a look, and the next line is whole', async () => {
  const path = join(temporaryDirectory(), 'node.log');
  writeFileSync(path, line('a'));
  const bench = new LogBench(fileTarget(path));
  await bench.poll();
  bench.take();

  appendFileSync(path, 'x'.repeat(10 * MEBIBYTE));
  const looks = await bench.poll();
  expect(looks).toBeGreaterThanOrEqual(10);
  expect(bench.take()).toEqual([]);

  appendFileSync(path, `\n${line('after')}`);
  await bench.poll();
  expect(bench.take()).toEqual(['live other', 'live after']);
});

it('a flood in one log does not keep another waiting', async () => {
  const directory = temporaryDirectory();
  const [flooded, calm] = [join(directory, 'flooded.log'), join(directory, 'calm.log')];
  writeFileSync(flooded, '');
  writeFileSync(calm, '');
  const bench = new LogBench([
    { target: 'flooded', where: { kind: 'file', paths: [flooded] } },
    { target: 'calm', where: { kind: 'file', paths: [calm] } },
  ]);
  await bench.poll();
  appendFileSync(flooded, line('flood').repeat(100_000));
  appendFileSync(calm, line('calm'));

  expect(await bench.ticker.once()).toBe(true);
  const bytesSeen = bench.lines.filter(({ target }) => target === 'flooded').length * line('flood').length;
  expect(bytesSeen).toBeLessThanOrEqual(MEBIBYTE);
  expect(bench.lines.filter(({ target }) => target === 'calm')).toHaveLength(1);
});

it('history that begins inside an endless line waits for the next one, also after a restart', async () => {
  const path = join(temporaryDirectory(), 'node.log');
  writeFileSync(path, 'x'.repeat(MEBIBYTE));
  const bench = new LogBench(fileTarget(path), { clock: new HandClock(Date.now() + 60_000) });
  await bench.poll();
  expect(bench.take()).toEqual([]);
  const later = await bench.restart(fileTarget(path));
  appendFileSync(path, `xx\n${line('a')}`);
  await later.poll();
  expect(later.take()).toEqual(['catch-up a']);
});
