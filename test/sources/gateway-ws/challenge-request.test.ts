import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { requestChallenge } from '../../../src/sources/gateway-ws/challenge-request.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function urlOf(server: Server): Promise<URL> {
  servers.push(server);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return new URL(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
}

async function ask(url: URL): Promise<Awaited<ReturnType<typeof requestChallenge>>['result']> {
  const { result } = await requestChallenge({
    url,
    deadlineMs: 5_000,
    signal: new AbortController().signal,
    trustsAnyCertificate: false,
  });
  return result;
}

const answering = (status: number): Promise<URL> =>
  urlOf(createServer((_, response) => response.writeHead(status).end('something else is here')));

describe('a WebSocket that was asked for', () => {
  it('and a challenge that comes is a gateway', async () => {
    const server = createServer();
    new WebSocketServer({ server }).on('connection', (socket) => {
      socket.send(JSON.stringify({ type: 'event', event: 'connect.challenge', payload: { nonce: 'n' } }));
    });
    expect(await ask(await urlOf(server))).toMatchObject({ ok: true });
  });

  it('says who asks, for those who read the log of a gateway or of a proxy', async () => {
    const asked: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      asked.push(request.headers['user-agent']);
      response.writeHead(502).end();
    });
    await ask(await urlOf(server));
    expect(asked).toEqual(['openclaw-liveness-exporter']);
  });

  // Fixed: every 2xx but 200 was taken for a gateway that lets us in.
  it.each([
    [200, 'protocol'],
    [204, 'protocol'],
    [302, 'protocol'],
    [403, 'http_4xx'],
    [502, 'http_5xx'],
  ])('and answered HTTP %i is no gateway: %s', async (status, reason) => {
    expect(await ask(await answering(status))).toEqual({
      ok: false,
      reason,
      message: `the WebSocket upgrade was answered HTTP ${status}`,
      answered: true,
    });
  });

  it('and hung up on is no gateway', async () => {
    const server = createServer();
    new WebSocketServer({ server }).on('connection', (socket) => {
      socket.close(1012);
    });
    expect(await ask(await urlOf(server))).toMatchObject({ ok: false, reason: 'closed', answered: false });
  });
});
