import { canonicalIPv6, dotted } from '../socket/address.ts';
import type { ConnectionTable, SocketsAnswer, TcpSocket } from '../socket/connection-table.ts';
import { DESCRIPTOR, readLayout, SOCKET, strange, wholeList } from './layouts.ts';
import { ERRNO, FD_INFO, PID_INFO, SOCKET_KIND, notTold, TCP, type Libproc } from './libproc.ts';

/** A node host has 20 to 40 descriptors; the list is asked for again, larger, while it comes back full. */
const FIRST_DESCRIPTORS = 512;
const MAX_DESCRIPTORS = 65_536;

/** `ConnectionTable` on libproc of macOS: every look sees every socket, and none costs more than some microseconds. */
export function createDarwinConnectionTable({ libproc }: { libproc: Libproc }): ConnectionTable {
  return {
    socketsOf: (pids) => Promise.resolve(new Map(pids.map((pid) => [pid, socketsOf(libproc, pid)]))),
  };
}

function socketsOf(libproc: Libproc, pid: number): SocketsAnswer {
  const descriptors = listDescriptors(libproc, pid);
  if (typeof descriptors === 'string') return { kind: descriptors };
  const sockets: TcpSocket[] = [];
  for (const fd of descriptors) {
    const read = libproc.fdInfo(pid, fd, FD_INFO.socket, SOCKET.size);
    if (!read.ok) {
      // Closed, or another descriptor by now.
      if (read.errno === ERRNO.badDescriptor) continue;
      return { kind: failureOf(pid, read.errno) };
    }
    const socket = readSocket(read.bytes);
    if (socket === undefined) throw strange(SOCKET, `the answer has ${read.bytes.length} bytes`);
    if (socket !== 'not-tcp') sockets.push(socket);
  }
  return { kind: 'sockets', sockets };
}

function listDescriptors(libproc: Libproc, pid: number): readonly number[] | 'gone' | 'denied' {
  for (let count = FIRST_DESCRIPTORS; ; count *= 4) {
    const size = count * DESCRIPTOR.size;
    const read = libproc.pidInfo(pid, PID_INFO.descriptors, size);
    if (!read.ok) return failureOf(pid, read.errno);
    if (read.bytes.length === size && count < MAX_DESCRIPTORS) continue;
    return wholeList(DESCRIPTOR, read.bytes)
      .filter(({ type }) => type === SOCKET_KIND.descriptor)
      .map(({ fd }) => fd);
  }
}

/** Reads a `socket_fdinfo`; `undefined` where the bytes do not hold one. */
export function readSocket(bytes: Buffer): TcpSocket | 'not-tcp' | undefined {
  const socket = readLayout(SOCKET, bytes);
  if (socket === undefined) return undefined;
  const state = socket.kind === SOCKET_KIND.tcp ? STATES[socket.tcpState] : undefined;
  if (state === undefined) return 'not-tcp';
  const address = socket.remoteAddress.toString('hex');
  const isIPv4 = (socket.versions & SOCKET_KIND.ipv4) !== 0 && (socket.versions & SOCKET_KIND.ipv6) === 0;
  return {
    id: String(bytes.readBigUInt64LE(SOCKET.fields.generation.at)),
    state,
    localPort: socket.localPort,
    // Also in an IPv6 socket an IPv4 peer has its four bytes at the end.
    remoteAddress: isIPv4 ? dotted(address.slice(24)) : canonicalIPv6(address),
    remotePort: socket.remotePort,
    // Of a listening socket that is no received data.
    unreadBytes: state === 'listening' ? 0 : socket.unreadBytes,
  };
}

/** Any other: closed, that is made and not connected, or reset; or no state at all. */
const STATES: Readonly<Record<number, TcpSocket['state']>> = {
  [TCP.listen]: 'listening',
  [TCP.synSent]: 'opening',
  // Of one who was dialled.
  [TCP.synReceived]: 'closing',
  [TCP.established]: 'established',
  [TCP.closeWait]: 'close-wait',
  [TCP.finWait1]: 'closing',
  [TCP.closing]: 'closing',
  [TCP.lastAck]: 'closing',
  [TCP.finWait2]: 'closing',
  [TCP.timeWait]: 'closing',
};

function failureOf(pid: number, errno: number): 'gone' | 'denied' {
  if (errno === ERRNO.noSuchProcess) return 'gone';
  if (errno === ERRNO.notPermitted) return 'denied';
  throw notTold(`the descriptors of process ${pid}`, errno);
}
