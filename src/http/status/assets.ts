import { readFileSync } from 'node:fs';
import type { RequestHandler } from 'express';
import { sendText } from '../routes/respond.ts';
import { STYLE } from './style.ts';

const SCRIPT = 'text/javascript; charset=utf-8';

function own(name: string): string {
  return readFileSync(new URL(`./browser/${name}`, import.meta.url), 'utf8');
}

/** Files of the pages by name. They ship as they are written: there is no build step and nothing of others in them. */
const FILES: ReadonlyMap<string, { readonly type: string; readonly body: string }> = new Map([
  ['status.css', { type: 'text/css; charset=utf-8', body: STYLE }],
  ['main.js', { type: SCRIPT, body: own('main.js') }],
  ['morph.js', { type: SCRIPT, body: own('morph.js') }],
]);

/** `/-/assets/<file>`: style and scripts of the status page. */
export const assetRoute: RequestHandler<{ file: string }> = (request, response) => {
  const file = FILES.get(request.params.file);
  if (file === undefined) sendText(response, 404, 'the status page has no such file\n');
  else response.status(200).type(file.type).send(file.body);
};
