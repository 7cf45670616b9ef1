import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import {
  EventFrameSchema,
  HelloOkSchema,
  ResponseFrameSchema,
  ShutdownEventSchema,
  TickEventSchema,
} from '@openclaw/gateway-protocol';
import type { TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/runtime/json-object.ts';
import { capturedAnswer, capturedEvent } from './captured-frames.ts';
import { GatewayUnderTest, reportHostStats } from './gateway-under-test.ts';
import { shapeDifferences } from './shape.ts';
import type { WireClient } from './wire-client.ts';

const VERSION = '2026.9.6';

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
async function eventfulSession(): Promise<{
  readonly operator: WireClient;
  readonly node: WireClient;
}> {
  const test = await GatewayUnderTest.start();
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
  await operator.request('node.pair.list');
  test.timers.advance(31_000);
  const leaver = await test.node('Leaver');
  leaver.end();
  await operator.frame(({ event, seq }) => event === 'node.runnerInventory.changed' && seq === 5);
  await test.inTime(test.gateway.stop());
  await Promise.all([operator.closed, node.closed]);
  return { operator, node };
}

describe('the frames of a simulated gateway', () => {
  it('are all responses and events that the published validators accept', async () => {
    const { operator, node } = await eventfulSession();
    const frames = [...operator.frames, ...node.frames];
    expect(new Set(frames.map((frame) => frame.event ?? frame.type)).size).toBeGreaterThan(6);
    for (const frame of frames) {
      const schema = frame.type === 'res' ? ResponseFrameSchema : EventFrameSchema;
      expect(complaints(schema, frame)).toEqual([]);
    }
  });

  it('carry ticks and invocations that the published validators accept', async () => {
    const { operator, node } = await eventfulSession();
    expect(complaints(TickEventSchema, payloadOf(await operator.event('tick')))).toEqual([]);
    expect(
      complaints(schemaNamed('NodeInvokeRequestEvent'), payloadOf(await node.event('node.invoke.request'))),
    ).toEqual([]);
  });

  it.each(['connect.challenge', 'tick'])('have the keys and types of the real %s', async (event) => {
    const { operator } = await eventfulSession();
    expect(shapeDifferences(await operator.event(event), capturedEvent(VERSION, event))).toEqual([]);
  });

  it('have the keys and types of the real node.list', async () => {
    const test = await GatewayUnderTest.start();
    const operator = await test.operator();
    await reportHostStats(await test.node());
    const list = await operator.request('node.list');
    expect((payloadOf(list).nodes as unknown[]).length).toBe(1);
    expect(shapeDifferences(list, capturedAnswer(VERSION, 'node.list'))).toEqual([]);
  });

  it('refuse a wrong token with the very error of the real one, then close with 1008', async () => {
    const test = await GatewayUnderTest.start();
    const { answer, client } = await test.inTime(test.connect({ role: 'operator', token: 'wrong' }));
    const { error } = capturedAnswer(VERSION, 'connect', 3);
    expect(answer.error).toEqual(error);
    expect(await client.closed).toEqual({ code: 1008, reason: (error as JsonObject).message });
  });
});

/** What the real `hello-ok` also says; nothing that an exporter or a node host reads. */
const NOT_IN_HELLO: ReadonlySet<string> = new Set(
  [
    'payload.snapshot.health.plugins',
    'payload.snapshot.health.configReload',
    'payload.snapshot.health.eventLoop',
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
  it('has the keys and types of the real one, for a node and for an operator', async () => {
    const test = await GatewayUnderTest.start();
    const node = await test.connect({ role: 'node' });
    const operator = await test.connect({ role: 'operator', scopes: ['operator.read'] });
    const beyond = (differences: readonly string[]): readonly string[] =>
      differences.filter((difference) => !NOT_IN_HELLO.has(difference));
    expect(beyond(shapeDifferences(node.answer, capturedAnswer(VERSION, 'connect', 1)))).toEqual([]);
    expect(beyond(shapeDifferences(operator.answer, capturedAnswer(VERSION, 'connect', 2)))).toEqual([]);
  });

  it('is one that the published validator accepts, but for what the real one also sends', async () => {
    const test = await GatewayUnderTest.start();
    const node = await test.connect({ role: 'node' });
    const operator = await test.connect({ role: 'operator', scopes: ['operator.read'] });
    expect(complaints(HelloOkSchema, node.answer.payload)).toEqual([AHEAD_OF_THE_SCHEMA.auth]);
    expect(complaints(HelloOkSchema, operator.answer.payload)).toEqual([AHEAD_OF_THE_SCHEMA.auth]);
    const real = complaints(HelloOkSchema, capturedAnswer(VERSION, 'connect', 2).payload);
    expect(real).toContain(AHEAD_OF_THE_SCHEMA.auth);
  });
});

describe('what a simulated gateway says by itself', () => {
  it('have the keys and types of the real ones', async () => {
    const test = await GatewayUnderTest.start();
    const operator = await test.operator();
    const reported = await reportHostStats(await test.node());
    expect(shapeDifferences(reported, capturedAnswer(VERSION, 'node.event'))).toEqual([]);
    expect(
      shapeDifferences(await operator.event('node.hostStats'), capturedEvent(VERSION, 'node.hostStats')),
    ).toEqual([]);
  });

  it('say goodbye in a way that the published validator accepts', async () => {
    const { operator } = await eventfulSession();
    expect(complaints(ShutdownEventSchema, payloadOf(await operator.event('shutdown')))).toEqual([]);
  });
});
