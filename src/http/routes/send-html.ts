import type { Request, Response } from 'express';
import { compress } from './compress.ts';
import { acceptsGzip } from './negotiate.ts';

/** Nothing from elsewhere, nothing that is written into the page: a name can never be a script or a style. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

/** Answers with a page for people. `HEAD` gets the same headers without the body. */
export async function sendHtml(request: Request, response: Response, html: string): Promise<void> {
  const isCompressed = acceptsGzip(request);
  sendPage(response, { body: isCompressed ? await compress(html) : Buffer.from(html), isCompressed });
}

/** The same with one that was compressed, or not, before. */
export function sendPage(
  response: Response,
  { body, isCompressed }: { readonly body: Buffer; readonly isCompressed: boolean },
): void {
  response.status(200).set({
    'Content-Security-Policy': CONTENT_SECURITY_POLICY,
    'Referrer-Policy': 'no-referrer',
    Vary: 'Accept-Encoding',
    ...(isCompressed && { 'Content-Encoding': 'gzip' }),
  });
  response.type('text/html; charset=utf-8').send(body);
}
