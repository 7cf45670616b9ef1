import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import { build } from 'rolldown';
import { readDashboard } from './read-dashboard.ts';

const SCRIPT = fileURLToPath(new URL('browser/main.ts', import.meta.url));
const STYLES = ['../../node_modules/uplot/dist/uPlot.min.css', './browser/page.css'];

/** Reading only, and only what the page asks for: whoever reaches this server reaches no more of Prometheus. */
const PROMETHEUS_PATH = /^\/prometheus(\/api\/v1\/(?:query|query_range|label\/\w+\/values))$/;

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Dashboard preview</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/page.css">
<script type="module" src="/page.js"></script>
</head>
<body></body>
</html>
`;

/** Nothing from elsewhere, and nothing that is written into the page: a name is never a script. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'";

export interface PageServerOptions {
  /** The JSON files of the dashboards; read anew for each page. The first is shown at `/`. */
  readonly dashboardPaths: readonly string[];
  /** URL of a Prometheus. */
  readonly prometheusUrl: string;
  /** What a data source of Grafana would be told that the scrape interval is. */
  readonly scrapeIntervalMs: number;
  /** 0: any free one. */
  readonly port: number;
}

export interface PageServer extends AsyncDisposable {
  readonly url: string;
}

/** Serves the page that draws dashboards, on the loopback address. Rejects where the port is taken. */
export async function startPageServer(options: PageServerOptions): Promise<PageServer> {
  const server = pages(options, await bundle()).listen(options.port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** Our scripts and Grafana's in one; takes two seconds. */
async function bundle(): Promise<string> {
  const { output } = await build({
    input: SCRIPT,
    platform: 'browser',
    transform: { define: { 'process.env.NODE_ENV': '"production"' } },
    write: false,
    logLevel: 'silent',
  });
  return output[0].code;
}

function pages(
  { dashboardPaths, prometheusUrl, scrapeIntervalMs }: PageServerOptions,
  script: string,
): Express {
  const app = express().disable('x-powered-by').disable('etag');
  app.use(({ method }, response, next) => {
    response.set({
      'content-security-policy': POLICY,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    });
    if (method === 'GET') next();
    else response.sendStatus(405);
  });
  const dashboards = (): { uid: string }[] =>
    dashboardPaths.map((path) => JSON.parse(readFileSync(path, 'utf8')) as { uid: string });
  const searchOf = ({ url }: Request): string => new URL(url, 'http://preview').search;
  app.get('/', (request, response) => {
    response.redirect(`/d/${dashboards()[0]?.uid ?? ''}${searchOf(request)}`);
  });
  app.get('/d/:uid', (_request, response) => response.type('html').send(PAGE));
  app.get('/page.js', (_request, response) => response.type('js').send(script));
  app.get('/page.css', (_request, response) => {
    const styles = STYLES.map((path) => readFileSync(new URL(path, import.meta.url), 'utf8'));
    return response.type('css').send(styles.join('\n'));
  });
  app.get('/api/dashboards/:uid', ({ params: { uid } }, response) => {
    const found = dashboards().find((dashboard) => dashboard.uid === uid);
    if (found === undefined) response.sendStatus(404);
    else response.json({ dashboard: readDashboard(found), scrapeIntervalMs });
  });
  app.get(PROMETHEUS_PATH, async (request, response) => {
    const answer = await fetch(`${prometheusUrl}${request.params[0]}${searchOf(request)}`);
    response
      .status(answer.status)
      .type('json')
      .send(Buffer.from(await answer.bytes()));
  });
  // As Prometheus says it: the page shows the error of either.
  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- Express knows an error handler by its four parameters
  app.use((error: Error, _request: Request, response: Response, _next: NextFunction) => {
    response.status(502).json({ status: 'error', error: error.message });
  });
  return app;
}
