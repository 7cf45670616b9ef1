import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  hidesPids,
  pageBytesOf,
  parseCommandLine,
  parseStat,
  parseUnit,
  parseVoluntarySwitches,
} from '../../../src/sources/linux/parse-proc.ts';
import { kernelStateOf, pickVariables } from '../../../src/sources/process/process-table.ts';
import { launcherAndHost } from './fake-proc.ts';

describe('/proc/<pid>/stat', () => {
  it('tells parent, state, times and memory of a real node host', () => {
    const [, host] = launcherAndHost('2026.9.6');
    expect(parseStat(host.stat)).toEqual({
      pid: 6718,
      comm: 'openclaw-node',
      state: 'sleeping',
      parentPid: 6684,
      cpuTicks: 510 + 207,
      endedChildrenTicks: 59 + 55,
      startTicks: 121_340,
      residentPages: Number(host.stat.split(' ')[23]),
    });
  });

  it('is not confused by a name with spaces, parentheses and digits', () => {
    const [, host] = launcherAndHost('2026.9.6');
    const odd = host.stat.replace('(openclaw-node)', '(a) R 1 (b 2)');
    expect(parseStat(odd)).toMatchObject({ comm: 'a) R 1 (b 2', state: 'sleeping', parentPid: 6684 });
  });

  it.each(['', 'garbage', '12 (cut off', '12 (x) S 1 2 3'])('is nothing when it reads %j', (text) => {
    expect(parseStat(text)).toBeUndefined();
  });

  it.each([
    ['R', 'running'],
    ['S', 'sleeping'],
    ['I', 'sleeping'],
    ['D', 'disk-wait'],
    ['T', 'stopped'],
    ['t', 'stopped'],
    ['Z', 'defunct'],
    ['X', 'defunct'],
    ['P', 'other'],
  ])('state %s is %s', (letter, state) => {
    expect(kernelStateOf(letter)).toBe(state);
  });
});

it('the pulse is the count of voluntary switches, not of the involuntary ones', () => {
  const [, host] = launcherAndHost('2026.4.15');
  const [, digits] = /\nvoluntary_ctxt_switches:\t(\d+)/.exec(host.taskStatus)!;
  expect(parseVoluntarySwitches(host.taskStatus)).toBe(Number(digits));
  expect(parseVoluntarySwitches('nonvoluntary_ctxt_switches:\t7\n')).toBeUndefined();
});

it('a title that replaced the arguments is the only argument', () => {
  const [launcher, host] = launcherAndHost('2026.9.6');
  expect(parseCommandLine(host.cmdline)).toEqual(['openclaw-node']);
  expect(parseCommandLine(launcher.cmdline).slice(2, 4)).toEqual(['node', 'run']);
  expect(parseCommandLine('a\0\0b\0')).toEqual(['a', '', 'b']);
});

it('only the wanted variables are kept of an environment, the first where two have one name', () => {
  const text = 'HOME=/home/ada\0TOKEN=secret\0EMPTY=\0HOME=/other\0EQ=a=b\0';
  expect([...pickVariables(text.split('\0'), ['HOME', 'EMPTY', 'EQ', 'MISSING'])]).toEqual([
    ['HOME', '/home/ada'],
    ['EMPTY', ''],
    ['EQ', 'a=b'],
  ]);
});

describe('the systemd unit', () => {
  it.each([
    [
      '0::/user.slice/user-1000.slice/user@1000.service/app.slice/openclaw-node.service\n',
      { manager: 'systemd', unit: 'openclaw-node.service', user: true },
    ],
    [
      '0::/system.slice/openclaw-node.service\n',
      { manager: 'systemd', unit: 'openclaw-node.service', user: false },
    ],
    [
      '0::/system.slice/openclaw-node.service/payload\n',
      { manager: 'systemd', unit: 'openclaw-node.service', user: false },
    ],
    [
      '0::/user.slice/user-1000.slice/session-3.scope\n',
      { manager: 'systemd', unit: 'session-3.scope', user: false },
    ],
    [
      '4:memory:/x.service\n1:name=systemd:/system.slice/openclaw-node.service\n0::/\n',
      { manager: 'systemd', unit: 'openclaw-node.service', user: false },
    ],
    ['0::/user.slice/user-1000.slice/user@1000.service\n', undefined],
    ['0::/\n', undefined],
    ['', undefined],
  ])('of %j', (cgroup, unit) => {
    expect(parseUnit(cgroup)).toEqual(unit);
  });
});

describe('the size of a page', () => {
  it.each([
    [
      'x86',
      { status: 'VmPeak:\t  13000 kB\nVmSize:\t   12288 kB\n', statm: '3072 530 470 8 0 400 0\n' },
      4096,
    ],
    ['Apple silicon', { status: 'VmSize:\t   12288 kB\n', statm: '768 530 470 8 0 400 0\n' }, 16_384],
    ['one that mapped more in between', { status: 'VmSize:\t   12288 kB\n', statm: '3400 0 0\n' }, 4096],
    ['one that says nothing', { status: '', statm: '' }, 4096],
  ])('of %s is what both ways to tell agree on', (_, told, bytes) => {
    expect(pageBytesOf(told)).toBe(bytes);
  });

  it('of this machine is that of the kernel', () => {
    const [status, statm] = ['status', 'statm'].map((file) => readFileSync(`/proc/self/${file}`, 'utf8'));
    expect(String(pageBytesOf({ status: status ?? '', statm: statm ?? '' }))).toBe(
      execFileSync('getconf', ['PAGESIZE'], { encoding: 'utf8' }).trim(),
    );
  });
});

it.each([
  ['proc /proc proc rw,relatime 0 0', false],
  ['proc /proc proc rw,hidepid=0 0 0', false],
  ['proc /proc proc rw,hidepid=off,gid=3 0 0', false],
  ['proc /proc proc rw,relatime,hidepid=invisible 0 0', true],
  ['proc /proc proc rw,hidepid=2 0 0', true],
  ['tmpfs /x tmpfs rw,hidepid=2 0 0', false],
])('mounted as %j, other users are hidden: %s', (mounts, hidden) => {
  expect(hidesPids(`${mounts}\n`)).toBe(hidden);
});
