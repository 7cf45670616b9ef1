import { createConnection } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createDeviceIdentity } from '../../src/demo/device-identity.ts';
import type { JsonObject } from '../../src/demo/json.ts';
import { GatewayUnderTest, reportHostStats } from './gateway-under-test.ts';
import type { Introduction } from './wire-client.ts';

function rowsOf(answer: JsonObject): readonly JsonObject[] {
  return (answer.payload as { nodes: readonly JsonObject[] }).nodes;
}

async function health(test: GatewayUnderTest): Promise<unknown> {
  const answer = await fetch(`http://127.0.0.1:${test.gateway.port}/health`);
  return answer.json();
}

describe('the roster of a simulated gateway', () => {
  it('shows a node as connected from hello to close, and then when it went', async () => {
    const test = await GatewayUnderTest.start('2026.9.6');
    const operator = await test.operator();
    const node = await test.node();
    await reportHostStats(node);
    expect(rowsOf(await operator.request('node.list'))[0]).toMatchObject({
      displayName: 'NodeA',
      connected: true,
    });
    test.timers.advance(1_000);
    node.end();
    await operator.frame(
      (frame) => frame.event === 'presence' && JSON.stringify(frame).includes('disconnect'),
    );
    const [row] = rowsOf(await operator.request('node.list'));
    expect(row).toMatchObject({ connected: false, lastDisconnectedAtMs: test.timers.wallMs() });
    expect(row).toHaveProperty('hostStats.updatedAtMs', test.timers.wallMs() - 1_000);
    expect(row).not.toHaveProperty('connectedAtMs');
  });

  it('is read with operator.read only', async () => {
    const test = await GatewayUnderTest.start('2026.9.6');
    const { client } = await test.connect({ role: 'operator', scopes: [] });
    expect(await client.request('node.list')).toMatchObject({ ok: false, error: { code: 'FORBIDDEN' } });
  });

  it('lets a second session of one node take the place of the first, and stay when the first ends', async () => {
    const test = await GatewayUnderTest.start('2026.9.6');
    const operator = await test.operator();
    const identity = createDeviceIdentity();
    const first = await test.connect({ role: 'node', identity });
    await test.connect({ role: 'node', identity });
    expect((await first.client.closed).code).toBe(1006);
    const rows = rowsOf(await operator.request('node.list'));
    expect(rows.map((row) => row.connected)).toEqual([true]);
  });

  it('keeps pairings over a restart, under another boot id and with the uptime from zero', async () => {
    const test = await GatewayUnderTest.start('2026.9.6');
    const before = await test.connect({ role: 'operator', scopes: ['operator.read'] });
    const { client: node } = await test.connect({ role: 'node' });
    test.timers.advance(20_000);
    const restarting = test.gateway.restart({ outageMs: 5_000 });
    expect(await node.closed).toEqual({ code: 1012, reason: 'service restart' });
    await test.inTime(restarting);
    const after = await test.connect({ role: 'operator', scopes: ['operator.read'] });
    expect(after.answer).not.toHaveProperty(
      'payload.server.bootId',
      (before.answer.payload as { server: JsonObject }).server.bootId,
    );
    expect(after.answer).toHaveProperty(
      'payload.snapshot.uptimeMs',
      expect.toSatisfy((ms: number) => ms < 5_000),
    );
    expect(rowsOf(await after.client.request('node.list'))[0]).toMatchObject({
      connected: false,
      paired: true,
    });
  });
});

describe('what a simulated gateway tells operators', () => {
  it('of 2026.9.6: who connects, their host stats, and who goes', async () => {
    const test = await GatewayUnderTest.start('2026.9.6');
    const operator = await test.operator();
    const node = await test.node();
    await reportHostStats(node);
    await operator.event('node.hostStats');
    node.end();
    await operator.frame(
      (frame) => frame.event === 'presence' && JSON.stringify(frame).includes('disconnect'),
    );
    const told = operator.frames.flatMap((frame) => (frame.type === 'event' ? [frame.event] : []));
    expect(told).toEqual([
      'connect.challenge',
      'health',
      'presence',
      'health',
      'node.runnerInventory.changed',
      'node.hostStats',
      'node.runnerInventory.changed',
      'presence',
    ]);
  });

  it('of 2026.4.15: only who goes', async () => {
    const test = await GatewayUnderTest.start('2026.4.15');
    const operator = await test.operator();
    const node = await test.node();
    node.end();
    await operator.event('presence');
    const told = operator.frames.flatMap((frame) => (frame.type === 'event' ? [frame.event] : []));
    expect(told).toEqual(['connect.challenge', 'health', 'health', 'presence']);
  });

  it.each([
    ['2026.9.6', [1, 2]],
    ['2026.4.15', [2, 3]],
  ] as const)(
    'is numbered for each client from 2026.9 on, over all of them before (%s)',
    async (version, second) => {
      const test = await GatewayUnderTest.start(version);
      const a = await test.connect({ role: 'operator' });
      const b = await test.connect({ role: 'operator' });
      test.timers.advance(30_000);
      await a.client.event('tick');
      await b.client.event('tick');
      const numbers = (frames: readonly JsonObject[]): readonly unknown[] =>
        frames.filter((frame) => 'seq' in frame).map((frame) => frame.seq);
      expect(numbers(a.client.frames)).toEqual([1, 2, 3]);
      expect(numbers(b.client.frames)).toEqual(second);
    },
  );

  it('keeps host stats and presence from whoever may not read', async () => {
    const test = await GatewayUnderTest.start('2026.9.6');
    const { client } = await test.connect({ role: 'operator', scopes: [] });
    const reader = await test.operator();
    await reportHostStats(await test.node());
    await reader.event('node.hostStats');
    await client.request('health');
    const told = new Set(client.frames.flatMap((frame) => (frame.type === 'event' ? [frame.event] : [])));
    expect(told).toEqual(new Set(['connect.challenge', 'health']));
  });
});

describe('the handshake with a simulated gateway', () => {
  const refusals: readonly [string, Partial<Introduction>, string | undefined, number][] = [
    ['no token', { role: 'operator', token: undefined }, 'AUTH_TOKEN_MISSING', 1008],
    ['a node without a device', { role: 'node', identity: null }, 'DEVICE_IDENTITY_REQUIRED', 1008],
    ['a signature for another nonce', { role: 'node', nonce: 'old' }, 'DEVICE_AUTH_NONCE_MISMATCH', 1008],
    ['a signature of last week', { role: 'node', signedAtMs: 0 }, 'DEVICE_AUTH_SIGNATURE_EXPIRED', 1008],
    ['a protocol of the future', { role: 'operator', protocols: [5, 6] }, 'PROTOCOL_MISMATCH', 1002],
    ['an operator of the past', { role: 'operator', protocols: [3, 3] }, 'PROTOCOL_MISMATCH', 1002],
  ];

  it.each(refusals)('refuses %s', async (_what, who, code, closeCode) => {
    const test = await GatewayUnderTest.start('2026.9.6');
    const { answer, client } = await test.connect({ role: 'operator', ...who });
    expect(answer).toMatchObject({ ok: false, error: { details: { code } } });
    expect((await client.closed).code).toBe(closeCode);
  });

  it('refuses a device that signed with another key', async () => {
    const test = await GatewayUnderTest.start('2026.9.6');
    const mixed = { ...createDeviceIdentity(), privateKeyPem: createDeviceIdentity().privateKeyPem };
    const { answer } = await test.connect({ role: 'node', identity: mixed });
    expect(answer).toHaveProperty('error.details.code', 'DEVICE_AUTH_SIGNATURE_INVALID');
  });

  it('refuses a device that calls itself another', async () => {
    const test = await GatewayUnderTest.start('2026.9.6');
    const borrowed = { ...createDeviceIdentity(), deviceId: createDeviceIdentity().deviceId };
    const { answer } = await test.connect({ role: 'node', identity: borrowed });
    expect(answer).toHaveProperty('error.details.code', 'DEVICE_AUTH_DEVICE_ID_MISMATCH');
  });

  it('takes a node of the past, in its protocol', async () => {
    const test = await GatewayUnderTest.start('2026.9.6');
    const { answer } = await test.connect({ role: 'node', protocols: [3, 3] });
    expect(answer).toMatchObject({ ok: true, payload: { protocol: 3 } });
  });

  it('of 2026.4.15 names no code for a protocol that it does not speak', async () => {
    const test = await GatewayUnderTest.start('2026.4.15');
    const { answer, client } = await test.connect({ role: 'operator', protocols: [4, 4] });
    expect(answer.error).toEqual({
      code: 'INVALID_REQUEST',
      message: 'protocol mismatch',
      details: { expectedProtocol: 3 },
    });
    expect((await client.closed).code).toBe(1002);
  });

  it('of 2026.4.15 takes the scopes from an operator without a device; 2026.9.6 leaves them', async () => {
    for (const [version, ok] of [
      ['2026.4.15', false],
      ['2026.9.6', true],
    ] as const) {
      const test = await GatewayUnderTest.start(version);
      const { client } = await test.connect({ role: 'operator', scopes: ['operator.read'], identity: null });
      expect(await client.request('node.list')).toMatchObject({ ok });
    }
  });

  it('closes on whoever speaks before connecting', async () => {
    const test = await GatewayUnderTest.start('2026.9.6');
    const client = test.dial();
    await client.event('connect.challenge');
    expect(await client.request('node.list')).toMatchObject({ ok: false });
    expect(await client.closed).toEqual({
      code: 1008,
      reason: 'invalid handshake: first request must be connect',
    });
  });

  it('closes on whoever never introduces himself', async () => {
    const test = await GatewayUnderTest.start('2026.9.6');
    const client = test.dial();
    await client.event('connect.challenge');
    test.timers.advance(15_000);
    expect((await client.closed).code).toBe(1000);
  });
});

describe('an invocation through a simulated gateway', () => {
  const probe = { command: 'system.which', params: { bins: ['sh'] }, idempotencyKey: 'once' };

  async function attached(): Promise<{
    test: GatewayUnderTest;
    nodeId: unknown;
    operator: Awaited<ReturnType<GatewayUnderTest['operator']>>;
    node: Awaited<ReturnType<GatewayUnderTest['node']>>;
  }> {
    const test = await GatewayUnderTest.start('2026.9.6');
    const operator = await test.operator();
    const node = await test.node();
    const [row] = rowsOf(await operator.request('node.list'));
    return { test, operator, node, nodeId: row?.nodeId };
  }

  it('reaches the node and brings its answer back', async () => {
    const { operator, node, nodeId } = await attached();
    const answer = operator.request('node.invoke', { nodeId, ...probe });
    const { payload } = await node.event('node.invoke.request');
    expect(payload).toMatchObject({ nodeId, command: 'system.which', paramsJSON: '{"bins":["sh"]}' });
    const { id } = payload as JsonObject;
    await node.request('node.invoke.result', { id, nodeId, ok: true, payloadJSON: '{"bins":{}}' });
    expect((await answer).payload).toEqual({
      ok: true,
      nodeId,
      command: 'system.which',
      payload: { bins: {} },
      payloadJSON: '{"bins":{}}',
    });
  });

  it('times out when the node says nothing, in the words of the real one', async () => {
    const { test, operator, node, nodeId } = await attached();
    const answer = operator.request('node.invoke', { nodeId, ...probe, timeoutMs: 3_000 });
    await node.event('node.invoke.request');
    test.timers.advance(3_000);
    expect((await answer).error).toMatchObject({
      code: 'UNAVAILABLE',
      message: 'TIMEOUT: node invoke timed out',
      details: { nodeError: { code: 'TIMEOUT' } },
    });
  });

  it('fails at once when the node goes meanwhile, or is not there', async () => {
    const { operator, node, nodeId } = await attached();
    const answer = operator.request('node.invoke', { nodeId, ...probe });
    await node.event('node.invoke.request');
    node.end();
    expect(await answer).toMatchObject({ ok: false, error: { code: 'UNAVAILABLE' } });
    const next = await operator.request('node.invoke', { nodeId, ...probe });
    expect(next.error).toMatchObject({ message: 'node not connected', details: { code: 'NOT_CONNECTED' } });
  });
});

describe('the keepalive of a simulated gateway', () => {
  it('of 2026.9.6 drops a peer that did not answer a ping for 25 s, and keeps one that did', async () => {
    const test = await GatewayUnderTest.start('2026.9.6');
    const operator = await test.operator();
    const frozen = await test.node('frozen');
    const sound = await test.node('sound');
    frozen.socket.pause();
    const pinged = Promise.all([operator, sound].map(async ({ socket }) => once(socket, 'ping')));
    test.timers.advance(25_000);
    await pinged;
    // The pongs are on their way; an answer that came after them shows that they arrived.
    await operator.request('health');
    await sound.request('node.event', { event: 'any' });
    test.timers.advance(25_000);
    const gone = await operator.frame(
      (frame) => frame.event === 'presence' && JSON.stringify(frame).includes('disconnect'),
    );
    expect(JSON.stringify(gone)).toContain('frozen');
    expect(test.gateway.attachedNodes).toEqual(['sound']);
  });

  it('of 2026.4.15 leaves a frozen node connected for as long as it lasts', async () => {
    const test = await GatewayUnderTest.start('2026.4.15');
    const operator = await test.operator();
    const frozen = await test.node('frozen');
    frozen.socket.pause();
    test.timers.advance(10 * 60_000);
    expect(rowsOf(await operator.request('node.list'))[0]).toMatchObject({ connected: true });
  });
});

describe('a simulated gateway that comes and goes', () => {
  it('answers /health while it is up, and refuses connections while it is not', async () => {
    const test = await GatewayUnderTest.start('2026.9.6');
    expect(await health(test)).toEqual({ ok: true, status: 'live' });
    await test.inTime(test.gateway.stop());
    await expect(health(test)).rejects.toThrow();
  });

  it('does not come back from a restart when it is stopped while it goes down', async () => {
    const test = await GatewayUnderTest.start('2026.9.6');
    await test.node();
    const restarting = test.gateway.restart({ outageMs: 60_000 });
    const stopping = test.gateway.stop();
    await test.inTime(Promise.all([restarting, stopping]));
    expect(test.timers.monoMs()).toBeLessThan(60_000);
    test.timers.advance(120_000);
    expect(test.gateway.isUp).toBe(false);
  });

  it('does not come back from a restart when it is stopped while it is away', async () => {
    const test = await GatewayUnderTest.start('2026.9.6');
    const restarting = test.gateway.restart({ outageMs: 60_000 });
    await expect(health(test)).rejects.toThrow();
    await test.gateway.stop();
    await restarting;
    test.timers.advance(120_000);
    expect(test.gateway.isUp).toBe(false);
  });

  it('drops a frozen peer when it restarts, rather than wait for it', async () => {
    const test = await GatewayUnderTest.start('2026.9.6');
    const node = await test.node();
    node.socket.pause();
    await test.inTime(test.gateway.restart({ outageMs: 0 }));
    expect(test.gateway.isUp).toBe(true);
    expect(test.gateway.attachedNodes).toEqual([]);
  });

  it('that is mute takes connections and answers nothing until it is heard again', async () => {
    const test = await GatewayUnderTest.start('2026.9.6');
    const operator = await test.operator();
    test.gateway.mute();
    const framesBefore = operator.frames.length;
    const asked = operator.request('node.list');
    const page = health(test);
    const socket = createConnection(test.gateway.port, '127.0.0.1');
    await once(socket, 'connect');
    test.timers.advance(60_000);
    expect(operator.frames.length).toBe(framesBefore);
    test.gateway.unmute();
    expect(await asked).toMatchObject({ ok: true });
    expect(await page).toMatchObject({ ok: true });
    socket.destroy();
  });
});

async function once(
  emitter: { once(event: string, listener: () => void): unknown },
  event: string,
): Promise<void> {
  return new Promise((resolve) => {
    emitter.once(event, resolve);
  });
}
