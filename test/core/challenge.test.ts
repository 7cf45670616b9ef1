import { describe, expect, it } from 'vitest';
import { aRow, World } from '../helpers/world.ts';

const BY_A_WEBSOCKET = { source: 'gateway-ws' } as const;
const SILENT = {
  ok: false,
  reason: 'timeout',
  message: 'no connect.challenge within 10000 ms',
  answered: false,
} as const;

/** A world in which the exporter has no credential for the gateway, with a node host that is attached. */
function withoutCredential(): World {
  const world = new World({ credential: false });
  world.nodeHost().attached();
  return world.advance(60);
}

function knocks(world: World, result: { readonly ok: true; readonly rttMs: number } | typeof SILENT): World {
  world.observe({ ...BY_A_WEBSOCKET, at: world.now, result });
  world.tick();
  return world;
}

describe('without a credential', () => {
  it('a gateway that answers a WebSocket is healthy, and both its sides are known to answer', () => {
    const world = knocks(withoutCredential(), { ok: true, rttMs: 4 });
    expect(world.gatewayView).toMatchObject({
      health: 'healthy',
      why: 'HTTP and WebSocket answer; without a credential the exporter has no session',
      httpUp: true,
      wsUp: true,
      wsRttMs: 4,
    });
  });

  it('one that answers HTTP alone is deaf at once, where it has answered HTTP for long', () => {
    const world = knocks(withoutCredential(), SILENT);
    expect(world.gatewayView).toMatchObject({ health: 'deaf', httpUp: true, wsUp: false });
    expect(world.gatewayView.why).toContain('no connect.challenge within 10000 ms');
    // Its node host is not accused, and no restart would help.
    world.gateway.isDeaf = true;
    world.node.dropped(1006, '');
    knocks(world.advance(30), SILENT);
    expect(world.advance(1).view()).toMatchObject({
      state: 'gateway-down',
      reasons: ['gateway-deaf'],
      live: true,
    });
  });

  it('one that has just come back and does not answer a WebSocket yet is not deaf: it starts', () => {
    const world = withoutCredential();
    world.gateway.goesDown();
    world.advance(10);
    world.gateway.comesBack();
    world.advance(4);
    expect(knocks(world, SILENT).gatewayView).toMatchObject({ health: 'recovering', httpUp: true });
    expect(world.gatewayView.wsUp).toBeUndefined();
    // It stays at what was met until somebody meets it again.
    expect(world.advance(17).gatewayView.health).toBe('recovering');
    expect(knocks(world, SILENT).gatewayView.health).toBe('deaf');
    expect(knocks(world, { ok: true, rttMs: 4 }).gatewayView.health).toBe('healthy');
  });

  it('what a WebSocket met before an outage says nothing of the gateway after it', () => {
    const world = knocks(withoutCredential(), { ok: true, rttMs: 4 });
    world.gateway.goesDown();
    world.advance(10);
    expect(world.gatewayView).toMatchObject({ health: 'down' });
    world.gateway.comesBack();
    expect(world.advance(4).gatewayView).toMatchObject({
      health: 'recovering',
      why: 'HTTP answers; its WebSocket side is not tried yet',
    });
  });

  it('a proxy that turns us away in its place is no word on the gateway', () => {
    const world = withoutCredential();
    const result = { ok: false, reason: 'http_4xx', message: 'HTTP 403', answered: true } as const;
    world.observe({ ...BY_A_WEBSOCKET, at: world.now, result });
    world.tick();
    expect(world.gatewayView).toMatchObject({ health: 'healthy' });
    expect(world.gatewayView.wsUp).toBeUndefined();
  });

  it('what a WebSocket met is forgotten after three of them', () => {
    const world = knocks(withoutCredential(), { ok: true, rttMs: 4 });
    expect(world.advance(180).gatewayView.wsUp).toBe(true);
    expect(world.advance(20).gatewayView.wsUp).toBeUndefined();
  });
});

describe('the gateway is tried from outside', () => {
  const wanted = ({ directives }: World): boolean | undefined =>
    directives.findLast((directive) => directive.kind === 'try-gateway')?.isWanted;

  it('while there is no session of ours, and nobody dials for one', () => {
    expect(wanted(withoutCredential())).toBe(true);
    const refused = new World();
    refused.gateway.refusesUsFor = 'token_mismatch';
    expect(wanted(refused.advance(30))).toBe(true);
  });

  it('not while a session tells, nor while the gateway is dialled anyhow', () => {
    const world = new World();
    world.gateway.others.push(aRow({ nodeId: 'attic' }));
    expect(wanted(world.advance(30))).toBe(false);
    world.gateway.goesDown();
    expect(wanted(world.advance(30))).toBe(false);
  });

  it('also where we were refused: then a gateway that went deaf since is told', () => {
    const world = new World();
    world.gateway.refusesUsFor = 'token_mismatch';
    world.advance(60);
    expect(world.gatewayView).toMatchObject({ health: 'healthy', wsUp: true });
    expect(knocks(world, SILENT).gatewayView).toMatchObject({ health: 'deaf', wsUp: false });
  });
});
