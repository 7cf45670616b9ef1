import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { bind } from '../../../src/http/server/bind.ts';
import { serveHttp, type HttpOptions, type HttpServer } from '../../../src/http/server/server.ts';
import { someDependencies } from '../helpers.ts';
import { aTlsPolicy, aWebPolicy, basic, FakeHashChecker } from '../security/web-fixtures.ts';

let directory: string;
let path: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'unix-socket-'));
  path = join(directory, 'liveness.sock');
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

async function serve(options: Partial<HttpOptions> = {}, mode = 0o660): Promise<HttpServer> {
  const result = await serveHttp(someDependencies(), { places: [{ kind: 'unix', path, mode }], ...options });
  if (!result.ok) throw new Error(result.failure.kind);
  onTestFinished(() => result.server.close(0));
  return result.server;
}

function get(page: string, headers: Readonly<Record<string, string>> = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ socketPath: path, path: page, headers, agent: false }, (response) => {
      response.resume();
      response.on('end', () => {
        resolve(response.statusCode ?? 0);
      });
    });
    request.on('error', reject);
    request.end();
  });
}

/** A socket file whose process was killed. */
async function leaveStaleSocket(): Promise<void> {
  const { execFileSync } = await import('node:child_process');
  const script = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
  try {
    execFileSync(process.execPath, ['-e', script]);
  } catch {
    // Killed, as it should be.
  }
  expect(existsSync(path)).toBe(true);
}

describe('a Unix socket', () => {
  it.each([
    [0o600, true],
    [0o660, true],
    [0o666, false],
  ])('serves the pages, and has the mode %o that was asked for', async (mode, isPrivate) => {
    const server = await serve({}, mode);
    expect(server.addresses).toEqual([{ kind: 'unix', path, isPrivate }]);
    expect(await get('/livez')).toBe(200);
    expect(await get('/metrics')).toBe(200);
    expect(statSync(path).mode & 0o777).toBe(mode);
  });

  it('lets nobody in before it has its mode, and leaves the mode of other files alone', async () => {
    const umask = process.umask(0);
    onTestFinished(() => {
      process.umask(umask);
    });
    const server = createServer();
    let modeAtFirst = 0;
    server.once('listening', () => (modeAtFirst = statSync(path).mode & 0o777));
    await bind(server, { kind: 'unix', path, mode: 0o660 });
    server.close();
    expect(modeAtFirst).toBe(0o600);
    expect(process.umask(0)).toBe(0);
  });

  it('is gone when the exporter has stopped', async () => {
    const server = await serve();
    await server.close();
    expect(existsSync(path)).toBe(false);
  });

  it('takes the place of one that a killed process left', async () => {
    await leaveStaleSocket();
    await serve();
    expect(await get('/livez')).toBe(200);
  });

  it('does not take the place of one that somebody listens on', async () => {
    const other = createServer((socket) => socket.on('error', () => undefined).end('other')).listen(path);
    await once(other, 'listening');
    onTestFinished(() => {
      other.close();
    });
    const result = await serveHttp(someDependencies(), { places: [{ kind: 'unix', path, mode: 0o660 }] });
    expect(result).toMatchObject({ ok: false, failure: { kind: 'in-use', code: 'EADDRINUSE' } });
    const client = connect(path);
    const [data] = (await once(client, 'data')) as [Buffer];
    expect(data.toString()).toBe('other');
  });

  it('does not take the place of a file', async () => {
    writeFileSync(path, 'precious');
    const result = await serveHttp(someDependencies(), { places: [{ kind: 'unix', path, mode: 0o660 }] });
    expect(result).toMatchObject({ ok: false, failure: { kind: 'not-a-socket' } });
    expect(statSync(path).isFile()).toBe(true);
  });

  it('in a directory that is not there is an expected failure', async () => {
    path = join(directory, 'nowhere', 'a.sock');
    const result = await serveHttp(someDependencies(), { places: [{ kind: 'unix', path, mode: 0o660 }] });
    expect(result).toMatchObject({ ok: false, failure: { kind: 'no-directory' } });
  });

  it('leaves nothing behind where another address cannot be had', async () => {
    const result = await serveHttp(someDependencies(), {
      places: [
        { kind: 'unix', path, mode: 0o660 },
        { kind: 'tcp', host: '192.0.2.1', port: 0 },
      ],
    });
    expect(result.ok).toBe(false);
    expect(existsSync(path)).toBe(false);
  });

  describe('with TLS and passwords on the network', () => {
    const policy = aWebPolicy({
      tls: aTlsPolicy(),
      users: new Map([['alice', 'hash-of-wonderland']]),
      rateLimit: { intervalMs: 60_000, burst: 1 },
    });

    it('asks for neither where its file keeps other users out', async () => {
      await serve({ policy, checker: new FakeHashChecker() });
      expect([await get('/metrics'), await get('/metrics')]).toEqual([200, 200]);
    });

    it('asks for the password where every user may connect', async () => {
      await serve(
        { policy: { ...policy, rateLimit: { intervalMs: 1, burst: 10 } }, checker: new FakeHashChecker() },
        0o666,
      );
      expect(await get('/metrics')).toBe(401);
      expect(await get('/metrics', basic('alice', 'wonderland'))).toBe(200);
    });
  });
});
