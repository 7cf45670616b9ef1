import { execFileSync } from 'node:child_process';
import { unlinkSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { LinuxProcessTable } from '../../../src/sources/linux/process-table.ts';
import { settle } from '../../helpers/manual-time.ts';
import { changed, FakeProc, launcherAndHost } from './fake-proc.ts';

describe('a recorded /proc', () => {
  let proc: FakeProc;
  beforeEach(() => {
    proc = new FakeProc();
    proc.put(...launcherAndHost('2026.9.6'));
  });
  afterEach(() => {
    proc.dispose();
  });

  it('answers what is asked of a node host', async () => {
    const table = new LinuxProcessTable({ root: proc.root });
    expect([...(await table.pids())].toSorted()).toEqual([6684, 6718]);
    expect(await table.stat(6718)).toEqual({
      kind: 'value',
      value: {
        pid: 6718,
        parentPid: 6684,
        name: 'openclaw-node',
        state: 'sleeping',
        startKey: '121340',
        startedMs: 1_213_400,
        usage: { cpuSeconds: 7.17, residentBytes: expect.any(Number) as number },
      },
    });
    expect(await table.sinceBootMs()).toBe(1_952_160);
    expect(await table.voluntarySwitches(6718)).toBeGreaterThan(0);
    expect(await table.commandLine(6718)).toEqual({ kind: 'value', value: ['openclaw-node'] });
    expect(await table.workingDirectory(6718)).toBe('/home/ada');
    const environment = await table.environment(6718, ['OPENCLAW_STATE_DIR', 'HOME']);
    expect(environment.kind === 'value' && Object.fromEntries(environment.value)).toEqual({
      OPENCLAW_STATE_DIR: '/home/ada/.openclaw-studio',
      HOME: '/home/ada',
    });
  });

  it('tells what programs that it started used: those that ended, and those that run, with theirs', async () => {
    const table = new LinuxProcessTable({ root: proc.root });
    expect(await table.childrenCpuSeconds(6718)).toBeCloseTo(1.14);
    const [, host] = launcherAndHost('2026.9.6');
    proc.put(changed(host, { pid: 7001, parentPid: 6718 }), changed(host, { pid: 7002, parentPid: 7001 }));
    writeFileSync(proc.path(6718, 'task', '6718', 'children'), '7001 7999 ');
    writeFileSync(proc.path(7001, 'task', '7001', 'children'), '7002 ');
    expect(await table.childrenCpuSeconds(6718)).toBeCloseTo(1.14 + 2 * (7.17 + 1.14));
    proc.remove(6718);
    expect(await table.childrenCpuSeconds(6718)).toBeUndefined();
  });

  it('answers `gone` of a process that ended, also between two of its files', async () => {
    const table = new LinuxProcessTable({ root: proc.root });
    proc.removeFile(6718, 'environ');
    proc.removeFile(6718, 'task');
    expect(await table.environment(6718, ['HOME'])).toEqual({ kind: 'gone' });
    expect(await table.voluntarySwitches(6718)).toBeUndefined();
    proc.remove(6718);
    expect(await table.stat(6718)).toEqual({ kind: 'gone' });
    expect(await table.commandLine(6718)).toEqual({ kind: 'gone' });
    expect(await table.owner(6718)).toBeUndefined();
    expect(await table.workingDirectory(6718)).toBeUndefined();
    expect(await table.outputFiles(6718)).toEqual([]);
  });

  it('names the regular files that output goes to, once each, and no pipe, device or removed file', async () => {
    const [, host] = launcherAndHost('2026.9.6');
    const log = join(proc.root, 'node.log');
    writeFileSync(log, '');
    const outputOf = async (fds: Record<string, string>): Promise<readonly string[]> => {
      proc.put(changed(host, { fds }));
      return new LinuxProcessTable({ root: proc.root }).outputFiles(host.pid);
    };
    expect(await outputOf({ 1: log, 2: log })).toEqual([log]);
    expect(await outputOf({ 1: '/dev/null', 2: log })).toEqual([log]);
    expect(await outputOf({ 1: 'pipe:[7]', 2: 'socket:[8]' })).toEqual([]);
    expect(await outputOf({ 1: `${log}.old (deleted)`, 2: proc.root })).toEqual([]);
  });

  it('memory that hangs is `slow`, is not asked for twice, and answers once it is free', async () => {
    const path = proc.path(6718, 'environ');
    unlinkSync(path);
    // Opening a FIFO waits for a writer, as reading a locked memory waits for its lock.
    execFileSync('mkfifo', [path]);
    const table = new LinuxProcessTable({ root: proc.root, memoryDeadlineMs: 30 });
    expect(await table.environment(6718, ['HOME'])).toEqual({ kind: 'slow' });
    const again = table.environment(6718, ['HOME']);
    expect(await Promise.race([again, settle().then(() => 'asked again')])).toEqual({ kind: 'slow' });

    const writer = await open(path, 'w');
    await writer.write('HOME=/home/ada\0');
    await writer.close();
    unlinkSync(path);
    writeFileSync(path, 'HOME=/home/eve\0');
    await vi.waitFor(async () => {
      const answer = await table.environment(6718, ['HOME']);
      expect(answer.kind === 'value' && answer.value.get('HOME')).toBe('/home/eve');
    });
  });

  it('knows whether hidepid hides others; the superuser sees them all the same', async () => {
    writeFileSync(join(proc.root, 'mounts'), 'proc /proc proc rw,hidepid=invisible 0 0\n');
    expect(await new LinuxProcessTable({ root: proc.root, isSuperuser: false }).hidesOtherUsers()).toBe(true);
    expect(await new LinuxProcessTable({ root: proc.root, isSuperuser: true }).hidesOtherUsers()).toBe(false);
  });

  it('fails loudly where there is no proc at all', async () => {
    const table = new LinuxProcessTable({ root: join(proc.root, 'nowhere') });
    await expect(async () => table.pids()).rejects.toThrow(/ENOENT/);
  });
});

describe.runIf(process.platform === 'linux')('the real /proc', () => {
  it('shows this process as it is', async () => {
    const table = new LinuxProcessTable();
    const stat = await table.stat(process.pid);
    if (stat.kind !== 'value') throw new Error(stat.kind);
    expect(stat.value.parentPid).toBe(process.ppid);
    expect(await table.pids()).toContain(process.pid);
    expect(await table.owner(process.pid)).toBe(process.getuid!());
    expect(await table.workingDirectory(process.pid)).toBe(process.cwd());

    const ageMs = (await table.sinceBootMs()) - stat.value.startedMs;
    expect(Math.abs(ageMs - process.uptime() * 1000)).toBeLessThan(2_000);
    const usage = process.cpuUsage();
    expect(Math.abs(stat.value.usage!.cpuSeconds - (usage.user + usage.system) / 1e6)).toBeLessThan(1);
    expect(stat.value.usage!.residentBytes / process.memoryUsage.rss()).toBeGreaterThan(0.5);
    expect(stat.value.usage!.residentBytes / process.memoryUsage.rss()).toBeLessThan(2);
  });

  it('denies the environment of a process of another user, and shows the rest', async () => {
    const isRoot = process.geteuid!() === 0;
    // pid 1 belongs to root: an ordinary user may list it, and read what is public of it.
    if (isRoot) process.seteuid!(65_534);
    try {
      const table = new LinuxProcessTable();
      expect(await table.environment(1, ['HOME'])).toEqual({ kind: 'denied' });
      expect(await table.stat(1)).toMatchObject({ kind: 'value', value: { pid: 1 } });
      expect(await table.owner(1)).toBe(0);
    } finally {
      if (isRoot) process.seteuid!(0);
    }
  });
});
