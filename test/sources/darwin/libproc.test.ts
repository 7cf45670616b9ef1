import { mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDarwinConnectionTable } from '../../../src/sources/darwin/connection-table.ts';
import { loadLibproc } from '../../../src/sources/darwin/koffi-libproc.ts';
import { TASK_ALL_INFO } from '../../../src/sources/darwin/layouts.ts';
import { FD_INFO, PID_INFO } from '../../../src/sources/darwin/libproc.ts';
import { DarwinProcessTable } from '../../../src/sources/darwin/process-table.ts';
import { NodeHostScanner } from '../../../src/sources/process/node-host-scanner.ts';
import type { ProcessTable } from '../../../src/sources/process/process-table.ts';
import {
  buildFakeLibproc,
  descriptorBytes,
  FakeMac,
  fileBytes,
  listedBytes,
  procArgsBytes,
  putConnections,
  putProcesses,
  putThread,
  taskBytes,
  type MacProcess,
} from './fake-mac.ts';
import { golden } from './fixtures.ts';

const built = buildFakeLibproc();
const WALL_MS = 1_790_324_082_437;
const UP_MS = 86_400_000;
const ESRCH = 3;
const EPERM = 1;

const HOST: MacProcess = {
  pid: 94_364,
  parentPid: 94_363,
  startedWallMs: WALL_MS - 3_600_000,
  args: ['/opt/homebrew/bin/node', '/opt/homebrew/lib/node_modules/openclaw/dist/index.js', 'node', 'run'],
  title: 'openclaw-node',
  environment: { HOME: '/Users/user', XPC_SERVICE_NAME: 'ai.openclaw.node' },
};

describe.skipIf(!built.ok)(
  built.ok ? 'the adapter for macOS' : `the adapter for macOS (skipped: ${built.why})`,
  () => {
    const mac = built.ok ? new FakeMac(built.path) : (undefined as never);
    let nowMs = UP_MS;
    let table: ProcessTable;
    let directory: string;

    beforeEach(() => {
      mac.reset();
      mac.tickRate(24_000_000);
      nowMs = UP_MS;
      table = newTable();
      directory = mkdtempSync(join(tmpdir(), 'mac-'));
    });
    afterEach(() => {
      mac.release();
      rmSync(directory, { recursive: true });
    });
    afterAll(() => {
      if (built.ok) built.remove();
    });

    function libproc() {
      const loaded = loadLibproc(mac.library);
      if (!loaded.ok) throw new Error(loaded.why);
      return loaded.libproc;
    }

    /** On a crowded machine a call that does not block takes a while, too. */
    function newTable({ userId = 501, deadlineMs = 10_000 } = {}): ProcessTable {
      return new DarwinProcessTable({
        libproc: libproc(),
        wallMs: () => WALL_MS,
        sinceBootMs: () => nowMs,
        deadlineMs,
        userId,
      });
    }

    it('says of a node host what there is to say', async () => {
      putProcesses(mac, [HOST]);
      expect(await table.pids()).toEqual([94_364]);
      expect(await table.stat(94_364)).toEqual({
        kind: 'value',
        value: {
          pid: 94_364,
          parentPid: 94_363,
          name: 'openclaw-node',
          state: 'sleeping',
          startKey: '1790320482.437000',
          startedMs: UP_MS - 3_600_000,
          usage: { cpuSeconds: 2.5, residentBytes: 92_274_688 },
        },
      });
      expect(await table.commandLine(94_364)).toEqual({ kind: 'value', value: ['openclaw-node'] });
      expect(await table.owner(94_364)).toBe(501);
      expect(await table.service(94_364)).toEqual({
        kind: 'value',
        value: { manager: 'launchd', label: 'ai.openclaw.node', domain: 'gui/501' },
      });
      mac.pidInfo(94_364, PID_INFO.directories, golden('vnodepathinfo_cwd_root'));
      expect(await table.workingDirectory?.(94_364)).toMatch(/^\//);
      const environment = await table.environment(94_364, ['HOME']);
      expect(environment).toEqual({ kind: 'value', value: new Map([['HOME', '/Users/user']]) });
    });

    it('counts ticks as the machine does: 24 million a second on Apple silicon, a thousand million on Intel', async () => {
      mac.reset();
      mac.tickRate(1_000_000_000);
      putProcesses(mac, [HOST]);
      const stat = await newTable().stat(94_364);
      expect(stat).toMatchObject({ value: { usage: { cpuSeconds: 0.06 } } });
    });

    describe('a process', () => {
      it('that is gone is gone', async () => {
        expect(await table.stat(7)).toEqual({ kind: 'gone' });
        expect(await table.commandLine(7)).toEqual({ kind: 'gone' });
        expect(await table.owner(7)).toBeUndefined();
        expect(await table.voluntarySwitches?.(7)).toBeUndefined();
      });

      it('that goes away between two calls is gone', async () => {
        // libproc no longer has it, the list still does.
        mac.listed(7, listedBytes({ ...HOST, pid: 7 }), { times: 1 });
        expect(await table.stat(7)).toEqual({ kind: 'gone' });
      });

      it('that nobody has waited for is defunct, though libproc says that there is none', async () => {
        mac.listed(7, listedBytes({ ...HOST, pid: 7 }, 5));
        expect(await table.stat(7)).toMatchObject({ value: { state: 'defunct', usage: undefined } });
      });

      it('of another user has a name and a start, and keeps the rest to itself', async () => {
        mac.pidInfo(7, PID_INFO.taskAll, Buffer.alloc(0), { errno: EPERM });
        mac.listed(7, listedBytes({ ...HOST, pid: 7, userId: 502 }));
        mac.procArgs(7, Buffer.alloc(0), { errno: 22 });
        expect(await table.stat(7)).toMatchObject({ value: { name: 'node', usage: undefined } });
        expect(await table.environment(7, ['HOME'])).toEqual({ kind: 'denied' });
        expect(await table.owner(7)).toBe(502);
      });

      it.each([
        [{ status: 4 }, 3, 'stopped'],
        [{ flags: 0x1000 }, 3, 'stopped'],
        [{}, 2, 'stopped'],
        [{}, 1, 'running'],
        [{}, 3, 'sleeping'],
        [{}, 4, 'disk-wait'],
        [{}, 5, 'other'],
      ])('with %o whose main thread is in state %i is %s', async (changes, runState, state) => {
        putProcesses(mac, [HOST]);
        mac.forgetPidInfo(94_364, PID_INFO.taskAll);
        mac.pidInfo(94_364, PID_INFO.taskAll, taskBytes(HOST, changes));
        putThread(mac, 94_364, { name: 'openclaw-node', runState });
        expect(await table.stat(94_364)).toMatchObject({ value: { state } });
      });

      it('whose answer is too short, or about another, is an error and no fact', async () => {
        for (const bytes of [
          golden('taskallinfo_running').subarray(0, 231),
          taskBytes({ ...HOST, pid: 8 }),
        ]) {
          mac.forgetPidInfo(7, PID_INFO.taskAll);
          mac.pidInfo(7, PID_INFO.taskAll, bytes);
          await expect(table.stat(7)).rejects.toMatchObject({ kind: 'unsupported' });
        }
      });

      it.each([4, 5, 6, 12, 13, 16, 22, 35, 45, 78])(
        'refused with errno %i is an error and no fact',
        async (errno) => {
          mac.pidInfo(7, PID_INFO.taskAll, Buffer.alloc(0), { errno });
          await expect(table.stat(7)).rejects.toMatchObject({ kind: 'other' });
          mac.pidInfo(7, PID_INFO.descriptors, Buffer.alloc(0), { errno });
          const connections = createDarwinConnectionTable({ libproc: libproc() });
          await expect(async () => connections.socketsOf([7])).rejects.toMatchObject({ kind: 'other' });
        },
      );

      it('that titles itself while we look gets its name, and keeps it', async () => {
        const untitled: MacProcess = { ...HOST, title: undefined as never, startedWallMs: WALL_MS - 5_000 };
        mac.pidInfo(94_364, PID_INFO.taskAll, taskBytes(untitled));
        mac.procArgs(94_364, procArgsBytes(untitled), { times: 1 });
        mac.procArgs(94_364, procArgsBytes(HOST));
        expect(await table.stat(94_364)).toMatchObject({ value: { name: 'node' } });
        expect(await table.stat(94_364)).toMatchObject({ value: { name: 'openclaw-node' } });
      });

      it('that is called openclaw before its command is known gets its second title, too', async () => {
        const young: MacProcess = { ...HOST, title: 'openclaw', startedWallMs: WALL_MS - 5_000 };
        mac.pidInfo(94_364, PID_INFO.taskAll, taskBytes(young));
        mac.procArgs(94_364, procArgsBytes(young), { times: 1 });
        mac.procArgs(94_364, procArgsBytes(HOST));
        expect(await table.stat(94_364)).toMatchObject({ value: { name: 'openclaw' } });
        expect(await table.stat(94_364)).toMatchObject({ value: { name: 'openclaw-node' } });
      });

      it('keeps its name while its memory is locked', async () => {
        mac.pidInfo(94_364, PID_INFO.taskAll, taskBytes(HOST));
        mac.procArgs(94_364, procArgsBytes(HOST), { times: 1 });
        mac.procArgs(94_364, procArgsBytes(HOST), { blocks: true });
        table = newTable({ deadlineMs: 500 });
        for (let look = 0; look < 3; look += 1) {
          expect(await table.stat(94_364)).toMatchObject({ value: { name: 'openclaw-node' } });
          nowMs += 31_000;
        }
      });

      it('that is another one by now has another start, and another pulse', async () => {
        putProcesses(mac, [HOST]);
        const first = await table.stat(94_364);
        await table.voluntarySwitches?.(94_364);
        putThread(mac, 94_364, { name: 'openclaw-node', cpuSeconds: 2 });
        expect(await table.voluntarySwitches?.(94_364)).toBe(1);
        putProcesses(mac, [{ ...HOST, startedWallMs: WALL_MS - 1_000 }]);
        const second = await table.stat(94_364);
        expect(first.kind === 'value' && second.kind === 'value').toBe(true);
        expect(second).not.toMatchObject({
          value: { startKey: (first as never as { value: { startKey: string } }).value.startKey },
        });
        expect(await table.voluntarySwitches?.(94_364)).toBe(0);
      });
    });

    describe('the list of processes', () => {
      it('may grow between the two calls', async () => {
        const many = Array.from({ length: 40 }, (_, at) => listedBytes({ ...HOST, pid: 100 + at }));
        mac.growingList(many[0]!, Buffer.concat(many));
        expect(await table.pids()).toHaveLength(40);
      });

      it('of half an entry, or of none, is an error', async () => {
        mac.list(listedBytes(HOST).subarray(0, 647));
        await expect(async () => table.pids()).rejects.toMatchObject({ kind: 'unsupported' });
        mac.forgetLists();
        mac.list(Buffer.alloc(0));
        await expect(async () => table.pids()).rejects.toMatchObject({ kind: 'unsupported' });
      });

      it('of 2,000 is read within what a look may take', async () => {
        const many = Array.from({ length: 2_000 }, (_, at) => ({ ...HOST, pid: 1_000 + at, command: 'zsh' }));
        mac.list(Buffer.concat(many.map((it) => listedBytes(it))));
        expect(await table.pids()).toHaveLength(2_000);
        const before = process.cpuUsage();
        for (let at = 0; at < 20; at += 1) await table.pids();
        const { user, system } = process.cpuUsage(before);
        expect((user + system) / 20).toBeLessThan(100_000);
      });

      it('of 2,000 has the one node host found, and of most of the others one call is made', async () => {
        const others = Array.from({ length: 1_999 }, (_, at) => ({
          ...HOST,
          pid: 1_000 + at,
          command: 'zsh',
        }));
        putProcesses(mac, [HOST]);
        mac.forgetLists();
        mac.list(Buffer.concat([...others, HOST].map((it) => listedBytes(it))));
        for (const it of others) mac.pidInfo(it.pid, PID_INFO.taskAll, taskBytes(it));
        const scanner = new NodeHostScanner(table);
        const before = mac.asked();
        const { hosts } = await scanner.scan({ full: true });
        expect(hosts.map(({ pid }) => pid)).toEqual([94_364]);
        expect(mac.asked() - before).toBeLessThan(2_100);
        const again = mac.asked();
        await scanner.scan({ full: false });
        expect(mac.asked() - again).toBeLessThan(20);
      });
    });

    describe('the pulse', () => {
      const beats = async (): Promise<number | undefined> => {
        nowMs += 1_000;
        await table.stat(94_364);
        return table.voluntarySwitches?.(94_364);
      };
      const is = (runState: number, cpuSeconds: number, name = 'openclaw-node'): void => {
        putThread(mac, 94_364, { name, runState, cpuSeconds });
      };
      const [RUNNING, STOPPED, WAITING] = [1, 2, 3];

      beforeEach(async () => {
        putProcesses(mac, [HOST]);
        is(WAITING, 1);
        await beats();
      });

      it('beats when the main thread has run and sleeps again', async () => {
        is(WAITING, 1.001);
        expect(await beats()).toBe(1);
        is(WAITING, 1.002);
        expect(await beats()).toBe(2);
      });

      it('does not beat while it sleeps or is stopped', async () => {
        for (const state of [WAITING, STOPPED, WAITING]) {
          is(state, 1);
          expect(await beats()).toBe(0);
        }
      });

      it('does not beat in a busy loop, whose time is that of one processor', async () => {
        for (let second = 1; second <= 20; second += 1) {
          is(RUNNING, 1 + second * 0.99);
          expect(await beats()).toBe(0);
          expect(await table.mainThreadCpuSeconds?.(94_364)).toBeCloseTo(1 + second * 0.99);
        }
      });

      it('beats in one that is busy and rests now and then, though it is never seen to', async () => {
        for (let second = 1; second <= 5; second += 1) {
          is(RUNNING, 1 + second * 0.5);
          expect(await beats()).toBe(second);
        }
      });

      it('beats when it is found asleep after it was found running, whatever its clock says', async () => {
        is(RUNNING, 1);
        await beats();
        is(WAITING, 1);
        expect(await beats()).toBe(1);
      });

      it('is that of any thread where none bears the name of the main thread: a wrong guess would call it frozen', async () => {
        putProcesses(mac, [{ ...HOST, args: ['node'], title: undefined as never }]);
        table = newTable();
        // The first thread of the list sleeps for ever, and is not the main thread.
        is(WAITING, 0.1, 'libuv-worker');
        const processHas = (userTicks: number): void => {
          mac.forgetPidInfo(94_364, PID_INFO.taskAll);
          mac.pidInfo(94_364, PID_INFO.taskAll, taskBytes(HOST, { userTicks, runningThreads: 0 }));
        };
        processHas(24_000_000);
        expect(await beats()).toBe(0);
        processHas(24_100_000);
        expect(await beats()).toBe(1);
        expect(await beats()).toBe(1);
        expect(await table.mainThreadCpuSeconds?.(94_364)).toBeUndefined();
      });

      it('does not beat because another thread is looked at: their times are not to be compared', async () => {
        is(WAITING, 1);
        expect(await beats()).toBe(0);
        is(WAITING, 1, 'renamed');
        expect(await beats()).toBe(0);
        expect(await table.mainThreadCpuSeconds?.(94_364)).toBeUndefined();
      });

      it('is none where the answer is too short', async () => {
        mac.forgetPidInfo(94_364, PID_INFO.threads);
        mac.pidInfo(94_364, PID_INFO.threads, Buffer.alloc(4));
        mac.forgetPidInfo(94_364, PID_INFO.taskAll);
        mac.pidInfo(94_364, PID_INFO.taskAll, taskBytes(HOST).subarray(0, TASK_ALL_INFO.size - 1));
        expect(await table.voluntarySwitches?.(94_364)).toBeUndefined();
      });
    });

    describe('what may block', () => {
      beforeEach(async () => {
        table = newTable({ deadlineMs: 500 });
        putProcesses(mac, [HOST]);
        // How long arguments may be is asked once.
        await table.commandLine(94_364);
      });

      it('is given up after its deadline, and not asked for again while it is out', async () => {
        const pid = 7;
        mac.procArgs(pid, procArgsBytes(HOST), { blocks: true, times: 1 });
        mac.procArgs(pid, procArgsBytes(HOST));
        mac.listed(pid, listedBytes({ ...HOST, pid }));
        expect(await table.commandLine(pid)).toEqual({ kind: 'slow' });
        const asked = mac.asked();
        expect(await table.commandLine(pid)).toEqual({ kind: 'slow' });
        expect(mac.asked()).toBe(asked);
        // Others are not kept waiting, and it is asked again once it came back.
        expect(await table.commandLine(94_364)).toMatchObject({ kind: 'value' });
        mac.release();
        await expect.poll(async () => (await table.commandLine(pid)).kind).toBe('value');
      });

      it('is also where a file or a directory is: that of a disk that hangs holds up nobody', async () => {
        await table.stat(94_364);
        mac.pidInfo(94_364, PID_INFO.directories, golden('vnodepathinfo_cwd_root'), { blocks: true });
        mac.fdInfo(94_364, 2, FD_INFO.file, golden('vnode_stderr_log'), { blocks: true });
        expect(await table.workingDirectory?.(94_364)).toBeUndefined();
        expect(await newTable({ deadlineMs: 500 }).outputFiles(94_364)).toEqual([]);
        expect(await table.stat(94_364)).toMatchObject({ value: { state: 'sleeping' } });
        expect(await table.voluntarySwitches?.(94_364)).toBe(0);
      });

      it('never takes more than two threads of ours', async () => {
        for (const pid of [7, 8, 9]) mac.procArgs(pid, procArgsBytes(HOST), { blocks: true });
        const before = mac.asked();
        for (const pid of [7, 8, 9]) expect(await table.commandLine(pid)).toEqual({ kind: 'slow' });
        expect(mac.asked() - before).toBe(2);
      });
    });

    describe('the log', () => {
      function aFile(name: string): { path: string; inode: number } {
        const path = join(directory, name);
        writeFileSync(path, '');
        return { path, inode: statSync(path).ino };
      }

      it('is where standard output and standard error go', async () => {
        const [output, errors] = [aFile('node.log'), aFile('node.err.log')];
        putProcesses(mac, [{ ...HOST, output, errors }]);
        expect(await table.outputFiles(94_364)).toEqual([output.path, errors.path]);
        expect(table.blindSpots?.()).toEqual([]);
      });

      it('is none where errors go to /dev/null, and that is said: what is left would look like silence', async () => {
        putProcesses(mac, [{ ...HOST, output: aFile('node.log'), errors: '/dev/null' }]);
        expect(await table.outputFiles(94_364)).toEqual([]);
        expect(table.blindSpots?.().join()).toContain('/dev/null');
      });

      it('is none where another file has taken its place', async () => {
        const errors = aFile('node.err.log');
        putProcesses(mac, [{ ...HOST, errors }]);
        renameSync(errors.path, join(directory, 'old'));
        expect(await table.outputFiles(94_364)).toEqual([]);
        writeFileSync(errors.path, '');
        expect(await table.outputFiles(94_364)).toEqual([]);
      });

      it('is none where the answer is too short', async () => {
        const errors = aFile('node.err.log');
        putProcesses(mac, [HOST]);
        mac.fdInfo(94_364, 2, FD_INFO.file, fileBytes(errors).subarray(0, 1_199));
        expect(await table.outputFiles(94_364)).toEqual([]);
      });
    });

    describe('an environment that the kernel withholds', () => {
      const withheld = golden('procargs2_titled_env_withheld');

      it('is that of the launcher', async () => {
        putProcesses(mac, [
          { ...HOST, pid: 94_363, parentPid: 1, title: undefined as never },
          { ...HOST, pid: 7, parentPid: 94_363 },
        ]);
        mac.procArgs(8, withheld);
        mac.listed(8, listedBytes({ ...HOST, pid: 8, parentPid: 94_363 }));
        const environment = await table.environment(8, ['HOME']);
        expect(environment).toEqual({ kind: 'value', value: new Map([['HOME', '/Users/user']]) });
      });

      it('is not taken for an empty one: a node host without a home would be looked for elsewhere', async () => {
        mac.procArgs(8, withheld);
        mac.listed(8, listedBytes({ ...HOST, pid: 8, parentPid: 1 }));
        expect(await table.environment(8, ['HOME'])).toEqual({ kind: 'denied' });
      });
    });

    describe('connections', () => {
      const look = async (pid = 94_364) =>
        (await createDarwinConnectionTable({ libproc: libproc() }).socketsOf([pid])).get(pid);

      it('are all that the process holds', async () => {
        putProcesses(mac, [HOST]);
        putConnections(mac, 94_364, [{ fd: 20, port: 18_789, unreadBytes: 31 }]);
        expect(await look()).toEqual({
          kind: 'sockets',
          sockets: [
            {
              id: '1020',
              state: 'established',
              localPort: 51_234,
              remoteAddress: '127.0.0.1',
              remotePort: 18_789,
              unreadBytes: 31,
            },
          ],
        });
      });

      it('may be many: the list is asked for again while it comes back full', async () => {
        mac.pidInfo(
          94_364,
          PID_INFO.descriptors,
          descriptorBytes(Array.from({ length: 3_000 }, (_, fd) => fd)),
        );
        mac.fdInfo(94_364, 2_999, FD_INFO.socket, golden('socket_established_v4_unread'));
        expect(await look()).toMatchObject({ sockets: [{ state: 'established', unreadBytes: 512 }] });
      });

      it('that were closed in between are left out', async () => {
        mac.pidInfo(94_364, PID_INFO.descriptors, descriptorBytes([20]));
        expect(await look()).toEqual({ kind: 'sockets', sockets: [] });
      });

      it('are not those of a process that is gone or another’s', async () => {
        expect(await look(7)).toEqual({ kind: 'gone' });
        mac.pidInfo(8, PID_INFO.descriptors, Buffer.alloc(0), { errno: EPERM });
        expect(await look(8)).toEqual({ kind: 'denied' });
        mac.pidInfo(9, PID_INFO.descriptors, descriptorBytes([20]));
        mac.fdInfo(9, 20, FD_INFO.socket, Buffer.alloc(0), { errno: ESRCH });
        expect(await look(9)).toEqual({ kind: 'gone' });
      });

      it('are never made up out of a short answer', async () => {
        mac.pidInfo(94_364, PID_INFO.descriptors, descriptorBytes([20]));
        mac.fdInfo(94_364, 20, FD_INFO.socket, golden('socket_listen_v6').subarray(0, 791));
        await expect(async () => look()).rejects.toMatchObject({ kind: 'unsupported' });
      });
    });
  },
);

describe('without koffi, or without libproc', () => {
  it('says why, and throws nothing', () => {
    expect(loadLibproc('/nowhere/libSystem.B.dylib')).toMatchObject({ ok: false });
  });
});
