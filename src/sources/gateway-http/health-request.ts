import { request as requestHttp } from 'node:http';
import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import { request as requestHttps } from 'node:https';
import { type PeerCertificate, TLSSocket } from 'node:tls';
import { present } from '../../core/index.ts';
import { CERTIFICATE_FAILURES } from '../network-failure.ts';
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
  let certificateNotAfterMs: number | undefined;
  const finish = (outcome: HealthReply): void => {
    reply.resolve({ ...outcome, ...present({ certificateNotAfterMs }) });
    request.destroy();
  };
  const failed = (error: Error): void => {
    if (deadline.aborted) finish({ kind: 'deadline', deadlineMs: wanted.deadlineMs });
    else finish({ kind: 'failed', error });
  };
  const signal = AbortSignal.any([wanted.signal, deadline]);
  const request = send({ ...wanted, signal }, (response) => {
    const chunks: Buffer[] = [];
    const answered = (): void => {
      finish({
        kind: 'answered',
        status: response.statusCode ?? 0,
        body: Buffer.concat(chunks).toString('utf8', 0, MAX_BODY_BYTES),
      });
    };
    let bytes = 0;
    response.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > MAX_BODY_BYTES) answered();
    });
    response.once('end', answered);
    response.on('error', failed);
  });
  request.on('error', failed);
  request.once('socket', (socket) => {
    socket.once('secureConnect', () => {
      if (!(socket instanceof TLSSocket)) return;
      const certificate = socket.getPeerCertificate();
      const notAfterMs = Date.parse(certificate.valid_to);
      if (!Number.isNaN(notAfterMs)) certificateNotAfterMs = notAfterMs;
      const problem = problemOf(socket, certificate, wanted.tlsFingerprint);
      if (problem !== undefined) request.destroy(problem);
    });
  });
  return reply.promise;
}

function send({ url, signal }: HealthRequest, answered: (response: IncomingMessage) => void): ClientRequest {
  const headers = { accept: 'application/json', connection: 'close' };
  const options: RequestOptions = { agent: false, signal, headers };
  if (url.protocol !== 'https:') return requestHttp(url, options, answered).end();
  // Node would hang up before anybody has seen the certificate, and one that has expired is worth seeing.
  return requestHttps(url, { ...options, rejectUnauthorized: false }, answered).end();
}

/** Why a peer is not the gateway; `undefined` where it is. */
function problemOf(
  socket: TLSSocket,
  { fingerprint256 }: PeerCertificate,
  expected: string | undefined,
): Error | undefined {
  if (expected !== undefined) {
    return normalized(fingerprint256) === normalized(expected)
      ? undefined
      : new Error('tls fingerprint of the gateway is not the one that was configured');
  }
  if (socket.authorized) return undefined;
  const code = String(socket.authorizationError);
  return Object.assign(new Error(CERTIFICATE_FAILURES[code] ?? code), { code });
}

function normalized(fingerprint: string): string {
  return fingerprint
    .trim()
    .replace(/^sha256:/i, '')
    .replaceAll(':', '')
    .toLowerCase();
}
