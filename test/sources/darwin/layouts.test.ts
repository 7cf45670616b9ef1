import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readSocket } from '../../../src/sources/darwin/connection-table.ts';
import {
  DESCRIPTOR,
  DIRECTORIES,
  LISTED_PROCESS,
  OPEN_FILE,
  readLayout,
  readLayouts,
  TASK_ALL_INFO,
  THREAD_INFO,
} from '../../../src/sources/darwin/layouts.ts';
import { LAYOUTS } from './all-layouts.ts';
import { parseProcArgs } from '../../../src/sources/darwin/proc-args.ts';
import { pickVariables } from '../../../src/sources/process/process-table.ts';
import { golden } from './fixtures.ts';

describe('the kernel’s bytes', () => {
  it('of a process are read', () => {
    expect(readLayout(TASK_ALL_INFO, golden('taskallinfo_running'))).toEqual({
      flags: expect.any(Number) as number,
      status: 2,
      pid: 94_364,
      parentPid: 94_363,
      userId: 501,
      command: 'node',
      startSeconds: 1_790_320_482,
      startMicroseconds: 437_727,
      residentBytes: 92_274_688,
      userTicks: 48_000_000,
      systemTicks: 12_000_000,
      threads: 11,
      runningThreads: expect.any(Number) as number,
    });
    expect(readLayout(TASK_ALL_INFO, golden('taskallinfo_stopped'))?.status).toBe(4);
  });

  it('of a thread are read', () => {
    expect(readLayout(THREAD_INFO, golden('threadinfo_waiting'))).toEqual({
      userNanoseconds: 1_234_567_000,
      systemNanoseconds: 234_567_000,
      runState: 3,
      name: 'openclaw-node',
    });
    const running = readLayout(THREAD_INFO, golden('threadinfo_running'));
    expect(running).toMatchObject({ userNanoseconds: 9_876_543_000, runState: 1 });
  });

  it('of the list of processes are read, zombies among them', () => {
    const list = readLayouts(LISTED_PROCESS, golden('kinfo_proc_list'));
    expect(list.map(({ pid, parentPid, command, status }) => [pid, parentPid, command, status])).toEqual([
      [1, 0, 'launchd', expect.any(Number)],
      [94_363, 1, 'node', expect.any(Number)],
      [94_364, 94_363, 'node', 4],
      [94_400, expect.any(Number), 'sh', 5],
    ]);
    expect(list.map(({ userId }) => userId)).toEqual([0, 501, 501, 501]);
    expect(list[2]).toMatchObject({ startSeconds: 1_790_320_482, startMicroseconds: 437_727 });
  });

  it('of open files and directories are read', () => {
    expect(readLayout(OPEN_FILE, golden('vnode_stderr_log'))).toMatchObject({
      type: 1,
      path: '/Users/user/.openclaw/logs/node.err.log',
    });
    expect(readLayout(OPEN_FILE, golden('vnode_dev_null'))).toMatchObject({ type: 4, path: '/dev/null' });
    expect(readLayout(DIRECTORIES, golden('vnodepathinfo_cwd_root'))?.workingDirectory).toMatch(/^\//);
    expect(readLayouts(DESCRIPTOR, golden('fdlist')).map(({ type }) => type)).toContain(2);
  });

  it('of sockets are read: both families, and IPv4 within IPv6', () => {
    expect(readSocket(golden('socket_established_v4_unread'))).toMatchObject({
      state: 'established',
      localPort: 51_234,
      remoteAddress: '192.0.2.10',
      remotePort: 18_789,
      unreadBytes: 512,
    });
    expect(readSocket(golden('socket_close_wait_v6'))).toMatchObject({
      state: 'close-wait',
      localPort: 51_235,
      remoteAddress: '20010db8000000000000000000000010',
      remotePort: 18_789,
      unreadBytes: 31,
    });
    expect(readSocket(golden('socket_syn_sent_v6_mapped_v4'))).toMatchObject({
      state: 'opening',
      localPort: 51_236,
      remoteAddress: '127.0.0.1',
    });
    expect(readSocket(golden('socket_listen_v6'))).toMatchObject({
      state: 'listening',
      localPort: 9_229,
      unreadBytes: 0,
    });
  });

  it('that are too few are no fact, whatever is missing of them', () => {
    for (const layout of LAYOUTS) {
      for (let length = 0; length < layout.size; length += 1) {
        expect(readLayout(layout, Buffer.alloc(length, 1))).toBeUndefined();
      }
    }
  });

  it('may be any: nothing throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2_400 }), (bytes) => {
        const buffer = Buffer.from(bytes);
        for (const layout of LAYOUTS) {
          const isWhole = buffer.length >= layout.size;
          expect(readLayout(layout, buffer) !== undefined).toBe(isWhole);
          expect(readLayouts(layout, buffer)).toHaveLength(Math.floor(buffer.length / layout.size));
        }
        readSocket(buffer);
      }),
      { numRuns: 200 },
    );
  });
});

describe('arguments and environment', () => {
  const home = (bytes: Buffer): string | undefined =>
    pickVariables(parseProcArgs(bytes)?.environment ?? [], ['HOME']).get('HOME');

  it('of a process without a title are its own', () => {
    const args = parseProcArgs(golden('procargs2_plain'));
    expect(args?.args.slice(2)).toEqual(['node', 'run', '--host', '192.0.2.10', '--port', '18789']);
    expect(home(golden('procargs2_plain'))).toBe('/Users/user');
  });

  it('of a titled one are the title alone, and the environment after the hole that it left', () => {
    expect(parseProcArgs(golden('procargs2_titled'))?.args).toEqual(['openclaw-node']);
    const environment = parseProcArgs(golden('procargs2_titled'))?.environment ?? [];
    const found = pickVariables(environment, ['XPC_SERVICE_NAME', 'HOME', 'ptr_munge']);
    expect(Object.fromEntries(found)).toEqual({ HOME: '/Users/user', XPC_SERVICE_NAME: 'ai.openclaw.node' });
  });

  it('may be empty among others: that is no title', () => {
    const argc = Buffer.from([4, 0, 0, 0]);
    const bytes = Buffer.concat([
      argc,
      Buffer.from('/bin/node\0\0\0node\0x.js\0\0y\0HOME=/h\0\0ptr_munge=\0'),
    ]);
    expect(parseProcArgs(bytes)).toEqual({ args: ['node', 'x.js', '', 'y'], environment: ['HOME=/h'] });
  });

  it('that the kernel withholds are not an empty environment', () => {
    expect(parseProcArgs(golden('procargs2_titled_env_withheld'))).toEqual({
      args: ['openclaw-node'],
      environment: undefined,
    });
  });

  it('cut anywhere are theirs or nothing: no value is ever made up', () => {
    const whole = ['procargs2_plain', 'procargs2_titled'].map(golden);
    for (const bytes of whole) {
      const full = parseProcArgs(bytes)!;
      for (let length = 0; length < bytes.length; length += 1) {
        const cut = parseProcArgs(bytes.subarray(0, length));
        for (const arg of cut?.args ?? []) expect(full.args).toContain(arg);
        for (const pair of cut?.environment ?? []) expect(full.environment).toContain(pair);
      }
    }
  });

  it('may be any bytes: nothing throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        const argc = Buffer.alloc(4);
        argc.writeInt32LE(bytes.length % 9);
        parseProcArgs(Buffer.from(bytes));
        parseProcArgs(Buffer.concat([argc, Buffer.from(bytes)]));
      }),
      { numRuns: 500 },
    );
  });
});
