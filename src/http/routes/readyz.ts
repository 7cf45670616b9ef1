import type { RequestHandler } from 'express';
import { checkAllRoute, checkOneRoute } from './check-route.ts';
import type { HttpDependencies } from './dependencies.ts';

/** 200 only when there is a local node host and each is attached and usable. */
export function readyzRoute(dependencies: HttpDependencies): RequestHandler {
  return checkAllRoute('readyz', dependencies);
}

/** The same for one node host, local or remote, named by its key or its name. */
export function readyzNodeRoute(dependencies: HttpDependencies): RequestHandler<{ node: string }> {
  return checkOneRoute('readyz', dependencies);
}
