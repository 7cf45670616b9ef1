import { X509Certificate } from 'node:crypto';
import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo, Server as TcpServer, Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { GatewayHttpSource } from '../../../src/sources/gateway-http/gateway-http-source.ts';
import { FakeGateway, tlsFixture } from '../../helpers/fake-gateway.ts';
import { ManualTicker, ManualTime } from '../../helpers/manual-time.ts';
import { RecordingSink } from '../../helpers/recording-sink.ts';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function listen(server: Server | TcpServer): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

const listenHttp = (listener: RequestListener): Promise<number> => listen(createServer(listener));

async function freePort(): Promise<number> {
  const port = await listen(createTcpServer());
  await cleanups.pop()!();
  return port;
}

const GATEWAY = 'gw:1';
const fingerprint = new X509Certificate(tlsFixture().cert).fingerprint256;

interface Watching {
  readonly source: GatewayHttpSource;
  readonly time: ManualTime;
  readonly ticker: ManualTicker;
  readonly sink: RecordingSink;
  readonly transitions: boolean[];
}

function watch(url: string, deadlineMs = 3_000, tlsFingerprint?: string): Watching {
  const time = new ManualTime();
  const ticker = new ManualTicker();
  const sink = new RecordingSink();
  const transitions: boolean[] = [];
  const source = new GatewayHttpSource({
    gateway: GATEWAY,
    url,
    clock: time,
    sink,
    ticker,
    deadlineMs,
    ...(tlsFingerprint === undefined ? {} : { tlsFingerprint }),
    onTransition: (up) => transitions.push(up),
  });
  source.start();
  cleanups.push(() => source.stop());
  return { source, time, ticker, sink, transitions };
}

describe('the gateway-http source', () => {
  it('sees a gateway that answers, and reports the look', async () => {
    const port = await listenHttp((request, response) => response.end(request.url));
    const { ticker, sink } = watch(`ws://127.0.0.1:${port}`);
    await ticker.beat();
    expect(sink.of('gateway-http')).toEqual([{ gateway: GATEWAY, result: { ok: true, rttMs: 0 } }]);
    expect(sink.errors()).toEqual([]);
    expect(sink.reports).toMatchObject([{ gateway: GATEWAY }]);
  });

  it('asks for <prefix>/health on a connection of its own each time', async () => {
    const asked: string[] = [];
    const ports = new Set<number>();
    const port = await listenHttp((request, response) => {
      if (request.url?.endsWith('/health') !== true) return void response.end();
      asked.push(`${request.method ?? ''} ${request.url ?? ''} ${request.headers.connection ?? ''}`);
      ports.add(request.socket.remotePort!);
      response.end('{}');
    });
    const { ticker, time } = watch(`ws://127.0.0.1:${port}/claw`);
    await ticker.beat();
    await time.advance(3_000);
    await ticker.beat();
    expect(asked).toEqual(['GET /claw/health close', 'GET /claw/health close']);
    expect(ports.size).toBe(2);
  });

  it('calls a gateway that accepts and never answers deaf after the deadline, and that is no error of ours', async () => {
    const port = await listen(createTcpServer());
    const { ticker, sink } = watch(`ws://127.0.0.1:${port}`, 50);
    await ticker.beat();
    expect(sink.of('gateway-http')).toMatchObject([
      { result: { ok: false, reason: 'timeout', answered: false } },
    ]);
    expect(sink.errors()).toEqual([]);
  });

  it('calls a gateway that answers a status line and then hangs deaf', async () => {
    const port = await listenHttp((_request, response) => {
      response.writeHead(200, { 'content-length': '10' });
      response.write('x');
    });
    const { ticker, sink } = watch(`ws://127.0.0.1:${port}`, 50);
    await ticker.beat();
    expect(sink.of('gateway-http')).toMatchObject([{ result: { ok: false, reason: 'timeout' } }]);
  });

  it.each([
    ['http_5xx', 502, true],
    ['http_4xx', 404, true],
  ] as const)('sees %s', async (reason, status, answered) => {
    const port = await listenHttp((_request, response) => response.writeHead(status).end('no'));
    const { ticker, sink } = watch(`ws://127.0.0.1:${port}`);
    await ticker.beat();
    expect(sink.of('gateway-http')).toMatchObject([{ result: { ok: false, reason, answered } }]);
  });

  it('sees that nobody listens', async () => {
    const { ticker, sink } = watch(`ws://127.0.0.1:${await freePort()}`);
    await ticker.beat();
    expect(sink.of('gateway-http')).toMatchObject([
      { result: { ok: false, reason: 'refused', answered: false } },
    ]);
  });

  it('sees that the other side is no HTTP server', async () => {
    const port = await listen(createTcpServer((socket) => socket.end('SSH-2.0-OpenSSH\r\n')));
    const { ticker, sink } = watch(`ws://127.0.0.1:${port}`);
    await ticker.beat();
    expect(sink.of('gateway-http')).toMatchObject([{ result: { ok: false, reason: 'protocol' } }]);
  });

  it('sees TLS spoken to a plain port', async () => {
    const port = await listenHttp((_request, response) => response.end());
    const { ticker, sink } = watch(`wss://127.0.0.1:${port}`);
    await ticker.beat();
    expect(sink.of('gateway-http')).toMatchObject([{ result: { ok: false, reason: 'tls' } }]);
  });

  it.each([
    ['its fingerprint is the one that was configured', fingerprint, { ok: true }],
    [
      'that is written in another way',
      `SHA256:${fingerprint.replaceAll(':', '').toLowerCase()}`,
      { ok: true },
    ],
    ['it has another fingerprint', 'ab'.repeat(32), { ok: false, reason: 'tls' }],
    ['no authority signed it and no fingerprint was configured', undefined, { ok: false, reason: 'tls' }],
  ])('judges a certificate: %s', async (_what, configured, result) => {
    const gateway = await FakeGateway.listen({ version: '2026.9.6', tls: true });
    cleanups.push(() => gateway.close());
    const { ticker, sink } = watch(gateway.url, 3_000, configured);
    await ticker.beat();
    // Also of one that is not accepted: why it is not may be that it has expired.
    const certificateNotAfterMs = Date.parse(new X509Certificate(tlsFixture().cert).validTo);
    expect(sink.of('gateway-http')).toMatchObject([{ result, certificateNotAfterMs }]);
  });

  it('asks what the gateway says of itself every 15 s, with each look while it starts, and delays no look by that', async () => {
    const asked: string[] = [];
    let status = 'starting';
    const port = await listenHttp((request, response) => {
      asked.push(request.url ?? '');
      if (request.url === '/startupz') response.end(JSON.stringify({ ok: false, status }));
      // It hangs.
      else if (request.url !== '/readyz') response.end('{}');
    });
    const { ticker, time, sink } = watch(`ws://127.0.0.1:${port}`, 500);
    let told = 0;
    for (const [index, isAsked] of [true, true, false, false, false, false, true, false].entries()) {
      await ticker.beat();
      expect(sink.of('gateway-http')).toHaveLength(index + 1);
      if (isAsked) told += 1;
      await expect.poll(() => sink.of('gateway-status').length, { timeout: 5_000 }).toBe(told);
      if (index === 0) {
        expect(sink.of('gateway-status')).toEqual([
          { gateway: GATEWAY, validMs: 45_500, startup: 'starting' },
        ]);
        status = 'started';
      }
      await time.advance(3_000);
    }
    expect(asked.filter((url) => url === '/startupz')).toHaveLength(told);
  });

  it('does not read an endless body to its end', async () => {
    const port = await listenHttp((_request, response) => {
      const pour = (): void => {
        while (response.writable && response.write(Buffer.alloc(8_192))) continue;
      };
      response.on('drain', pour);
      pour();
    });
    const { ticker, sink } = watch(`ws://127.0.0.1:${port}`);
    await ticker.beat();
    expect(sink.of('gateway-http')).toMatchObject([{ result: { ok: true } }]);
  });

  it('asks every 3 s while the gateway answers and every second while it does not', async () => {
    let up = true;
    let asked = 0;
    const port = await listenHttp((request, response) => {
      if (request.url === '/health') asked += 1;
      response.writeHead(up ? 200 : 503).end();
    });
    const { ticker, time } = watch(`ws://127.0.0.1:${port}`);
    const beats = async (count: number): Promise<number> => {
      const before = asked;
      for (let beat = 0; beat < count; beat += 1) {
        await ticker.beat();
        await time.advance(1_000);
      }
      return asked - before;
    };
    expect(ticker.intervalsMs).toEqual([1_000]);
    expect(await beats(9)).toBe(3);
    up = false;
    expect(await beats(9)).toBe(9);
  });

  it('tells of the first answer and of every change, once', async () => {
    let status = 200;
    const port = await listenHttp((_request, response) => response.writeHead(status).end());
    const { ticker, time, transitions } = watch(`ws://127.0.0.1:${port}`);
    for (status of [200, 200, 503, 503, 200]) {
      await ticker.beat();
      await time.advance(3_000);
    }
    expect(transitions).toEqual([true, false, true]);
  });

  it("watches a node host's own path beside the gateway's, until told not to", async () => {
    const port = await listenHttp((_request, response) => response.end());
    const proxy = await listenHttp((_request, response) => response.writeHead(502).end());
    const { source, ticker, sink } = watch(`ws://127.0.0.1:${port}`);
    source.setEndpoint('node-a', { host: '127.0.0.1', port: proxy });
    source.setEndpoint('node-a', { host: '127.0.0.1', port: proxy });
    expect(ticker.intervalsMs).toEqual([1_000, 5_000]);
    await ticker.beat(5_000);
    expect(sink.of('gateway-http')).toMatchObject([
      { gateway: GATEWAY, target: 'node-a', result: { ok: false, reason: 'http_5xx', answered: true } },
    ]);
    source.setEndpoint('node-a', null);
    expect(ticker.intervalsMs).toEqual([1_000]);
  });

  it("does not watch the gateway's own address twice", async () => {
    const { source, ticker } = watch('ws://127.0.0.1:1');
    source.setEndpoint('node-a', { host: '127.0.0.1', port: 1 });
    expect(ticker.intervalsMs).toEqual([1_000]);
    await source.stop();
  });

  it('does not stumble over an address that makes no URL, and ends the watch of the one before', () => {
    const { source, ticker } = watch('ws://127.0.0.1:1');
    source.setEndpoint('node-a', { host: '127.0.0.1', port: 2 });
    source.setEndpoint('node-a', { host: 'gw.lan:18789', port: 18_789 });
    expect(ticker.intervalsMs).toEqual([1_000]);
  });

  it('a path that does not answer does not delay the other', async () => {
    const port = await listenHttp((_request, response) => response.end());
    const deaf = await listen(createTcpServer());
    const { source, ticker, sink } = watch(`ws://127.0.0.1:${port}`);
    source.setEndpoint('node-a', { host: '127.0.0.1', port: deaf });
    const slow = ticker.beat(5_000);
    await ticker.beat(1_000);
    expect(sink.of('gateway-http')).toMatchObject([{ gateway: GATEWAY, result: { ok: true } }]);
    await source.stop();
    await slow;
    expect(sink.observations).toHaveLength(1);
  });

  it('stops in the middle of a look, says nothing more, and can be started again', async () => {
    const port = await listen(createTcpServer());
    const { source, ticker, sink } = watch(`ws://127.0.0.1:${port}`);
    source.setEndpoint('node-a', { host: '127.0.0.1', port: port === 1 ? 2 : 1 });
    const look = ticker.beat(1_000);
    await source.stop();
    await look;
    expect(ticker.intervalsMs).toEqual([]);
    expect(sink.observations).toEqual([]);
    source.start();
    source.start();
    expect(ticker.intervalsMs).toEqual([1_000, 5_000]);
  });
});
