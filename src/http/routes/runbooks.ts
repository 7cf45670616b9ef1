import type { RequestHandler } from 'express';
import { readdir, readFile } from 'node:fs/promises';
import { escapeHtml } from './safe-text.ts';
import { oneLine } from '../../runtime/one-line.ts';
import { sendText } from './respond.ts';
import { sendHtml } from './send-html.ts';

/** In the package and in a checkout alike. */
const FOLDER = new URL('../../../docs/runbooks/', import.meta.url);
/** The list of all of them. */
const INDEX = 'README';

/**
 * `/runbooks/<alert>`: what to do about an alert, for whoever was woken by it and has a phone. With `.md` it is the same,
 * so that links between runbooks lead on, and this can be the base of every `runbook_url`.
 */
export const runbookRoute: RequestHandler<{ alert: string }> = async (request, response) => {
  const name = request.params.alert.replace(/\.md$/, '');
  const names = (await readdir(FOLDER)).map((file) => file.replace(/\.md$/, ''));
  if (!names.includes(name)) {
    sendText(response, 404, `no runbook ${oneLine(name)}; there are ${names.join(' ')}\n`);
    return;
  }
  const markdown = await readFile(new URL(`${name}.md`, FOLDER), 'utf8');
  // Only read by whoever reads a runbook: it need not be in memory before.
  const { marked } = await import('marked');
  // What is outside of the folder is not served.
  const html = await marked.parse(markdown.replace(/\[([^\]]*)\]\(\.\.\/[^)]*\)/g, '$1'));
  await sendHtml(
    request,
    response,
    `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>${escapeHtml(name === INDEX ? 'Runbooks' : name)}</title>
<link rel="stylesheet" href="../-/assets/status.css"></head>
<body class="runbook"><nav><p class="links"><a href="../">status page</a> <a href="${INDEX}">all runbooks</a></p></nav>
<main>${html}</main></body></html>
`,
  );
};

/** `/runbooks`: the list. */
export const runbooksRoute: RequestHandler = (request, response) =>
  response.redirect(request.path.endsWith('/') ? INDEX : `runbooks/${INDEX}`);
