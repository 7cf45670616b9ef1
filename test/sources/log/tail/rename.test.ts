import { appendFileSync, renameSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { fileTarget, line, lines, LogBench, temporaryDirectory } from '../log-bench.ts';

async function watching(path: string): Promise<LogBench> {
  const bench = new LogBench(fileTarget(path));
  await bench.poll();
  bench.take();
  return bench;
}

describe('a log that is renamed and begun anew', () => {
  it('is finished first, then the new one is read from its start', async () => {
    const path = join(temporaryDirectory(), 'node.log');
    writeFileSync(path, line('old'));
    const bench = await watching(path);

    appendFileSync(path, line('last of the old'));
    renameSync(path, `${path}.1`);
    writeFileSync(path, line('first of the new'));
    await bench.poll();
    expect(bench.take()).toEqual(['live last of the old', 'live first of the new']);

    appendFileSync(path, line('second of the new'));
    await bench.poll();
    expect(bench.take()).toEqual(['live second of the new']);
  });

  it('goes on being read under its new name while the new file is empty', async () => {
    const path = join(temporaryDirectory(), 'node.log');
    writeFileSync(path, line('a'));
    const bench = await watching(path);

    // launchd keeps the file open: logrotate's new file stays empty.
    renameSync(path, `${path}.1`);
    writeFileSync(path, '');
    appendFileSync(`${path}.1`, line('still the old file'));
    await bench.poll();
    expect(bench.take()).toEqual(['live still the old file']);
    appendFileSync(`${path}.1`, line('and still'));
    await bench.poll();
    expect(bench.take()).toEqual(['live and still']);

    appendFileSync(path, line('the new file at last'));
    await bench.poll();
    expect(bench.take()).toEqual(['live the new file at last']);
  });

  it('goes on being read while nothing is at its path', async () => {
    const path = join(temporaryDirectory(), 'node.log');
    writeFileSync(path, line('a'));
    const bench = await watching(path);
    renameSync(path, `${path}.1`);
    appendFileSync(`${path}.1`, line('between two names'));
    await bench.poll();
    expect(bench.take()).toEqual(['live between two names']);
    expect(bench.error).toBeUndefined();
  });

  it('twice between two polls misses nothing', async () => {
    const path = join(temporaryDirectory(), 'node.log');
    writeFileSync(path, line('a'));
    const bench = await watching(path);

    appendFileSync(path, line('b'));
    renameSync(path, `${path}.1`);
    writeFileSync(path, line('c'));
    renameSync(`${path}.1`, `${path}.2`);
    renameSync(path, `${path}.1`);
    writeFileSync(path, line('d'));
    await bench.poll();
    expect(bench.take()).toEqual(['live b', 'live c', 'live d']);
  });

  it('with date stamps misses nothing either', async () => {
    const path = join(temporaryDirectory(), 'node.log');
    writeFileSync(path, line('a'));
    const bench = await watching(path);

    appendFileSync(path, line('b'));
    renameSync(path, `${path}-20261121`);
    writeFileSync(path, line('c'));
    renameSync(path, `${path}-20261122`);
    writeFileSync(path, line('d'));
    await bench.poll();
    expect(bench.take()).toEqual(['live b', 'live c', 'live d']);
  });

  it('is finished as catch-up when that happened while the exporter was down', async () => {
    const path = join(temporaryDirectory(), 'node.log');
    writeFileSync(path, line('a'));
    const bench = await watching(path);
    await bench.source.stop();

    appendFileSync(path, line('b'));
    renameSync(path, `${path}.1`);
    writeFileSync(path, line('c'));
    renameSync(`${path}.1`, `${path}.2`);
    renameSync(path, `${path}.1`);
    writeFileSync(path, line('d'));
    const later = await bench.restart(fileTarget(path));
    await later.poll();
    expect(later.take()).toEqual(['catch-up b', 'catch-up c', 'catch-up d']);
    appendFileSync(path, line('e'));
    await later.poll();
    expect(later.take()).toEqual(['live e']);
  });

  it('loses only what was deleted', async () => {
    const path = join(temporaryDirectory(), 'node.log');
    writeFileSync(path, line('a'));
    const bench = await watching(path);
    await bench.source.stop();

    appendFileSync(path, line('never seen'));
    unlinkSync(path);
    writeFileSync(path, lines('b', 'c'));
    const later = await bench.restart(fileTarget(path));
    await later.poll();
    expect(later.take()).toEqual(['catch-up b', 'catch-up c']);
  });

  it('behind a symbolic link is followed when the link moves', async () => {
    const directory = temporaryDirectory();
    const path = join(directory, 'node.log');
    writeFileSync(join(directory, 'day-1'), line('a'));
    symlinkSync('day-1', path);
    const bench = await watching(path);

    appendFileSync(join(directory, 'day-1'), line('b'));
    writeFileSync(join(directory, 'day-2'), line('c'));
    unlinkSync(path);
    symlinkSync('day-2', path);
    await bench.poll();
    expect(bench.take()).toEqual(['live b', 'live c']);
  });

  it('ends with its last line even without a line end', async () => {
    const path = join(temporaryDirectory(), 'node.log');
    writeFileSync(path, line('a'));
    const bench = await watching(path);
    appendFileSync(path, line('killed in mid-').trimEnd());
    await bench.poll();
    expect(bench.take()).toEqual([]);
    renameSync(path, `${path}.1`);
    writeFileSync(path, line('b'));
    await bench.poll();
    expect(bench.take()).toEqual(['live killed in mid-', 'live b']);
  });
});

/** What may happen to a log and its watcher. */
type Step =
  | { readonly kind: 'append'; readonly count: number; readonly cutAt: number }
  | { readonly kind: 'rotate' }
  | { readonly kind: 'poll' }
  | { readonly kind: 'restart' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      count: fc.integer({ min: 0, max: 5 }),
      cutAt: fc.integer({ min: 0, max: 40 }),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ kind: 'rotate' as const }) },
  { weight: 3, arbitrary: fc.constant({ kind: 'poll' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'restart' as const }) },
);

it('whatever the order of writes, rotations and restarts, each line is seen once and in order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const path = join(temporaryDirectory(), 'node.log');
      writeFileSync(path, '');
      let bench = await watching(path);
      const seen: string[] = [];
      let written = 0;
      let generation = 0;
      let unfinished = '';

      const finishLine = (): void => {
        if (unfinished !== '') appendFileSync(path, unfinished);
        unfinished = '';
      };
      for (const { kind, ...rest } of steps) {
        if (kind === 'append') {
          finishLine();
          const { count, cutAt } = rest as { count: number; cutAt: number };
          for (let added = 0; added < count; added += 1) appendFileSync(path, line((written += 1)));
          if (cutAt > 0) {
            const next = line((written += 1));
            appendFileSync(path, next.slice(0, cutAt));
            unfinished = next.slice(cutAt);
          }
        } else if (kind === 'rotate') {
          finishLine();
          for (let older = generation; older >= 1; older -= 1)
            renameSync(`${path}.${older}`, `${path}.${older + 1}`);
          renameSync(path, `${path}.1`);
          generation += 1;
          writeFileSync(path, '');
        } else if (kind === 'poll') {
          await bench.poll();
        } else {
          seen.push(...bench.take());
          bench = await bench.restart(fileTarget(path));
        }
      }
      finishLine();
      await bench.poll();
      seen.push(...bench.take());
      await bench.source.stop();
      expect(seen.map((text) => text.split(' ')[1])).toEqual(
        Array.from({ length: written }, (_, index) => String(index + 1)),
      );
    }),
    { numRuns: 150 },
  );
}, 60_000);
