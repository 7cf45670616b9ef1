import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { afterEach } from 'vitest';
import type { Snapshot } from '../../src/core/snapshot.ts';
import type { HttpDependencies } from '../../src/http/dependencies.ts';
import { serveHttp, type HttpServer } from '../../src/http/server.ts';
import { aSnapshot } from '../helpers/snapshots.ts';

const running: HttpServer[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.close(0)));
});

/** Serves over real HTTP on a free port of the loopback interface, until the test ends. */
export async function aServer(overrides: Partial<HttpDependencies> = {}): Promise<HttpServer> {
  const result = await serveHttp(
    {
      version: '1.2.3',
      snapshot: () => aSnapshot(),
      renderMetrics: (format) => Promise.resolve(Buffer.from(`# ${format}\n`)),
      isHealthy: () => ({ ok: true }),
      isReady: () => ({ ok: true }),
      onError: (error) => {
        throw new Error('unexpected error in a route', { cause: error });
      },
      ...overrides,
    },
    { host: '127.0.0.1', port: 0 },
  );
  if (!result.ok) throw new Error(`cannot listen: ${result.failure.code}`);
  running.push(result.server);
  return result.server;
}

/** Serves `snapshot`. */
export function aServerOf(snapshot: Partial<Snapshot>): Promise<HttpServer> {
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
export function ask(server: HttpServer, path: string, options: AskOptions = {}): Promise<Answer> {
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
  server: HttpServer,
  path: string,
): Promise<Answer & { readonly json: unknown }> {
  const answer = await ask(server, path, { headers: { accept: 'application/json' } });
  return { ...answer, json: JSON.parse(answer.body) as unknown };
}
