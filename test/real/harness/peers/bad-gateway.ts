import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { WebSocketServer } from 'ws';
import type { Resource } from '../cleanup.ts';
import { closeServer, listen } from './listen.ts';

export interface BadGatewayOptions {
  /** Whoever names himself like this gets through to a gateway's challenge, and `/health` is answered to everybody. */
  readonly admits?: string;
}

const BAD =
  'HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/plain\r\nContent-Length: 0\r\nConnection: close\r\n\r\n';

/** A reverse proxy whose upstream is gone: every request and every WebSocket upgrade is answered with 502. */
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

  static async start({ admits }: BadGatewayOptions = {}): Promise<BadGateway> {
    const sockets = new Set<Socket>();
    const counters = { upgrades: 0 };
    const server = createServer((_request, response) => {
      if (admits === undefined) response.writeHead(502, 'Bad Gateway').end('Bad Gateway\n');
      else response.writeHead(200, { 'content-type': 'application/json' }).end('{"ok":true,"status":"live"}');
    });
    server.on('connection', (socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => sockets.delete(socket));
    });
    const inside = new WebSocketServer({ noServer: true });
    server.on('upgrade', (request, socket, head) => {
      if (admits !== undefined && request.headers['user-agent'] === admits) {
        inside.handleUpgrade(request, socket, head, (client) => {
          client.on('error', () => undefined);
          client.send(JSON.stringify({ type: 'event', event: 'connect.challenge', payload: { nonce: 'n' } }));
        });
        return;
      }
      counters.upgrades += 1;
      socket.end(BAD);
    });
    return new BadGateway(server, await listen(server), sockets, counters);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await closeServer(this.#server, this.#sockets);
  }
}
