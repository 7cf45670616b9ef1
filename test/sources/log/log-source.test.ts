import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { Secret } from '../../../src/core/index.ts';
import { KnownSecrets } from '../../../src/sources/known-secrets.ts';
import { nodeFileSystem, type FileSystem } from '../../../src/sources/tail/file-system.ts';
import { readLogPositions } from '../../../src/sources/tail/position.ts';
import { fileTarget, HandClock, line, lines, LogBench, temporaryDirectory } from './log-bench.ts';

/** Lets the file system answer, without a timer. */
function anotherTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

describe('what the source says of itself', () => {
  it('is said at each look', async () => {
    const path = join(temporaryDirectory(), 'node.log');
    writeFileSync(path, '');
    const bench = new LogBench(fileTarget(path));
    for (let look = 0; look < 10; look += 1) await bench.poll(1000);
    appendFileSync(path, line('a'));
    await bench.poll(1);
    expect(bench.reports).toHaveLength(11);
    expect(bench.reports.every((report) => report.source === 'log' && report.error === undefined)).toBe(true);
  });

  it('is nothing while it does not know where to look', async () => {
    const bench = new LogBench([{ target: 'node', where: null }]);
    for (let look = 0; look < 5; look += 1) await bench.poll(5000);
    expect(bench.reports).toEqual([]);
    expect(bench.observations).toEqual([]);
  });
});

describe('whether a log is readable', () => {
  it('is said after the history, at every change, and every 10 s', async () => {
    const path = join(temporaryDirectory(), 'node.log');
    writeFileSync(path, line('a'));
    const bench = new LogBench(fileTarget(path));
    await bench.poll();
    expect(bench.observations.map((it) => (it.source === 'log' ? it.kind : it.source))).toEqual([
      'line',
      'status',
    ]);
    expect(bench.statuses[0]).toMatchObject({
      readable: true,
      lastWriteWallMs: bench.source.lastWriteWallMs('node'),
    });
    for (let look = 0; look < 60; look += 1) await bench.poll(500);
    expect(bench.statuses).toHaveLength(4);
  });

  it('is not taken back because one file of two was never written', async () => {
    const directory = temporaryDirectory();
    const [out, err] = [join(directory, 'node.log'), join(directory, 'node.err.log')];
    writeFileSync(err, line('a'));
    const bench = new LogBench(fileTarget(out, err), { clock: new HandClock(Date.now() + 60_000) });
    await bench.poll();
    expect(bench.statuses).toMatchObject([{ readable: true }]);
    expect(bench.error).toBeUndefined();
    // One at a time: which of two files is read first in one look is the system's to choose.
    writeFileSync(out, line('b'));
    await bench.poll();
    appendFileSync(err, line('c'));
    await bench.poll();
    expect(bench.take()).toEqual(['history a', 'live b', 'live c']);
  });
});

describe('a log that moves', () => {
  it('says its last words before the first of the new place', async () => {
    const directory = temporaryDirectory();
    const [old, next] = [join(directory, 'a.log'), join(directory, 'b.log')];
    writeFileSync(old, line('1'));
    const bench = new LogBench(fileTarget(old));
    await bench.poll();
    bench.take();
    appendFileSync(old, line('last words'));
    writeFileSync(next, line('first'));
    bench.source.setLocation('node', { kind: 'file', paths: [next] });
    await bench.poll();
    expect(bench.take().map((text) => text.split(' ').slice(1).join(' '))).toEqual(['last words', 'first']);
  });

  it('and comes back goes on where it was left', async () => {
    const directory = temporaryDirectory();
    const [a, b] = [join(directory, 'a.log'), join(directory, 'b.log')];
    writeFileSync(a, line('1'));
    writeFileSync(b, '');
    const bench = new LogBench(fileTarget(a));
    await bench.poll();
    bench.source.setLocation('node', { kind: 'file', paths: [b] });
    await bench.poll();
    bench.take();
    appendFileSync(a, line('2'));
    bench.source.setLocation('node', { kind: 'file', paths: [a] });
    await bench.poll();
    expect(bench.take()).toEqual(['catch-up 2']);
    expect(Object.keys(bench.source.positions().node!.files)).toHaveLength(2);
  });

  it('moved away and back between two looks was never away', async () => {
    const directory = temporaryDirectory();
    const [a, b] = [join(directory, 'a.log'), join(directory, 'b.log')];
    writeFileSync(a, line('1'));
    writeFileSync(b, '');
    const bench = new LogBench(fileTarget(a));
    await bench.poll();
    bench.take();
    appendFileSync(a, line('2'));
    bench.source.setLocation('node', { kind: 'file', paths: [b] });
    bench.source.setLocation('node', { kind: 'file', paths: [a] });
    await bench.poll();
    expect(bench.take()).toEqual(['live 2']);
  });

  it('keeps a file that stays among several', async () => {
    const directory = temporaryDirectory();
    const [a, b] = [join(directory, 'a.log'), join(directory, 'b.log')];
    writeFileSync(a, line('1'));
    const bench = new LogBench(fileTarget(a));
    await bench.poll();
    bench.take();
    appendFileSync(a, line('2'));
    bench.source.setLocation('node', { kind: 'file', paths: [a, b] });
    await bench.poll();
    expect(bench.take()).toEqual(['live 2']);
  });

  it('out of sight is not readable', async () => {
    const path = join(temporaryDirectory(), 'a.log');
    writeFileSync(path, '');
    const bench = new LogBench(fileTarget(path));
    await bench.poll();
    bench.source.setLocation('node', null);
    await bench.poll();
    await bench.poll();
    expect(bench.statuses.at(-1)).toMatchObject({ readable: false });
  });
});

describe('positions', () => {
  it('are those of the lines that were given, at any moment', async () => {
    const path = join(temporaryDirectory(), 'node.log');
    writeFileSync(path, '');
    const bench = new LogBench(fileTarget(path));
    await bench.poll();
    appendFileSync(path, line('x').repeat(20_000));
    const size = Buffer.byteLength(line('x'));
    const looked = bench.poll();
    let compared = 0;
    while (bench.lines.length < 20_000) {
      await anotherTurn();
      const { offset } = bench.source.positions().node!.files[0]!;
      expect(bench.lines).toHaveLength(offset / size);
      compared += 1;
    }
    await looked;
    expect(compared).toBeGreaterThan(1);
  });

  it('of a target that was never read are none', async () => {
    const bench = new LogBench([{ target: 'node', where: null }]);
    await bench.poll();
    expect(bench.source.positions()).toEqual({});
  });

  it('of a target that is not watched in this run are kept', async () => {
    const path = join(temporaryDirectory(), 'node.log');
    writeFileSync(path, line('a'));
    const bench = new LogBench(fileTarget(path));
    await bench.poll();
    const saved = bench.source.positions();
    const other = await bench.restart([{ target: 'another', where: null }]);
    expect(other.source.positions()).toEqual(saved);
  });

  it('that are broken or foreign are as good as none', () => {
    const good = {
      path: '/x',
      device: '1',
      inode: '2',
      offset: 3,
      head: { length: 3, sha256: 'a'.repeat(64) },
      beforeOffset: { length: 3, sha256: 'b'.repeat(64) },
      modifiedNs: '4',
    };
    const whole = { files: [good], journals: [] };
    expect(readLogPositions({ a: whole })).toEqual({ a: whole });
    for (const broken of [
      { ...good, offset: -1 },
      { ...good, offset: '3' },
      { ...good, inode: '-2' },
      { ...good, modifiedNs: 'x' },
      { ...good, head: { length: 3, sha256: 'zz' } },
    ]) {
      expect(readLogPositions({ a: { files: [broken], journals: [] }, b: whole })).toEqual({ b: whole });
    }
    for (const foreign of [undefined, null, 'x', 7, [], { a: null }, { a: [] }])
      expect(readLogPositions(foreign)).toEqual({});
  });
});

describe('a file system that hangs', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('is a timeout, holds up no other log, and is not asked again before it answers', async () => {
    const directory = temporaryDirectory();
    const [hung, calm] = [join(directory, 'hung.log'), join(directory, 'calm.log')];
    writeFileSync(hung, line('from the hung one'));
    writeFileSync(calm, '');
    let asked = 0;
    const answered = Promise.withResolvers<undefined>();
    const fileSystem: FileSystem = {
      ...nodeFileSystem,
      async status(path) {
        if (path === hung) {
          asked += 1;
          await answered.promise;
        }
        return nodeFileSystem.status(path);
      },
    };
    const bench = new LogBench(
      [
        { target: 'hung', where: { kind: 'file', paths: [hung] } },
        { target: 'calm', where: { kind: 'file', paths: [calm] } },
      ],
      { fileSystem },
    );
    const look = bench.poll();
    while (bench.statuses.length === 0) await anotherTurn();
    await vi.advanceTimersByTimeAsync(5000);
    await look;
    expect(bench.error).toBe('timeout: the log of hung does not answer within 5 s');
    expect(bench.statuses.find(({ target }) => target === 'hung')).toMatchObject({ readable: false });

    appendFileSync(calm, line('calm'));
    await bench.poll();
    expect(bench.lines.map(({ target }) => target)).toEqual(['calm']);
    expect(asked).toBe(1);

    answered.resolve(undefined);
    while (bench.error !== undefined) {
      await anotherTurn();
      await bench.poll();
    }
    expect(bench.lines).toHaveLength(2);
    expect(bench.statuses.filter(({ target }) => target === 'hung').at(-1)).toMatchObject({ readable: true });
  });
});

describe('start and stop', () => {
  it('may be called twice, and a stopped source looks no more', async () => {
    const path = join(temporaryDirectory(), 'node.log');
    writeFileSync(path, lines('a'));
    const bench = new LogBench(fileTarget(path));
    bench.source.start();
    await bench.poll();
    await bench.source.stop();
    await bench.source.stop();
    expect(bench.ticker.isStopped).toBe(true);
    expect(bench.source.positions().node?.files).toHaveLength(1);
  });

  it('a source that is started again goes on where it stopped', async () => {
    const path = join(temporaryDirectory(), 'node.log');
    writeFileSync(path, line('a'));
    const bench = new LogBench(fileTarget(path));
    await bench.poll();
    await bench.source.stop();
    bench.take();
    appendFileSync(path, line('b'));
    bench.source.start();
    await bench.poll();
    expect(bench.take()).toEqual(['catch-up b']);
  });
});

describe('other targets than at the start', () => {
  it('one that stays goes on where it was; one that comes has its history read', async () => {
    const directory = temporaryDirectory();
    const [a, b] = [join(directory, 'a.log'), join(directory, 'b.log')];
    writeFileSync(a, line('1'));
    writeFileSync(b, line('old'));
    const bench = new LogBench(fileTarget(a));
    await bench.poll();
    bench.take();
    bench.source.setTargets([...fileTarget(a), { target: 'other', where: { kind: 'file', paths: [b] } }]);
    appendFileSync(a, line('2'));
    await bench.poll();
    expect(bench.take().toSorted()).toEqual(['history old', 'live 2']);
    expect(Object.keys(bench.source.positions())).toEqual(['node', 'other']);
  });

  it('one that stays and moves says its last words first', async () => {
    const directory = temporaryDirectory();
    const [a, b] = [join(directory, 'a.log'), join(directory, 'b.log')];
    writeFileSync(a, line('1'));
    writeFileSync(b, '');
    const bench = new LogBench(fileTarget(a));
    await bench.poll();
    bench.take();
    appendFileSync(a, line('last words'));
    bench.source.setTargets(fileTarget(b));
    await bench.poll();
    expect(bench.take().map((text) => text.split(' ').slice(1).join(' '))).toEqual(['last words']);
  });

  it('one that goes is read no more, and starts anew when it comes back', async () => {
    const directory = temporaryDirectory();
    const path = join(directory, 'a.log');
    writeFileSync(path, line('1'));
    const bench = new LogBench(fileTarget(path));
    await bench.poll();
    bench.take();
    bench.source.setTargets([]);
    appendFileSync(path, line('2'));
    await bench.poll();
    expect(bench.take()).toEqual([]);
    expect(bench.source.positions()).toEqual({});
    bench.source.setTargets(fileTarget(path));
    await bench.poll();
    expect(bench.take()).toEqual(['history 1', 'history 2']);
  });

  it('a look under way when one goes says nothing of it afterwards', async () => {
    const path = join(temporaryDirectory(), 'a.log');
    writeFileSync(path, line('1'));
    const bench = new LogBench(fileTarget(path));
    const look = bench.ticker.once();
    bench.source.setTargets([]);
    await look;
    expect(bench.observations).toEqual([]);
  });

  it('goes on from the position of an earlier run when its turn comes', async () => {
    const path = join(temporaryDirectory(), 'a.log');
    writeFileSync(path, line('1'));
    const first = new LogBench(fileTarget(path));
    await first.poll();
    const second = await first.restart([]);
    appendFileSync(path, line('2'));
    second.source.setTargets(fileTarget(path));
    await second.poll();
    expect(second.take()).toEqual(['catch-up 2']);
  });
});

describe('our own credential in a node host’s log', () => {
  const SECRET = 'tök/3f9c+0d7e=very&secret';
  const LINES = [
    'node host gateway connected: wss://gw.example/oc/TOKEN',
    'node host gateway closed (1008): go away, TOKEN',
    `node host gateway closed (1008): ${'x'.repeat(480)}TOKEN`,
    'node host gateway connect failed: gateway rejected websocket upgrade (HTTP 403): <p>TOKEN</p>',
    'node host gateway connect failed: Failed to establish tunnel to gw:443 via http://me:TOKEN@proxy:3128/: HTTP/1.1 407 No',
    'node host gateway permanently rejected connection (TOKEN): none; exiting',
  ];

  it.each([
    ['in the clear', SECRET],
    ['in a URL', encodeURIComponent(SECRET)],
    ['in base64', Buffer.from(SECRET).toString('base64')],
  ])('%s leaves no trace, not even of a half of it', async (_form, said) => {
    const path = join(temporaryDirectory(), 'node.log');
    writeFileSync(path, LINES.map((text) => `${text.replace('TOKEN', said)}\n`).join(''));
    const secrets = new KnownSecrets();
    const bench = new LogBench(fileTarget(path), { secrets });
    const read = Promise.withResolvers<undefined>();
    secrets.expect(
      read.promise.then(() => {
        secrets.learn(new Secret(SECRET));
      }),
    );
    const polled = bench.poll();
    // The log could long have been read; the token file comes at last.
    for (let turn = 0; turn < 100; turn += 1) await anotherTurn();
    expect(bench.lines).toEqual([]);
    read.resolve(undefined);
    await polled;
    expect(bench.lines).toHaveLength(LINES.length);
    const everything = JSON.stringify(bench.observations);
    expect(everything).toContain('go away, [redacted]');
    for (let from = 0; from + 8 <= said.length; from += 1)
      expect(everything).not.toContain(said.slice(from, from + 8));
  });

  it('is no reason to read the line otherwise', async () => {
    const path = join(temporaryDirectory(), 'node.log');
    writeFileSync(path, 'node host gateway connect failed: unauthorized: gateway token mismatch (x)\n');
    const secrets = new KnownSecrets();
    secrets.learn(new Secret('gateway token mismatch'));
    const bench = new LogBench(fileTarget(path), { secrets });
    await bench.poll();
    expect(bench.lines[0]?.event).toMatchObject({
      kind: 'connect-failed',
      auth: 'token_mismatch',
      message: 'unauthorized: [redacted] (x)',
    });
  });
});
