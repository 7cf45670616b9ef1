import type { ConnectionState } from '../../core/index.ts';
import { LookFailure } from '../look-failure.ts';
import { canonicalIPv6, dotted } from '../socket/address.ts';
import type { ConnectionTable, SocketsAnswer, TcpSocket } from '../socket/connection-table.ts';
import { DESCRIPTOR, readLayout, readLayouts, SOCKET } from './layouts.ts';
import { ERRNO, FD_INFO, PID_INFO, type Libproc } from './libproc.ts';

/** `PROX_FDTYPE_SOCKET`, `SOCKINFO_TCP`, `INI_IPV4`, `INI_IPV6` (sys/proc_info.h). */
const SOCKET_DESCRIPTOR = 2;
const KIND_TCP = 2;
const IPV4 = 1;
const IPV6 = 2;
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
    if (socket === undefined) throw tooShort(`${SOCKET.struct} of ${SOCKET.size} bytes`, read.bytes.length);
    if (socket !== 'not-tcp') sockets.push(socket);
  }
  return { kind: 'sockets', sockets };
}

function listDescriptors(libproc: Libproc, pid: number): readonly number[] | 'gone' | 'denied' {
  for (let count = FIRST_DESCRIPTORS; ; count *= 4) {
    const size = count * DESCRIPTOR.size;
    const read = libproc.pidInfo(pid, PID_INFO.descriptors, size);
    if (!read.ok) return failureOf(pid, read.errno);
    if (read.bytes.length % DESCRIPTOR.size !== 0)
      throw tooShort('the list of descriptors', read.bytes.length);
    if (read.bytes.length === size && count < MAX_DESCRIPTORS) continue;
    return readLayouts(DESCRIPTOR, read.bytes)
      .filter(({ type }) => type === SOCKET_DESCRIPTOR)
      .map(({ fd }) => fd);
  }
}

/** Reads a `socket_fdinfo`; `undefined` where the bytes do not hold one. */
export function readSocket(bytes: Buffer): TcpSocket | 'not-tcp' | undefined {
  const socket = readLayout(SOCKET, bytes);
  if (socket === undefined) return undefined;
  const state = socket.kind === KIND_TCP ? stateOf(socket.tcpState) : undefined;
  if (state === undefined) return 'not-tcp';
  const address = socket.remoteAddress.toString('hex');
  const isIPv4 = (socket.versions & IPV4) !== 0 && (socket.versions & IPV6) === 0;
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

/** `TSI_S_…`; `undefined`: closed, that is made and not connected, or reset; and what is no state at all. */
function stateOf(number: number): ConnectionState | 'listening' | undefined {
  switch (number) {
    case 1:
      return 'listening';
    case 2: // SYN_SENT
      return 'opening';
    case 4:
      return 'established';
    case 5:
      return 'close-wait';
    case 3: // SYN_RECEIVED: of one who was dialled
    case 6: // FIN_WAIT_1
    case 7: // CLOSING
    case 8: // LAST_ACK
    case 9: // FIN_WAIT_2
    case 10: // TIME_WAIT
      return 'closing';
    default:
      return undefined;
  }
}

function failureOf(pid: number, errno: number): 'gone' | 'denied' {
  if (errno === ERRNO.noSuchProcess) return 'gone';
  if (errno === ERRNO.notPermitted) return 'denied';
  throw new LookFailure(
    'other',
    `macOS does not tell about the descriptors of process ${pid} (errno ${errno})`,
  );
}

function tooShort(what: string, length: number): LookFailure {
  return new LookFailure(
    'unsupported',
    `this macOS answers otherwise than any that is known (${what}; the answer has ${length} bytes): please report it`,
  );
}
