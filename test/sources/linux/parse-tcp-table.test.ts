import { describe, expect, it } from 'vitest';
import { findSockets, inodesIn, parseTcpLine } from '../../../src/sources/linux/parse-tcp-table.ts';
import { recording } from './fake-proc.ts';
import { tcpHeader, tcpLine, tcpTable } from './tcp-lines.ts';

const littleEndian = true;
const table = (text: string): Buffer => Buffer.from(text, 'latin1');

describe('a line of the table', () => {
  it('of a real node host tells where it goes', () => {
    const found = findSockets(table(recording('2026.9.6').net.tcp!), ['31244', '31342', '30338'], {
      littleEndian,
    });
    expect([...found.values()]).toEqual([
      {
        id: '31244',
        state: 'established',
        localPort: 0xd6f8,
        remoteAddress: '127.0.0.1',
        remotePort: 31_789,
        unreadBytes: 0,
      },
      {
        id: '31342',
        state: 'established',
        localPort: 0xc4bc,
        remoteAddress: '127.0.0.1',
        remotePort: 31_889,
        unreadBytes: 0,
      },
      {
        id: '30338',
        state: 'listening',
        localPort: 31_889,
        remoteAddress: '0.0.0.0',
        remotePort: 0,
        unreadBytes: 0,
      },
    ]);
  });

  it.each([
    ['01', 'established'],
    ['02', 'opening'],
    ['03', 'closing'],
    ['04', 'closing'],
    ['05', 'closing'],
    ['06', 'closing'],
    ['07', 'closing'],
    ['08', 'close-wait'],
    ['09', 'closing'],
    ['0A', 'listening'],
    ['0B', 'closing'],
  ])('in state %s is %s', (state, name) => {
    expect(parseTcpLine(tcpLine({ inode: 7, state }), { littleEndian })?.state).toBe(name);
  });

  it('tells how much is unread, but not for a listener: there it is a queue of connections', () => {
    expect(
      parseTcpLine(tcpLine({ inode: 7, unread: 0x1f3, state: '08' }), { littleEndian })?.unreadBytes,
    ).toBe(499);
    expect(parseTcpLine(tcpLine({ inode: 7, unread: 3, state: '0A' }), { littleEndian })?.unreadBytes).toBe(
      0,
    );
  });

  it.each([
    ['B80D0120000000000008000801000000', '20010db8000000000800080000000001'],
    ['0000000000000000FFFF00000100007F', '127.0.0.1'],
    ['00000000000000000000000001000000', '00000000000000000000000000000001'],
  ])('of tcp6 to %s goes to %s', (kernel, address) => {
    const line = tcpLine({ inode: 7, remote: `${kernel}:01BB` });
    expect(parseTcpLine(line, { littleEndian })).toMatchObject({ remoteAddress: address, remotePort: 443 });
  });

  it('of a big-endian machine reads the other way round', () => {
    const line = tcpLine({ inode: 7, remote: '0A000102:01BB' });
    expect(parseTcpLine(line, { littleEndian: false })?.remoteAddress).toBe('10.0.1.2');
    expect(parseTcpLine(line, { littleEndian: true })?.remoteAddress).toBe('2.1.0.10');
  });

  it.each([tcpHeader, '', 'garbage', '   4: 0100007F:C4BC'])('%j is none', (line) => {
    expect(parseTcpLine(line, { littleEndian })).toBeUndefined();
  });
});

it('an inode is found in its own column only, whatever other numbers say', () => {
  const text = tcpTable({ inode: 5000, uid: 31_342 }, { inode: 31_342, state: '08' }, { inode: 313_421 });
  const found = findSockets(table(text), ['31342', '31', '20'], { littleEndian });
  expect([...found]).toMatchObject([['31342', { id: '31342', state: 'close-wait' }]]);
});

it('sockets of other families are told by their own column', () => {
  const { net } = recording('2026.9.6');
  expect([...inodesIn('unix', table(net.unix!), ['31076', '31077', '31244', '03', '3107'])]).toEqual([
    '31076',
    '31077',
  ]);
  const netlink =
    'sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode\n00000000 0   900  00000000 0        0        0     2        0        10024   \n';
  expect([...inodesIn('netlink', table(netlink), ['900', '10024'])]).toEqual(['10024']);
});
