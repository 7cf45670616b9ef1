import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { afterEach } from 'vitest';
import type { Snapshot } from '../../src/core/model/snapshot.ts';
import type { HttpDependencies } from '../../src/http/routes/dependencies.ts';
import { serveHttp, type HttpOptions, type HttpServer } from '../../src/http/server/server.ts';
import { aSnapshot } from '../helpers/snapshots.ts';

const running: HttpServer[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.close(0)));
});

/** The exporter's pages, served on a TCP address. */
export interface TestServer extends HttpServer {
  readonly host: string;
  readonly port: number;
  readonly url: string;
}

/** Pages that work, over a snapshot without surprises. */
export function someDependencies(overrides: Partial<HttpDependencies> = {}): HttpDependencies {
  return {
    version: '1.2.3',
    snapshot: () => aSnapshot(),
    renderMetrics: (format) => Promise.resolve(Buffer.from(`# ${format}\n`)),
    isHealthy: () => ({ ok: true }),
    isReady: () => ({ ok: true }),
    onError: (error) => {
      throw new Error('unexpected error in a route', { cause: error });
    },
    ...overrides,
  };
}

/** Serves over real HTTP on a free port of the loopback interface, until the test ends. */
export async function aServer(
  overrides: Partial<HttpDependencies> = {},
  options: Partial<HttpOptions> = {},
): Promise<TestServer> {
  const result = await serveHttp(someDependencies(overrides), {
    places: [{ kind: 'tcp', host: '127.0.0.1', port: 0 }],
    ...options,
  });
  if (!result.ok) throw new Error(`cannot listen: ${result.failure.code}`);
  running.push(result.server);
  const address = result.server.addresses.find(({ kind }) => kind === 'tcp');
  const { host, port } = address?.kind === 'tcp' ? address : { host: '', port: 0 };
  const scheme = options.policy?.tls === undefined ? 'http' : 'https';
  return { ...result.server, host, port, url: `${scheme}://${host}:${port}` };
}

/** Serves `snapshot`. */
export function aServerOf(snapshot: Partial<Snapshot>): Promise<TestServer> {
  return aServer({ snapshot: () => aSnapshot(snapshot) });
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly raw: Buffer;
}

export interface AskOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One request, sent as it is: `fetch` would unzip the body and tidy the path. */
export function ask(server: TestServer, path: string, options: AskOptions = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      {
        host: server.host,
        port: server.port,
        path,
        method: options.method ?? 'GET',
        headers: { ...options.headers },
        agent: false,
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const raw = Buffer.concat(chunks);
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: raw.toString(), raw });
        });
      },
    );
    request.on('error', reject);
    request.end();
  });
}

/** The same, read as JSON. */
export async function askJson(
  server: TestServer,
  path: string,
): Promise<Answer & { readonly json: unknown }> {
  const answer = await ask(server, path, { headers: { accept: 'application/json' } });
  return { ...answer, json: JSON.parse(answer.body) as unknown };
}
