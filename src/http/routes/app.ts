import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import type { HttpDependencies } from './dependencies.ts';
import { livezNodeRoute, livezRoute } from './livez.ts';
import { metricsRoute } from './metrics.ts';
import { nodeRoute, nodesRoute } from './nodes.ts';
import { readyzNodeRoute, readyzRoute } from './readyz.ts';
import { reloadMethodNotAllowed, reloadRoute } from './reload.ts';
import { sendText } from './respond.ts';
import { runbookRoute, runbooksRoute } from './runbooks.ts';
import { oneLine } from './safe-text.ts';
import { serviceDiscoveryRoute } from './sd.ts';
import { selfRoute } from './self.ts';
import { assetRoute } from '../status/assets.ts';
import { pageRoute } from '../status/page-route.ts';

const PATHS = [
  '/',
  '/metrics',
  '/livez',
  '/livez/<node>',
  '/readyz',
  '/readyz/<node>',
  '/-/healthy',
  '/-/ready',
  '/-/reload',
  '/api/v1/nodes',
  '/api/v1/nodes/<node>',
  '/sd',
  '/runbooks',
  '/runbooks/<alert>',
] as const;

const commonHeaders: RequestHandler = (_request, response, next) => {
  response.set({ 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' });
  next();
};

const methodNotAllowed: RequestHandler = (request, response) => {
  response.set('Allow', 'GET, HEAD');
  sendText(response, 405, `${request.method} is not allowed here; use GET or HEAD\n`);
};

const notFound: RequestHandler = (request, response) => {
  sendText(response, 404, `no page ${oneLine(request.path)}; there are ${PATHS.join(' ')}\n`);
};

/** Express marks what the client did wrong (a path that cannot be decoded) with a 4xx status. */
function clientStatusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('status' in error)) return undefined;
  const { status } = error;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined;
}

function errorHandler({ onError }: HttpDependencies): ErrorRequestHandler {
  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- Express knows an error handler by its four parameters
  return (error: unknown, request, response, _next) => {
    const status = clientStatusOf(error);
    if (status === undefined) onError?.(error, request.path);
    // Half an answer must not look like a whole one; and Express would print the error, past our log.
    if (response.headersSent) response.destroy();
    else if (status !== undefined) sendText(response, status, 'the request cannot be understood\n');
    else sendText(response, 500, 'the exporter failed; its log says why\n');
  };
}

/** All routes over the given functions; listens to nothing yet. */
export function createApp(dependencies: HttpDependencies): Express {
  const app = express();
  app.disable('x-powered-by');
  // Answers are never cached, and a hash of a large exposition is not free.
  app.disable('etag');
  app.use(commonHeaders);

  app.route('/').get(pageRoute(dependencies)).all(methodNotAllowed);
  app.route('/-/assets/:file').get(assetRoute).all(methodNotAllowed);
  app.route('/runbooks').get(runbooksRoute).all(methodNotAllowed);
  app.route('/runbooks/:alert').get(runbookRoute).all(methodNotAllowed);
  app.route('/metrics').get(metricsRoute(dependencies)).all(methodNotAllowed);
  app.route('/livez').get(livezRoute(dependencies)).all(methodNotAllowed);
  app.route('/livez/:node').get(livezNodeRoute(dependencies)).all(methodNotAllowed);
  app.route('/readyz').get(readyzRoute(dependencies)).all(methodNotAllowed);
  app.route('/readyz/:node').get(readyzNodeRoute(dependencies)).all(methodNotAllowed);
  app.route('/-/healthy').get(selfRoute(dependencies.isHealthy, 'healthy')).all(methodNotAllowed);
  app.route('/-/ready').get(selfRoute(dependencies.isReady, 'ready')).all(methodNotAllowed);
  const { reload } = dependencies;
  if (reload !== undefined) app.route('/-/reload').post(reloadRoute(reload)).all(reloadMethodNotAllowed);
  app.route('/api/v1/nodes').get(nodesRoute(dependencies)).all(methodNotAllowed);
  app.route('/api/v1/nodes/:node').get(nodeRoute(dependencies)).all(methodNotAllowed);
  app.route('/sd').get(serviceDiscoveryRoute(dependencies)).all(methodNotAllowed);

  app.use(notFound);
  app.use(errorHandler(dependencies));
  return app;
}
