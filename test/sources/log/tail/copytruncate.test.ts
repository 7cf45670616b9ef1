import {
  appendFileSync,
  copyFileSync,
  renameSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { fileTarget, line, lines, LogBench, temporaryDirectory } from '../log-bench.ts';

/** What logrotate does with `copytruncate`. */
function copyTruncate(path: string): void {
  copyFileSync(path, `${path}.1`);
  truncateSync(path, 0);
}

async function watching(path: string, content: string): Promise<LogBench> {
  writeFileSync(path, content);
  const bench = new LogBench(fileTarget(path));
  await bench.poll();
  bench.take();
  return bench;
}

describe('a log that is truncated in place', () => {
  it('is read from its start again', async () => {
    const path = join(temporaryDirectory(), 'node.log');
    const bench = await watching(path, lines('a', 'b'));
    truncateSync(path, 0);
    await bench.poll();
    appendFileSync(path, line('c'));
    await bench.poll();
    expect(bench.take()).toEqual(['live c']);
  });

  it('and grows past the old offset between two polls is still seen to be another', async () => {
    const path = join(temporaryDirectory(), 'node.log');
    const bench = await watching(path, line('a'));
    truncateSync(path, 0);
    appendFileSync(path, lines('one', 'two', 'three'));
    await bench.poll();
    expect(bench.take()).toEqual(['live one', 'live two', 'live three']);
  });

  it('and grows to the very same size is still seen to be another', async () => {
    const path = join(temporaryDirectory(), 'node.log');
    const bench = await watching(path, line('a'));
    truncateSync(path, 0);
    appendFileSync(path, line('b'));
    await bench.poll();
    expect(bench.take()).toEqual(['live b']);
  });

  it('and begins as the old one did is told by what stood before the offset', async () => {
    const path = join(temporaryDirectory(), 'node.log');
    // Longer than the head that is compared: node hosts write the same refused attempts over and over.
    const attempts = lines(...Array.from({ length: 40 }, () => 'the same'));
    const bench = await watching(path, attempts + line('then this'));
    truncateSync(path, 0);
    appendFileSync(path, attempts + lines('now that', 'and more'));
    await bench.poll();
    expect(bench.take()).toHaveLength(42);
  });

  it('loses nothing that the copy has kept', async () => {
    const path = join(temporaryDirectory(), 'node.log');
    const bench = await watching(path, lines('a', 'b'));
    appendFileSync(path, lines('unread', 'before the copy'));
    copyTruncate(path);
    appendFileSync(path, line('after'));
    await bench.poll();
    expect(bench.take()).toEqual(['live unread', 'live before the copy', 'live after']);
  });

  it('is not read twice from the copy when everything had been read', async () => {
    const path = join(temporaryDirectory(), 'node.log');
    const bench = await watching(path, lines('a', 'b'));
    copyTruncate(path);
    appendFileSync(path, lines('c', 'd', 'e'));
    await bench.poll();
    expect(bench.take()).toEqual(['live c', 'live d', 'live e']);
  });

  it('under a writer that does not append begins with a hole, and the first line after it is whole', async () => {
    const path = join(temporaryDirectory(), 'node.log');
    const bench = await watching(path, lines('a', 'b'));
    truncateSync(path, 0);
    const hole = Buffer.alloc(Buffer.byteLength(lines('a', 'b')));
    writeFileSync(path, Buffer.concat([hole, Buffer.from(line('c'))]));
    await bench.poll();
    expect(bench.take()).toEqual(['live c']);
  });

  it('drops the line it cut in two', async () => {
    const path = join(temporaryDirectory(), 'node.log');
    const bench = await watching(path, line('a'));
    appendFileSync(path, 'node host gateway cl');
    await bench.poll();
    truncateSync(path, 0);
    appendFileSync(path, line('b'));
    await bench.poll();
    expect(bench.take()).toEqual(['live b']);
  });
});

/** File systems tell time in ticks of milliseconds, and all of a test may happen in one. */
class Stamps {
  #seconds = 1_800_000_000;

  /** `path` was written to now, later than anything before. */
  touch(path: string): void {
    this.#seconds += 1;
    utimesSync(path, this.#seconds, this.#seconds);
  }
}

/** A log that was empty when it was last looked at, as that of a healthy node host is after a rotation. */
async function watchingEmpty(): Promise<{ path: string; bench: LogBench; stamps: Stamps }> {
  const path = join(temporaryDirectory(), 'node.log');
  const stamps = new Stamps();
  writeFileSync(path, '');
  stamps.touch(path);
  const bench = new LogBench(fileTarget(path));
  await bench.poll();
  return { path, bench, stamps };
}

describe('a log that was empty at the last look', () => {
  const fillAndCopy = (path: string, stamps: Stamps, copy = `${path}.1`): void => {
    appendFileSync(path, lines('a', 'b'));
    stamps.touch(path);
    copyFileSync(path, copy);
    stamps.touch(copy);
    truncateSync(path, 0);
    stamps.touch(path);
  };

  it('loses nothing when it is filled, copied and truncated before the next', async () => {
    const { path, bench, stamps } = await watchingEmpty();
    fillAndCopy(path, stamps);
    await bench.poll();
    expect(bench.take()).toEqual(['live a', 'live b']);
    appendFileSync(path, line('c'));
    stamps.touch(path);
    await bench.poll();
    expect(bench.take()).toEqual(['live c']);
  });

  it('loses nothing when it is filled again after that', async () => {
    const { path, bench, stamps } = await watchingEmpty();
    fillAndCopy(path, stamps);
    appendFileSync(path, line('c'));
    stamps.touch(path);
    await bench.poll();
    expect(bench.take()).toEqual(['live a', 'live b', 'live c']);
  });

  it('loses nothing when the copy overwrites the one before it', async () => {
    const { path, bench, stamps } = await watchingEmpty();
    fillAndCopy(path, stamps);
    await bench.poll();
    bench.take();
    fillAndCopy(path, stamps);
    await bench.poll();
    expect(bench.take()).toEqual(['live a', 'live b']);
  });

  it('loses nothing when that happens while the exporter is down', async () => {
    const { path, bench, stamps } = await watchingEmpty();
    await bench.source.stop();
    fillAndCopy(path, stamps, `${path}.2`);
    fillAndCopy(path, stamps);
    appendFileSync(path, line('c'));
    stamps.touch(path);
    const later = await bench.restart(fileTarget(path));
    await later.poll();
    expect(later.take()).toEqual(['a', 'b', 'a', 'b', 'c'].map((text) => `catch-up ${text}`));
  });

  it('loses nothing when it is copied, filled again and renamed', async () => {
    const { path, bench, stamps } = await watchingEmpty();
    fillAndCopy(path, stamps, `${path}.2`);
    appendFileSync(path, line('c'));
    stamps.touch(path);
    renameSync(path, `${path}.1`);
    writeFileSync(path, line('d'));
    stamps.touch(path);
    await bench.poll();
    expect(bench.take()).toEqual(['live a', 'live b', 'live c', 'live d']);
  });

  it('makes no rotated file of before new when it is written to', async () => {
    const path = join(temporaryDirectory(), 'node.log');
    const stamps = new Stamps();
    writeFileSync(`${path}.1`, lines('old', 'older'));
    writeFileSync(path, '');
    stamps.touch(path);
    const bench = new LogBench(fileTarget(path));
    await bench.poll();
    appendFileSync(path, line('a'));
    stamps.touch(path);
    await bench.poll();
    expect(bench.take()).toEqual(['live a']);
  });

  it('shows what its writer goes on writing to the file that was rotated before we came', async () => {
    const path = join(temporaryDirectory(), 'node.log');
    const stamps = new Stamps();
    writeFileSync(`${path}.1`, lines('old', 'older'));
    writeFileSync(path, '');
    const bench = new LogBench(fileTarget(path));
    await bench.poll();
    appendFileSync(`${path}.1`, line('a'));
    stamps.touch(`${path}.1`);
    await bench.poll();
    expect(bench.take()).toEqual(['live a']);
    // launchd opens the log again for the next process.
    appendFileSync(path, line('b'));
    stamps.touch(path);
    await bench.poll();
    expect(bench.take()).toEqual(['live b']);
  });
});

describe('a log that is truncated, grows again and is renamed between two polls', () => {
  it.each([
    ['past the old offset', ['b', 'c', 'd']],
    ['to the very same size', ['b']],
    ['not at all', []],
  ])('%s is read from its start', async (_how, texts) => {
    const path = join(temporaryDirectory(), 'node.log');
    const bench = await watching(path, line('a'));
    truncateSync(path, 0);
    appendFileSync(path, lines(...texts));
    renameSync(path, `${path}.1`);
    writeFileSync(path, line('new'));
    await bench.poll();
    expect(bench.take()).toEqual([...texts, 'new'].map((text) => `live ${text}`));
  });

  it('loses nothing of the copy that was made before', async () => {
    const path = join(temporaryDirectory(), 'node.log');
    const bench = await watching(path, line('a'));
    appendFileSync(path, line('unread'));
    copyFileSync(path, `${path}.2`);
    truncateSync(path, 0);
    appendFileSync(path, lines('b', 'c', 'd'));
    renameSync(path, `${path}.1`);
    writeFileSync(path, line('new'));
    await bench.poll();
    expect(bench.take()).toEqual(['live unread', 'live b', 'live c', 'live d', 'live new']);
  });

  it('is read on under no name at all', async () => {
    const path = join(temporaryDirectory(), 'node.log');
    const bench = await watching(path, line('a'));
    truncateSync(path, 0);
    appendFileSync(path, lines('b', 'c'));
    unlinkSync(path);
    await bench.poll();
    expect(bench.take()).toEqual(['live b', 'live c']);
  });
});

const STEPS = ['append', 'append', 'append', 'copytruncate', 'rename', 'poll', 'poll', 'restart'] as const;

it('whatever the order of writes, copies, renames and restarts, each line is seen once and in order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.constantFrom(...STEPS), { maxLength: 30 }), async (steps) => {
      const stamps = new Stamps();
      const path = join(temporaryDirectory(), 'node.log');
      writeFileSync(path, '');
      stamps.touch(path);
      let bench = new LogBench(fileTarget(path));
      await bench.poll();
      const seen: string[] = [];
      let written = 0;

      let generations = 0;
      const shift = (): void => {
        for (let older = generations; older >= 1; older -= 1)
          renameSync(`${path}.${older}`, `${path}.${older + 1}`);
        generations += 1;
      };
      for (const step of [...steps, 'poll'] as const) {
        switch (step) {
          case 'append':
            appendFileSync(path, line((written += 1)));
            stamps.touch(path);
            break;
          case 'copytruncate':
            shift();
            copyTruncate(path);
            stamps.touch(`${path}.1`);
            stamps.touch(path);
            break;
          case 'rename':
            shift();
            renameSync(path, `${path}.1`);
            writeFileSync(path, '');
            stamps.touch(path);
            break;
          case 'poll':
            await bench.poll();
            break;
          case 'restart':
            seen.push(...bench.take());
            bench = await bench.restart(fileTarget(path));
            break;
          default:
            step satisfies never;
        }
      }
      seen.push(...bench.take());
      await bench.source.stop();
      expect(seen.map((text) => text.split(' ')[1])).toEqual(
        Array.from({ length: written }, (_, index) => String(index + 1)),
      );
    }),
    { numRuns: 150 },
  );
}, 60_000);
