import { X509Certificate, createPublicKey, verify } from 'node:crypto';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { buildDeviceAuthPayloadV3 } from '@openclaw/gateway-client';
import {
  validateConnectParams,
  validateNodeInvokeParams,
  validateNodeListParams,
  validateRequestFrame,
} from '@openclaw/gateway-protocol';
import { Secret } from '../../../src/core/model/secret.ts';
import { loadDeviceIdentity } from '../../../src/sources/gateway-session/device-identity.ts';
import type { DeviceIdentity } from '../../../src/sources/gateway-session/device-identity.ts';
import { interpretConnectFailure } from '../../../src/sources/gateway-session/interpret-connect.ts';
import { ReferenceClient } from '../../../src/sources/gateway-session/reference-client.ts';
import type {
  GatewayEvent,
  SessionClient,
  SessionClose,
  SessionRequest,
} from '../../../src/sources/gateway-session/session-client.ts';
import { networkFailureReason } from '../../../src/sources/network-failure.ts';
import { CAPTURED_VERSIONS, capturedAnswers } from '../../helpers/captured-frames.ts';
import { FakeGateway, tlsFixture } from '../../helpers/fake-gateway.ts';
import type { FakeGatewayOptions } from '../../helpers/fake-gateway.ts';

const directory = mkdtempSync(join(tmpdir(), 'reference-client-'));
let identity: DeviceIdentity;
beforeAll(async () => {
  ({ identity } = await loadDeviceIdentity(directory));
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function gatewayOf(options: FakeGatewayOptions): Promise<FakeGateway> {
  const gateway = await FakeGateway.listen(options);
  cleanups.push(() => gateway.close());
  return gateway;
}

interface Heard {
  readonly client: SessionClient;
  readonly events: GatewayEvent[];
  readonly closes: SessionClose[];
  readonly closed: Promise<SessionClose>;
}

function clientOf(url: string, more: Partial<SessionRequest> = {}): Heard {
  const events: GatewayEvent[] = [];
  const closes: SessionClose[] = [];
  const closed = Promise.withResolvers<SessionClose>();
  const client = new ReferenceClient({
    url,
    credential: { kind: 'token', value: new Secret('tok-3f9c0d7e'), origin: 'here', fingerprint: 'f' },
    identity,
    scopes: ['operator.read'],
    connectDeadlineMs: 5_000,
    onEvent: (event) => events.push(event),
    onClosed: (close) => {
      closes.push(close);
      closed.resolve(close);
    },
    ...more,
  });
  cleanups.push(() => client.close());
  return { client, events, closes, closed: closed.promise };
}

/** A TCP server that accepts and says nothing. */
async function deafServer(): Promise<{ url: string; sockets: Set<Socket> }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket
      .on('error', () => undefined)
      .once('close', () => sockets.delete(socket))
      .resume();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`, sockets };
}

describe.each(CAPTURED_VERSIONS)('a session with a gateway of %s', (version) => {
  it('opens, and the frames that open it are what the protocol asks for', async () => {
    const gateway = await gatewayOf({ version });
    const { client } = clientOf(gateway.url);
    expect(await client.connect()).toMatchObject({ kind: 'opened', hello: { server: { version } } });
    const connect = gateway.requests[0]!;
    expect(validateRequestFrame(connect)).toBe(true);
    expect(validateConnectParams(connect.params)).toBe(true);
    expect(connect.params).toMatchObject({
      minProtocol: 3,
      maxProtocol: 4,
      client: { id: 'gateway-client', mode: 'backend' },
      role: 'operator',
      scopes: ['operator.read'],
      auth: { token: 'tok-3f9c0d7e' },
      device: { id: identity.deviceId, publicKey: identity.publicKey },
    });
  });

  it('opens without a device identity, and shows none', async () => {
    const gateway = await gatewayOf({ version });
    const { client } = clientOf(gateway.url, { identity: undefined });
    expect(await client.connect()).toMatchObject({ kind: 'opened' });
    const { params } = gateway.requests[0]!;
    expect(validateConnectParams(params)).toBe(true);
    expect(params).not.toHaveProperty('device');
    expect(params).toMatchObject({ auth: { token: 'tok-3f9c0d7e' } });
  });

  it('signs the challenge of the gateway with its device key', async () => {
    const gateway = await gatewayOf({ version });
    await clientOf(gateway.url).client.connect();
    const { device } = gateway.requests[0]!.params as {
      device: { signature: string; signedAt: number; nonce: string };
    };
    const challenge = (gateway.sent[0] as { payload: { nonce: string; ts: number } }).payload;
    expect(device).toMatchObject({ nonce: challenge.nonce, signedAt: challenge.ts });
    const signed = buildDeviceAuthPayloadV3({
      deviceId: identity.deviceId,
      clientId: 'gateway-client',
      clientMode: 'backend',
      role: 'operator',
      scopes: ['operator.read'],
      signedAtMs: device.signedAt,
      token: 'tok-3f9c0d7e',
      nonce: device.nonce,
      platform: process.platform,
    });
    const key = createPublicKey({
      format: 'jwk',
      key: { kty: 'OKP', crv: 'Ed25519', x: identity.publicKey },
    });
    expect(verify(null, Buffer.from(signed), key, Buffer.from(device.signature, 'base64url'))).toBe(true);
  });

  it('asks, is answered, is refused and hears events', async () => {
    const gateway = await gatewayOf({ version });
    const { client, events } = clientOf(gateway.url);
    await client.connect();
    const list = await client.request('node.list', {}, 1_000);
    expect(list).toEqual({ kind: 'ok', payload: capturedAnswers(version, 'node.list')[0]!.payload });
    expect(validateNodeListParams(gateway.requests[1]!.params)).toBe(true);
    gateway.emit('node.hostStats', { nodeId: 'a' });
    expect(await client.request('node.pair.list', {}, 1_000)).toMatchObject({
      kind: 'rejected',
      error: { message: 'missing scope: operator.pairing' },
    });
    expect(events).toEqual([{ name: 'node.hostStats', payload: { nodeId: 'a' } }]);
  });

  it('that is refused for its token says so by the code', async () => {
    const error = capturedAnswers(version, 'connect').find(({ ok }) => ok === false)!.error!;
    const gateway = await gatewayOf({
      version,
      react: () => ({ error, thenClose: { code: 1008, reason: error.message } }),
    });
    const { client, closes } = clientOf(gateway.url);
    const outcome = await client.connect();
    expect(outcome).toMatchObject({ kind: 'rejected', error: { details: { code: 'AUTH_TOKEN_MISMATCH' } } });
    await client.close();
    await gateway.until(() => gateway.connections === 0);
    expect(gateway.requests).toHaveLength(1);
    expect(closes).toEqual([]);
  });
});

describe('a session', () => {
  it('asks for what the probe needs when told to', async () => {
    const gateway = await gatewayOf({ version: '2026.9.6' });
    const { client } = clientOf(gateway.url, { scopes: ['operator.read', 'operator.write'] });
    await client.connect();
    expect(gateway.requests[0]!.params).toMatchObject({ scopes: ['operator.read', 'operator.write'] });
    const params = {
      nodeId: 'a',
      command: 'system.which',
      params: { bins: ['sh'] },
      timeoutMs: 3_000,
      idempotencyKey: 'k',
    };
    await client.request('node.invoke', params, 1_000);
    expect(validateNodeInvokeParams(gateway.requests[1]!.params)).toBe(true);
  });

  it('over TLS opens when the certificate is the one that was configured, and only then', async () => {
    const gateway = await gatewayOf({ version: '2026.9.6', tls: true });
    const { fingerprint256 } = new X509Certificate(tlsFixture().cert);
    const dial = (tlsFingerprint?: string): Promise<object> =>
      clientOf(gateway.url, tlsFingerprint === undefined ? {} : { tlsFingerprint }).client.connect();
    expect(await dial(fingerprint256)).toMatchObject({ kind: 'opened' });
    for (const configured of ['ab'.repeat(32), undefined]) {
      const outcome = await dial(configured);
      expect(outcome).toMatchObject({ kind: 'failed' });
      expect(networkFailureReason((outcome as { error: Error }).error)).toBe('tls');
    }
    expect(gateway.requests).toHaveLength(1);
  });

  it('gives a password as a password', async () => {
    const gateway = await gatewayOf({ version: '2026.9.6' });
    const credential = { kind: 'password', value: new Secret('pass'), origin: '', fingerprint: '' } as const;
    await clientOf(gateway.url, { credential }).client.connect();
    expect(gateway.requests[0]!.params).toMatchObject({ auth: { password: 'pass' } });
  });

  it.each([
    [1012, 'service restart'],
    [4001, 'gateway auth changed'],
  ])(
    'that the gateway ends with %i tells it once, and does not reconnect by itself',
    async (code, reason) => {
      const gateway = await gatewayOf({ version: '2026.9.6' });
      const { client, closed, closes } = clientOf(gateway.url);
      await client.connect();
      gateway.hangUp(code, reason);
      expect(await closed).toEqual({ code, reason });
      await client.close();
      await gateway.until(() => gateway.connections === 0);
      expect(closes).toHaveLength(1);
      expect(await client.request('node.list', {}, 1_000)).toEqual({ kind: 'closed' });
      expect(await client.connect()).toEqual({ kind: 'abandoned' });
      expect(gateway.requests).toHaveLength(1);
    },
  );

  it('that the gateway ended leaves no timer: the reference client would reconnect by itself', async () => {
    const gateway = await gatewayOf({ version: '2026.9.6' });
    vi.useFakeTimers({ toFake: ['setTimeout', 'setInterval', 'clearTimeout', 'clearInterval'] });
    cleanups.push(() => Promise.resolve(vi.useRealTimers()));
    const { client, closed } = clientOf(gateway.url);
    await client.connect();
    expect(vi.getTimerCount()).toBeGreaterThan(0);
    gateway.hangUp(1012, 'service restart');
    await closed;
    await gateway.until(() => gateway.connections === 0);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('that we close ourselves is not told, and a request under way ends', async () => {
    const gateway = await gatewayOf({
      version: '2026.9.6',
      react: ({ method }) => (method === 'node.list' ? 'silence' : undefined),
    });
    const { client, closes } = clientOf(gateway.url);
    await client.connect();
    const request = client.request('node.list', {}, 60_000);
    await Promise.all([client.close(), client.close()]);
    expect(await request).toEqual({ kind: 'closed' });
    await gateway.until(() => gateway.connections === 0);
    expect(closes).toEqual([]);
  });

  it('whose gateway goes mute ends a request at its deadline', async () => {
    const gateway = await gatewayOf({
      version: '2026.9.6',
      react: ({ method }) => (method === 'node.list' ? 'silence' : undefined),
    });
    const { client } = clientOf(gateway.url);
    await client.connect();
    expect(await client.request('node.list', {}, 30)).toEqual({ kind: 'timeout' });
  });
});

describe('a dial that fails', () => {
  const dial = async (url: string, more: Partial<SessionRequest> = {}): Promise<object> => {
    const { client } = clientOf(url, more);
    const outcome = await client.connect();
    if (outcome.kind === 'opened') throw new Error('it opened');
    return interpretConnectFailure(outcome);
  };

  it('because nobody listens', async () => {
    const gateway = await FakeGateway.listen({ version: '2026.9.6' });
    const { url } = gateway;
    await gateway.close();
    expect(await dial(url)).toMatchObject({ kind: 'failed', reason: 'refused' });
  });

  it.each([
    [502, { kind: 'failed', reason: 'http_5xx' }],
    [403, { kind: 'failed', reason: 'http_4xx' }],
    [429, { kind: 'refused', auth: 'rate_limited' }],
  ])('because a proxy answers %i', async (upgradeStatus, expected) => {
    const gateway = await gatewayOf({ version: '2026.9.6', upgradeStatus });
    expect(await dial(gateway.url)).toMatchObject(expected);
  });

  it('because the gateway starts: both versions’ words, and both ways to say it', async () => {
    const error = { code: 'UNAVAILABLE', message: 'gateway starting', retryable: true, retryAfterMs: 700 };
    const details = { reason: 'startup-sidecars' };
    const rejecting = await gatewayOf({
      version: '2026.9.6',
      react: () => ({ error: { ...error, details } }),
    });
    expect(await dial(rejecting.url)).toMatchObject({ kind: 'starting', retryAfterMs: 700 });
    const closing = await gatewayOf({
      version: '2026.4.15',
      react: () => ({ close: { code: 1013, reason: 'gateway starting' } }),
    });
    expect(await dial(closing.url)).toMatchObject({ kind: 'starting' });
  });

  it('because the gateway sends no challenge', async () => {
    const gateway = await gatewayOf({ version: '2026.9.6', mute: true });
    expect(await dial(gateway.url, { connectDeadlineMs: 60 })).toMatchObject({
      kind: 'failed',
      reason: 'timeout',
    });
  });

  it('because the gateway never answers the connect', async () => {
    const gateway = await gatewayOf({ version: '2026.9.6', react: () => 'silence' });
    expect(await dial(gateway.url, { connectDeadlineMs: 60 })).toMatchObject({
      kind: 'failed',
      reason: 'timeout',
    });
    await gateway.until(() => gateway.connections === 0);
  });

  it('because the gateway hangs up without a word', async () => {
    const gateway = await gatewayOf({
      version: '2026.9.6',
      react: () => ({ close: { code: 1000, reason: '' } }),
    });
    expect(await dial(gateway.url)).toMatchObject({ kind: 'failed', reason: 'closed' });
  });

  it('because the peer accepts and says nothing, and its socket does not stay', async () => {
    const { url, sockets } = await deafServer();
    const { client } = clientOf(url, { connectDeadlineMs: 60 });
    expect(await client.connect()).toEqual({ kind: 'deadline', deadlineMs: 60 });
    await client.close();
    await Promise.all([...sockets].map((socket) => new Promise((resolve) => socket.once('close', resolve))));
    expect(sockets.size).toBe(0);
  });

  it('because it was given up', async () => {
    const { url } = await deafServer();
    const { client } = clientOf(url);
    const outcome = client.connect();
    await client.close();
    expect(await outcome).toEqual({ kind: 'abandoned' });
  });

  it('because plain ws to a public host would show the token to everybody on the way', async () => {
    const failure = await dial('ws://gw.example.net:18789');
    expect(failure).toMatchObject({ kind: 'unusable' });
    expect(failure).toHaveProperty(
      'message',
      expect.stringMatching(/gw\.example\.net.*plaintext ws:\/\/.*wss:\/\//),
    );
  });

  // Fixed: in a cluster the gateway has a name, and no session was ever opened to the one that the manifests name.
  it('but not where its owner says that the network is his own', async () => {
    const failure = await dial('ws://gateway.invalid:18789', { allowsPlainNames: true });
    expect(failure).not.toMatchObject({ kind: 'unusable' });
    expect(JSON.stringify(failure)).not.toContain('plaintext');
  });

  it('because a fingerprint was given for plain ws, or is none', async () => {
    expect(await dial('ws://127.0.0.1:1', { tlsFingerprint: 'a'.repeat(64) })).toMatchObject({
      kind: 'unusable',
    });
    expect(await dial('wss://127.0.0.1:1', { tlsFingerprint: 'nonsense' })).toMatchObject({
      kind: 'unusable',
    });
  });

  it('a hundred times leaves no socket and no timer behind', async () => {
    const gateway = await gatewayOf({
      version: '2026.9.6',
      react: () => ({ error: { code: 'NOT_PAIRED', message: 'pairing required' } }),
    });
    const resources = (): string[] =>
      process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap' || kind === 'Timeout');
    const before = resources().length;
    for (let round = 0; round < 100; round += 1) {
      const { client } = clientOf(gateway.url);
      expect(await client.connect()).toMatchObject({ kind: 'rejected' });
      await client.close();
    }
    await gateway.until(() => gateway.connections === 0);
    expect(gateway.requests).toHaveLength(100);
    expect(resources().length).toBeLessThanOrEqual(before);
  });
});
