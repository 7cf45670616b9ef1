import { connect, createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { serveHttp } from '../../../src/http/server/server.ts';
import { ask, aServer, someDependencies } from '../helpers.ts';

/** Sends raw bytes and returns all that comes back until the connection ends. */
async function sendRaw(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let received = '';
  socket.on('data', (chunk: Buffer) => (received += chunk.toString()));
  socket.on('error', () => undefined);
  socket.write(text);
  await once(socket, 'close');
  return received;
}

describe('listening', () => {
  it('tells the address that it really got', async () => {
    const server = await aServer();
    expect(server.port).toBeGreaterThan(0);
    expect(server.addresses).toEqual([{ kind: 'tcp', host: '127.0.0.1', port: server.port }]);
  });

  it('on a port in use is an expected failure with all that a person must know', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const result = await serveHttp(someDependencies(), {
      places: [{ kind: 'tcp', host: '127.0.0.1', port }],
    });
    other.close();
    expect(result).toEqual({
      ok: false,
      failure: { kind: 'in-use', place: { kind: 'tcp', host: '127.0.0.1', port }, code: 'EADDRINUSE' },
    });
  });

  it('on an address that this machine does not have is an expected failure', async () => {
    // TEST-NET-1 is nobody's address.
    const result = await serveHttp(someDependencies(), {
      places: [{ kind: 'tcp', host: '192.0.2.1', port: 0 }],
    });
    expect(result).toMatchObject({ ok: false, failure: { kind: 'no-such-address', code: 'EADDRNOTAVAIL' } });
  });

  it('on something that is no address is an expected failure', async () => {
    const result = await serveHttp(someDependencies(), {
      places: [{ kind: 'tcp', host: 'no such host.invalid', port: 0 }],
    });
    expect(result).toMatchObject({
      ok: false,
      failure: { kind: 'bad-address', place: { host: 'no such host.invalid' } },
    });
  });

  it('on a port that cannot be is an expected failure', async () => {
    const result = await serveHttp(someDependencies(), {
      places: [{ kind: 'tcp', host: '127.0.0.1', port: 70_000 }],
    });
    expect(result).toMatchObject({
      ok: false,
      failure: { kind: 'bad-address', code: 'ERR_SOCKET_BAD_PORT' },
    });
  });
});

describe('closing', () => {
  it('lets an answer under way finish, and takes no new connection', async () => {
    let finish: (body: Buffer) => void = () => undefined;
    let hasStarted: () => void = () => undefined;
    const started = new Promise<void>((resolve) => (hasStarted = resolve));
    const server = await aServer({
      renderMetrics: () => {
        hasStarted();
        return new Promise((resolve) => (finish = resolve));
      },
    });
    const scrape = ask(server, '/metrics', { headers: { connection: 'keep-alive' } });
    await started;
    const closed = server.close(60_000);
    await expect(ask(server, '/livez')).rejects.toThrow('ECONNREFUSED');
    finish(Buffer.from('done\n'));
    expect(await scrape).toMatchObject({ status: 200, body: 'done\n' });
    await closed;
  });

  it('does not keep a connection whose answer was under way for a further request', async () => {
    let finish: (body: Buffer) => void = () => undefined;
    let hasStarted: () => void = () => undefined;
    const started = new Promise<void>((resolve) => (hasStarted = resolve));
    const server = await aServer({
      renderMetrics: () => {
        hasStarted();
        return new Promise((resolve) => (finish = resolve));
      },
    });
    const socket = connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true });
    socket.on('data', () => undefined);
    socket.write('GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n');
    await started;
    const closed = server.close(60_000);
    finish(Buffer.from('done\n'));
    await closed;
    socket.destroy();
  });

  it('does not wait for a connection that is only kept alive', async () => {
    const server = await aServer();
    const socket = connect(server.port, '127.0.0.1');
    socket.write('GET /livez HTTP/1.1\r\nHost: x\r\n\r\n');
    await once(socket, 'data');
    await server.close(60_000);
    socket.destroy();
  });

  it('cuts off what takes longer than the grace', async () => {
    let hasStarted: () => void = () => undefined;
    const started = new Promise<void>((resolve) => (hasStarted = resolve));
    const server = await aServer({
      renderMetrics: () => {
        hasStarted();
        return new Promise(() => undefined);
      },
    });
    const scrape = ask(server, '/metrics');
    const outcome = expect(scrape).rejects.toThrow(/hang up|ECONNRESET/);
    await started;
    await server.close(1);
    await outcome;
  });

  it('may be asked for twice', async () => {
    const server = await aServer();
    await Promise.all([server.close(), server.close()]);
    await server.close();
  });
});

describe('a hostile client', () => {
  it('cannot send headers without end', async () => {
    const { port } = await aServer();
    const answer = await sendRaw(
      port,
      `GET /livez HTTP/1.1\r\nHost: x\r\nX-Big: ${'x'.repeat(10_000)}\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
  });

  it('gets a clean refusal for what is not HTTP', async () => {
    const { port } = await aServer();
    expect(await sendRaw(port, '\u0016\u0003\u0001 hello\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('that goes away in the middle of a scrape stops the rendering', async () => {
    let abortedWith: unknown;
    let onAbort: () => void = () => undefined;
    const aborted = new Promise<void>((resolve) => (onAbort = resolve));
    let hasStarted: () => void = () => undefined;
    const started = new Promise<void>((resolve) => (hasStarted = resolve));
    const server = await aServer({
      renderMetrics: (_format, signal) => {
        signal?.addEventListener('abort', () => {
          abortedWith = signal.reason;
          onAbort();
        });
        hasStarted();
        return new Promise(() => undefined);
      },
    });
    const socket = connect(server.port, '127.0.0.1');
    socket.write('GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n');
    await started;
    socket.destroy();
    await aborted;
    expect(String(abortedWith)).toContain('went away');
  });
});
