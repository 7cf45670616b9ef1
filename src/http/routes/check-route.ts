import type { Request, RequestHandler, Response } from 'express';
import type { Instant, Snapshot } from '../../core/index.ts';
import { nodeDocument } from '../../document/nodes-document.ts';
import { isoTime } from '../../document/time.ts';
import { checkNodes, shortText, verboseText, type CheckName, type CheckResult } from './check.ts';
import type { HttpDependencies } from './dependencies.ts';
import { findNodes } from './find-node.ts';
import { hasQuery, queryValues, sendJson, sendText, wantsJson } from './respond.ts';
import { oneLine } from '../../runtime/one-line.ts';

function checkJson(result: CheckResult, now: Instant) {
  return {
    check: result.name,
    ok: result.ok,
    at: isoTime(now.wallMs),
    problem: result.problem ?? null,
    note: result.note ?? null,
    unknownExcludes: result.unknownExcludes,
    nodes: result.nodes.map(({ node, result: outcome, note }) => {
      const { key, name, scope, ...document } = nodeDocument(node, now);
      const { state, since, reasons, why, advice, remedy, live, ready } = document;
      const verdict = { state, since, reasons, why, advice, remedy, live, ready };
      return { key, name, scope, result: outcome, note: note === '' ? null : note, ...verdict };
    }),
  };
}

function answer(
  { request, response }: { readonly request: Request; readonly response: Response },
  { result, now }: { readonly result: CheckResult; readonly now: Instant },
): void {
  const status = result.ok ? 200 : 503;
  if (wantsJson(request)) sendJson(response, status, checkJson(result, now));
  else sendText(response, status, hasQuery(request, 'verbose') ? verboseText(result) : shortText(result));
}

/** Answers for a name that nobody has; lists those that there are. */
export function sendUnknownNode(response: Response, id: string, { nodes }: Snapshot): void {
  const names = nodes.map(({ name }) => `"${oneLine(name)}"`).join(', ') || 'none yet';
  sendText(response, 404, `no node host "${oneLine(id)}"; known: ${names}\n`);
}

/**
 * A check over all watched node hosts. `/livez`: 503 where a restart of a local one would help, 200 whatever else is
 * wrong. `/readyz`: 200 only when there is a local one and each is attached and usable.
 */
export function checkAllRoute(name: CheckName, { snapshot }: HttpDependencies): RequestHandler {
  return (request, response) => {
    const { nodes, at, noNodeHostHere = false } = snapshot();
    const result = checkNodes(name, { nodes, excludes: queryValues(request, 'exclude'), noNodeHostHere });
    answer({ request, response }, { result, now: at });
  };
}

/** The same of one node host, local or remote, named by its key or its name. */
export function checkOneRoute(
  name: CheckName,
  { snapshot }: HttpDependencies,
): RequestHandler<{ node: string }> {
  return (request, response) => {
    const current = snapshot();
    const { node: id } = request.params;
    const nodes = findNodes(current, id);
    if (nodes.length === 0) {
      sendUnknownNode(response, id, current);
      return;
    }
    const result = checkNodes(name, { nodes, isNamed: true });
    answer({ request, response }, { result, now: current.at });
  };
}

/**
 * `/livez` fails where a restart of a node host would help; a failure of our own must not fail it, since whoever asks
 * restarts the *node host* on a 5xx, which helps nothing here. `/-/healthy` tells of the exporter.
 */
export function shielded<P>(handler: RequestHandler<P>, { onError }: HttpDependencies): RequestHandler<P> {
  return (request, response, next) => {
    try {
      void handler(request, response, next);
    } catch (error) {
      onError?.(error, request.path);
      sendText(response, 200, 'unknown: the exporter failed to make a verdict; see its log and /-/healthy\n');
    }
  };
}
