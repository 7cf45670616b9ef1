import type { Request, RequestHandler, Response } from 'express';
import type { Instant } from '../../core/index.ts';
import { nodeDocument } from '../../document/nodes-document.ts';
import { isoTime } from '../../document/time.ts';
import { checkNodes, shortText, verboseText, type CheckName, type CheckResult } from './check.ts';
import type { HttpDependencies } from './dependencies.ts';
import { findNodes } from './find-node.ts';
import { hasQuery, queryValues, sendJson, sendText, wantsJson } from './respond.ts';
import { oneLine } from './safe-text.ts';

function checkJson(result: CheckResult, now: Instant) {
  return {
    check: result.name,
    ok: result.ok,
    at: isoTime(now.wallMs),
    problem: result.problem ?? null,
    note: result.note ?? null,
    unknownExcludes: result.unknownExcludes,
    nodes: result.nodes.map(({ node, result: outcome, note }) => {
      const { key, name, scope, state, since, reasons, why, advice, remedy, live, ready } = nodeDocument(
        node,
        now,
      );
      return {
        key,
        name,
        scope,
        result: outcome,
        note: note === '' ? null : note,
        state,
        since,
        reasons,
        why,
        advice,
        remedy,
        live,
        ready,
      };
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
export function sendUnknownNode(response: Response, options: { id: string; names: readonly string[] }): void {
  const names = options.names.map((name) => `"${oneLine(name)}"`).join(', ');
  sendText(
    response,
    404,
    `no node host "${oneLine(options.id)}"; known: ${names === '' ? 'none yet' : names}\n`,
  );
}

/** `/livez` or `/readyz`: a check over all watched node hosts. */
export function checkAllRoute(name: CheckName, { snapshot }: HttpDependencies): RequestHandler {
  return (request, response) => {
    const { nodes, at, noNodeHostHere = false } = snapshot();
    const result = checkNodes(name, { nodes, excludes: queryValues(request, 'exclude'), noNodeHostHere });
    answer({ request, response }, { result, now: at });
  };
}

/** `/livez/<node>` or `/readyz/<node>`: a check of one node host, local or remote. */
export function checkOneRoute(
  name: CheckName,
  { snapshot }: HttpDependencies,
): RequestHandler<{ node: string }> {
  return (request, response) => {
    const current = snapshot();
    const { node: id } = request.params;
    const nodes = findNodes(current, id);
    if (nodes.length === 0) {
      sendUnknownNode(response, { id, names: current.nodes.map((node) => node.name) });
      return;
    }
    const result = checkNodes(name, { nodes, isNamed: true });
    answer({ request, response }, { result, now: current.at });
  };
}
