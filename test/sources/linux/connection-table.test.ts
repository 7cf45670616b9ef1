import { rmSync } from 'node:fs';
import { endianness } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ConnectionTable, SocketsAnswer } from '../../../src/sources/socket/connection-table.ts';
import { LinuxConnectionTable } from '../../../src/sources/linux/connection-table.ts';
import { changed, FakeProc, launcherAndHost, recording } from './fake-proc.ts';
import { tcpLine, tcpTable } from './tcp-lines.ts';

/** The recordings are of a little-endian machine. */
const littleEndianOnly = describe.runIf(endianness() === 'LE');
const hostPid = 6718;
const hostInode = 31_244;

let proc: FakeProc;
let table: ConnectionTable;
let nowMs: number;
beforeEach(() => {
  proc = new FakeProc();
  proc.put(...launcherAndHost('2026.9.6'), ...launcherAndHost('2026.4.15'));
  proc.putNet(recording('2026.9.6').net);
  nowMs = 10_000;
  table = new LinuxConnectionTable({ root: proc.root, nowMs: () => nowMs });
});
afterEach(() => {
  proc.dispose();
});

async function look(ms = 1000, pid = hostPid): Promise<SocketsAnswer | undefined> {
  nowMs += ms;
  return (await table.socketsOf([pid])).get(pid);
}

async function idsAndStates(ms?: number): Promise<string[]> {
  const answer = await look(ms);
  if (answer?.kind !== 'sockets') throw new Error(`answered ${answer?.kind}`);
  return answer.sockets.map((it) => `${it.id} ${it.state} ${it.unreadBytes}`);
}

littleEndianOnly('the sockets of a process', () => {
  it('are its own only, and no pipes to its launcher', async () => {
    const answers = await table.socketsOf([6718, 6702, 6684]);
    const ids = [...answers].map(([pid, it]) => [
      pid,
      it.kind === 'sockets' ? it.sockets.map((one) => one.id) : it.kind,
    ]);
    expect(ids).toEqual([
      [6718, ['31244']],
      [6702, ['31342']],
      [6684, []],
    ]);
  });

  it('are in tcp6 as well', async () => {
    proc.openSocket(hostPid, { fd: 90, inode: 777 });
    const remote = '0000000000000000FFFF00000100007F:7C2D';
    proc.putNet({ tcp6: tcpTable({ inode: 777, remote, unread: 9 }) });
    const answer = await look();
    expect(answer).toMatchObject({
      kind: 'sockets',
      sockets: [{ id: '31244' }, { id: '777', remoteAddress: '127.0.0.1', unreadBytes: 9 }],
    });
  });

  it('are found on a machine without IPv6', async () => {
    rmSync(join(proc.root, 'net', 'tcp6'));
    expect(await idsAndStates()).toEqual(['31244 established 0']);
  });

  it.each([1, 40, 90, 149, 150, 151])(
    'are found where the reader cuts the table %i bytes into their line',
    async (cut) => {
      const line = `${tcpLine({ inode: hostInode, state: '08', unread: 4 })}\n`;
      const filler = `${tcpLine({ inode: 100_000, state: '06' })}\n`;
      const bytesBefore = 64 * 1024 - cut;
      const fillers = Math.floor((bytesBefore - 1) / filler.length);
      const header = `${' '.repeat(bytesBefore - fillers * filler.length - 1)}\n`;
      proc.putNet({ tcp: header + filler.repeat(fillers) + line + filler.repeat(500) });
      expect(await idsAndStates()).toEqual(['31244 close-wait 4']);
    },
  );

  it('are `gone` with the process', async () => {
    proc.remove(hostPid);
    expect(await look()).toEqual({ kind: 'gone' });
  });

  it.each([
    ['02', 'opening'],
    ['08', 'close-wait'],
    ['04', 'closing'],
  ])('in state %s are %s', async (state, name) => {
    proc.putNet({ tcp: tcpTable({ inode: hostInode, state, unread: 37 }) });
    expect(await idsAndStates()).toEqual([`31244 ${name} 37`]);
  });
});

littleEndianOnly('an answer is repeated only as good news', () => {
  const put = (line: { state?: string; unread?: number }): void => {
    proc.putNet({ tcp: tcpTable({ inode: hostInode, ...line }) });
  };

  it('while all is well the tables are read every third look, not every one', async () => {
    put({});
    expect(await idsAndStates()).toEqual(['31244 established 0']);
    put({ unread: 5 });
    expect(await idsAndStates()).toEqual(['31244 established 0']);
    expect(await idsAndStates()).toEqual(['31244 established 0']);
    expect(await idsAndStates()).toEqual(['31244 established 5']);
  });

  it.each([
    ['unread bytes', { unread: 5 }],
    ['a half-closed connection', { state: '08' }],
    ['a connection being opened', { state: '02' }],
  ])('%s are looked at anew each time', async (_, bad) => {
    put(bad);
    await look();
    put({});
    expect(await idsAndStates(1)).toEqual(['31244 established 0']);
  });

  it('a socket that is closed is seen at once', async () => {
    put({});
    await look();
    proc.closeDescriptor(hostPid, 27);
    expect(await idsAndStates()).toEqual([]);
  });

  it('a socket that appears in the place of another is seen at once', async () => {
    put({});
    await look();
    proc.closeDescriptor(hostPid, 27);
    proc.openSocket(hostPid, { fd: 90, inode: 555 });
    proc.putNet({ tcp: tcpTable({ inode: 555, state: '02' }) });
    expect(await idsAndStates()).toEqual(['555 opening 0']);
  });

  it('a socket that appears where there was none is seen at once', async () => {
    proc.closeDescriptor(hostPid, 27);
    await look();
    proc.openSocket(hostPid, { fd: 90, inode: 555 });
    proc.putNet({ tcp: tcpTable({ inode: 555, state: '02' }) });
    expect(await idsAndStates()).toEqual(['555 opening 0']);
  });

  it('a socket that appears beside one that is well is seen when that is looked at again', async () => {
    put({});
    await look();
    proc.openSocket(hostPid, { fd: 90, inode: 555 });
    proc.putNet({ tcp: tcpTable({ inode: hostInode }, { inode: 555, state: '02' }) });
    expect(await idsAndStates()).toEqual(['31244 established 0']);
    expect(await idsAndStates(2000)).toEqual(['31244 established 0', '555 opening 0']);
  });

  it('a table that costs much is read more seldom, but every five seconds', async () => {
    let costMs = 0;
    table = new LinuxConnectionTable({ root: proc.root, nowMs: () => (nowMs += costMs) });
    put({});
    costMs = 100;
    await look();
    costMs = 0;
    put({ unread: 5 });
    for (let second = 1; second <= 4; second += 1)
      expect(await idsAndStates()).toEqual(['31244 established 0']);
    expect(await idsAndStates()).toEqual(['31244 established 5']);
  });

  it('a process without TCP sockets costs no read of the TCP tables', async () => {
    proc.closeDescriptor(hostPid, 27);
    // What it has left is a pipe to its launcher; were the table read, this line would be believed.
    proc.putNet({ tcp: tcpTable({ inode: 31_077 }) });
    expect(await idsAndStates()).toEqual([]);
    expect(await idsAndStates(60_000)).toEqual([]);
  });

  it('a socket in no table is looked for three times, then every 30 s', async () => {
    proc.openSocket(hostPid, { fd: 90, inode: 555 });
    put({});
    for (let tries = 0; tries < 3; tries += 1) await look(1);
    proc.putNet({ tcp: tcpTable({ inode: hostInode }, { inode: 555 }) });
    expect(await idsAndStates(1)).toEqual(['31244 established 0']);
    expect(await idsAndStates(30_000)).toEqual(['31244 established 0', '555 established 0']);
  });

  it('an inode that came into use again for another socket is not the old one', async () => {
    put({});
    await look();
    proc.closeDescriptor(hostPid, 27);
    await look(1);
    proc.openSocket(hostPid, { fd: 27, inode: hostInode });
    put({ state: '02' });
    expect(await idsAndStates(1)).toEqual(['31244 opening 0']);
  });

  it('a connection that was reset and is still held is no connection', async () => {
    put({});
    await look();
    proc.putNet({ tcp: tcpTable() });
    expect(await idsAndStates(3000)).toEqual([]);
  });
});

it('a listening port is told apart from a connection', async () => {
  const [, host] = launcherAndHost('2026.9.6');
  proc.put(changed(host, { fds: { 7: 'socket:[30338]' } }));
  expect(await look()).toMatchObject({ sockets: [{ state: 'listening', localPort: 0x7c91 }] });
});

it('what is not allowed is told', async () => {
  const isRoot = process.geteuid!() === 0;
  if (isRoot) process.seteuid!(65_534);
  try {
    expect((await new LinuxConnectionTable().socketsOf([1])).get(1)).toEqual({ kind: 'denied' });
  } finally {
    if (isRoot) process.seteuid!(0);
  }
});
