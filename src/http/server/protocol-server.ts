import { createServer as createPlainServer, type RequestListener, type ServerOptions } from 'node:http';
import { Socket } from 'node:net';
import { within } from '../../runtime/within.ts';
import { oneByOne } from './one-by-one.ts';
import type { Refusals } from './refusals.ts';
import { createSecureServer, type Serving } from './secure-server.ts';
import type { TlsPolicy } from '../security/web-policy.ts';

/** Speaks HTTP, with TLS or without, on connections that somebody else accepts. */
export interface ProtocolServer {
  take(socket: Socket): void;
  /** What new connections get, where it speaks TLS. Whether clients are asked for a certificate stays as it was. */
  renew(tls: TlsPolicy): void;
  /** Lets answers under way finish, keeps no connection beyond them, and cuts off after `graceMs`. Never rejects. */
  close(graceMs: number): Promise<void>;
}

/** @param tls absent: plain HTTP */
export function createProtocolServer(
  tls: TlsPolicy | undefined,
  { onRequest, limits, refusals }: Serving,
): ProtocolServer {
  const sockets = new Set<Socket>();
  let isClosing = false;
  const answer = oneByOne(onRequest, { limits, refusals });
  const onExchange: RequestListener = (request, response) => {
    // A connection that was busy when we began to close is not kept for a further request.
    response.on('close', () => {
      if (isClosing) server.closeIdleConnections();
    });
    answer(request, response);
  };
  const options: ServerOptions = {
    maxHeaderSize: limits.maxHeaderBytes,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    connectionsCheckingInterval: limits.checkIntervalMs,
  };
  const secure = tls && createSecureServer(tls, options, { limits, refusals, onRequest: onExchange });
  const server = secure?.server ?? createPlainServer(options, onExchange);
  server.timeout = limits.socketTimeoutMs;
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (socket instanceof Socket) refuseGarbage(error, socket, refusals);
    else socket.destroy();
  });
  // Without a page that wants it nothing is ever continued: the guard refuses the body.
  server.on('checkContinue', (request, response) => server.emit('request', request, response));
  // Node looks for requests over time only on a server that listens, and this one is handed its connections.
  server.emit('listening');

  return {
    take(socket) {
      sockets.add(socket);
      // Whoever speaks on it has a handler of its own; a reset in between must not end the process.
      socket.on('error', () => undefined);
      socket.once('close', () => sockets.delete(socket));
      if (secure === undefined) server.emit('connection', socket);
      else secure.take(socket);
    },
    renew(next) {
      // Also those in the middle of a handshake: nobody stays whom the new CA would not let in.
      if (secure?.renew(next) === true) for (const socket of sockets) socket.destroy();
    },
    async close(graceMs) {
      isClosing = true;
      server.closeIdleConnections();
      const gone = Promise.all([...sockets].map((socket) => new Promise((end) => socket.once('close', end))));
      await within(graceMs, gone);
      for (const socket of sockets) socket.destroy();
      await gone;
      // Ends the search for requests over time. It never listened, and says so; there is nothing else to close.
      server.close();
    },
  };
}

const STATUS_BY_CODE: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

/** A clean end for what is no HTTP, or comes too slowly. */
function refuseGarbage({ code = '' }: NodeJS.ErrnoException, socket: Socket, refusals: Refusals): void {
  if (code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  refusals.count(code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'slow_client' : 'bad_request');
  // Half an answer must not be followed by another one's status line.
  if (socket.bytesWritten > 0) socket.destroy();
  else
    socket.end(
      `HTTP/1.1 ${STATUS_BY_CODE[code] ?? '400 Bad Request'}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
    );
  socket.destroySoon();
}
