import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readDashboard, type Dashboard } from './grafana/read-dashboard.ts';

const ROOT = fileURLToPath(new URL('.', import.meta.url));
const UPLOT = fileURLToPath(new URL('../node_modules/uplot/dist/', import.meta.url));

/** Reading only, and only what the page asks for: whoever reaches this server reaches no more of Prometheus. */
const PROMETHEUS_PATH = /^\/prometheus(\/api\/v1\/(?:query|query_range|label\/\w+\/values))$/;
const SCRIPT_PATH = /^\/(browser|grafana)\/([\w-]+\.ts)$/;
const DASHBOARD_PATH = /^\/api\/dashboards\/([\w-]+)$/;

/** How the page's scripts find uPlot by its name. */
const IMPORT_MAP = JSON.stringify({ imports: { uplot: '/vendor/uPlot.esm.js' } });
const IMPORT_MAP_HASH = createHash('sha256').update(IMPORT_MAP).digest('base64');

const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Dashboard preview</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/vendor/uPlot.min.css">
<link rel="stylesheet" href="/browser/page.css">
<script type="importmap">${IMPORT_MAP}</script>
<script type="module" src="/browser/main.ts"></script>
</head>
<body></body>
</html>
`;

/** Nothing from elsewhere, and nothing that is written into the page: a name is never a script. */
const POLICY = [
  "default-src 'none'",
  `script-src 'self' 'sha256-${IMPORT_MAP_HASH}'`,
  "style-src 'self'",
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

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

/** Serves the page that draws dashboards, on the loopback address. */
export class PageServer implements AsyncDisposable {
  readonly url: string;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** Rejects where the port is taken. */
  static async start(options: PageServerOptions): Promise<PageServer> {
    const server = createServer((request, response) => {
      answer(request, response, options).catch((error: unknown) => {
        // As Prometheus says it: the page shows the error of either.
        const body = JSON.stringify({ status: 'error', error: describe(error) });
        send(response, { status: 502, type: 'application/json', body });
      });
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ port: options.port, host: '127.0.0.1' }, resolve);
    });
    return new PageServer(server);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
    this.#server.closeAllConnections();
    await closed;
  }
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string | Uint8Array;
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: PageServerOptions,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://preview');
  if (request.method !== 'GET') {
    send(response, { status: 405, type: 'text/plain', body: 'only GET' });
  } else if (url.pathname === '/') {
    response.writeHead(302, { location: `/d/${firstDashboard(options).uid}` }).end();
  } else {
    send(response, (await find(url, options)) ?? { status: 404, type: 'text/plain', body: 'no such page' });
  }
}

async function find(url: URL, options: PageServerOptions): Promise<Answer | undefined> {
  const { pathname } = url;
  if (/^\/d\/[\w-]+(?:\/[\w-]*)?$/.test(pathname)) return { status: 200, type: 'text/html', body: PAGE };
  if (pathname === '/browser/page.css') return file(join(ROOT, 'browser/page.css'), 'text/css');
  if (pathname === '/vendor/uPlot.min.css') return file(join(UPLOT, 'uPlot.min.css'), 'text/css');
  if (pathname === '/vendor/uPlot.esm.js') return file(join(UPLOT, 'uPlot.esm.js'), 'text/javascript');
  const [, folder, name] = SCRIPT_PATH.exec(pathname) ?? [];
  if (folder !== undefined && name !== undefined) return script(join(ROOT, folder, name));
  const [, uid] = DASHBOARD_PATH.exec(pathname) ?? [];
  if (uid !== undefined) return dashboardAnswer(uid, options);
  const [, path] = PROMETHEUS_PATH.exec(pathname) ?? [];
  return path === undefined ? undefined : forward(`${options.prometheusUrl}${path}${url.search}`);
}

function file(path: string, type: string): Answer {
  return { status: 200, type, body: readFileSync(path) };
}

/** TypeScript without its types is what a browser runs: no bundler, no generated files. */
function script(path: string): Answer {
  try {
    const body = stripTypeScriptTypes(readFileSync(path, 'utf8'), { mode: 'strip' });
    return { status: 200, type: 'text/javascript', body };
  } catch (error: unknown) {
    return { status: 404, type: 'text/plain', body: describe(error) };
  }
}

function readDashboards({ dashboardPaths }: PageServerOptions): readonly Dashboard[] {
  return dashboardPaths.map((path) => readDashboard(JSON.parse(readFileSync(path, 'utf8'))));
}

function firstDashboard(options: PageServerOptions): Dashboard {
  const [first] = readDashboards(options);
  if (first === undefined) throw new Error('no dashboard was given');
  return first;
}

function dashboardAnswer(uid: string, options: PageServerOptions): Answer | undefined {
  const dashboard = readDashboards(options).find((candidate) => candidate.uid === uid);
  if (dashboard === undefined) return undefined;
  const { scrapeIntervalMs } = options;
  return { status: 200, type: 'application/json', body: JSON.stringify({ dashboard, scrapeIntervalMs }) };
}

async function forward(url: string): Promise<Answer> {
  const upstream = await fetch(url);
  return {
    status: upstream.status,
    type: upstream.headers.get('content-type') ?? 'application/json',
    body: new Uint8Array(await upstream.arrayBuffer()),
  };
}

function send(response: ServerResponse, { status, type, body }: Answer): void {
  response
    .writeHead(status, {
      'content-type': `${type.replace(/;.*$/, '')}; charset=utf-8`,
      'content-security-policy': POLICY,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    })
    .end(body);
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
