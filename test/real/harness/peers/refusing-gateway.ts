import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { randomUUID } from 'node:crypto';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import type { Resource } from '../cleanup.ts';
import { asText, parseObject } from '../json.ts';
import { listen } from './listen.ts';

/** The answer to `connect`; frames and close reasons as real gateways send them. */
export interface ConnectRefusal {
  readonly errorCode: string;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

export const refusals = {
  pairingRequired: {
    errorCode: 'NOT_PAIRED',
    message: 'pairing required: device is not approved yet',
    details: { code: 'PAIRING_REQUIRED', reason: 'not-paired', requestId: 'request-1' },
  },
  rateLimited: {
    errorCode: 'INVALID_REQUEST',
    message: 'unauthorized: too many failed authentication attempts (retry later)',
    details: {
      code: 'AUTH_RATE_LIMITED',
      authReason: 'rate_limited',
      recommendedNextStep: 'wait_then_retry',
    },
  },
  tokenMismatch: {
    errorCode: 'INVALID_REQUEST',
    message: 'unauthorized: gateway token mismatch (provide gateway auth token)',
    details: { code: 'AUTH_TOKEN_MISMATCH', authReason: 'token_mismatch' },
  },
} as const satisfies Readonly<Record<string, ConnectRefusal>>;

/** Speaks just enough of the gateway's protocol to refuse every client for one reason. */
export class RefusingGateway implements Resource {
  readonly endpoint: { readonly host: string; readonly port: number };
  readonly #http: Server;
  readonly #sockets: WebSocketServer;
  readonly #counters: { connects: number };

  private constructor(http: Server, sockets: WebSocketServer, port: number, counters: { connects: number }) {
    this.#http = http;
    this.#sockets = sockets;
    this.#counters = counters;
    this.endpoint = { host: '127.0.0.1', port };
  }

  /** `connect` requests refused so far. */
  get connects(): number {
    return this.#counters.connects;
  }

  static async start(refusal: ConnectRefusal): Promise<RefusingGateway> {
    const counters = { connects: 0 };
    const http = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"ok":true,"status":"live"}');
    });
    const sockets = new WebSocketServer({ server: http });
    sockets.on('connection', (socket) => {
      socket.on('error', () => undefined);
      refuse(socket, refusal, counters);
    });
    return new RefusingGateway(http, sockets, await listen(http), counters);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#sockets.clients) client.terminate();
    this.#http.closeAllConnections();
    await new Promise<void>((resolve) => {
      this.#http.close(() => {
        resolve();
      });
    });
  }
}

function refuse(socket: WebSocket, refusal: ConnectRefusal, counters: { connects: number }): void {
  const challenge = { nonce: randomUUID(), ts: Date.now() };
  socket.send(JSON.stringify({ type: 'event', event: 'connect.challenge', payload: challenge }));
  socket.once('message', (data) => {
    counters.connects += 1;
    const request = parseObject((data as Buffer).toString('utf8'));
    const error = { code: refusal.errorCode, message: refusal.message, details: refusal.details };
    socket.send(JSON.stringify({ type: 'res', id: asText(request.id) ?? '', ok: false, error }));
    // The close reason is at most 123 bytes long.
    socket.close(1008, refusal.message.slice(0, 120));
  });
}
