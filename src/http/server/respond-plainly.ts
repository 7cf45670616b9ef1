import type { IncomingMessage, ServerResponse } from 'node:http';

/** Answers in plain text, before and outside of the router. `HEAD` gets the same headers without the body. */
export function respondPlainly(
  { request, response }: { readonly request: IncomingMessage; readonly response: ServerResponse },
  {
    status,
    text,
    headers = {},
  }: {
    readonly status: number;
    readonly text: string;
    readonly headers?: Readonly<Record<string, string>>;
  },
): void {
  const body = Buffer.from(`${text}\n`);
  response.writeHead(status, {
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': body.length,
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
    ...headers,
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}
