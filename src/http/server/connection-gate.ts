import type { Socket } from 'node:net';
import type { Limits } from './limits.ts';

/** Counts connections over all listeners, and says when there are too many. */
export class ConnectionGate {
  readonly #limits: Pick<Limits, 'maxConnections' | 'maxConnectionsPerAddress'>;
  readonly #perAddress = new Map<string, number>();
  #total = 0;

  constructor(limits: Pick<Limits, 'maxConnections' | 'maxConnectionsPerAddress'>) {
    this.#limits = limits;
  }

  /** Whether this one may stay; it is counted until it closes. */
  admit(socket: Socket): boolean {
    const address = clientAddress(socket);
    const ofAddress = this.#perAddress.get(address) ?? 0;
    if (this.#total >= this.#limits.maxConnections || ofAddress >= this.#limits.maxConnectionsPerAddress)
      return false;
    this.#total += 1;
    this.#perAddress.set(address, ofAddress + 1);
    socket.once('close', () => {
      this.#total -= 1;
      const left = (this.#perAddress.get(address) ?? 1) - 1;
      if (left === 0) this.#perAddress.delete(address);
      else this.#perAddress.set(address, left);
    });
    return true;
  }
}

/** Who is at the other end; all clients of Unix sockets count as one. */
export function clientAddress(socket: { readonly remoteAddress?: string | undefined }): string {
  return socket.remoteAddress ?? 'unix';
}
