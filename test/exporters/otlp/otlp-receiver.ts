import { Server, ServerCredentials, status, type ServiceDefinition } from '@grpc/grpc-js';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { decodeRequest, type OtlpRequests, type Signal } from './otlp-messages.ts';

/** One request, decoded, with what came along. */
export interface Received<S extends Signal> {
  readonly request: OtlpRequests[S];
  readonly headers: Readonly<Record<string, string>>;
}

/** How the receiver answers. `echo`: it refuses, in the words of a header. `mute`: it takes the request and says nothing. */
export type Answer =
  | { readonly kind: 'take' }
  | { readonly kind: 'status'; readonly status: number }
  | { readonly kind: 'echo'; readonly status: number; readonly header: string }
  | { readonly kind: 'mute' };

/** A collector: keeps what it is sent, in the order of arrival. */
export abstract class OtlpReceiver {
  answer: Answer = { kind: 'take' };
  readonly #received: { [S in Signal]: Received<S>[] } = { metrics: [], logs: [], traces: [] };
  readonly #waiting: (() => void)[] = [];
  /** Requests of any kind, taken or not. */
  requests = 0;

  /** For `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  abstract readonly url: string;
  abstract close(): Promise<void>;

  /** Everything received of one signal so far. */
  all<S extends Signal>(signal: S): readonly Received<S>[] {
    return this.#received[signal];
  }

  /** Resolves as soon as `condition` holds; it is looked at after each request. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  protected keep(signal: Signal, bytes: Uint8Array, headers: Record<string, string>): void {
    this.requests += 1;
    if (this.answer.kind === 'take') {
      const kept: Received<Signal>[] = this.#received[signal];
      kept.push({ request: decodeRequest(signal, bytes), headers });
    }
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

/** A certificate for 127.0.0.1 that nobody trusts by default. It also serves as the client's, being its own authority. */
export const CERTIFICATE = new URL('../../fixtures/tls/gateway-certificate.pem', import.meta.url).pathname;
export const KEY = new URL('../../fixtures/tls/gateway-key.pem', import.meta.url).pathname;

/** `mutual`: only a client that shows the certificate is let in. */
export type Encryption = 'none' | 'tls' | 'mutual';

const SIGNAL_BY_PATH: Readonly<Record<string, Signal>> = {
  '/v1/metrics': 'metrics',
  '/v1/logs': 'logs',
  '/v1/traces': 'traces',
};

class HttpReceiver extends OtlpReceiver {
  readonly #server: ReturnType<typeof createServer>;
  readonly #scheme: string;
  readonly #sockets = new Set<Socket>();
  url = '';

  constructor(encryption: Encryption) {
    super();
    const handle = (request: IncomingMessage, response: ServerResponse): void => {
      void this.#handle(request, response);
    };
    this.#scheme = encryption === 'none' ? 'http' : 'https';
    this.#server =
      encryption === 'none'
        ? createServer(handle)
        : createTlsServer(
            {
              cert: readFileSync(CERTIFICATE),
              key: readFileSync(KEY),
              ca: readFileSync(CERTIFICATE),
              requestCert: encryption === 'mutual',
            },
            handle,
          );
  }

  async listen(port: number): Promise<void> {
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve));
    this.url = `${this.#scheme}://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const signal = SIGNAL_BY_PATH[request.url ?? ''];
    if (signal === undefined || request.headers['content-type'] !== 'application/x-protobuf') {
      response.writeHead(404).end();
      return;
    }
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
    );
    const plain = request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
    const { answer } = this;
    this.keep(signal, plain, headers);
    switch (answer.kind) {
      case 'take':
        response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
        return;
      case 'status':
        response.writeHead(answer.status).end();
        return;
      case 'echo':
        response.writeHead(answer.status, `no entry for ${headers[answer.header] ?? ''}`).end();
        return;
      case 'mute':
        return;
      default:
        answer satisfies never;
    }
  }
}

const GRPC_PATHS: Readonly<Record<Signal, string>> = {
  metrics: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
  logs: '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
  traces: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
};

class GrpcReceiver extends OtlpReceiver {
  readonly #server = new Server();
  readonly #encryption: Encryption;
  url = '';

  constructor(encryption: Encryption) {
    super();
    this.#encryption = encryption;
  }

  async listen(port: number): Promise<void> {
    for (const signal of Object.keys(GRPC_PATHS) as Signal[]) {
      const asIs = (bytes: Buffer): Buffer => bytes;
      const service: ServiceDefinition = {
        Export: {
          path: GRPC_PATHS[signal],
          requestStream: false,
          responseStream: false,
          requestSerialize: asIs,
          requestDeserialize: asIs,
          responseSerialize: asIs,
          responseDeserialize: asIs,
        },
      };
      this.#server.addService(service, {
        Export: (
          call: { readonly request: Buffer; readonly metadata: { getMap(): Record<string, unknown> } },
          done: (error: { code: number; details: string } | null, answer?: Buffer) => void,
        ) => {
          const headers = Object.fromEntries(
            Object.entries(call.metadata.getMap()).map(([name, value]) => [name, String(value)]),
          );
          const { answer } = this;
          this.keep(signal, call.request, headers);
          if (answer.kind === 'take') done(null, Buffer.alloc(0));
          if (answer.kind === 'status') done({ code: answer.status, details: status[answer.status] ?? '' });
          if (answer.kind === 'echo') {
            done({ code: answer.status, details: `no entry for ${headers[answer.header] ?? ''}` });
          }
        },
      });
    }
    const bound = await new Promise<number>((resolve, reject) => {
      this.#server.bindAsync(`127.0.0.1:${port}`, this.#credentials(), (error, found) => {
        if (error === null) resolve(found);
        else reject(error);
      });
    });
    this.url = `${this.#encryption === 'none' ? 'http' : 'https'}://127.0.0.1:${bound}`;
  }

  #credentials(): ServerCredentials {
    if (this.#encryption === 'none') return ServerCredentials.createInsecure();
    const certificate = readFileSync(CERTIFICATE);
    return ServerCredentials.createSsl(
      certificate,
      [{ private_key: readFileSync(KEY), cert_chain: certificate }],
      this.#encryption === 'mutual',
    );
  }

  close(): Promise<void> {
    this.#server.forceShutdown();
    return Promise.resolve();
  }
}

/** Starts a collector on a free port, or on one that was just free. */
export async function startReceiver(
  protocol: 'http/protobuf' | 'grpc',
  { port = 0, encryption = 'none' }: { readonly port?: number; readonly encryption?: Encryption } = {},
): Promise<OtlpReceiver> {
  const receiver = protocol === 'grpc' ? new GrpcReceiver(encryption) : new HttpReceiver(encryption);
  await receiver.listen(port);
  return receiver;
}
