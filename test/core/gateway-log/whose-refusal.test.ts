import { describe, expect, it } from 'vitest';

import type { Caller } from '../../../src/core/model/gateway-record.ts';
import { omit } from '../../../src/core/model/omit.ts';
import type { RosterRow } from '../../../src/core/model/observation.ts';
import { LoggedGateway } from '../../helpers/logged-gateway.ts';

const NODE: Caller = {
  role: 'node',
  clientId: 'node-host',
  displayName: 'attic-pi',
  instanceId: 'i-attic',
  from: 'a',
  fromElsewhere: true,
};
const DEVICE: Caller = { role: 'unknown', deviceId: 'd'.repeat(64), from: 'a', fromElsewhere: true };

function row(nodeId: string, rest: Partial<RosterRow> = {}): RosterRow {
  return { nodeId, displayName: 'attic-pi', clientId: 'node-host', connected: false, ...rest };
}

function refusesTheExporter(world: LoggedGateway): void {
  world.core.observe({
    source: 'gateway-session',
    kind: 'refused',
    gateway: world.view.name,
    at: world.now,
    auth: 'token_mismatch',
    detailCode: 'AUTH_TOKEN_MISMATCH',
    retryInMs: 60_000,
  });
}

describe('with a token: whose refusal it is', () => {
  it('is of the row that bears its name alone, and that is blocked within a roster', () => {
    const world = new LoggedGateway({ rows: [row('n1'), row('n2', { displayName: 'cellar-pi' })] });
    world.refuses(NODE, 'token_mismatch').advance(5);
    expect(world.names).toEqual(['attic-pi', 'cellar-pi']);
    expect(world.node('attic-pi')).toMatchObject({
      state: 'blocked',
      reasons: ['refused', 'token_mismatch'],
      nodeId: 'n1',
      live: true,
    });
    expect(world.node('cellar-pi').state).toBe('offline');
    expect(world.failures('attic-pi')).toEqual({ token_mismatch: 1 });
    expect(world.unnamed).toEqual({});
  });

  it('is of the row that has the id of its device, whatever else is called so', () => {
    const world = new LoggedGateway({ rows: [row('d'.repeat(64)), row('n2')] });
    world.refuses(DEVICE, 'pairing_required').advance(2);
    const blocked = world.snapshot.nodes.filter(({ state }) => state === 'blocked');
    expect(blocked.map(({ nodeId }) => nodeId)).toEqual(['d'.repeat(64)]);
  });

  it('is of neither of two that share the name: it stands beside them', () => {
    const world = new LoggedGateway({ rows: [row('aaaaaaaa1'), row('bbbbbbbb2')] });
    world.refuses(NODE, 'token_mismatch').advance(6);
    expect(world.names).toEqual(['attic-pi#aaaaaaaa', 'attic-pi#bbbbbbbb', 'attic-pi#i-attic']);
    expect(world.snapshot.nodes.map(({ state }) => state)).toEqual(['offline', 'offline', 'blocked']);
  });

  it('is of the one it listed before a token that was changed shut the exporter out, too', () => {
    const world = new LoggedGateway();
    const connectedAtMs = world.now.wallMs - 60_000;
    world.rows = [row('n1', { connected: true, connectedAtMs })];
    world.advance(6).goesDown().advance(10).comesBack();
    world.rows = null;
    world.advance(4);
    refusesTheExporter(world);
    world.advance(4).refuses(NODE, 'token_mismatch').advance(4);
    expect(world.names).toEqual(['attic-pi']);
    expect(world.node('attic-pi')).toMatchObject({ state: 'blocked', nodeId: 'n1' });
    world.refuses({ ...NODE, instanceId: 'i-another' }, 'token_mismatch').advance(4);
    expect(world.failures('attic-pi#n1')).toEqual({ token_mismatch: 1 });
    expect(world.failures('attic-pi#i-anothe')).toEqual({ token_mismatch: 1 });
  });

  it('is not of a namesake that was attached while it was refused', () => {
    const world = new LoggedGateway();
    const connectedAtMs = world.now.wallMs - 60_000;
    world.rows = [row('n1', { connected: true, connectedAtMs })];
    world.advance(6).refuses(NODE, 'token_mismatch').advance(12);
    expect(world.names).toEqual(['attic-pi#i-attic', 'attic-pi#n1']);
    expect(world.node('attic-pi#n1').state).toBe('alive');
    expect(world.node('attic-pi#i-attic').state).toBe('blocked');
  });

  it('is of a namesake that was let in after it', () => {
    const world = new LoggedGateway({ rows: [row('n1')] });
    world.refuses(NODE, 'token_mismatch').advance(1);
    world.rows = [row('n1', { connected: true, connectedAtMs: world.now.wallMs })];
    world.advance(6);
    expect(world.names).toEqual(['attic-pi']);
    expect(world.node('attic-pi').state).toBe('alive');
    expect(world.failures('attic-pi')).toEqual({ token_mismatch: 1 });
  });

  it('is not shown twice before the next roster says whose it is', () => {
    const world = new LoggedGateway({ rows: [row('n1')] });
    world.advance(1).refuses(NODE, 'token_mismatch');
    expect(world.names).toEqual(['attic-pi']);
  });

  it('is of the same row again, once that was found by its installation', () => {
    const world = new LoggedGateway({ rows: [row('n1')] });
    world.refuses(NODE, 'token_mismatch').advance(6);
    world.rows = [row('n1'), row('n2')];
    world.advance(6).refuses(NODE, 'token_mismatch').advance(6);
    expect(world.failures('attic-pi#n1')).toEqual({ token_mismatch: 2 });
    expect(world.failures('attic-pi#n2')).toEqual({});
  });

  // Fixed: it was forgotten with the first roster that came back, and nobody knew its device any more.
  it('is of the one that it listed before its pairing was removed, for as long as that goes on trying', () => {
    const world = new LoggedGateway({ rows: [row('d'.repeat(64))] });
    world.refuses(NODE, 'token_mismatch').advance(6);
    world.rows = null;
    world.advance(900).refuses(NODE, 'token_mismatch');
    world.rows = [];
    for (let minute = 0; minute < 20; minute += 1) world.advance(60).refuses(DEVICE, 'pairing_required');
    world.advance(6);
    expect(world.names).toEqual(['attic-pi']);
    expect(world.node('attic-pi')).toMatchObject({
      state: 'blocked',
      reasons: ['refused', 'pairing_required'],
    });
    expect(world.failures('attic-pi')).toEqual({ token_mismatch: 2, pairing_required: 20 });
    expect(world.unnamed).toEqual({});
    world.advance(90_000);
    expect(world.names).toEqual([]);
  });

  it('is of another installation of the same name beside it', () => {
    const world = new LoggedGateway({ rows: [row('n1')] });
    world.refuses(NODE, 'token_mismatch').advance(6);
    world.refuses({ ...NODE, instanceId: 'i-other' }, 'token_mismatch').advance(6);
    expect(world.names).toEqual(['attic-pi#i-other', 'attic-pi#n1']);
    expect(world.failures('attic-pi#n1')).toEqual({ token_mismatch: 1 });
  });

  it('is the gateway’s where an operator or a device that nobody knows was refused', () => {
    const world = new LoggedGateway({ rows: [row('n1')] });
    world.refuses({ role: 'operator', clientId: 'cli', displayName: 'attic-pi' }, 'token_missing', {
      times: 3,
    });
    world.refuses({ ...DEVICE, from: 'z' }, 'pairing_required');
    world.says({ kind: 'handshake-timeout' }).advance(6);
    expect(world.names).toEqual(['attic-pi']);
    expect(world.failures('attic-pi')).toEqual({});
    expect(world.unnamed).toEqual({
      operator: { token_missing: 3 },
      unknown: { pairing_required: 1, handshake_timeout: 1 },
    });
  });
});

describe('without a token', () => {
  it('a node that is refused is named by its gateway’s log, and says why', () => {
    const world = new LoggedGateway();
    world.refuses(NODE, 'token_mismatch').advance(1);
    expect(world.node('attic-pi')).toMatchObject({
      state: 'blocked',
      reasons: ['refused', 'token_mismatch'],
    });
    expect(world.node('attic-pi').nodeId).toBeUndefined();
  });

  it('a device that asks for its pairing is the only one that was refused from there', () => {
    const world = new LoggedGateway();
    world.refuses(NODE, 'token_mismatch').advance(1).refuses(DEVICE, 'pairing_required').advance(1);
    expect(world.node('attic-pi').reasons).toEqual(['refused', 'pairing_required']);
    expect(world.failures('attic-pi')).toEqual({ token_mismatch: 1, pairing_required: 1 });
  });

  it.each([
    ['two were refused from there', { ...NODE, displayName: 'cellar-pi', instanceId: 'i-cellar' }],
    ['another device asks from there', { ...DEVICE, deviceId: 'e'.repeat(64) }],
  ])('a device is nobody’s where %s', (_, other) => {
    const world = new LoggedGateway();
    world.refuses(NODE, 'token_mismatch');
    world.refuses(other, other.role === 'node' ? 'token_mismatch' : 'pairing_required').advance(1);
    const before = world.unnamed.unknown?.pairing_required ?? 0;
    const counted = world.failures('attic-pi').pairing_required;
    world.refuses(DEVICE, 'pairing_required').advance(1);
    expect(world.unnamed.unknown?.pairing_required).toBe(before + 1);
    expect(world.failures('attic-pi').pairing_required).toBe(counted);
  });

  it('nodes of one name are told apart by their installation', () => {
    const world = new LoggedGateway();
    for (const instanceId of ['one', 'two', 'three'])
      world.refuses({ ...NODE, instanceId }, 'token_mismatch');
    world.advance(1);
    expect(world.names).toEqual(['attic-pi#one', 'attic-pi#three', 'attic-pi#two']);
  });

  it('strangers that call themselves anything get no more than a hundred names', () => {
    const world = new LoggedGateway();
    for (let index = 0; index < 150; index += 1)
      world.refuses({ ...NODE, displayName: `x${index}`, instanceId: `i${index}` }, 'token_missing');
    world.advance(1);
    expect(world.names).toHaveLength(100);
    expect(world.unnamed).toEqual({ node: { token_missing: 50 } });
  });

  it('a refusal that is 15 min old says nothing any more, and after a day it is forgotten', () => {
    const world = new LoggedGateway();
    world.refuses(NODE, 'token_mismatch').advance(899);
    expect(world.node('attic-pi').state).toBe('blocked');
    world.advance(30);
    expect(world.node('attic-pi').state).toBe('unknown');
    world.advance(86_400);
    expect(world.names).toEqual([]);
  });

  it('a verbose log tells that it was let in after all, and when it left', () => {
    const world = new LoggedGateway();
    const caller = omit(NODE, 'instanceId');
    world.refuses(caller, 'token_mismatch').advance(1).says({ kind: 'attached', caller }).advance(1);
    expect(world.node('attic-pi')).toMatchObject({ state: 'alive', ready: true });
    world.says({ kind: 'detached', caller, code: 1006 }).advance(1);
    expect(world.node('attic-pi').counters.closes['1006']).toBe(1);
    expect(world.node('attic-pi').counts).toEqual({ refusals: true, closes: true });
  });
});

describe('a refusal', () => {
  it('that was overcome by a later attach does not make a sleeper blocked', () => {
    const world = new LoggedGateway({ rows: [row('n1')] });
    world.refuses(NODE, 'token_mismatch').advance(6);
    const connectedAtMs = world.now.wallMs;
    world.rows = [row('n1', { connected: true, connectedAtMs })];
    world.advance(1_500);
    world.rows = [row('n1', { connectedAtMs })];
    world.advance(30);
    expect(world.node('attic-pi').state).toBe('offline');
  });

  it('of an app says for 15 min that it is blocked; then it sleeps', () => {
    const app = { ...NODE, clientId: 'openclaw-macos' };
    const world = new LoggedGateway({ rows: [] });
    world.refuses(app, 'token_mismatch').advance(60);
    expect(world.node('attic-pi').state).toBe('blocked');
    world.advance(900);
    expect(world.node('attic-pi').state).toBe('offline');
  });

  it('of a headless node host lasts: it may have parked for good', () => {
    const world = new LoggedGateway({ rows: [row('n1')] });
    world.refuses(NODE, 'pairing_required').advance(7_200);
    expect(world.node('attic-pi').state).toBe('blocked');
  });

  it('gives way while the gateway is down', () => {
    const world = new LoggedGateway();
    world.refuses(NODE, 'token_mismatch').advance(1).goesDown().advance(10);
    expect(world.node('attic-pi').state).toBe('gateway-down');
  });

  it('counts on over a restart of the exporter, also for a device without a name', () => {
    const world = new LoggedGateway();
    world.refuses(NODE, 'token_mismatch').refuses(DEVICE, 'pairing_required').advance(1).exporterRestarts();
    world.refuses(DEVICE, 'pairing_required', { recency: 'catch-up', agoSeconds: 1 }).advance(6);
    expect(world.failures('attic-pi')).toEqual({ token_mismatch: 1, pairing_required: 2 });
    expect(world.node('attic-pi').reasons).toEqual(['refused', 'pairing_required']);
  });

  it('from before anybody looked counts nothing, and names nobody who was gone by then', () => {
    const world = new LoggedGateway();
    world.refuses(NODE, 'token_mismatch', { recency: 'history', agoSeconds: 3_600 }).advance(1);
    expect(world.names).toEqual([]);
    world.refuses(NODE, 'token_mismatch', { recency: 'history', agoSeconds: 30 }).advance(1);
    expect(world.node('attic-pi').state).toBe('blocked');
    expect(world.failures('attic-pi')).toEqual({});
  });
});
