import type { IncomingMessage, RequestListener, ServerOptions } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { isClientAdmitted, type ClientCertificate } from '../security/client-certificate.ts';
import { secureContext, type TlsPolicy } from '../security/web-policy.ts';
import type { Limits } from './limits.ts';
import type { Refusals } from './refusals.ts';
import { respondPlainly } from './respond-plainly.ts';

/** HTTP over TLS. */
export interface SecureServer {
  readonly server: Server;
  take(socket: Socket): void;
  /** Returns whether those that are connected were held against another CA. */
  renew(tls: TlsPolicy): boolean;
}

/** The first byte of whoever begins a handshake. */
const HANDSHAKE = 0x16;

const HTTP_TO_TLS = [
  'HTTP/1.1 400 Bad Request',
  'Connection: close',
  'Content-Type: text/plain; charset=utf-8',
  '',
  'This port speaks TLS: ask for it with https://\n',
].join('\r\n');

const NOT_ADMITTED =
  'this exporter lets in only clients with a certificate that its CA has signed and a name in it that is allowed; yours is missing or is not one of these';

/** What every server is made of. */
export interface Serving {
  readonly onRequest: RequestListener;
  readonly limits: Limits;
  readonly refusals: Refusals;
}

export function createSecureServer(
  tls: TlsPolicy,
  options: ServerOptions,
  { onRequest, limits, refusals }: Serving,
): SecureServer {
  let current = tls;
  const server = createServer(
    {
      ...options,
      ...secureContext(tls),
      handshakeTimeout: limits.handshakeTimeoutMs,
      requestCert: tls.clientAuth !== 'NoClientCert',
      // Who is not admitted is told so, in an answer: an alert or a reset would leave a scraper to guess.
      rejectUnauthorized: false,
      ALPNProtocols: ['http/1.1'],
    },
    (request, response) => {
      if (isClientAdmitted(current, certificateOf(request))) return onRequest(request, response);
      refusals.count('client_certificate');
      respondPlainly({ request, response }, 403, NOT_ADMITTED, { Connection: 'close' });
    },
  );
  const refuse = (socket: Socket): void => {
    refusals.count('tls_handshake');
    socket.destroySoon();
  };
  server.on('tlsClientError', (_error, socket) => refuse(socket));

  return {
    server,
    take(socket) {
      const giveUp = (): void => refuse(socket);
      socket.setTimeout(limits.handshakeTimeoutMs, giveUp);
      socket.once('readable', () => {
        socket.off('timeout', giveUp).setTimeout(0);
        const first = socket.read() as Buffer | null;
        if (first?.[0] === HANDSHAKE) {
          socket.unshift(first);
          server.emit('connection', socket);
          return;
        }
        if (first !== null) socket.end(HTTP_TO_TLS);
        refuse(socket);
      });
    },
    renew(next) {
      const isOtherCa = next.clientCa !== current.clientCa;
      current = next;
      server.setSecureContext(secureContext(next));
      return isOtherCa;
    },
  };
}

function certificateOf({ socket }: IncomingMessage): ClientCertificate | undefined {
  if (!(socket instanceof TLSSocket)) return undefined;
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return undefined;
  const { subjectAltName } = certificate;
  return { isVerified: socket.authorized, ...(subjectAltName !== undefined && { subjectAltName }) };
}
