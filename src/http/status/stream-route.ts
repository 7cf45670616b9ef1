import type { Request, RequestHandler, Response } from 'express';
import { sendText } from '../routes/respond.ts';
import type { LiveStreams, Viewer } from './live-streams.ts';

const VERSION = /^([\da-f-]{36})\.(\d{1,15})$/;

/** What the page has: what it was last sent over a stream, or else what it was loaded with. */
function versionOf(request: Request): { readonly run: string; readonly version: number } | undefined {
  const { since } = request.query;
  const told = request.get('last-event-id') ?? (typeof since === 'string' ? since : '');
  const [, run, version] = VERSION.exec(told) ?? [];
  return run === undefined || version === undefined ? undefined : { run, version: Number(version) };
}

function viewerOf(response: Response): Viewer {
  return {
    write: (text) => response.write(text),
    onDrain: (listener) => response.on('drain', listener),
    onClose: (listener) => response.on('close', listener),
    end: () => {
      response.end();
      // What it did not take in is not waited for.
      response.destroy();
    },
  };
}

/** `/-/stream`: what changes on the status page, as server-sent events. */
export function streamRoute(streams: LiveStreams): RequestHandler {
  return (request, response) => {
    if (streams.isFull) {
      response.set('Retry-After', '30');
      sendText(response, 503, 'too many status pages are open; this one is not live\n');
      return;
    }
    response.status(200).set({
      'Content-Type': 'text/event-stream; charset=utf-8',
      // nginx would hold the stream back until there is enough of it.
      'X-Accel-Buffering': 'no',
    });
    response.flushHeaders();
    if (request.method === 'HEAD') response.end();
    else streams.add(viewerOf(response), versionOf(request));
  };
}
