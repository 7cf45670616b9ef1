import { request as requestHttp } from 'node:http';
import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import { request as requestHttps } from 'node:https';
import { type PeerCertificate, TLSSocket } from 'node:tls';
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
  /** Called with the time at which the certificate that was shown expires, in Unix milliseconds. */
  readonly onCertificate?: (notAfterMs: number) => void;
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
  return reply.promise;
}

function send(
  { url, tlsFingerprint, signal, onCertificate: shown = () => undefined }: HealthRequest,
  answered: (response: IncomingMessage) => void,
): ClientRequest {
  const options: RequestOptions = {
    agent: false,
    signal,
    headers: { accept: 'application/json', connection: 'close' },
  };
  if (url.protocol !== 'https:') return requestHttp(url, options, answered).end();
  // Node would hang up before anybody has seen the certificate, and one that has expired is worth seeing.
  const request = requestHttps(url, { ...options, rejectUnauthorized: false }, answered);
  request.once('socket', (socket) => {
    socket.once('secureConnect', () => {
      if (!(socket instanceof TLSSocket)) return;
      const certificate = socket.getPeerCertificate();
      const notAfterMs = Date.parse(certificate.valid_to);
      if (!Number.isNaN(notAfterMs)) shown(notAfterMs);
      const problem = problemOf(socket, certificate, tlsFingerprint);
      if (problem !== undefined) request.destroy(problem);
    });
  });
  return request.end();
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
