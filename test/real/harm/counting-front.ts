import { createServer, request, type Server } from 'node:http';
import { WebSocket, WebSocketServer, type RawData } from 'ws';
import type { Resource } from '../harness/cleanup.ts';
import { asText, parseObject } from '../harness/json.ts';
import { closeServer, listen } from '../harness/peers/listen.ts';
import type { Socket } from 'node:net';

/** What one client asks of a gateway, by its name: `GET /health`, `upgrade`, `node.list` … */
export type Counts = ReadonlyMap<string, number>;

/** Stands in front of a gateway, passes everything on, and counts what is asked of it. */
export class CountingFront implements Resource {
  readonly #server: Server;
  readonly #inside = new WebSocketServer({ noServer: true });
  readonly #sockets = new Set<Socket>();
  readonly #counts = new Map<string, number>();
  #port = 0;

  private constructor(upstream: { readonly host: string; readonly port: number }) {
    this.#server = createServer((incoming, response) => {
      const { method = 'GET', url = '/', headers } = incoming;
      this.#count(`${method} ${url}`);
      const outgoing = request({ ...upstream, method, path: url, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      outgoing.on('error', () => response.destroy());
      incoming.pipe(outgoing);
    });
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    this.#server.on('upgrade', (incoming, socket, head) => {
      this.#count('WebSocket upgrade');
      this.#inside.handleUpgrade(incoming, socket, head, (client) => {
        this.#join(client, new WebSocket(`ws://${upstream.host}:${upstream.port}${incoming.url ?? '/'}`));
      });
    });
  }

  static async start(upstream: { readonly host: string; readonly port: number }): Promise<CountingFront> {
    const front = new CountingFront(upstream);
    front.#port = await listen(front.#server);
    return front;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.#port}`;
  }

  /** What was asked since the last call. */
  take(): Counts {
    const counts = new Map(this.#counts);
    this.#counts.clear();
    return counts;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#inside.clients) client.terminate();
    await closeServer(this.#server, this.#sockets);
  }

  #join(client: WebSocket, gateway: WebSocket): void {
    const waiting: string[] = [];
    client.on('message', (data) => {
      const text = textOf(data);
      this.#count(asText(parseObject(text).method) ?? 'a frame that is no request');
      if (gateway.readyState === WebSocket.OPEN) gateway.send(text);
      else waiting.push(text);
    });
    gateway.on('open', () => {
      for (const text of waiting) gateway.send(text);
    });
    gateway.on('message', (data) => {
      client.send(textOf(data));
    });
    for (const [one, other] of [
      [client, gateway],
      [gateway, client],
    ] as const) {
      one.on('error', () => undefined);
      one.on('close', () => {
        other.close();
      });
    }
  }

  #count(what: string): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + 1);
  }
}

function textOf(data: RawData): string {
  return (data as Buffer).toString('utf8');
}
