import type { RequestHandler } from 'express';
import type { HttpDependencies } from '../routes/dependencies.ts';
import { ASSETS_VERSION } from './assets.ts';
import { StatusBoard } from './board.ts';
import { LiveStreams, type Every } from './live-streams.ts';
import { pageRoute } from './page-route.ts';
import { streamRoute } from './stream-route.ts';

const everyByTimer: Every = (intervalMs, beat) => {
  const timer = setInterval(beat, intervalMs);
  timer.unref();
  return {
    stop: () => {
      clearInterval(timer);
    },
  };
};

/** The status page and its stream, over one board. */
export function statusRoutes(
  dependencies: HttpDependencies,
  every: Every = everyByTimer,
): { readonly page: RequestHandler; readonly stream: RequestHandler } {
  const { snapshot, closing, onError } = dependencies;
  const board = new StatusBoard();
  const streams = new LiveStreams({
    board,
    snapshot,
    assets: ASSETS_VERSION,
    // Nobody is there to catch what a timer throws, and it would end the exporter.
    every: (intervalMs, beat) =>
      every(intervalMs, () => {
        try {
          beat();
        } catch (error: unknown) {
          onError?.(error, '/-/stream');
          streams.close();
        }
      }),
  });
  closing?.addEventListener('abort', () => {
    streams.close();
  });
  return { page: pageRoute(dependencies, board), stream: streamRoute(streams) };
}
