import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createApp } from './app.ts';
import type { HttpDependencies } from './dependencies.ts';

/** What a client may take of us. We serve small answers to a few clients; what takes longer is broken or hostile. */
const LIMITS = {
  /** A scraper sends some 500 bytes; Node's own limit is 16 KiB. */
  maxHeaderBytes: 8192,
  headersTimeoutMs: 5000,
  requestTimeoutMs: 10_000,
  /** Longer than the common scrape intervals (15 to 60 s), so that a scraper can keep its connection. */
  keepAliveTimeoutMs: 75_000,
  /** A client that takes nothing of its answer for this long is gone. */
  socketTimeoutMs: 30_000,
  /** How often Node looks for requests over time. */
  checkIntervalMs: 5000,
  /** Scrapers, probes and a few browsers; far below any limit on descriptors. */
  maxConnections: 256,
} as const;

/** How long `close` waits for answers that are under way. */
const CLOSE_GRACE_MS = 2000;

export interface ListenOptions {
  /** An address or a host name; without it, every address of this machine. */
  readonly host?: string;
  /** 0 lets the system choose. */
  readonly port: number;
}

/** Why we cannot listen, for the command line to explain. */
export type ListenFailureKind = 'in-use' | 'permission' | 'no-such-address' | 'bad-address';

export interface ListenFailure {
  readonly kind: ListenFailureKind;
  readonly host: string | undefined;
  readonly port: number;
  /** The system's own word, as `EADDRINUSE`. */
  readonly code: string;
}

export interface HttpServer {
  /** Where it really listens. */
  readonly host: string;
  readonly port: number;
  /** For people: `http://127.0.0.1:9789`. */
  readonly url: string;
  /**
   * Takes no more connections, lets answers under way finish, and cuts those off that take longer than `graceMs`.
   * May be called again; never rejects.
   */
  close(graceMs?: number): Promise<void>;
}

export type ListenResult =
  | { readonly ok: true; readonly server: HttpServer }
  | { readonly ok: false; readonly failure: ListenFailure };

const FAILURES: Readonly<Record<string, ListenFailureKind>> = {
  EADDRINUSE: 'in-use',
  EACCES: 'permission',
  EPERM: 'permission',
  EADDRNOTAVAIL: 'no-such-address',
  EAFNOSUPPORT: 'no-such-address',
  ENOTFOUND: 'bad-address',
  EAI_AGAIN: 'bad-address',
  EAI_NONAME: 'bad-address',
  EINVAL: 'bad-address',
  ERR_SOCKET_BAD_PORT: 'bad-address',
};

function failureOf(error: unknown, { host, port }: ListenOptions): ListenFailure | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  const kind = FAILURES[error.code];
  return kind === undefined ? undefined : { kind, host, port, code: error.code };
}

function urlOf({ address, port, family }: AddressInfo): string {
  const host =
    address === '::' || address === '0.0.0.0' ? 'localhost' : family === 'IPv6' ? `[${address}]` : address;
  return `http://${host}:${port}`;
}

function bind(server: Server, options: ListenOptions): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port: options.port, ...(options.host !== undefined && { host: options.host }) }, () => {
      server.off('error', reject);
      resolve(server.address() as AddressInfo);
    });
  });
}

function closing(server: Server): (graceMs?: number) => Promise<void> {
  let closed: Promise<void> | undefined;
  return (graceMs = CLOSE_GRACE_MS) => {
    closed ??= new Promise((resolve) => {
      const cutOff = setTimeout(() => {
        server.closeAllConnections();
      }, graceMs);
      server.close(() => {
        clearTimeout(cutOff);
        resolve();
      });
      server.closeIdleConnections();
    });
    return closed;
  };
}

/**
 * Serves the routes. That the address cannot be had is an expected failure and comes back as a value; anything else
 * rejects.
 */
export async function serveHttp(
  dependencies: HttpDependencies,
  options: ListenOptions,
): Promise<ListenResult> {
  const app = createApp(dependencies);
  const server = createServer(
    {
      maxHeaderSize: LIMITS.maxHeaderBytes,
      headersTimeout: LIMITS.headersTimeoutMs,
      requestTimeout: LIMITS.requestTimeoutMs,
      keepAliveTimeout: LIMITS.keepAliveTimeoutMs,
      connectionsCheckingInterval: LIMITS.checkIntervalMs,
    },
    (request, response) => {
      // A connection that was busy when closing began is not kept for a further request.
      response.on('close', () => {
        if (!server.listening) server.closeIdleConnections();
      });
      app(request, response);
    },
  );
  server.maxConnections = LIMITS.maxConnections;
  server.timeout = LIMITS.socketTimeoutMs;

  try {
    const address = await bind(server, options);
    server.on('error', (error) => dependencies.onError?.(error, 'server'));
    return {
      ok: true,
      server: { host: address.address, port: address.port, url: urlOf(address), close: closing(server) },
    };
  } catch (error) {
    const failure = failureOf(error, options);
    if (failure === undefined) throw error;
    return { ok: false, failure };
  }
}
