import { canonicalIPv6, dotted } from '../socket/address.ts';
import type { TcpSocket } from '../socket/connection-table.ts';

/**
 * Finds sockets by their inode in a piece of /proc/net/tcp or tcp6 (proc_pid_net(5)) that holds whole lines. A busy
 * machine has thousands of lines and we look for one or two: the bytes are searched, only lines that hit are parsed.
 */
export function findSockets(
  table: Buffer,
  inodes: Iterable<string>,
  { littleEndian }: { littleEndian: boolean },
): Map<string, TcpSocket> {
  const found = new Map<string, TcpSocket>();
  for (const inode of inodes) {
    for (const line of linesWith(` ${inode} `, table)) {
      // The number may also stand in another column, as a uid or a timeout.
      const socket = parseTcpLine(line, { littleEndian });
      if (socket?.id !== inode) continue;
      found.set(inode, socket);
      break;
    }
  }
  return found;
}

function* linesWith(needle: string, table: Buffer): Generator<string> {
  for (let hit = table.indexOf(needle, 0, 'latin1'); hit >= 0;) {
    const end = table.indexOf(10, hit);
    yield table.toString('latin1', table.lastIndexOf(10, hit) + 1, end < 0 ? table.length : end);
    hit = table.indexOf(needle, hit + 1, 'latin1');
  }
}

/** sl, local and remote address, state, send and receive queue, timer, retransmissions, uid, timeout, inode. */
const LINE =
  /^ *\d+: [0-9A-F]+:([0-9A-F]{4}) ([0-9A-F]+):([0-9A-F]{4}) ([0-9A-F]{2}) [0-9A-F]+:([0-9A-F]+) +\S+ +\S+ +\S+ +\S+ +(\d+)(?: |$)/;

/** Maps the numbers of the kernel's tcp_states.h. */
const STATES: Readonly<Record<string, TcpSocket['state']>> = {
  '01': 'established',
  '02': 'opening', // SYN_SENT
  '08': 'close-wait',
  '0A': 'listening',
};

/** Parses one line of /proc/net/tcp or tcp6; `undefined` when it is not one (the header). */
export function parseTcpLine(
  line: string,
  { littleEndian }: { littleEndian: boolean },
): TcpSocket | undefined {
  const found = LINE.exec(line);
  if (found === null) return undefined;
  const [, localPort = '', address = '', remotePort = '', number = '', unread = '', id = ''] = found;
  // FIN_WAIT1, FIN_WAIT2, TIME_WAIT, CLOSE, LAST_ACK, CLOSING; and SYN_RECV, which no process holds.
  const state = STATES[number] ?? 'closing';
  return {
    id,
    state,
    localPort: Number.parseInt(localPort, 16),
    remoteAddress: addressOf(address, littleEndian),
    remotePort: Number.parseInt(remotePort, 16),
    // In a listening socket that column counts connections waiting to be accepted.
    unreadBytes: state === 'listening' ? 0 : Number.parseInt(unread, 16),
  };
}

/** The kernel prints addresses as 32-bit words in the byte order of the machine. */
function addressOf(hex: string, littleEndian: boolean): string {
  const words = hex.match(/.{8}/g) ?? [];
  const network = words.map((word) => (littleEndian ? reverseBytes(word) : word)).join('');
  return network.length === 8 ? dotted(network) : canonicalIPv6(network);
}

function reverseBytes(word: string): string {
  return word.slice(6, 8) + word.slice(4, 6) + word.slice(2, 4) + word.slice(0, 2);
}

/** Where the inode stands in the tables of the other families; -1: at the end. */
const INODE_COLUMN = { unix: 6, udp: 9, udp6: 9, netlink: -1 } as const;
export const OTHER_FAMILIES = ['unix', 'udp', 'udp6', 'netlink'] as const;
/** Sockets that are no connections: between processes, datagrams, from the kernel. */
export type OtherFamily = (typeof OTHER_FAMILIES)[number];

/** Tells which of `inodes` stand in the table of another family. */
export function inodesIn(family: OtherFamily, table: Buffer, inodes: Iterable<string>): Set<string> {
  const found = new Set<string>();
  const column = INODE_COLUMN[family];
  for (const inode of inodes) {
    for (const line of linesWith(` ${inode}`, table)) {
      if (line.trim().split(/\s+/).at(column) === inode) found.add(inode);
    }
  }
  return found;
}
