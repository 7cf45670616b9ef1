import { readFileSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { build } from 'rolldown';
import { readDashboard, type Dashboard } from './read-dashboard.ts';

const SCRIPT = fileURLToPath(new URL('browser/main.ts', import.meta.url));
const STYLES = ['./browser/page.css', '../../node_modules/uplot/dist/uPlot.min.css'];

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

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string | Uint8Array;
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
    const script = await bundle();
    const server = createServer((request, response) => {
      const url = new URL(request.url ?? '/', 'http://preview');
      const found = request.method === 'GET' ? find(url, script, options) : text(405, 'only GET');
      void Promise.resolve(found)
        // As Prometheus says it: the page shows the error of either.
        .catch((error: unknown) => json(502, { status: 'error', error: (error as Error).message }))
        .then((answer) => {
          send(response, answer ?? text(404, 'no such page'));
        });
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ port: options.port, host: '127.0.0.1' }, resolve);
    });
    return new PageServer(server);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }
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

async function find(url: URL, script: string, options: PageServerOptions): Promise<Answer | undefined> {
  const { pathname } = url;
  const dashboards = (): readonly Dashboard[] =>
    options.dashboardPaths.map((path) => readDashboard(JSON.parse(readFileSync(path, 'utf8'))));
  if (pathname === '/') return text(302, `/d/${dashboards()[0]?.uid ?? ''}`);
  if (/^\/d\/[\w-]+(?:\/[\w-]*)?$/.test(pathname)) return { status: 200, type: 'text/html', body: PAGE };
  if (pathname === '/page.js') return { status: 200, type: 'text/javascript', body: script };
  if (pathname === '/page.css') {
    const styles = STYLES.map((path) => readFileSync(new URL(path, import.meta.url), 'utf8'));
    return { status: 200, type: 'text/css', body: styles.join('\n') };
  }
  const [, uid] = /^\/api\/dashboards\/([\w-]+)$/.exec(pathname) ?? [];
  const dashboard = uid === undefined ? undefined : dashboards().find((candidate) => candidate.uid === uid);
  if (dashboard !== undefined) return json(200, { dashboard, scrapeIntervalMs: options.scrapeIntervalMs });
  const [, path] = PROMETHEUS_PATH.exec(pathname) ?? [];
  if (path === undefined) return undefined;
  const { status, ...upstream } = await fetch(`${options.prometheusUrl}${path}${url.search}`).then(
    async (response) => ({ status: response.status, body: await response.bytes() }),
  );
  return { status, type: 'application/json', ...upstream };
}

function text(status: number, body: string): Answer {
  return { status, type: 'text/plain', body };
}

function json(status: number, body: unknown): Answer {
  return { status, type: 'application/json', body: JSON.stringify(body) };
}

function send(response: ServerResponse, { status, type, body }: Answer): void {
  response
    .writeHead(status, {
      ...(status === 302 && { location: String(body) }),
      'content-type': `${type}; charset=utf-8`,
      'content-security-policy': POLICY,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    })
    .end(body);
}
