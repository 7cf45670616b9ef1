import { canonicalAddress } from '../socket/address.ts';
import type { TcpSocket } from '../socket/connection-table.ts';
import { TCP_STATES } from './tcp-state.ts';

/** A TCP socket, and the last process that used it. */
export interface NetstatRow {
  readonly pid: number;
  readonly socket: TcpSocket;
}

/**
 * Reads `netstat -anvW -p tcp` of macOS 11 to 26. `undefined` without a header that is known: only it tells where the pid
 * stands. Rows that are cut or of another form are left out; the header's width is not that of the rows.
 */
export function parseNetstat(output: string): readonly NetstatRow[] | undefined {
  const lines = output.split('\n');
  const header = lines.findIndex((line) => line.startsWith('Proto '));
  const pidOf = pidReader(lines[header] ?? '');
  if (pidOf === undefined) return undefined;
  return lines.slice(header + 1).flatMap((line) => {
    const pid = pidOf(line);
    const socket = pid === undefined ? undefined : socketOf(line);
    return pid === undefined || socket === undefined ? [] : [{ pid, socket }];
  });
}

function pidReader(header: string): ((line: string) => number | undefined) | undefined {
  // 26: `node:46708`; the name may hold spaces and colons, and is cut.
  if (/\bprocess:pid\b/.test(header)) return (line) => numberOf(/:(\d+)\s+[0-9a-f]{5}\s/.exec(line)?.[1]);
  if (!/\(state\).*\bpid\b/.test(header)) return undefined;
  // 15 puts `rxbytes txbytes` before `rhiwat shiwat`; 14 and earlier do not have them.
  const column = header.includes('rxbytes') ? 10 : 8;
  return (line) => numberOf(line.trim().split(/\s+/)[column]);
}

function socketOf(line: string): TcpSocket | undefined {
  const [protocol = '', receiveQueue, , local = '', remote = '', stateWord = ''] = line.trim().split(/\s+/);
  const state = TCP_STATES[stateWord];
  const [unreadBytes, localPort] = [numberOf(receiveQueue), numberOf(portIn(local))];
  if (!/^tcp(?:4|6|46)$/.test(protocol) || state === undefined) return undefined;
  if (unreadBytes === undefined || localPort === undefined) return undefined;
  const address = state === 'listening' ? '' : canonicalAddress(remote.slice(0, remote.lastIndexOf('.')));
  const remotePort = state === 'listening' ? 0 : numberOf(portIn(remote));
  if (address === undefined || remotePort === undefined) return undefined;
  return {
    id: `${local}->${remote}`,
    state,
    localPort,
    remoteAddress: address,
    remotePort,
    unreadBytes: state === 'listening' ? 0 : unreadBytes,
  };
}

/** `192.0.2.43.54589`, `::1.8021`, `*.443`: the port comes after the last dot. */
function portIn(address: string): string {
  return address.slice(address.lastIndexOf('.') + 1);
}

function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
