import { request as requestHttp } from 'node:http';
import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import { request as requestHttps } from 'node:https';
import { TLSSocket } from 'node:tls';
import type { HealthReply } from './interpret-health.ts';

/** The body is one short JSON object; more than this is another program's page, which needs no reading. */
const MAX_BODY_BYTES = 16 * 1024;

export interface HealthRequest {
  readonly url: URL;
  readonly deadlineMs: number;
  /** SHA-256 of the certificate to expect, in hex with or without colons; then no authority is asked. */
  readonly tlsFingerprint?: string;
  readonly signal: AbortSignal;
}

/**
 * One GET on a connection of its own: an old connection may outlive the listener, a fresh one proves that the gateway
 * accepts. Never rejects; resolves within `deadlineMs`, and leaves no socket.
 */
export function requestHealth({
  url,
  deadlineMs,
  tlsFingerprint,
  signal,
}: HealthRequest): Promise<HealthReply> {
  const reply = Promise.withResolvers<HealthReply>();
  const request = send(url, tlsFingerprint, (response) => {
    let bytes = 0;
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > MAX_BODY_BYTES) finish({ kind: 'answered', status: response.statusCode ?? 0 });
    });
    response.once('end', () => {
      finish({ kind: 'answered', status: response.statusCode ?? 0 });
    });
    response.on('error', failed);
  });
  const failed = (error: Error): void => {
    finish({ kind: 'failed', error });
  };
  const aborted = (): void => {
    failed(new Error('the request was given up'));
  };
  const deadline = setTimeout(() => {
    finish({ kind: 'deadline', deadlineMs });
  }, deadlineMs).unref();
  const finish = (outcome: HealthReply): void => {
    reply.resolve(outcome);
    clearTimeout(deadline);
    signal.removeEventListener('abort', aborted);
    request.destroy();
  };
  request.on('error', failed);
  signal.addEventListener('abort', aborted, { once: true });
  return reply.promise;
}

function send(
  url: URL,
  tlsFingerprint: string | undefined,
  answered: (response: IncomingMessage) => void,
): ClientRequest {
  const options: RequestOptions = {
    agent: false,
    headers: { accept: 'application/json', connection: 'close' },
  };
  if (url.protocol !== 'https:') return requestHttp(url, options, answered).end();
  if (tlsFingerprint === undefined) return requestHttps(url, options, answered).end();
  const request = requestHttps(url, { ...options, rejectUnauthorized: false }, answered);
  request.once('socket', (socket) => {
    socket.once('secureConnect', () => {
      if (socket instanceof TLSSocket && hasFingerprint(socket, tlsFingerprint)) return;
      request.destroy(new Error('tls fingerprint of the gateway is not the one that was configured'));
    });
  });
  return request.end();
}

function hasFingerprint(socket: TLSSocket, expected: string): boolean {
  return normalized(socket.getPeerCertificate().fingerprint256) === normalized(expected);
}

function normalized(fingerprint: string): string {
  return fingerprint
    .trim()
    .replace(/^sha256:/i, '')
    .replaceAll(':', '')
    .toLowerCase();
}
