import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Limits } from './limits.ts';
import type { Refusals } from './refusals.ts';

/** Counts connections over all listeners, and closes those that are too many. */
export class ConnectionGate {
  readonly #limits: Pick<Limits, 'maxConnections' | 'maxConnectionsPerAddress'>;
  readonly #refusals: Refusals;
  /** Oldest first. */
  readonly #open = new Set<Socket>();
  /** Those on which an answer is under way. */
  readonly #busy = new Set<Socket>();

  constructor(limits: Pick<Limits, 'maxConnections' | 'maxConnectionsPerAddress'>, refusals: Refusals) {
    this.#limits = limits;
    this.#refusals = refusals;
  }

  /**
   * Whether this one may stay; it is counted until it closes. Where there is no room it takes the place of the oldest one
   * on which no answer is under way: whoever holds connections open, or sends half a request on each, must not shut out a
   * probe, and a client whose connection was idle asks again on another.
   */
  admit(socket: Socket): boolean {
    const { maxConnections, maxConnectionsPerAddress } = this.#limits;
    const address = clientAddress(socket);
    const isOfMany =
      !LOCAL.test(address) &&
      [...this.#open].filter((other) => clientAddress(other) === address).length >= maxConnectionsPerAddress;
    const isFull = this.#open.size >= maxConnections;
    const idle = isFull ? [...this.#open].find((other) => !this.#busy.has(other)) : undefined;
    if (isOfMany || (isFull && idle === undefined)) {
      this.#refuse(socket);
      return false;
    }
    if (idle !== undefined) this.#refuse(idle);
    this.#open.add(socket);
    socket.once('close', () => this.#open.delete(socket));
    return true;
  }

  /** A whole request has come: its connection stays until the answer is through. */
  keep({ socket }: IncomingMessage, response: ServerResponse): void {
    const connection = this.#open.has(socket)
      ? socket
      : [...this.#open].find((accepted) => isBelow(accepted, socket));
    if (connection === undefined) return;
    this.#busy.add(connection);
    response.once('close', () => this.#busy.delete(connection));
  }

  #refuse(socket: Socket): void {
    this.#refusals.count('connection_limit');
    this.#open.delete(socket);
    socket.destroy();
  }
}

/** Programs of this machine have one address between them: one that opens many must not shut out the others. */
const LOCAL = /^(?:unix$|127\.|::1$|::ffff:127\.)/;

/** Who is at the other end; all clients of Unix sockets count as one. */
export function clientAddress(socket: { readonly remoteAddress?: string | undefined }): string {
  return socket.remoteAddress ?? 'unix';
}

/** With TLS the socket of a request is not the one that was accepted. */
function isBelow(accepted: Socket, { remotePort, remoteAddress }: Socket): boolean {
  return (
    remotePort !== undefined && accepted.remotePort === remotePort && accepted.remoteAddress === remoteAddress
  );
}
