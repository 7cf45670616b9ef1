import type { RequestListener } from 'node:http';
import type { Socket } from 'node:net';
import type { Limits } from './limits.ts';
import type { Refusals } from './refusals.ts';
import type { Exchange } from './respond-plainly.ts';

interface OneByOneOptions {
  readonly limits: Pick<Limits, 'maxPipelinedRequests'>;
  readonly refusals: Refusals;
}

/**
 * Hands on the requests of a connection one after the other, each once the answer before it is through. Node hands on
 * all at once: a single connection could then have hundreds of pages made, each of which must be held until those before
 * it are taken; and when the client goes away, Node closes only the answer that is first in line, so that whoever waits
 * for the others to close waits for ever.
 */
export function oneByOne(onRequest: RequestListener, { limits, refusals }: OneByOneOptions): RequestListener {
  /** Those without an answer, in their order; the first is under way. */
  const unanswered = new WeakMap<Socket, Exchange[]>();

  /**
   * In a turn of its own: other connections come between, whoever else waits for the close of the answer before has seen
   * it, and a connection that has sent too many in one piece has been closed before any of them costs anything.
   */
  const beginFirst = (exchanges: Exchange[]): void => {
    setImmediate(() => {
      const [first] = exchanges;
      // Nobody is left to read what was asked for.
      if (first === undefined || first.request.socket.destroyed) return;
      const { request, response } = first;
      response.once('close', () => {
        exchanges.shift();
        if (exchanges.length > 0) beginFirst(exchanges);
      });
      onRequest(request, response);
    });
  };

  return (request, response) => {
    const { socket } = request;
    // Node reads what came in one piece to its end.
    if (socket.destroyed) return;
    const exchanges = unanswered.get(socket) ?? [];
    unanswered.set(socket, exchanges);
    if (exchanges.length >= limits.maxPipelinedRequests) {
      refusals.count('connection_limit');
      socket.destroy();
      return;
    }
    exchanges.push({ request, response });
    if (exchanges.length === 1) beginFirst(exchanges);
  };
}
