import { X509Certificate } from 'node:crypto';
import { request as httpRequest, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

/** A way to an exporter of this machine that `fetch` does not know. */
export type LocalWay =
  | { readonly kind: 'unix'; readonly path: string }
  | {
      readonly kind: 'tls';
      readonly host: string;
      readonly port: number;
      /** PEM of the certificate that it serves: the very one must answer, whatever name or issuer it has. */
      readonly certificate: string;
    };

export type LocalRequest = (way: LocalWay, path: string, withinMs: number) => Promise<Response>;

/** An answer of ours has at most some hundred kilobytes. */
const MAX_BODY_BYTES = 32 * 1024 * 1024;

/** Gets one page as JSON. */
export const localRequest: LocalRequest = (way, path, withinMs) =>
  new Promise((resolve, reject) => {
    const options: RequestOptions = {
      path,
      agent: false,
      headers: { accept: 'application/json', host: 'localhost' },
      signal: AbortSignal.timeout(withinMs),
    };
    const request =
      way.kind === 'unix'
        ? httpRequest({ ...options, socketPath: way.path })
        : // Issuer and name say nothing here that the certificate itself does not say better.
          httpsRequest({ ...options, host: way.host, port: way.port, rejectUnauthorized: false });
    request.on('error', reject);
    request.on('response', (response) => {
      const impostor = way.kind === 'tls' && !isServedBy(response.socket, way.certificate);
      if (impostor) {
        request.destroy(new Error('it shows another certificate than the one in the web config file'));
        return;
      }
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('error', reject);
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > MAX_BODY_BYTES) request.destroy(new Error('its answer has no end'));
        else chunks.push(chunk);
      });
      response.on('end', () =>
        resolve(new Response(Buffer.concat(chunks), { status: response.statusCode ?? 500 })),
      );
    });
    request.end();
  });

function isServedBy(socket: Socket, certificate: string): boolean {
  if (!(socket instanceof TLSSocket)) return false;
  return socket.getPeerX509Certificate()?.fingerprint256 === new X509Certificate(certificate).fingerprint256;
}
