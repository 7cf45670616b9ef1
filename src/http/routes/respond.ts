import type { Request, Response } from 'express';

/** Answers in plain text. `HEAD` gets the same headers without the body. */
export function sendText(response: Response, status: number, text: string): void {
  response.status(status).type('text/plain; charset=utf-8').send(text);
}

export const JSON_TYPE = 'application/json; charset=utf-8';

/** Indented: people read it as often as programs do. */
export function jsonText(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

export function sendJson(response: Response, status: number, value: unknown): void {
  response.status(status).type(JSON_TYPE).send(jsonText(value));
}

/** Whether the client asks for JSON; one that does not care gets text. */
export function wantsJson(request: Request): boolean {
  return request.accepts(['text/plain', 'application/json']) === 'application/json';
}

/** Values of a query parameter that may be given several times. */
export function queryValues(request: Request, name: string): readonly string[] {
  const value: unknown = request.query[name];
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  return values.filter((each) => typeof each === 'string' && each !== '') as readonly string[];
}

/** Whether a query parameter is there at all, as in `?verbose`. */
export function hasQuery(request: Request, name: string): boolean {
  return request.query[name] !== undefined;
}

/** Aborted once whoever asked went away. */
export function goneSignal(response: Response): AbortSignal {
  const gone = new AbortController();
  response.on('close', () => gone.abort(new Error('whoever asked went away')));
  return gone.signal;
}
