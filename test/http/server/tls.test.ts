import { Agent, request as httpsRequest, type RequestOptions } from 'node:https';
import { connect } from 'node:net';
import { connect as tlsConnect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { TlsPolicy } from '../../../src/http/security/web-policy.ts';
import { aServer, type TestServer } from '../helpers.ts';
import { aTlsPolicy, aWebPolicy, pem } from '../security/web-fixtures.ts';

function serve(tls: Partial<TlsPolicy> = {}): Promise<TestServer> {
  return aServer({}, { policy: aWebPolicy({ tls: aTlsPolicy(tls) }) });
}

/** Gets `/livez` as a client that knows the CA; resolves with the status, or the word of what went wrong. */
function get(
  { port }: TestServer,
  options: RequestOptions & Pick<ConnectionOptions, 'session'> = {},
): Promise<number | string> {
  return new Promise((resolve) => {
    const request = httpsRequest(
      { host: 'localhost', port, path: '/livez', ca: pem('ca.pem'), agent: false, ...options },
      (response) => {
        response.resume();
        response.on('end', () => {
          resolve(response.statusCode ?? 0);
        });
      },
    );
    request.on('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code ?? error.message);
    });
    request.end();
  });
}

async function handshake({ port }: TestServer, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = tlsConnect({
    host: '127.0.0.1',
    port,
    servername: 'localhost',
    ca: pem('ca.pem'),
    ...options,
  });
  onTestFinished(() => {
    socket.destroy();
  });
  await once(socket, 'secureConnect');
  // The server may cut it off later.
  socket.on('error', () => undefined);
  return socket;
}

function client(name: string): RequestOptions {
  return { cert: pem(`${name}.pem`), key: pem(`${name}.key`) };
}

describe('TLS', () => {
  it('serves the pages to a client that verifies', async () => {
    expect(await get(await serve())).toBe(200);
  });

  it('tells whoever speaks plain HTTP to it, in a sentence', async () => {
    const server = await serve();
    const answer = await fetch(`http://127.0.0.1:${server.port}/livez`);
    expect(answer.status).toBe(400);
    expect(await answer.text()).toBe('This port speaks TLS: ask for it with https://\n');
    expect(server.refusals().get('tls_handshake')).toBe(1);
  });

  it.each([
    'ECDHE-ECDSA-AES256-SHA384',
    'ECDHE-ECDSA-AES128-SHA',
    'ECDHE-ECDSA-AES256-CCM',
    'ECDHE-ECDSA-ARIA256-GCM-SHA384',
  ])('1.2 offers no %s unless a web config names it', async (ciphers) => {
    const old = { maxVersion: 'TLSv1.2', ciphers: `${ciphers}:@SECLEVEL=0` } as const;
    await expect(handshake(await serve(), old)).rejects.toThrow(/handshake failure|ECONNRESET/);
    const chosen = await serve({ ciphers, maxVersion: 'TLSv1.2' });
    expect((await handshake(chosen, old)).getCipher().name).toBe(ciphers);
  });

  it('speaks nothing older than 1.2', async () => {
    const server = await serve();
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
    await expect(handshake(server, old)).rejects.toThrow(/protocol version|EPROTO|ECONNRESET|no protocols/);
    expect((await handshake(server)).getProtocol()).toBe('TLSv1.3');
    expect((await handshake(server, { maxVersion: 'TLSv1.2' })).getProtocol()).toBe('TLSv1.2');
  });

  it('keeps to min_version, max_version, cipher_suites and curve_preferences', async () => {
    const newest = await serve({ minVersion: 'TLSv1.3' });
    await expect(handshake(newest, { maxVersion: 'TLSv1.2' })).rejects.toThrow(/protocol version/);
    const chosen = await serve({
      maxVersion: 'TLSv1.2',
      ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384',
      curves: 'P-384',
    });
    const socket = await handshake(chosen);
    expect(socket.getProtocol()).toBe('TLSv1.2');
    expect(socket.getCipher().standardName).toBe('TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384');
    expect(socket.getEphemeralKeyInfo()).toMatchObject({
      name: expect.stringMatching(/P-384|secp384r1/) as string,
    });
  });

  it('offers HTTP/1.1 to a client that would rather have HTTP/2', async () => {
    expect((await handshake(await serve(), { ALPNProtocols: ['h2', 'http/1.1'] })).alpnProtocol).toBe(
      'http/1.1',
    );
  });

  it('gives up on a client that does not get through the handshake', async () => {
    const server = await aServer(
      {},
      { policy: aWebPolicy({ tls: aTlsPolicy() }), limits: { handshakeTimeoutMs: 50 } },
    );
    const socket = connect(server.port, '127.0.0.1');
    socket.on('error', () => undefined);
    await once(socket, 'close');
    expect(server.refusals().get('tls_handshake')).toBe(1);
  });
});

describe('a client certificate', () => {
  const demanding = { clientAuth: 'RequireAndVerifyClientCert', clientCa: pem('ca.pem') } as const;

  it('of the CA is let in, and nobody without', async () => {
    const server = await serve(demanding);
    expect(await get(server, client('prometheus'))).toBe(200);
    expect(await get(server)).toBe(403);
    expect(await get(server, client('self-signed'))).toBe(403);
    expect(server.refusals().get('client_certificate')).toBe(2);
  });

  it.each(['prometheus.example', '2001:db8::1', 'ops@example.org', 'spiffe://example.org/prometheus'])(
    'with the name %s that is allowed is let in, and no other of the same CA',
    async (name) => {
      const server = await serve({ ...demanding, clientAllowedSans: [name] });
      expect(await get(server, client('prometheus'))).toBe(200);
      expect(await get(server, client('stranger'))).toBe(403);
      expect(server.refusals().get('client_certificate')).toBe(1);
    },
  );

  it('is judged over TLS 1.2 just the same', async () => {
    const server = await serve({
      ...demanding,
      clientAllowedSans: ['prometheus.example'],
      maxVersion: 'TLSv1.2',
    });
    expect(await get(server, client('prometheus'))).toBe(200);
    expect(await get(server, client('stranger'))).toBe(403);
    expect(await get(server)).toBe(403);
  });

  it('need not be given under VerifyClientCertIfGiven, but must be good if it is', async () => {
    const server = await serve({ clientAuth: 'VerifyClientCertIfGiven', clientCa: pem('ca.pem') });
    expect(await get(server)).toBe(200);
    expect(await get(server, client('prometheus'))).toBe(200);
    expect(await get(server, client('self-signed'))).toBe(403);
  });

  it('of anybody will do under RequireAnyClientCert, but there must be one', async () => {
    const server = await serve({ clientAuth: 'RequireAnyClientCert' });
    expect(await get(server, client('self-signed'))).toBe(200);
    expect(await get(server)).toBe(403);
  });
});

describe('another policy', () => {
  it('serves its certificate on every new connection, without a new port', async () => {
    const server = await serve();
    const serial = async (): Promise<string | undefined> =>
      (await handshake(server)).getPeerX509Certificate()?.serialNumber;
    const before = await serial();
    server.apply(
      aWebPolicy({ tls: aTlsPolicy({ cert: pem('server-next.pem'), key: pem('server-next.key') }) }),
    );
    expect(await serial()).not.toBe(before);
    expect(await get(server)).toBe(200);
  });

  const own = { clientAuth: 'RequireAndVerifyClientCert', clientCa: pem('ca.pem') } as const;
  const other = { ...own, clientCa: pem('self-signed.pem') };

  it('with another CA holds for a client that kept its connection', async () => {
    const server = await serve(own);
    const agent = new Agent({ keepAlive: true, ca: pem('ca.pem') });
    onTestFinished(() => {
      agent.destroy();
    });
    expect(await get(server, { agent, ...client('prometheus') })).toBe(200);
    server.apply(aWebPolicy({ tls: aTlsPolicy(other) }));
    expect(await get(server, { agent, ...client('prometheus') })).not.toBe(200);
    expect(await get(server, client('prometheus'))).toBe(403);
    expect(await get(server, client('self-signed'))).toBe(200);
  });

  it('with other names holds for the next request of a client that kept its connection', async () => {
    const server = await serve(own);
    const agent = new Agent({ keepAlive: true, ca: pem('ca.pem') });
    onTestFinished(() => {
      agent.destroy();
    });
    expect(await get(server, { agent, ...client('prometheus') })).toBe(200);
    server.apply(aWebPolicy({ tls: aTlsPolicy({ ...own, clientAllowedSans: ['somebody.else'] }) }));
    expect(await get(server, { agent, ...client('prometheus') })).toBe(403);
  });

  it('does not resume a session of the one before', async () => {
    const server = await serve({ ...own, maxVersion: 'TLSv1.2' });
    const first = await handshake(server, { cert: pem('prometheus.pem'), key: pem('prometheus.key') });
    const session = first.getSession();
    server.apply(aWebPolicy({ tls: aTlsPolicy({ ...other, maxVersion: 'TLSv1.2' }) }));
    expect(await get(server, { ...client('prometheus'), ...(session !== undefined && { session }) })).toBe(
      403,
    );
  });

  it('neither begins nor ends TLS, nor asks for a certificate, before a restart, and says so', async () => {
    const plain = await aServer();
    expect(plain.apply(aWebPolicy({ tls: aTlsPolicy() }))).toEqual([
      'tls_server_config: TLS begins with a restart; until then it is plain HTTP',
    ]);
    expect((await fetch(`http://127.0.0.1:${plain.port}/livez`)).status).toBe(200);
    const secure = await serve();
    expect(secure.apply(aWebPolicy())).toEqual([
      'tls_server_config: TLS ends with a restart; until then it goes on',
    ]);
    expect(await get(secure)).toBe(200);
    expect(secure.apply(aWebPolicy({ tls: aTlsPolicy(own) }))).toEqual([
      'tls_server_config.client_auth_type: RequireAndVerifyClientCert begins with a restart; until then it is NoClientCert',
    ]);
    expect(await get(secure)).toBe(200);
    expect(secure.apply(aWebPolicy({ tls: aTlsPolicy() }))).toEqual([]);
  });
});
