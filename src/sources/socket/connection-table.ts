import type { ConnectionState } from '../../core/index.ts';

/** One TCP socket that a process holds. */
export interface TcpSocket {
  /** Names the socket for as long as it lives. */
  readonly id: string;
  readonly state: ConnectionState | 'listening';
  readonly localPort: number;
  /** As `canonicalAddress` writes it. */
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** Received by the system and not yet read by the process. */
  readonly unreadBytes: number;
}

export type SocketsAnswer =
  | { readonly kind: 'sockets'; readonly sockets: readonly TcpSocket[] }
  /** The process has ended. */
  | { readonly kind: 'gone' }
  | { readonly kind: 'denied' }
  /** The table could not be read within the deadline: the machine has very many sockets, or a program hangs. */
  | { readonly kind: 'slow' };

/**
 * The TCP sockets of processes, one adapter a platform (`../platform.ts`). `lsof` and `netstat` answer for all processes
 * at once: therefore all are asked for in one call. Throws only where the table itself cannot be read.
 *
 * An adapter may answer from memory, for up to five seconds, that a socket it still sees open is `established` with
 * nothing unread. Bad news it never repeats without looking.
 */
export interface ConnectionTable {
  socketsOf(pids: readonly number[]): Promise<ReadonlyMap<number, SocketsAnswer>>;
}
