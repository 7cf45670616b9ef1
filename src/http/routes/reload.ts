import type { Request, RequestHandler, Response } from 'express';
import { sendText } from './respond.ts';
import { oneLine } from '../../runtime/one-line.ts';

/** How loading the configuration again came out, in sentences. */
export type ReloadReport =
  | { readonly ok: true; readonly applied: readonly string[]; readonly needsRestart: readonly string[] }
  | { readonly ok: false; readonly problems: readonly string[] };

export interface ReloadDependencies {
  /** Asked for each request: it can be switched on and off by a reload itself. */
  readonly isEnabled: () => boolean;
  /** Never rejects, and ends by itself within seconds. */
  readonly reload: () => Promise<ReloadReport>;
}

/** `POST /-/reload`, as Prometheus has it. */
export function reloadRoute({ isEnabled, reload }: ReloadDependencies): RequestHandler {
  return ifEnabled(isEnabled, { doing: 'reloading' }, async (_request, response) => {
    const report = await reload();
    sendText(response, report.ok ? 200 : 500, formatReport(report));
  });
}

/** Off unless enabled, since whoever reaches the port could keep us busy. */
export function ifEnabled(
  isEnabled: () => boolean,
  { doing, instead = '' }: { readonly doing: string; readonly instead?: string },
  act: (request: Request, response: Response) => Promise<void>,
): RequestHandler {
  return async (request, response) => {
    if (!isEnabled())
      sendText(
        response,
        403,
        `${doing} over HTTP is off; switch it on with --web.enable-lifecycle${instead}\n`,
      );
    // Browsers add it to every POST, and no page of ours makes one: it is another site's that would have us do things.
    else if (request.get('origin') !== undefined)
      sendText(response, 403, `${doing} is not for pages in a browser\n`);
    else await act(request, response);
  };
}

/** Anything but POST. */
export const postOnly: RequestHandler = (request, response) => {
  response.set('Allow', 'POST');
  sendText(response, 405, `${request.method} is not allowed here; use POST\n`);
};

function formatReport(report: ReloadReport): string {
  if (!report.ok) return lines('not reloaded, the configuration before stays in force:', report.problems);
  const applied =
    report.applied.length === 0 ? 'reloaded: nothing to change\n' : lines('reloaded:', report.applied);
  if (report.needsRestart.length === 0) return applied;
  return applied + lines('needs a restart to take effect:', report.needsRestart);
}

function lines(head: string, sentences: readonly string[]): string {
  return `${head}\n${sentences.map((sentence) => `  ${oneLine(sentence)}\n`).join('')}`;
}
