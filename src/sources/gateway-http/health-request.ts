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
export function requestHealth(wanted: HealthRequest): Promise<HealthReply> {
  const reply = Promise.withResolvers<HealthReply>();
  const deadline = AbortSignal.timeout(wanted.deadlineMs);
  const finish = (outcome: HealthReply): void => {
    reply.resolve(outcome);
    request.destroy();
  };
  const failed = (error: Error): void => {
    if (deadline.aborted) finish({ kind: 'deadline', deadlineMs: wanted.deadlineMs });
    else finish({ kind: 'failed', error });
  };
  const request = send({ ...wanted, signal: AbortSignal.any([wanted.signal, deadline]) }, (response) => {
    const answered = (): void => {
      finish({ kind: 'answered', status: response.statusCode ?? 0 });
    };
    let bytes = 0;
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > MAX_BODY_BYTES) answered();
    });
    response.once('end', answered);
    response.on('error', failed);
  });
  request.on('error', failed);
  return reply.promise;
}

function send(
  { url, tlsFingerprint, signal }: HealthRequest,
  answered: (response: IncomingMessage) => void,
): ClientRequest {
  const options: RequestOptions = {
    agent: false,
    signal,
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
