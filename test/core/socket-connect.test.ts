import { describe, expect, it } from 'vitest';
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
