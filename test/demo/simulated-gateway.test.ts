import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/runtime/json-object.ts';
import { GatewayUnderTest, reportHostStats } from './gateway-under-test.ts';

function rowsOf(answer: JsonObject): readonly JsonObject[] {
  return (answer.payload as { nodes: readonly JsonObject[] }).nodes;
}

async function health(test: GatewayUnderTest): Promise<unknown> {
  const answer = await fetch(`http://127.0.0.1:${test.gateway.port}/health`);
  return answer.json();
}

describe('the roster of a simulated gateway', () => {
  it('shows a node as connected from hello to close, and then when it went', async () => {
    const test = await GatewayUnderTest.start();
    const operator = await test.operator();
    const node = await test.node();
    await reportHostStats(node);
    expect(rowsOf(await operator.request('node.list'))[0]).toMatchObject({
      displayName: 'NodeA',
      connected: true,
    });
    test.timers.advance(1_000);
    node.end();
    await operator.frame(({ seq }) => seq === 3);
    const [row] = rowsOf(await operator.request('node.list'));
    expect(row).toMatchObject({ connected: false, lastDisconnectedAtMs: test.timers.wallMs() });
    expect(row).toHaveProperty('hostStats.updatedAtMs', test.timers.wallMs() - 1_000);
    expect(row).not.toHaveProperty('connectedAtMs');
  });

  it('keeps pairings over a restart, under another boot id and with the uptime from zero', async () => {
    const test = await GatewayUnderTest.start();
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

describe('what a simulated gateway tells', () => {
  it('operators: who connects, their host stats, and who goes; node hosts: only what is for all', async () => {
    const test = await GatewayUnderTest.start();
    const operator = await test.operator();
    const node = await test.node();
    await reportHostStats(node);
    await operator.event('node.hostStats');
    test.timers.advance(30_000);
    await node.event('tick');
    node.end();
    await operator.frame(({ seq }) => seq === 4);
    const told = (frames: readonly JsonObject[]): readonly unknown[] =>
      frames.flatMap(({ type, event, seq }) => (type === 'event' ? [[event, seq]] : []));
    expect(told(operator.frames)).toEqual([
      ['connect.challenge', undefined],
      ['node.runnerInventory.changed', 1],
      ['node.hostStats', 2],
      ['tick', 3],
      ['node.runnerInventory.changed', 4],
    ]);
    expect(told(node.frames)).toEqual([
      ['connect.challenge', undefined],
      ['tick', 1],
    ]);
  });
});

describe('the handshake with a simulated gateway', () => {
  it('closes on whoever speaks before connecting', async () => {
    const test = await GatewayUnderTest.start();
    const client = test.dial();
    await client.event('connect.challenge');
    expect(await client.request('node.list')).toMatchObject({ ok: false });
    expect(await client.closed).toEqual({
      code: 1008,
      reason: 'invalid handshake: first request must be connect',
    });
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
    const test = await GatewayUnderTest.start();
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
    const test = await GatewayUnderTest.start();
    const operator = await test.operator();
    const frozen = await test.node('frozen');
    const sound = await test.node('sound');
    frozen.socket.pause();
    const pinged = Promise.all([operator, sound].map(async ({ socket }) => once(socket, 'ping')));
    test.timers.advance(25_000);
    await pinged;
    // The pongs are on their way; an answer that came after them shows that they arrived.
    await operator.request('node.list');
    await sound.request('node.event', { event: 'any' });
    test.timers.advance(25_000);
    await operator.frame(({ seq }) => seq === 4);
    expect(test.gateway.attachedNodes).toEqual(['sound']);
  });
});

describe('a simulated gateway that comes and goes', () => {
  it('answers /health while it is up, and refuses connections while it is not', async () => {
    const test = await GatewayUnderTest.start();
    expect(await health(test)).toEqual({ ok: true, status: 'live' });
    await test.inTime(test.gateway.stop());
    await expect(health(test)).rejects.toThrow();
  });

  it('does not come back from a restart when it is stopped while it goes down', async () => {
    const test = await GatewayUnderTest.start();
    await test.node();
    const restarting = test.gateway.restart({ outageMs: 60_000 });
    const stopping = test.gateway.stop();
    await test.inTime(Promise.all([restarting, stopping]));
    expect(test.timers.monoMs()).toBeLessThan(60_000);
    test.timers.advance(120_000);
    expect(test.gateway.isUp).toBe(false);
  });

  it('does not come back from a restart when it is stopped while it is away', async () => {
    const test = await GatewayUnderTest.start();
    const restarting = test.gateway.restart({ outageMs: 60_000 });
    await expect(health(test)).rejects.toThrow();
    await test.gateway.stop();
    await restarting;
    test.timers.advance(120_000);
    expect(test.gateway.isUp).toBe(false);
  });

  it('drops a frozen peer when it restarts, rather than wait for it', async () => {
    const test = await GatewayUnderTest.start();
    const node = await test.node();
    node.socket.pause();
    await test.inTime(test.gateway.restart({ outageMs: 0 }));
    expect(test.gateway.isUp).toBe(true);
    expect(test.gateway.attachedNodes).toEqual([]);
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
