import { request as requestHttp } from 'node:http';
import type { IncomingMessage, RequestOptions } from 'node:http';
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
 * accepts. Never rejects; resolves within `deadlineMs`.
 */
export function requestHealth({
  url,
  deadlineMs,
  tlsFingerprint,
  signal,
}: HealthRequest): Promise<HealthReply> {
  return new Promise((resolve) => {
    const deadline = AbortSignal.timeout(deadlineMs);
    const options: RequestOptions = {
      agent: false,
      headers: { accept: 'application/json', connection: 'close' },
      signal: AbortSignal.any([signal, deadline]),
    };
    const failed = (error: Error): void => {
      resolve(deadline.aborted ? { kind: 'deadline', deadlineMs } : { kind: 'failed', error });
    };
    const answered = (response: IncomingMessage): void => {
      let bytes = 0;
      const done = (): void => {
        resolve({ kind: 'answered', status: response.statusCode ?? 0 });
      };
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes <= MAX_BODY_BYTES) return;
        done();
        response.destroy();
      });
      response.once('end', done);
      response.once('error', failed);
    };
    const pinned = tlsFingerprint !== undefined && url.protocol === 'https:';
    const request =
      url.protocol === 'https:'
        ? requestHttps(url, { ...options, ...(pinned ? { rejectUnauthorized: false } : {}) }, answered)
        : requestHttp(url, options, answered);
    request.once('error', failed);
    if (pinned) {
      request.once('socket', (socket) => {
        socket.once('secureConnect', () => {
          if (socket instanceof TLSSocket && !hasFingerprint(socket, tlsFingerprint)) {
            request.destroy(new Error('tls fingerprint of the gateway is not the one that was configured'));
          }
        });
      });
    }
    request.end();
  });
}

function hasFingerprint(socket: TLSSocket, expected: string): boolean {
  return normalized(socket.getPeerCertificate().fingerprint256) === normalized(expected);
}

function normalized(fingerprint: string | undefined): string {
  return (fingerprint ?? '')
    .replace(/^sha256:/i, '')
    .replaceAll(':', '')
    .trim()
    .toLowerCase();
}
