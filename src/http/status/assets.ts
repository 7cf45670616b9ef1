import { readFileSync } from 'node:fs';
import type { RequestHandler } from 'express';
import { sendText } from '../routes/respond.ts';
import { STYLE } from './style.ts';

/** They ship as they are written: there is no build step and nothing of others in them. */
const SCRIPTS = ['main.js', 'morph.js'].map(
  (name) => [name, readFileSync(new URL(`./browser/${name}`, import.meta.url), 'utf8')] as const,
);
/** Files of the pages by name. */
const FILES: ReadonlyMap<string, string> = new Map([['status.css', STYLE], ...SCRIPTS]);

/** `/-/assets/<file>`: style and scripts of the status page. */
export const assetRoute: RequestHandler<{ file: string }> = ({ params: { file } }, response) => {
  const body = FILES.get(file);
  if (body === undefined) sendText(response, 404, 'the status page has no such file\n');
  else response.status(200).type(file).send(body);
};
