import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Resource } from '../cleanup.ts';
import { closeServer, listen } from './listen.ts';

/** A reverse proxy whose upstream is gone: every request and every WebSocket upgrade is answered with one HTTP status. */
export class BadGateway implements Resource {
  readonly endpoint: { readonly host: string; readonly port: number };
  readonly #server: Server;
  readonly #sockets: Set<Socket>;
  readonly #counters: { upgrades: number };

  private constructor(server: Server, port: number, sockets: Set<Socket>, counters: { upgrades: number }) {
    this.#server = server;
    this.#sockets = sockets;
    this.#counters = counters;
    this.endpoint = { host: '127.0.0.1', port };
  }

  /** WebSocket upgrades refused so far. */
  get upgrades(): number {
    return this.#counters.upgrades;
  }

  static async start(status = 502, phrase = 'Bad Gateway'): Promise<BadGateway> {
    const sockets = new Set<Socket>();
    const counters = { upgrades: 0 };
    const server = createServer((_request, response) => {
      response.writeHead(status, phrase).end(`${phrase}\n`);
    });
    server.on('connection', (socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => sockets.delete(socket));
    });
    server.on('upgrade', (_request, socket) => {
      counters.upgrades += 1;
      socket.end(
        `HTTP/1.1 ${status} ${phrase}\r\nContent-Type: text/plain\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
      );
    });
    return new BadGateway(server, await listen(server), sockets, counters);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await closeServer(this.#server, this.#sockets);
  }
}
