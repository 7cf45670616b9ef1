import type { RequestHandler } from 'express';
import { checkAllRoute, checkOneRoute } from './check-route.ts';
import type { HttpDependencies } from './dependencies.ts';
import { sendText } from './respond.ts';

/**
 * A failure of our own must not fail the check: whoever asks restarts the *node host* on a 5xx, which helps nothing
 * here. `/-/healthy` tells of the exporter.
 */
function shielded<P>(handler: RequestHandler<P>, { onError }: HttpDependencies): RequestHandler<P> {
  return (request, response, next) => {
    try {
      void handler(request, response, next);
    } catch (error) {
      onError?.(error, request.path);
      sendText(response, 200, 'unknown: the exporter failed to make a verdict; see its log and /-/healthy\n');
    }
  };
}

/** 503 when a restart of a local node host would help; 200 otherwise, whatever else is wrong. */
export function livezRoute(dependencies: HttpDependencies): RequestHandler {
  return shielded(checkAllRoute('livez', dependencies), dependencies);
}

/** The same for one node host, named by its key or its name. */
export function livezNodeRoute(dependencies: HttpDependencies): RequestHandler<{ node: string }> {
  return shielded(checkOneRoute('livez', dependencies), dependencies);
}
