import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { RequestHandler } from 'express';
import { sendText } from '../routes/respond.ts';
import { STYLE } from './style.ts';

const SCRIPTS = [
  'age.js',
  'announce.js',
  'cards.js',
  'filter.js',
  'main.js',
  'morph.js',
  'times.js',
] as const;

/** Files of the page by name. They ship as they are written: there is no build step and nothing of others in them. */
const FILES: ReadonlyMap<string, { readonly type: string; readonly body: string }> = new Map([
  ['status.css', { type: 'text/css; charset=utf-8', body: STYLE }],
  ...SCRIPTS.map(
    (name) =>
      [
        name,
        {
          type: 'text/javascript; charset=utf-8',
          body: readFileSync(new URL(`./browser/${name}`, import.meta.url), 'utf8'),
        },
      ] as const,
  ),
]);

/** Changes with any of the files. */
export const ASSETS_VERSION = createHash('sha256')
  .update([...FILES.values()].map(({ body }) => body).join('\0'))
  .digest('hex')
  .slice(0, 12);

/** Bytes of all files together. */
export const ASSETS_BYTES = [...FILES.values()].reduce((sum, { body }) => sum + Buffer.byteLength(body), 0);

/** `/-/assets/<file>`: style and scripts of the status page. */
export const assetRoute: RequestHandler<{ file: string }> = (request, response) => {
  const file = FILES.get(request.params.file);
  if (file === undefined) {
    sendText(response, 404, 'the status page has no such file\n');
    return;
  }
  response.status(200).type(file.type).send(file.body);
};
