import fc from 'fast-check';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLsofConnectionTable } from '../../../src/sources/darwin/lsof-table.ts';
import { logPathsOf } from '../../../src/sources/darwin/installed-job.ts';
import { createJobEnvironment } from '../../../src/sources/darwin/job-environment.ts';
import { LsofReadings } from '../../../src/sources/darwin/lsof-readings.ts';
import { parseLsof } from '../../../src/sources/darwin/parse-lsof.ts';
import { parseNetstat } from '../../../src/sources/darwin/parse-netstat.ts';
import { parsePs, variableIn } from '../../../src/sources/darwin/parse-ps.ts';
import { pickVariables, type ProcessTable } from '../../../src/sources/process/process-table.ts';
import { PsProcessTable } from '../../../src/sources/darwin/ps-table.ts';
import { FakePrograms } from '../../macos/fake-programs.ts';
import { capture } from './fixtures.ts';

/** In the columns that are asked for, with what `ps` of macOS 26 prints in them. */
const PS = `    1     0     0 Ss   Sun Sep 20 08:00:00 2026   101:02.03   5:00.50  22560 /sbin/launchd
94363     1   501 S    Mon Sep 21 22:36:55 2026     0:00.31   0:00.10  51200 /opt/homebrew/bin/node
94364 94363   501 S+   Mon Sep 21 22:36:56 2026     2:01.50   0:30.25  92160 openclaw-node
94400     1   501 T    Mon Sep 21 22:40:00 2026     0:00.00   0:00.00   1024 /Applications/Some App.app/Contents/MacOS/Some App
94401     1   501 Z    Mon Sep 21 22:40:00 2026     0:00.00   0:00.00      0 <defunct>
`;
const NETSTATS = [
  ['pre13', 'netstat-anv-tcp-pre13.txt', 33_784],
  ['13 or 14', 'netstat-anv-tcp-13-14.txt', 10_521],
  ['15', 'netstat-anv-tcp-15.txt', 99_999],
  ['26', 'netstat-anv-tcp-26.txt', 46_708],
  ['26 with spaces in names', 'netstat-anv-tcp-names-with-spaces-26.txt', 56_664],
  ['26 with a wide header', 'netstat-anv-tcp-wide-header-26.txt', 53_171],
] as const;

describe('ps', () => {
  it('is read', () => {
    const rows = parsePs(PS);
    expect(rows?.map(({ pid, state }) => [pid, state])).toEqual([
      [1, 'sleeping'],
      [94_363, 'sleeping'],
      [94_364, 'sleeping'],
      [94_400, 'stopped'],
      [94_401, 'defunct'],
    ]);
    expect(rows?.[2]).toEqual({
      pid: 94_364,
      parentPid: 94_363,
      userId: 501,
      state: 'sleeping',
      startSeconds: Date.UTC(2026, 8, 21, 22, 36, 56) / 1_000,
      cpuSeconds: 151.75,
      residentBytes: 92_160 * 1_024,
      command: 'openclaw-node',
    });
    expect(rows?.[3]?.command).toBe('/Applications/Some App.app/Contents/MacOS/Some App');
  });

  it.each([
    ['another language', 'ps-aux-japanese-locale-unknown.txt'],
    ['other columns', 'ps-pid-ppid-rss-lstart-etime-comm-args-26.txt'],
    ['a line a thread', 'ps-M-threads-unknown.txt'],
    ['an environment', 'ps-eww-node-unknown.txt'],
    ['top', 'top-l1-26.txt'],
  ])('with %s is refused, not misread', (_, name) => {
    expect(parsePs(capture(name))).toBeUndefined();
  });

  it('whose times are in another language is refused as a whole', () => {
    expect(parsePs(PS.replace('Mon Sep 21', 'Lu 21 sep.'))).toBeUndefined();
    expect(parsePs(PS.replace('Mon Sep 21', '月 9 21'))).toBeUndefined();
    expect(parsePs(PS.replaceAll('Mon Sep', 'Mon Set'))).toBeUndefined();
  });

  it('cut anywhere gives the rows that are whole, or nothing', () => {
    const whole = parsePs(PS)!;
    for (let length = 0; length < PS.length; length += 1) {
      const rows = parsePs(PS.slice(0, length)) ?? [];
      // The last row’s name may be cut; what is before it is not.
      for (const row of rows.slice(0, -1)) expect(whole).toContainEqual(row);
    }
  });

  it('tells a variable by its name, also with spaces in it', () => {
    const printed =
      '/usr/bin/node x.js node run HOME=/Users/a b OPENCLAW_STATE_DIR=/Users/a b/.openclaw PATH=/bin';
    expect(variableIn(printed, 'HOME')).toBe('/Users/a b');
    expect(variableIn(printed, 'OPENCLAW_STATE_DIR')).toBe('/Users/a b/.openclaw');
    expect(variableIn(printed, 'PATH')).toBe('/bin');
    expect(variableIn('openclaw-node', 'HOME')).toBeUndefined();
    expect(variableIn(capture('ps-eww-node-unknown.txt'), 'NODE_ENV')).toBe('production');
  });
});

describe('lsof and netstat', () => {
  it('lsof is read by its fields', () => {
    const files = parseLsof(capture('lsof-F-pcnPT-unknown.txt').replaceAll('PTCP', 'tIPv6\nPTCP'));
    expect(files.find(({ tcpState }) => tcpState === 'ESTABLISHED')).toMatchObject({
      pid: 673,
      name: '[fe80::1]:1024->[fe80::2]:1024',
      receiveQueue: 0,
    });
    expect(parseLsof(capture('lsof-F-listen-26.txt')).map(({ pid }) => pid)).toContain(54_256);
  });

  it.each(NETSTATS)('netstat of %s is read', (_, name, pid) => {
    expect(parseNetstat(capture(name))?.map((row) => row.pid)).toContain(pid);
  });

  it('netstat tells both ends and what is unread', () => {
    const rows = parseNetstat(capture('netstat-anv-tcp-26.txt').replace('tcp4       0', 'tcp4     512'));
    expect(rows?.[0]).toEqual({
      pid: 46_708,
      socket: {
        id: '127.0.0.1.59357->127.0.0.1.59360',
        state: 'established',
        localPort: 59_357,
        remoteAddress: '127.0.0.1',
        remotePort: 59_360,
        unreadBytes: 512,
      },
    });
    const states = parseNetstat(capture('netstat-anv-tcp-states-pre13.txt'))?.map(
      ({ socket }) => socket.state,
    );
    expect(states).toEqual(['closing', 'close-wait', 'closing', 'listening', 'established', 'established']);
  });

  it('netstat without a header that is known is refused', () => {
    const [, , ...rows] = capture('netstat-anv-tcp-26.txt').split('\n');
    expect(parseNetstat(rows.join('\n'))).toBeUndefined();
    expect(parseNetstat(capture('netstat-anv-tcp-26.txt').replace('process:pid', 'process'))).toBeUndefined();
    expect(parseNetstat('')).toBeUndefined();
  });

  it('cut anywhere give no socket that is not there', () => {
    for (const [, name] of NETSTATS) {
      const text = capture(name);
      const ids = new Set(parseNetstat(text)?.map(({ pid, socket }) => `${pid} ${socket.id}`));
      for (let length = 0; length < text.length; length += 11) {
        const lastLine = text.lastIndexOf('\n', length);
        for (const { pid, socket } of parseNetstat(text.slice(0, lastLine + 1)) ?? [])
          expect(ids).toContain(`${pid} ${socket.id}`);
        parseNetstat(text.slice(0, length));
      }
    }
  });

  it('may be any text: nothing throws', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), (text) => {
        parseLsof(text);
        parsePs(text);
        parseNetstat(`Proto (state) pid\n${text}`);
        parseNetstat(`Proto process:pid\ntcp4 ${text}`);
      }),
      { numRuns: 500 },
    );
  });
});

describe('the launch agent’s log', () => {
  it('is where its errors go, and its output', () => {
    const paths = { StandardOutPath: '/Users/user/node.log', StandardErrorPath: '/Users/user/node.err.log' };
    expect(logPathsOf(JSON.stringify(paths))).toEqual(['/Users/user/node.log', '/Users/user/node.err.log']);
    expect(logPathsOf(JSON.stringify({ ...paths, StandardErrorPath: paths.StandardOutPath }))).toHaveLength(
      1,
    );
  });

  it('is none where its errors go nowhere, or that cannot be told', () => {
    const blind = { StandardOutPath: '/Users/user/node.log', StandardErrorPath: '/dev/null' };
    for (const json of [
      JSON.stringify(blind),
      '{}',
      '[]',
      'null',
      '',
      '<plist/>',
      '{"StandardErrorPath": 7}',
    ]) {
      expect(logPathsOf(json)).toEqual([]);
    }
  });
});

describe('without koffi', () => {
  let directory: string;
  let programs: FakePrograms;
  let nowMs: number;
  const present = new Set<number>();
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'ps-'));
    programs = new FakePrograms(directory);
    nowMs = 10_000;
    present.clear();
    for (const pid of [1, 94_363, 94_364]) present.add(pid);
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });
  const lsofReadings = (): LsofReadings => new LsofReadings({ run: programs.run, nowMs: () => nowMs });
  const table = (lsof = lsofReadings()): ProcessTable =>
    new PsProcessTable({
      run: programs.run,
      lsof,
      why: 'Cannot find module koffi',
      sinceBootMs: () => nowMs,
      wallMs: () => Date.UTC(2026, 8, 21, 22, 37, 56),
      exists: (pid) => present.has(pid),
    });

  it('ps is run every five seconds, and who is gone is gone at once', async () => {
    programs.prints('ps', PS);
    const processes = table();
    expect(await processes.pids()).toEqual([1, 94_363, 94_364]);
    const stat = await processes.stat(94_364);
    expect(stat).toMatchObject({ value: { name: 'openclaw-node', startedMs: 10_000 - 60_000 } });
    for (let second = 0; second < 4; second += 1) {
      nowMs += 1_000;
      await processes.stat(94_364);
    }
    expect(programs.asked).toHaveLength(1);
    present.delete(94_364);
    expect(await processes.stat(94_364)).toEqual({ kind: 'gone' });
    expect(programs.asked).toHaveLength(1);
    nowMs += 1_000;
    await processes.pids();
    expect(programs.asked).toHaveLength(2);
  });

  it('there is no pulse, and that is said', async () => {
    const processes = table();
    expect(await processes.voluntarySwitches?.(94_364)).toBeUndefined();
    expect(processes.blindSpots?.().join()).toMatch(/pulse.*koffi/);
  });

  it('a table that is not understood is an error, and nobody is gone', async () => {
    programs.prints('ps', capture('ps-aux-japanese-locale-unknown.txt'));
    await expect(table().stat(94_364)).rejects.toMatchObject({ kind: 'parse' });
    programs.prints('ps', '');
    await expect(table().pids()).rejects.toMatchObject({ kind: 'parse' });
  });

  it('an environment that ps does not show is denied, not empty', async () => {
    programs.does('ps', `case "$*" in *-ax*) cat <<'END'\n${PS}END\n;; *) echo openclaw-node;; esac`);
    expect(await table().environment(94_364, ['HOME'])).toEqual({ kind: 'denied' });
  });

  it('an environment that ps does not show is that of the launch agent where launchd calls the process its own', async () => {
    mkdirSync(join(directory, 'Library/LaunchAgents'), { recursive: true });
    writeFileSync(join(directory, 'Library/LaunchAgents/ai.openclaw.node.plist'), '');
    const EnvironmentVariables = { OPENCLAW_STATE_DIR: '/Users/user/state', TOKEN: 's3cret' };
    programs.prints('plutil', JSON.stringify({ EnvironmentVariables }));
    programs.prints('launchctl', capture('launchctl-print-node-running-26.txt'));
    const options = { run: programs.run, home: directory, userId: 501, nowMs: () => nowMs };
    const ofJob = createJobEnvironment(options);
    for (const pids of [[94_364], [7, 94_364]]) {
      expect(pickVariables((await ofJob(pids)) ?? [], ['OPENCLAW_STATE_DIR', 'HOME'])).toEqual(
        new Map([
          ['OPENCLAW_STATE_DIR', '/Users/user/state'],
          ['HOME', directory],
        ]),
      );
    }
    // Of another process, and when launchd was asked not long ago.
    expect(await ofJob([7])).toBeUndefined();
    expect(programs.asked).toHaveLength(2);
    nowMs += 60_000;
    programs.prints('launchctl', '', { status: 113 });
    expect(await ofJob([94_364])).toBeUndefined();
  });

  it('its environment is printed once for all that is asked of it within five seconds', async () => {
    const own = `/usr/bin/node x.js node run HOME=${directory} XPC_SERVICE_NAME=ai.openclaw.node`;
    programs.does('ps', `case "$*" in *-ax*) cat <<'END'\n${PS}END\n;; *) echo '${own}';; esac`);
    const processes = table();
    expect(await processes.environment(94_364, ['HOME'])).toMatchObject({ kind: 'value' });
    expect(await processes.service(94_364)).toEqual({
      kind: 'value',
      value: { manager: 'launchd', label: 'ai.openclaw.node', domain: 'gui/501' },
    });
    expect(programs.asked.filter((it) => it.includes('-E'))).toHaveLength(1);
    nowMs += 5_000;
    await processes.service(94_364);
    expect(programs.asked.filter((it) => it.includes('-E'))).toHaveLength(2);
  });

  it('a log that goes to /dev/null is said to be blind, until it goes to a file', async () => {
    programs.prints('ps', PS);
    const lsof = (type: string, name: string): string =>
      `p94364\nf1\ntREG\nn/Users/user/node.log\nf2\nt${type}\nn${name}\n`;
    programs.prints('lsof', lsof('CHR', '/dev/null'));
    const processes = table();
    expect(await processes.outputFiles(94_364)).toEqual([]);
    expect(processes.blindSpots?.().join()).toContain('log blind: process 94364');
    programs.prints('lsof', lsof('REG', '/Users/user/node.err.log'));
    nowMs += 5_000;
    expect(await processes.outputFiles(94_364)).toEqual(['/Users/user/node.log', '/Users/user/node.err.log']);
    expect(processes.blindSpots?.().join()).not.toContain('log blind');
  });

  describe('connections', () => {
    const lsof = (queue: number, state = 'ESTABLISHED'): string =>
      `p94364\nf21\ntIPv4\nPTCP\nn127.0.0.1:51234->127.0.0.1:18789\nTST=${state}\nTQR=${queue}\nTQS=0\n`;
    const connections = () =>
      createLsofConnectionTable({ run: programs.run, lsof: lsofReadings(), nowMs: () => nowMs });

    it('that are well are said again for five seconds, and looked at once meanwhile', async () => {
      programs.prints('lsof', lsof(0));
      const table = connections();
      for (let second = 0; second < 5; second += 1) {
        expect((await table.socketsOf([94_364])).get(94_364)).toMatchObject({
          sockets: [{ state: 'established', remotePort: 18_789, remoteAddress: '127.0.0.1' }],
        });
        nowMs += 1_000;
      }
      expect(programs.asked).toHaveLength(1);
      await table.socketsOf([94_364]);
      expect(programs.asked).toHaveLength(2);
    });

    it.each([
      ['unread', lsof(31)],
      ['closing', lsof(0, 'CLOSE_WAIT')],
      ['none', ''],
    ])('that are not well (%s) are never said again without a look', async (_, output) => {
      programs.prints('lsof', output, { status: output === '' ? 1 : 0 });
      const table = connections();
      expect((await table.socketsOf([94_364])).has(94_364)).toBe(true);
      nowMs += 1_000;
      expect((await table.socketsOf([94_364])).has(94_364)).toBe(false);
    });

    it('whose state lsof does not say are unknown, and not none: netstat is asked', async () => {
      programs.prints('lsof', 'p94364\nf21\ntIPv4\nPTCP\nn127.0.0.1:51234->127.0.0.1:18789\n');
      await expect(connections().socketsOf([94_364])).rejects.toThrow(/neither lsof nor netstat/);
      programs.prints('lsof', 'p94364\nf21\ntIPv4\nPUDP\nn127.0.0.1:51234->127.0.0.1:53\n');
      expect((await connections().socketsOf([94_364])).get(94_364)).toMatchObject({ sockets: [] });
    });

    it('and logs of all node hosts are one run of lsof every five seconds', async () => {
      programs.prints('ps', PS);
      const [log, other] = ['/Users/user/node.err.log', '/Users/user/other.err.log'];
      programs.prints('lsof', `${lsof(0)}f2\ntREG\nn${log}\np94363\nf2\ntREG\nn${other}\n`);
      const readings = lsofReadings();
      const processes = table(readings);
      const sockets = createLsofConnectionTable({
        run: programs.run,
        lsof: readings,
        nowMs: () => nowMs,
      });
      await processes.pids();
      for (let second = 0; second < 10; second += 1) {
        expect(await processes.outputFiles(94_364)).toEqual([log]);
        expect(await processes.outputFiles(94_363)).toEqual([other]);
        expect((await sockets.socketsOf([94_364])).has(94_364)).toBe(true);
        nowMs += 1_000;
      }
      const runs = programs.asked.filter((it) => it.includes('lsof'));
      expect(runs).toHaveLength(2);
      expect(runs[0]).toContain('-p 94364,94363 ');
    });

    it('that were seen with a log and are not well are told once, too', async () => {
      programs.prints('lsof', lsof(31));
      const readings = lsofReadings();
      await table(readings).outputFiles(94_364);
      const sockets = createLsofConnectionTable({ run: programs.run, lsof: readings });
      expect((await sockets.socketsOf([94_364])).get(94_364)).toMatchObject({
        sockets: [{ unreadBytes: 31 }],
      });
      expect((await sockets.socketsOf([94_364])).has(94_364)).toBe(false);
    });

    it('come from netstat where lsof cannot be run, or complains', async () => {
      programs.prints('netstat', capture('netstat-anv-tcp-26.txt'));
      expect((await connections().socketsOf([46_708])).get(46_708)).toMatchObject({
        sockets: [{ state: 'established', remotePort: 59_360 }, { state: 'listening' }],
      });
      programs.prints('lsof', '', { status: 1, errors: 'lsof: no pwd entry\n' });
      nowMs += 10_000;
      expect((await connections().socketsOf([46_708])).get(46_708)).toMatchObject({
        sockets: [{ state: 'established' }, { state: 'listening' }],
      });
    });

    it('are an error where neither can be read', async () => {
      programs.prints('netstat', 'nothing known\n');
      await expect(connections().socketsOf([7])).rejects.toMatchObject({ kind: 'unsupported' });
    });
  });
});
