import { describe, expect, it } from 'vitest';
import { unseenTarget, type LocalFacts } from '../../src/core/facts/local.ts';
import { observeSocket } from '../../src/core/facts/socket-look.ts';
import type { Endpoint } from '../../src/core/model/observation.ts';
import { DEFAULT_THRESHOLDS } from '../../src/core/model/thresholds.ts';
import { World, type WorldOptions } from '../helpers/world.ts';

const connects = (world: World): number => world.view().counters.connects;

/** A node host that was attached before the exporter looked, and comes back after `times` outages of its gateway. */
function reconnecting(version: '2026.4.15' | '2026.9.6', options: WorldOptions, times: number): World {
  const world = new World({ gatewayVersion: version, ...options });
  world.nodeHost({ version }).attached();
  world.advance(60);
  expect(connects(world)).toBe(0);
  for (let time = 0; time < times; time += 1) {
    world.gateway.goesDown();
    world.advance(1);
    world.gateway.comesBack();
    if (world.node.processSample() === null) world.node.startsAgain();
    world.advance(90);
    expect(world.node.state).toBe('alive');
  }
  return world;
}

describe('without a credential', () => {
  const options = { credential: false };

  it('a 2026.4 node host, whose log never says that it connected, is counted by its connections', () => {
    expect(connects(reconnecting('2026.4.15', options, 3))).toBe(3);
  });

  it('a 2026.9 node host is counted by its log alone', () => {
    expect(connects(reconnecting('2026.9.6', options, 3))).toBe(3);
  });

  it('a 2026.9 node host whose log cannot be read is counted by its connections', () => {
    expect(connects(reconnecting('2026.9.6', { ...options, log: false }, 3))).toBe(3);
  });

  it('the time of the connect is when the connection opened, not when that was known to be one', () => {
    const world = reconnecting('2026.9.6', { ...options, log: false }, 1);
    const { lastConnect, proofsOfLife, since } = world.view();
    expect(proofsOfLife.connect).toEqual(lastConnect);
    expect(lastConnect!.monoMs).toBeLessThanOrEqual(since.monoMs - world.limits.socketAttachedMs);
  });

  it('a connection that never got past its deadline is none', () => {
    const world = new World(options);
    world.nodeHost({ version: '2026.4.15' }).attached();
    world.advance(60);
    world.node.meets('hangs-up').dropped(1006, '');
    world.advance(60);
    expect(connects(world)).toBe(0);
  });

  it('the same connection does not count again when the gateway was out of sight for a while', () => {
    const world = reconnecting('2026.9.6', { ...options, log: false }, 1);
    world.gateway.freezes();
    world.advance(30);
    world.gateway.comesBack();
    world.advance(90);
    expect(connects(world)).toBe(1);
  });
});

describe('with a credential', () => {
  it('the gateway counts, and nobody else', () => {
    expect(connects(reconnecting('2026.4.15', {}, 3))).toBe(3);
  });
});

// Fixed: it was taken for a dial of that moment, and a namesake's young session for its own.
describe('a connection that is seen once its log, or a file, has told where it dials', () => {
  const GATEWAY: Endpoint = { host: 'gateway', port: 18_789 };
  const process = { ...unseenTarget({ id: 'local', explicit: true }), incarnation: '1:1' };
  const look = (facts: LocalFacts, second: number, endpoint: Endpoint | null, anyEstablished = true) =>
    observeSocket(
      facts,
      {
        source: 'socket',
        target: 'local',
        at: { monoMs: second * 1_000, wallMs: second * 1_000 },
        incarnation: '1:1',
        endpoint,
        connections: endpoint === null ? [] : [{ id: 'a', state: 'established', unreadBytes: 0 }],
        anyEstablished,
      },
      DEFAULT_THRESHOLDS,
    );

  it('may have been there all along', () => {
    const { socket } = look(look(process, 1, null), 2, GATEWAY);
    expect(socket?.connections[0]?.isOlder).toBe(true);
    expect(socket?.lastDial).toBeUndefined();
  });

  it('is new where the process had none to anywhere', () => {
    const { socket } = look(look(process, 1, null, false), 2, GATEWAY);
    expect(socket?.connections[0]?.isOlder).toBe(false);
  });
});
