import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import {
  EventFrameSchema,
  HelloOkSchema,
  PresenceEntrySchema,
  ResponseFrameSchema,
  ShutdownEventSchema,
  TickEventSchema,
} from '@openclaw/gateway-protocol';
import type { TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { GATEWAY_VERSIONS } from '../../src/demo/gateway-version.ts';
import type { JsonObject } from '../../src/demo/json.ts';
import { capturedAnswer, capturedEvent } from './captured-frames.ts';
import { GatewayUnderTest, reportHostStats } from './gateway-under-test.ts';
import { shapeDifferences } from './shape.ts';
import type { WireClient } from './wire-client.ts';

/** Why the published schema refuses a frame; nothing when it does not. */
function complaints(schema: TSchema, value: unknown): readonly string[] {
  return [...Value.Errors(schema, value)].map(
    ({ instancePath, message, params }) => `${instancePath}: ${message} ${JSON.stringify(params)}`,
  );
}

/**
 * Where the published schema (of 2026.9.1) and a capture of 2026.9.6 disagree, the capture is the truth: fields that the
 * real gateway sends and the schema does not know yet.
 */
const AHEAD_OF_THE_SCHEMA = {
  presence: ': must not have additional properties {"additionalProperties":["clientId"]}',
  presenceInHello:
    '/snapshot/presence/1: must not have additional properties {"additionalProperties":["clientId"]}',
  auth: '/auth: must not have additional properties {"additionalProperties":["method"]}',
};

function schemaNamed(name: string): TSchema {
  const path = createRequire(import.meta.url)
    .resolve('@openclaw/gateway-protocol')
    .replace(/dist.*$/, '');
  const all = JSON.parse(readFileSync(`${path}protocol.schema.json`, 'utf8')) as {
    definitions: Record<string, TSchema>;
  };
  const schema = all.definitions[name];
  if (schema === undefined) throw new Error(`the published schema knows no ${name}`);
  return schema;
}

function payloadOf(frame: JsonObject): JsonObject {
  return frame.payload as JsonObject;
}

/** Everything that a session with a node and an operator brings: connects, stats, a probe, ticks, a restart. */
async function eventfulSession(version: (typeof GATEWAY_VERSIONS)[number]): Promise<{
  readonly operator: WireClient;
  readonly node: WireClient;
}> {
  const test = await GatewayUnderTest.start(version);
  const operator = await test.operator();
  const node = await test.node();
  await reportHostStats(node);
  const { nodes } = payloadOf(await operator.request('node.list')) as { nodes: JsonObject[] };
  const asked = operator.request('node.invoke', {
    nodeId: nodes[0]?.nodeId,
    command: 'system.which',
    params: { bins: ['sh'] },
    idempotencyKey: 'once',
  });
  const { id, nodeId } = payloadOf(await node.event('node.invoke.request'));
  await node.request('node.invoke.result', {
    id,
    nodeId,
    ok: true,
    payloadJSON: '{"bins":{"sh":"/bin/sh"}}',
  });
  await asked;
  await operator.request('system-presence');
  await operator.request('health');
  await operator.request('node.pair.list');
  test.timers.advance(31_000);
  const leaver = await test.node('Leaver');
  leaver.end();
  await operator.frame(
    (frame) => frame.event === 'presence' && JSON.stringify(frame).includes('"disconnect"'),
  );
  await test.inTime(test.gateway.stop());
  await Promise.all([operator.closed, node.closed]);
  return { operator, node };
}

describe.each(GATEWAY_VERSIONS)('the frames of a simulated gateway %s', (version) => {
  it('are all responses and events that the published validators accept', async () => {
    const { operator, node } = await eventfulSession(version);
    const frames = [...operator.frames, ...node.frames];
    expect(new Set(frames.map((frame) => frame.event ?? frame.type)).size).toBeGreaterThan(6);
    for (const frame of frames) {
      const schema = frame.type === 'res' ? ResponseFrameSchema : EventFrameSchema;
      expect(complaints(schema, frame)).toEqual([]);
    }
  });

  it('carry ticks, presence and invocations that the published validators accept', async () => {
    const { operator, node } = await eventfulSession(version);
    expect(complaints(TickEventSchema, payloadOf(await operator.event('tick')))).toEqual([]);
    expect(
      complaints(schemaNamed('NodeInvokeRequestEvent'), payloadOf(await node.event('node.invoke.request'))),
    ).toEqual([]);
    const { presence } = payloadOf(await operator.event('presence')) as { presence: JsonObject[] };
    expect(presence.length).toBeGreaterThan(1);
    const found = presence.flatMap((entry) => complaints(PresenceEntrySchema, entry));
    expect(found.filter((complaint) => complaint !== AHEAD_OF_THE_SCHEMA.presence)).toEqual([]);
  });

  it.each(['connect.challenge', 'tick', 'health'])(
    'have the keys and types of the real %s',
    async (event) => {
      const { operator } = await eventfulSession(version);
      const notSimulated = ['payload.plugins', 'payload.configReload', 'payload.eventLoop'].map(
        (key) => `${key} is missing`,
      );
      const found = shapeDifferences(await operator.event(event), capturedEvent(version, event));
      expect(found.filter((difference) => !notSimulated.includes(difference))).toEqual([]);
    },
  );

  it('have the keys and types of the real node.list', async () => {
    const test = await GatewayUnderTest.start(version);
    const operator = await test.operator();
    await reportHostStats(await test.node());
    const list = await operator.request('node.list');
    expect((payloadOf(list).nodes as unknown[]).length).toBe(1);
    expect(shapeDifferences(list, capturedAnswer(version, 'node.list'))).toEqual([]);
  });

  it('refuse a wrong token with the very error of the real one, then close with 1008', async () => {
    const test = await GatewayUnderTest.start(version);
    const { answer, client } = await test.inTime(test.connect({ role: 'operator', token: 'wrong' }));
    const { error } = capturedAnswer(version, 'connect', 3);
    expect(answer.error).toEqual(error);
    expect(await client.closed).toEqual({ code: 1008, reason: (error as JsonObject).message });
  });

  it('refuse a method beyond the scopes as the real one does', async () => {
    const test = await GatewayUnderTest.start(version);
    const { client } = await test.connect({ role: 'operator', scopes: ['operator.read'] });
    const refusal = await client.request('node.invoke', { nodeId: 'x', command: 'y', idempotencyKey: 'z' });
    expect(shapeDifferences(refusal, capturedAnswer(version, 'node.pair.list'))).toEqual([]);
    expect((refusal.error as JsonObject).message).toBe('missing scope: operator.write');
  });
});

/** What the real `hello-ok` also says; nothing that an exporter or a node host reads. */
const NOT_IN_HELLO: ReadonlySet<string> = new Set(
  [
    'payload.snapshot.health.plugins',
    'payload.snapshot.health.configReload',
    'payload.snapshot.health.eventLoop',
    'payload.snapshot.presence[].deviceFamily',
    'payload.snapshot.presence[].modelIdentifier',
    'payload.snapshot.presence[].instanceId',
    'payload.snapshot.appliedConfigHash',
    'payload.snapshot.sessionDefaults',
    'payload.snapshot.updateSchedule',
    'payload.snapshot.updateAvailable',
    'payload.auth.deviceToken',
    'payload.auth.issuedAtMs',
    'payload.auth.recoveryScope',
    'payload.policy.attachments',
    'payload.policy.allowedSessionVisibilities',
    'payload.policy.hasMultipleSessionSharingIdentities',
    'payload.controlUiWidgetKinds',
    'payload.controlUiLinkReaders',
    'payload.pluginSurfaceUrls',
    'payload.canvasHostUrl',
  ].map((key) => `${key} is missing`),
);

describe('hello-ok', () => {
  it.each(GATEWAY_VERSIONS)(
    'of %s has the keys and types of the real one, for a node and for an operator',
    async (version) => {
      const test = await GatewayUnderTest.start(version);
      const node = await test.connect({ role: 'node' });
      const operator = await test.connect({ role: 'operator', scopes: ['operator.read'] });
      // 2026.4 tells how one was authenticated only where it issues a device token, which the simulated one does not.
      const notTold = version === '2026.4.15' ? ['payload.auth is missing'] : [];
      const beyond = (differences: readonly string[]): readonly string[] =>
        differences.filter((difference) => !NOT_IN_HELLO.has(difference) && !notTold.includes(difference));
      expect(beyond(shapeDifferences(node.answer, capturedAnswer(version, 'connect', 1)))).toEqual([]);
      expect(beyond(shapeDifferences(operator.answer, capturedAnswer(version, 'connect', 2)))).toEqual([]);
    },
  );

  it('of 2026.9.6 is one that the published validator accepts, but for what the real one also sends', async () => {
    const test = await GatewayUnderTest.start('2026.9.6');
    const node = await test.connect({ role: 'node' });
    const operator = await test.connect({ role: 'operator', scopes: ['operator.read'] });
    expect(complaints(HelloOkSchema, node.answer.payload)).toEqual([AHEAD_OF_THE_SCHEMA.auth]);
    const expected = [AHEAD_OF_THE_SCHEMA.presenceInHello, AHEAD_OF_THE_SCHEMA.auth];
    expect(complaints(HelloOkSchema, operator.answer.payload)).toEqual(expected);
    const real = complaints(HelloOkSchema, capturedAnswer('2026.9.6', 'connect', 2).payload);
    expect(real).toEqual(expect.arrayContaining(expected));
  });
});

describe('events of 2026.9.6 that older gateways lack', () => {
  it('have the keys and types of the real ones', async () => {
    const test = await GatewayUnderTest.start('2026.9.6');
    const operator = await test.operator();
    const reported = await reportHostStats(await test.node());
    expect(shapeDifferences(reported, capturedAnswer('2026.9.6', 'node.event'))).toEqual([]);
    expect(
      shapeDifferences(await operator.event('node.hostStats'), capturedEvent('2026.9.6', 'node.hostStats')),
    ).toEqual([]);
  });

  it('say goodbye in a way that the published validator accepts', async () => {
    const { operator } = await eventfulSession('2026.9.6');
    expect(complaints(ShutdownEventSchema, payloadOf(await operator.event('shutdown')))).toEqual([]);
  });
});

describe('presence events of 2026.4.15', () => {
  it('have the keys and types of the real one', async () => {
    const { operator } = await eventfulSession('2026.4.15');
    const found = shapeDifferences(await operator.event('presence'), capturedEvent('2026.4.15', 'presence'));
    expect(found).toEqual([
      'payload.presence[].deviceFamily is missing',
      'payload.presence[].modelIdentifier is missing',
    ]);
  });
});
