import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { randomUUID } from 'node:crypto';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { capturedAnswers, capturedHello } from './captured-frames.ts';
import type { CapturedVersion } from './captured-frames.ts';

export interface RequestFrame {
  readonly type: 'req';
  readonly id: string;
  readonly method: string;
  readonly params?: unknown;
}

/** What the gateway does with a request: answer, refuse, hang up, or say nothing. */
export type Reaction =
  | { readonly payload: unknown }
  | { readonly error: object; readonly thenClose?: { readonly code: number; readonly reason: string } }
  | { readonly close: { readonly code: number; readonly reason: string } }
  | 'silence';

export interface FakeGatewayOptions {
  readonly version: CapturedVersion;
  /** Serve TLS with the self-signed certificate of the fixtures. */
  readonly tls?: boolean;
  /** Where to listen, to come back after a close; a free one unless told otherwise. */
  readonly port?: number;
  /** Send no `connect.challenge`. */
  readonly mute?: boolean;
  /** Answer the upgrade with this HTTP status. */
  readonly upgradeStatus?: number;
  react?(request: RequestFrame): Reaction | undefined;
}

/** A gateway of one version on 127.0.0.1, as its captures have it, that can be told to misbehave. */
export class FakeGateway {
  /** Every request frame that came in. */
  readonly requests: RequestFrame[] = [];
  /** Every frame that went out. */
  readonly sent: unknown[] = [];
  readonly #options: FakeGatewayOptions;
  readonly #server: ReturnType<typeof createServer>;
  readonly #sockets = new WebSocketServer({ noServer: true });
  readonly #connections = new Set<Socket>();
  readonly #waiting: (() => void)[] = [];

  private constructor(options: FakeGatewayOptions) {
    this.#options = options;
    const health: RequestListener = (_request, response) => {
      response.setHeader('content-type', 'application/json').end('{"ok":true,"status":"live"}');
    };
    this.#server = options.tls === true ? createTlsServer(tlsFixture(), health) : createServer(health);
    this.#server.on('connection', (socket) => {
      this.#connections.add(socket);
      socket.once('close', () => {
        this.#connections.delete(socket);
        this.#changed();
      });
    });
    this.#server.on('upgrade', (request, socket, head) => {
      if (options.upgradeStatus !== undefined) {
        socket.end(`HTTP/1.1 ${options.upgradeStatus} No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`);
        return;
      }
      this.#sockets.handleUpgrade(request, socket, head, (webSocket) => {
        this.#serve(webSocket);
      });
    });
  }

  static async listen(options: FakeGatewayOptions): Promise<FakeGateway> {
    const gateway = new FakeGateway(options);
    await new Promise<void>((resolve) => gateway.#server.listen(options.port ?? 0, '127.0.0.1', resolve));
    return gateway;
  }

  get url(): string {
    const scheme = this.#options.tls === true ? 'wss' : 'ws';
    return `${scheme}://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Open TCP connections. */
  get connections(): number {
    return this.#connections.size;
  }

  /** Sends an event to every session. */
  emit(event: string, payload: unknown): void {
    for (const client of this.#sockets.clients) this.#send(client, { type: 'event', event, payload, seq: 1 });
  }

  /** Closes every session with this code. */
  hangUp(code: number, reason: string): void {
    for (const client of this.#sockets.clients) client.close(code, reason);
  }

  /** Resolves once `holds`; it is asked again whenever a frame or a connection comes or goes. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  async close(): Promise<void> {
    for (const socket of this.#connections) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve(client: WebSocket): void {
    client.on('error', () => undefined);
    client.on('message', (data: Buffer) => {
      const request = JSON.parse(data.toString()) as RequestFrame;
      this.requests.push(request);
      this.#answer(client, request, this.#options.react?.(request) ?? this.#usual(request));
      this.#changed();
    });
    if (this.#options.mute === true) return;
    this.#send(client, {
      type: 'event',
      event: 'connect.challenge',
      payload: { nonce: randomUUID(), ts: Date.now() },
    });
  }

  #answer(client: WebSocket, { id }: RequestFrame, reaction: Reaction): void {
    if (reaction === 'silence') return;
    if ('payload' in reaction) {
      this.#send(client, { type: 'res', id, ok: true, payload: reaction.payload });
      return;
    }
    if ('close' in reaction) {
      client.close(reaction.close.code, reaction.close.reason);
      return;
    }
    this.#send(client, { type: 'res', id, ok: false, error: reaction.error });
    if (reaction.thenClose !== undefined) client.close(reaction.thenClose.code, reaction.thenClose.reason);
  }

  /** What the gateway of the captures answered. */
  #usual({ method }: RequestFrame): Reaction {
    if (method === 'connect') return { payload: capturedHello(this.#options.version) };
    const captured = capturedAnswers(this.#options.version, method)[0];
    if (captured?.payload !== undefined) return { payload: captured.payload };
    return { error: captured?.error ?? { code: 'INVALID_REQUEST', message: `unknown method: ${method}` } };
  }

  #send(client: WebSocket, frame: object): void {
    this.sent.push(frame);
    client.send(JSON.stringify(frame));
  }

  #changed(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }
}

/** A certificate that no authority signed, and its key. */
export function tlsFixture(): { readonly key: string; readonly cert: string } {
  const read = (name: string): string =>
    readFileSync(new URL(`../fixtures/tls/${name}`, import.meta.url), 'utf8');
  return { key: read('gateway-key.pem'), cert: read('gateway-certificate.pem') };
}
