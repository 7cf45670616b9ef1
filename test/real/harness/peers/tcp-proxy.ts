import { connect, createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { Transform } from 'node:stream';
import { createServer as createTlsServer } from 'node:tls';
import type { Resource } from '../cleanup.ts';
import { closeServer, listen } from './listen.ts';

export interface TcpProxyOptions {
  readonly upstream: { readonly host: string; readonly port: number };
  /** Where it listens; 127.0.0.1 unless told otherwise. */
  readonly host?: string;
  /** This many connections of node hosts, the first ones, are accepted and never answered. */
  readonly swallowFirst?: number;
  /** Headers put into every HTTP request, such as `X-Forwarded-For`, which makes a gateway take the client for a remote one. */
  readonly addHeaders?: Readonly<Record<string, string>>;
  /** PEM. The proxy then speaks TLS with its clients, as a reverse proxy does, and plain TCP with its upstream. */
  readonly tls?: { readonly key: string; readonly cert: string };
}

/** How the exporter, which goes a node host's own way as well, calls itself in its requests. */
const EXPORTER = 'openclaw-liveness-exporter';

/** Stands between a node host and its gateway: passes bytes, or swallows them, or cuts the line. */
export class TcpProxy implements Resource {
  readonly #options: TcpProxyOptions;
  readonly #sockets = new Set<Socket>();
  #server: Server;
  #port = 0;
  #accepted = 0;
  #swallowing = 0;
  #swallowed = 0;
  #silent = false;

  constructor(options: TcpProxyOptions) {
    this.#options = options;
    this.#swallowing = options.swallowFirst ?? 0;
    this.#server = this.#createServer();
  }

  get endpoint(): { readonly host: string; readonly port: number } {
    return { host: this.#options.host ?? '127.0.0.1', port: this.#port };
  }

  /** Connections accepted so far, swallowed ones included. */
  get accepted(): number {
    return this.#accepted;
  }

  /** Connections that will never be answered. */
  get swallowed(): number {
    return this.#swallowed;
  }

  async start(): Promise<void> {
    this.#port = await listen(this.#server, this.#port, this.#options.host);
  }

  /** The next `count` connections of node hosts are accepted and never answered. */
  swallowNext(count = 1): void {
    this.#swallowing += count;
  }

  /** Cuts every connection and refuses new ones, as if the gateway were gone. Ends `mute` too. */
  async cut(): Promise<void> {
    this.#silent = false;
    await closeServer(this.#server, this.#sockets);
  }

  /** Accepts connections again, on the same port. */
  async restore(): Promise<void> {
    this.#server = this.#createServer();
    await this.start();
  }

  /** Connections stay open, and nothing passes any more in either direction: a network that drops packets. */
  mute(): void {
    this.#silent = true;
    for (const socket of this.#sockets) socket.pause();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await closeServer(this.#server, this.#sockets);
  }

  #createServer(): Server {
    const { tls } = this.#options;
    const accept = (client: Socket): void => {
      this.#accept(client);
    };
    if (tls === undefined) return createServer(accept);
    const server = createTlsServer(tls, accept);
    // A client that does not trust the certificate is never handed to `accept`.
    server.on('connection', (client: Socket) => {
      this.#track(client);
    });
    return server;
  }

  #accept(client: Socket): void {
    this.#accepted += 1;
    this.#track(client);
    if (this.#silent) return;
    if (this.#swallowing === 0) {
      this.#pass(client);
      return;
    }
    client.once('data', (first: Buffer) => {
      const isExporters = first.includes(EXPORTER) || first.includes('GET /health');
      if (this.#swallowing === 0 || isExporters) {
        client.unshift(first);
        this.#pass(client);
        return;
      }
      this.#swallowing -= 1;
      this.#swallowed += 1;
      client.resume();
    });
  }

  #pass(client: Socket): void {
    const upstream = connect(this.#options.upstream);
    this.#track(upstream);
    const toUpstream = this.#options.addHeaders ? addHeaders(this.#options.addHeaders) : undefined;
    (toUpstream ? client.pipe(toUpstream) : client).pipe(upstream);
    upstream.pipe(client);
    client.once('close', () => upstream.destroy());
    upstream.once('close', () => client.destroy());
  }

  #track(socket: Socket): void {
    this.#sockets.add(socket);
    // A cut line is what these peers are for; the other end reports it.
    socket.on('error', () => undefined);
    socket.once('close', () => this.#sockets.delete(socket));
  }
}

/** Puts headers behind the first line of the first request; all that follows passes untouched. */
function addHeaders(headers: Readonly<Record<string, string>>): Transform {
  let head = Buffer.alloc(0);
  let done = false;
  return new Transform({
    transform(chunk: Buffer, _encoding, callback) {
      if (done) {
        callback(null, chunk);
        return;
      }
      head = Buffer.concat([head, chunk]);
      const lineEnd = head.indexOf('\r\n');
      if (lineEnd < 0) {
        callback();
        return;
      }
      done = true;
      const added = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
      callback(
        null,
        Buffer.concat([
          head.subarray(0, lineEnd + 2),
          Buffer.from(added.join('')),
          head.subarray(lineEnd + 2),
        ]),
      );
    },
  });
}

export async function startTcpProxy(options: TcpProxyOptions): Promise<TcpProxy> {
  const proxy = new TcpProxy(options);
  await proxy.start();
  return proxy;
}
