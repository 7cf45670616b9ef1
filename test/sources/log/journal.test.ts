import { describe, expect, it, vi } from 'vitest';

import { FakeJournal, isRunning } from './fake-journalctl.ts';
import { HandClock, line, LogBench } from './log-bench.ts';
import type { LogTarget } from '../../../src/sources/log/log-source.ts';

const TARGETS: LogTarget[] = [
  { target: 'node', where: { kind: 'journal', unit: 'openclaw-node.service', user: true } },
];
const text = (name: string): string => line(name).trimEnd();

/** Polls, each half a second of the clock, until `isDone`. journalctl is another process and takes its own time. */
async function pollUntil(bench: LogBench, isDone: () => boolean): Promise<void> {
  await vi.waitFor(
    async () => {
      await bench.poll();
      expect(isDone()).toBe(true);
    },
    { timeout: 10_000, interval: 20 },
  );
}

function start(journal: FakeJournal, clock = new HandClock()): LogBench {
  return new LogBench(TARGETS, { journalctl: journal.program, clock });
}

const follows = (journal: FakeJournal): boolean => journal.calls.at(-1)?.includes('--follow') === true;

describe('the journal of a unit', () => {
  it('is history first, then live', async () => {
    const clock = new HandClock();
    const journal = new FakeJournal();
    journal.write(text('a'), { wallMs: clock.now().wallMs - 5000 });
    journal.write(text('b'), { wallMs: clock.now().wallMs - 4000 });
    const bench = start(journal, clock);
    await pollUntil(bench, () => follows(journal));
    expect(bench.statuses.at(-1)).toMatchObject({ readable: true });
    expect(bench.take()).toEqual(['history a', 'history b']);

    journal.write(text('c'), { wallMs: clock.now().wallMs });
    await pollUntil(bench, () => bench.lines.length > 0);
    expect(bench.lines[0]).toMatchObject({ recency: 'live', writtenWallMs: expect.any(Number) as number });
    expect(bench.take()).toEqual(['live c']);
    expect(bench.error).toBeUndefined();
  });

  it('is asked for by unit, as JSON, and no more of the past than is needed', async () => {
    const journal = new FakeJournal();
    journal.write(text('a'), { wallMs: 0 });
    const bench = start(journal);
    await pollUntil(bench, () => follows(journal));
    const [backlog, follow] = journal.calls;
    expect(backlog).toEqual(
      expect.arrayContaining(['--user-unit=openclaw-node.service', '--output=json', '--lines=200']),
    );
    expect(backlog).not.toContain('--follow');
    expect(follow).toEqual(
      expect.arrayContaining([`--after-cursor=${journal.cursor(1)}`, '--follow', '--no-tail']),
    );
  });

  it('goes on after the saved cursor, and what was written meanwhile is catch-up', async () => {
    const clock = new HandClock();
    const journal = new FakeJournal();
    journal.write(text('a'), { wallMs: clock.now().wallMs - 5000 });
    const bench = start(journal, clock);
    await pollUntil(bench, () => follows(journal));
    await bench.source.stop();

    journal.write(text('b'), { wallMs: clock.now().wallMs });
    clock.advance(60_000);
    const later = new LogBench(TARGETS, {
      journalctl: journal.program,
      clock,
      positions: bench.source.positions(),
    });
    await pollUntil(later, () => later.lines.length > 0);
    expect(later.take()).toEqual(['catch-up b']);
    expect(journal.calls.flat()).toContain(`--after-cursor=${journal.cursor(1)}`);
  });

  it('is found again by time when its cursor is not known any more', async () => {
    const clock = new HandClock();
    const journal = new FakeJournal();
    const saved = {
      unit: 'openclaw-node.service',
      user: true,
      cursor: 'another journal',
      writtenWallMs: clock.now().wallMs - 5000,
    };
    journal.write(text('read before'), { wallMs: saved.writtenWallMs });
    journal.write(text('new'), { wallMs: saved.writtenWallMs + 1 });
    const bench = new LogBench(TARGETS, {
      journalctl: journal.program,
      clock,
      positions: { node: { files: [], journals: [saved] } },
    });
    await pollUntil(bench, () => bench.lines.length > 0);
    expect(bench.take()).toEqual(['catch-up new']);
  });

  it('without a single entry waits for the first one', async () => {
    const clock = new HandClock();
    const journal = new FakeJournal();
    const bench = start(journal, clock);
    await pollUntil(bench, () => follows(journal));
    journal.write(text('first'), { wallMs: clock.now().wallMs });
    await pollUntil(bench, () => bench.lines.length > 0);
    expect(bench.take()).toEqual(['live first']);
  });

  it('without a single entry is an error that names the unit, steadily, until the first one', async () => {
    const clock = new HandClock();
    const journal = new FakeJournal();
    const bench = start(journal, clock);
    const isMissing = (): boolean =>
      bench.error?.startsWith('not_found: no journal entries for user unit openclaw-node.service;') === true;
    await pollUntil(bench, isMissing);
    expect(bench.error).toContain('give --node.log a path, or --node.systemd-unit');
    expect(bench.statuses.at(-1)).toMatchObject({ readable: false });

    await pollUntil(bench, () => follows(journal));
    // Also while another journalctl takes the place of the one that follows.
    process.kill(journal.pids.at(-1)!, 'SIGKILL');
    await pollUntil(bench, () => bench.error?.startsWith('other: ') === true);
    await pollUntil(bench, isMissing);
    const since = bench.reports.length;
    for (let polls = 0; polls < 5; polls += 1) await bench.poll(1000);
    expect(bench.reports.slice(since).map(({ error }) => error?.kind)).toEqual(Array(5).fill('not_found'));
    expect(bench.statuses.slice(1).filter(({ readable }) => readable)).toEqual([]);

    journal.write(text('first'), { wallMs: clock.now().wallMs });
    await pollUntil(bench, () => bench.error === undefined);
    expect(bench.statuses.at(-1)).toMatchObject({ readable: true });
    expect(bench.take()).toEqual(['live first']);
  });

  it('that had entries in an earlier run and is silent now is no error', async () => {
    const clock = new HandClock();
    const journal = new FakeJournal();
    journal.write(text('a'), { wallMs: clock.now().wallMs - 5000 });
    const bench = start(journal, clock);
    await pollUntil(bench, () => follows(journal));
    await bench.source.stop();
    const runs = journal.calls.length;
    const later = new LogBench(TARGETS, {
      journalctl: journal.program,
      clock,
      positions: bench.source.positions(),
    });
    await pollUntil(later, () => journal.calls.length > runs + 1 && follows(journal));
    await later.poll(1000);
    expect(later.reports.filter(({ error }) => error !== undefined)).toEqual([]);
    expect(later.statuses.at(-1)).toMatchObject({ readable: true });
  });

  it('with nothing but systemd’s words about the unit is no error', async () => {
    const clock = new HandClock();
    const journal = new FakeJournal();
    journal.write('Started openclaw-node.service.', {
      wallMs: clock.now().wallMs,
      fields: { USER_UNIT: 'openclaw-node.service' },
    });
    const bench = start(journal, clock);
    await pollUntil(bench, () => follows(journal));
    await bench.poll(1000);
    expect(bench.error).toBeUndefined();
  });

  it('does not take systemd’s words about the unit for the unit’s', async () => {
    const clock = new HandClock();
    const journal = new FakeJournal();
    const { wallMs } = clock.now();
    journal.write('Started openclaw-node.service.', {
      wallMs,
      fields: { USER_UNIT: 'openclaw-node.service' },
    });
    journal.write(text('its own'), { wallMs });
    const bench = start(journal, clock);
    await pollUntil(bench, () => bench.lines.length > 0);
    expect(bench.lines).toHaveLength(1);
  });

  it('that comes long after it was written is not now', async () => {
    const clock = new HandClock();
    const journal = new FakeJournal();
    const bench = start(journal, clock);
    await pollUntil(bench, () => follows(journal));
    const writtenWallMs = clock.now().wallMs;
    clock.advance(3_600_000);
    journal.write(text('slept over'), { wallMs: writtenWallMs });
    await pollUntil(bench, () => bench.lines.length > 0);
    expect(bench.take()).toEqual(['catch-up slept over']);
  });
});

describe('journalctl', () => {
  it('that ends is started again after a while, and nothing is lost or comes twice', async () => {
    const clock = new HandClock();
    const journal = new FakeJournal();
    const bench = start(journal, clock);
    await pollUntil(bench, () => follows(journal));
    journal.write(text('a'), { wallMs: clock.now().wallMs });
    await pollUntil(bench, () => bench.lines.length > 0);
    expect(bench.take()).toEqual(['live a']);

    const runs = journal.pids.length;
    process.kill(journal.pids.at(-1)!, 'SIGKILL');
    await vi.waitFor(async () => {
      await bench.poll(0);
      expect(bench.error).toBe('other: journalctl ended by SIGKILL');
    });
    journal.write(text('b'), { wallMs: clock.now().wallMs });
    await bench.poll(500);
    expect(journal.pids).toHaveLength(runs);

    await pollUntil(bench, () => bench.lines.length > 0);
    expect(bench.take()).toEqual(['catch-up b']);
    await pollUntil(bench, () => bench.error === undefined);
  });

  it('that is not installed is an error value at every look', async () => {
    const bench = new LogBench(TARGETS, { journalctl: '/nonexistent/journalctl' });
    await pollUntil(
      bench,
      () => bench.error?.startsWith('unsupported: /nonexistent/journalctl: no such program') === true,
    );
    expect(bench.statuses.at(-1)).toMatchObject({ readable: false });
    const before = bench.reports.length;
    await bench.poll(1000);
    await bench.poll(1000);
    expect(bench.reports.length).toBe(before + 2);
  });

  it.each([
    [
      'No journal files were opened due to insufficient permissions.',
      1,
      'permission: no permission to read the journal',
    ],
    ['No journal files were found.', 0, 'not_found: no journal files on this machine'],
    ['Failed to add match: bad', 1, 'other: journalctl ended with code 1: Failed to add match: bad'],
  ])(
    'that says “%s” is understood, and the journal read once that is over',
    async (stderr, code, expected) => {
      const clock = new HandClock();
      const journal = new FakeJournal();
      journal.write(text('a'), { wallMs: clock.now().wallMs - 5000 });
      journal.breakWith(stderr, code);
      const bench = start(journal, clock);
      await pollUntil(bench, () => bench.error?.startsWith(expected) === true);
      journal.breakWith(undefined);
      await pollUntil(bench, () => bench.lines.length > 0);
      expect(bench.take()).toEqual(['history a']);
    },
  );

  it('is tried again after 1, 2, 4 … and at most 60 s', async () => {
    const journal = new FakeJournal();
    const bench = start(journal);
    const failsWith = async (words: string): Promise<void> => {
      await vi.waitFor(async () => {
        await bench.poll(0);
        expect(bench.error).toContain(words);
      });
    };
    journal.breakWith('try 0');
    await failsWith('try 0');
    for (const [index, delayMs] of [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000].entries()) {
      await bench.poll(delayMs - 1);
      // A run that came too early would have failed with the words before, and would count.
      journal.breakWith(`try ${index + 1}`);
      await bench.poll(1);
      await failsWith(`try ${index + 1}`);
      expect(journal.calls).toHaveLength(index + 2);
    }
  });

  it('is ended with the source, and none is left running', async () => {
    const journal = new FakeJournal();
    const bench = start(journal);
    await pollUntil(bench, () => follows(journal));
    const [pid] = journal.pids.slice(-1);
    expect(isRunning(pid!)).toBe(true);
    await bench.source.stop();
    expect(isRunning(pid!)).toBe(false);
  });
});
