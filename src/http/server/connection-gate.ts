import type { Socket } from 'node:net';
import type { Limits } from './limits.ts';
import type { Refusals } from './refusals.ts';

/** Counts connections over all listeners, and closes those that are too many. */
export class ConnectionGate {
  readonly #limits: Pick<Limits, 'maxConnections' | 'maxConnectionsPerAddress'>;
  readonly #refusals: Refusals;
  /** Oldest first. */
  readonly #open = new Set<Socket>();

  constructor(limits: Pick<Limits, 'maxConnections' | 'maxConnectionsPerAddress'>, refusals: Refusals) {
    this.#limits = limits;
    this.#refusals = refusals;
  }

  /**
   * Whether this one may stay; it is counted until it closes. Where there is no room it takes the place of the oldest one
   * that has not sent a byte: whoever only holds connections open must not shut out a probe.
   */
  admit(socket: Socket): boolean {
    const { maxConnections, maxConnectionsPerAddress } = this.#limits;
    const address = clientAddress(socket);
    const isOfMany =
      !LOCAL.test(address) &&
      [...this.#open].filter((other) => clientAddress(other) === address).length >= maxConnectionsPerAddress;
    const silent =
      this.#open.size < maxConnections ? undefined : [...this.#open].find(({ bytesRead }) => bytesRead === 0);
    if (isOfMany || (this.#open.size >= maxConnections && silent === undefined)) {
      this.#refuse(socket);
      return false;
    }
    if (silent !== undefined) this.#refuse(silent);
    this.#open.add(socket);
    socket.once('close', () => this.#open.delete(socket));
    return true;
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
