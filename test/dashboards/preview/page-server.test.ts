import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startPageServer, type PageServer } from '../../../dashboards/preview/page-server.ts';

const FLEET = fileURLToPath(new URL('../../../dashboards/fleet.json', import.meta.url));

/** Two seconds of work, on a busy machine. */
const BUNDLED_WITHIN_MS = 60_000;

let prometheus: Server;
let server: PageServer;
const asked: string[] = [];

beforeAll(async () => {
  prometheus = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.writeHead(400, { 'content-type': 'application/json' }).end('{"status":"error","error":"bad"}');
  });
  await new Promise<void>((resolve) => {
    prometheus.listen(0, '127.0.0.1', resolve);
  });
  const { port } = prometheus.address() as AddressInfo;
  server = await startPageServer({
    dashboardPaths: [FLEET],
    prometheusUrl: `http://127.0.0.1:${port}`,
    scrapeIntervalMs: 1_000,
    port: 0,
  });
}, BUNDLED_WITHIN_MS);

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  prometheus.close();
});

async function get(path: string): Promise<Response> {
  return fetch(`${server.url}${path}`, { redirect: 'manual' });
}

it('the first page is the first dashboard, for the time that is asked for', async () => {
  const response = await get('/?from=now-5m');
  expect([response.status, response.headers.get('location')]).toEqual([
    302,
    '/d/openclaw-nodehost-fleet?from=now-5m',
  ]);
});

it('a page runs only scripts of this server, whatever a name contains', async () => {
  const response = await get('/d/openclaw-nodehost-fleet?var-node_host=%3Cscript%3Ealert(1)%3C/script%3E');
  const policy = response.headers.get('content-security-policy') ?? '';
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toMatch(/unsafe|\*/);
  expect(await response.text()).not.toContain('alert');
});

it('the dashboard comes as it was understood, read anew each time', async () => {
  const body = (await (await get('/api/dashboards/openclaw-nodehost-fleet')).json()) as {
    readonly dashboard: { readonly uid: string; readonly tiles: readonly { readonly kind: string }[] };
  };
  expect(body).toMatchObject({ scrapeIntervalMs: 1_000, dashboard: { uid: 'openclaw-nodehost-fleet' } });
  expect(new Set(body.dashboard.tiles.map(({ kind }) => kind))).toEqual(new Set(['row', 'panel']));
});

it('the script is whole, and nothing that lies beside it is served', async () => {
  const script = await get('/page.js');
  expect(script.headers.get('content-type')).toMatch(/^text\/javascript/);
  const text = await script.text();
  expect(text).not.toMatch(/^import /m);
  for (const path of [
    '/browser/main.ts',
    '/page-server.ts',
    '/../package.json',
    '/page.js/..%2f..%2fpackage.json',
  ]) {
    expect([path, (await get(path)).status]).toEqual([path, 404]);
  }
});

it('queries reach Prometheus as they are, and so does its refusal', async () => {
  const response = await get('/prometheus/api/v1/query?query=up%7Ba%3D%22%26%22%7D&time=1');
  expect([response.status, await response.json()]).toEqual([400, { status: 'error', error: 'bad' }]);
  expect(asked.at(-1)).toBe('/api/v1/query?query=up%7Ba%3D%22%26%22%7D&time=1');
});

it('nothing else of Prometheus is reached, and nothing but reading', async () => {
  const before = asked.length;
  for (const path of [
    '/prometheus/-/quit',
    '/prometheus/api/v1/admin/tsdb/snapshot',
    '/prometheus/api/v1/query/../status/config',
  ]) {
    expect([path, (await get(path)).status]).toEqual([path, 404]);
  }
  const posted = await fetch(`${server.url}/prometheus/api/v1/query`, { method: 'POST' });
  expect(posted.status).toBe(405);
  expect(asked.length).toBe(before);
});

it('a Prometheus that is not there is told', async () => {
  await using lost = await startPageServer({
    dashboardPaths: [FLEET],
    prometheusUrl: 'http://127.0.0.1:1',
    scrapeIntervalMs: 1_000,
    port: 0,
  });
  const response = await fetch(`${lost.url}/prometheus/api/v1/query?query=up`);
  expect([response.status, await response.json()]).toEqual([
    502,
    { status: 'error', error: expect.any(String) as string },
  ]);
});
