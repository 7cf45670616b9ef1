import { once } from 'node:events';
import { connect, Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ConnectionGate } from '../../../src/http/server/connection-gate.ts';
import { LIMITS, type Limits } from '../../../src/http/server/limits.ts';
import { Refusals } from '../../../src/http/server/refusals.ts';
import { aServer, ask, type TestServer } from '../helpers.ts';
import { aTlsPolicy, aWebPolicy } from '../security/web-fixtures.ts';

function aServerWithin(limits: Partial<Limits>): Promise<TestServer> {
  return aServer({}, { limits: { checkIntervalMs: 10, ...limits } });
}

/** A connection, and all that came back on it. */
async function aConnection({
  port,
}: TestServer): Promise<{ readonly socket: Socket; readonly ended: () => Promise<string> }> {
  const socket = connect(port, '127.0.0.1');
  onTestFinished(() => {
    socket.destroy();
  });
  let received = '';
  socket.on('data', (chunk: Buffer) => (received += chunk.toString()));
  socket.on('error', () => undefined);
  const closed = once(socket, 'close');
  await once(socket, 'connect');
  return { socket, ended: () => closed.then(() => received) };
}

describe('a slow client', () => {
  it('that never ends its headers is cut off', async () => {
    const server = await aServerWithin({ headersTimeoutMs: 50, requestTimeoutMs: 60 });
    const { socket, ended } = await aConnection(server);
    socket.write('GET /metrics HTTP/1.1\r\nHost: x\r\nX-A: ');
    expect(await ended()).toMatch(/^HTTP\/1\.1 408 /);
    expect(server.refusals().get('slow_client')).toBe(1);
  });

  it('that never begins is cut off', async () => {
    const server = await aServerWithin({ headersTimeoutMs: 50, requestTimeoutMs: 60 });
    const { ended } = await aConnection(server);
    expect(await ended()).toMatch(/^HTTP\/1\.1 408 |^$/);
  });

  it('that sends a byte now and then is cut off all the same', async () => {
    const { socket, ended } = await aConnection(
      await aServerWithin({ headersTimeoutMs: 80, requestTimeoutMs: 90 }),
    );
    socket.write('GET /metrics HTTP/1.1\r\n');
    const dripping = setInterval(() => socket.write('X'), 5);
    onTestFinished(() => {
      clearInterval(dripping);
    });
    expect(await ended()).toMatch(/^HTTP\/1\.1 408 |^$/);
  });

  it('that takes forever to read its answer is cut off', async () => {
    const body = Buffer.alloc(32 * 1024 * 1024, '#');
    const server = await aServer(
      { renderMetrics: () => Promise.resolve(body) },
      { limits: { responseTimeoutMs: 100 } },
    );
    const { socket } = await aConnection(server);
    socket.pause();
    socket.write('GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n');
    const refused = async (): Promise<boolean> => {
      while (server.refusals().get('slow_client') === 0)
        await new Promise((resolve) => setImmediate(resolve));
      return true;
    };
    expect(await refused()).toBe(true);
    socket.resume();
    await once(socket, 'close');
    expect(socket.bytesRead).toBeLessThan(body.length);
  });
});

describe('a client that resets its connection', () => {
  it.each([
    ['plain', undefined, ''],
    ['in the middle of a request', undefined, 'GET /metrics HTTP/1.1\r\n'],
    ['in the middle of a handshake', aTlsPolicy(), '\u0016\u0003\u0001'],
  ])('%s harms nobody', async (_when, tls, sent) => {
    const server = await aServer({}, { policy: aWebPolicy(tls === undefined ? {} : { tls }) });
    const { socket, ended } = await aConnection(server);
    socket.write(sent);
    await new Promise((resolve) => setImmediate(resolve));
    socket.resetAndDestroy();
    await ended();
    // Vitest fails a test whose process had an error that nobody handled.
    const next = await aConnection(server);
    next.socket.destroy();
    await next.ended();
  });
});

describe('a request', () => {
  it.each([
    ['GET', 'Content-Length: 2000'],
    ['POST', 'Content-Length: 2000'],
    ['GET', 'Transfer-Encoding: chunked'],
    ['POST', 'Expect: 100-continue\r\nContent-Length: 1000000000'],
  ])('%s with a body (%s) is refused before the body is read', async (method, header) => {
    const server = await aServer();
    const { socket, ended } = await aConnection(server);
    socket.write(`${method} /metrics HTTP/1.1\r\nHost: x\r\n${header}\r\n\r\n`);
    const answer = await ended();
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).not.toContain('100 Continue');
    expect(server.refusals().get('body')).toBe(1);
  });

  it('that never sends the body it promised does not hold its connection', async () => {
    const { socket, ended } = await aConnection(
      await aServerWithin({ headersTimeoutMs: 40, requestTimeoutMs: 50 }),
    );
    socket.write('POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n');
    expect(await ended()).toMatch(/^HTTP\/1\.1 405 /);
  });
});

describe('connections', () => {
  it('beyond the limit are closed while all others wait for their answers, and those go on', async () => {
    let finish: (page: Buffer) => void = () => undefined;
    const finished = new Promise<Buffer>((resolve) => (finish = resolve));
    let asked: () => void = () => undefined;
    const server = await aServer(
      {
        // Asked once a scrape, as it comes.
        isReady: () => {
          asked();
          return { ok: true };
        },
        renderMetrics: () => finished,
      },
      { limits: { maxConnections: 2 } },
    );
    const waiting = [];
    for (let count = 0; count < 2; count += 1) {
      const came = new Promise<void>((resolve) => (asked = resolve));
      const connection = await aConnection(server);
      connection.socket.write('GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
      waiting.push(connection);
      await came;
    }
    const third = await aConnection(server);
    expect(await third.ended()).toBe('');
    expect(server.refusals().get('connection_limit')).toBe(1);
    finish(Buffer.from('done\n'));
    for (const { ended } of waiting) expect(await ended()).toMatch(/^HTTP\/1\.1 200 /);
    // The places are free again.
    expect((await ask(server, '/livez')).status).toBe(200);
  });

  it.each([
    ['only held open', '', undefined],
    ['begun with half a request', 'GET / HTTP/1.1\r\nHost: x\r\n', undefined],
    ['kept after an answer', 'GET /livez HTTP/1.1\r\nHost: x\r\n\r\n', undefined],
    ['open for a handshake that stops', '\u0016\u0003\u0001', aTlsPolicy()],
  ])('%s, by however many programs of this machine, shut nobody out', async (_what, sent, tls) => {
    const server = await aServer({}, { policy: aWebPolicy(tls === undefined ? {} : { tls }) });
    const held = Array.from({ length: LIMITS.maxConnections + 50 }, () => connect(server.port, server.host));
    onTestFinished(() => {
      for (const socket of held) socket.destroy();
    });
    for (const socket of held) {
      socket.on('error', () => undefined).on('data', () => undefined);
      socket.write(sent);
    }
    await Promise.all(held.map((socket) => once(socket, 'connect')));
    // Node takes one connection a turn, and reads what came on it in another.
    for (let turn = 0; turn < 2 * held.length; turn += 1)
      await new Promise((resolve) => setImmediate(resolve));
    for (let probe = 0; probe < 20; probe += 1) {
      const { socket, ended } = await aConnection(server);
      // Whatever it is answered, it is: that it speaks no TLS, too.
      socket.write('GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
      expect(await ended()).toMatch(tls === undefined ? /^HTTP\/1\.1 200 / : /^HTTP\/1\.1 400 /);
    }
    expect(server.refusals().get('connection_limit')).toBeGreaterThanOrEqual(50);
  });
});

describe('the gate', () => {
  const limits = { maxConnections: 100, maxConnectionsPerAddress: 2 };
  const from = (remoteAddress: string | undefined) => {
    const socket = new Socket();
    Object.defineProperty(socket, 'remoteAddress', { value: remoteAddress });
    return socket;
  };

  it.each(['192.0.2.7', '2001:db8::7', '::ffff:192.0.2.7'])(
    'lets in no more than its share of %s',
    (address) => {
      const gate = new ConnectionGate(limits, new Refusals());
      expect([1, 2, 3].map(() => gate.admit(from(address)))).toEqual([true, true, false]);
      expect(gate.admit(from('192.0.2.8'))).toBe(true);
    },
  );

  it.each(['127.0.0.1', '127.0.0.9', '::1', '::ffff:127.0.0.1', undefined])(
    'has no share for %s: every program of this machine comes from there',
    (address) => {
      const gate = new ConnectionGate(limits, new Refusals());
      expect([1, 2, 3].map(() => gate.admit(from(address)))).toEqual([true, true, true]);
    },
  );
});

describe('scrapes', () => {
  it('beyond web.max_requests are answered with 503 at once; probes are not counted', async () => {
    let finish: () => void = () => undefined;
    const finished = new Promise<void>((resolve) => (finish = resolve));
    let asked = 0;
    let bothAsked: () => void = () => undefined;
    const came = new Promise<void>((resolve) => (bothAsked = resolve));
    const server = await aServer(
      {
        // Asked once a scrape, as it comes.
        isReady: () => {
          asked += 1;
          if (asked === 2) bothAsked();
          return { ok: true };
        },
        renderMetrics: () => finished.then(() => Buffer.from('done\n')),
      },
      { maxRequests: 2 },
    );
    const scrapes = [ask(server, '/metrics'), ask(server, '/metrics')];
    await came;
    expect(await ask(server, '/metrics')).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
    expect((await ask(server, '/api/v1/nodes')).status).toBe(503);
    expect((await ask(server, '/livez')).status).toBe(200);
    expect(server.refusals().get('scrape_limit')).toBe(2);
    finish();
    expect((await Promise.all(scrapes)).map(({ status }) => status)).toEqual([200, 200]);
    expect((await ask(server, '/metrics')).status).toBe(200);
  });
});

describe('a rate limit', () => {
  const policy = aWebPolicy({ rateLimit: { intervalMs: 60_000, burst: 2 } });

  it('holds for all pages together', async () => {
    const server = await aServer({}, { policy });
    const paths = ['/metrics', '/api/v1/nodes', '/livez'];
    const statuses: number[] = [];
    for (const path of paths) statuses.push((await ask(server, path)).status);
    expect(statuses).toEqual([200, 200, 429]);
    expect(server.refusals().get('rate_limit')).toBe(1);
  });

  it('leaves out probes that are open: who takes 429 for a failure would restart what is well', async () => {
    const server = await aServer({}, { policy, openProbes: true });
    for (let probe = 0; probe < 5; probe += 1) expect((await ask(server, '/livez')).status).toBe(200);
    expect((await ask(server, '/metrics')).status).toBe(200);
  });
});
