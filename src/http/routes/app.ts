import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import { checkAllRoute, checkOneRoute, shielded } from './check-route.ts';
import type { HttpDependencies } from './dependencies.ts';
import { metricsRoute } from './metrics.ts';
import { nodeRoute, nodesRoute } from './nodes.ts';
import { recoveryPauseRoute, recoveryResumeRoute } from './recovery.ts';
import { postOnly, reloadRoute } from './reload.ts';
import { sendText } from './respond.ts';
import { runbookRoute, runbooksRoute } from './runbooks.ts';
import { oneLine } from '../../runtime/one-line.ts';
import { serviceDiscoveryRoute } from './sd.ts';
import { selfRoute } from './self-check.ts';
import { assetRoute } from '../status/assets.ts';
import { pageRoute } from '../status/page-route.ts';

const commonHeaders: RequestHandler = (_request, response, next) => {
  response.set({ 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' });
  next();
};

const methodNotAllowed: RequestHandler = (request, response) => {
  response.set('Allow', 'GET, HEAD');
  sendText(response, 405, `${request.method} is not allowed here; use GET or HEAD\n`);
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

  const paths: string[] = [];
  const page = <P>(path: string, handler: RequestHandler<P>): void => {
    paths.push(path.replace(/:(\w+)/, '<$1>'));
    app.route(path).get(handler).all(methodNotAllowed);
  };
  page('/', pageRoute(dependencies));
  page('/metrics', metricsRoute(dependencies));
  page('/livez', shielded(checkAllRoute('livez', dependencies), dependencies));
  page('/livez/:node', shielded(checkOneRoute('livez', dependencies), dependencies));
  page('/readyz', checkAllRoute('readyz', dependencies));
  page('/readyz/:node', checkOneRoute('readyz', dependencies));
  page('/-/healthy', selfRoute(dependencies.isHealthy, 'healthy'));
  page('/-/ready', selfRoute(dependencies.isReady, 'ready'));
  page('/api/v1/nodes', nodesRoute(dependencies));
  page('/api/v1/nodes/:node', nodeRoute(dependencies));
  page('/sd', serviceDiscoveryRoute(dependencies));
  page('/runbooks', runbooksRoute);
  page('/runbooks/:alert', runbookRoute);
  const { reload, recovery } = dependencies;
  if (reload !== undefined) {
    paths.push('/-/reload');
    app.route('/-/reload').post(reloadRoute(reload)).all(postOnly);
  }
  if (recovery !== undefined) {
    paths.push('/-/recovery/pause', '/-/recovery/resume');
    app.route('/-/recovery/pause').post(recoveryPauseRoute(recovery)).all(postOnly);
    app.route('/-/recovery/resume').post(recoveryResumeRoute(recovery)).all(postOnly);
  }
  app.route('/-/assets/:file').get(assetRoute).all(methodNotAllowed);

  app.use((request, response) => {
    sendText(response, 404, `no page ${oneLine(request.path)}; there are ${paths.join(' ')}\n`);
  });
  app.use(errorHandler(dependencies));
  return app;
}
