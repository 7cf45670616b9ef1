import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, it } from 'vitest';

import { fileTarget, HandClock, line, LogBench, temporaryDirectory } from '../log-bench.ts';

const WHOLE = line('written in two parts');
const [FIRST, SECOND] = [WHOLE.slice(0, 20), WHOLE.slice(20)];

it('a line written in two parts is one line', async () => {
  const path = join(temporaryDirectory(), 'node.log');
  writeFileSync(path, line('a'));
  const bench = new LogBench(fileTarget(path));
  await bench.poll();
  bench.take();
  appendFileSync(path, FIRST);
  await bench.poll();
  expect(bench.take()).toEqual([]);
  appendFileSync(path, SECOND);
  await bench.poll();
  expect(bench.take()).toEqual(['live written in two parts']);
});

it('a line whose parts lie before and after a restart is one line', async () => {
  const path = join(temporaryDirectory(), 'node.log');
  writeFileSync(path, line('a'));
  const bench = new LogBench(fileTarget(path));
  await bench.poll();
  appendFileSync(path, FIRST);
  await bench.poll();
  expect(bench.source.positions().node!.files[0]!.offset).toBe(Buffer.byteLength(line('a')));

  const later = await bench.restart(fileTarget(path));
  await later.poll();
  expect(later.take()).toEqual([]);
  appendFileSync(path, SECOND);
  await later.poll();
  expect(later.take()).toEqual(['live written in two parts']);
});

it('a line that was finished while the exporter was down is catch-up', async () => {
  const path = join(temporaryDirectory(), 'node.log');
  writeFileSync(path, line('a') + FIRST);
  const bench = new LogBench(fileTarget(path));
  await bench.poll();
  await bench.source.stop();
  appendFileSync(path, SECOND);
  const later = await bench.restart(fileTarget(path));
  await later.poll();
  expect(later.take()).toEqual(['catch-up written in two parts']);
});

it('a line whose first part is history is live when it ends', async () => {
  const path = join(temporaryDirectory(), 'node.log');
  writeFileSync(path, line('a') + FIRST);
  const bench = new LogBench(fileTarget(path), { clock: new HandClock(Date.now() + 60_000) });
  await bench.poll();
  expect(bench.take()).toEqual(['history a']);
  appendFileSync(path, SECOND);
  await bench.poll();
  expect(bench.take()).toEqual(['live written in two parts']);
});
