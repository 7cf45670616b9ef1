import { describe, expect, it } from 'vitest';
import { World, type WorldOptions } from '../helpers/world.ts';
import type { SimulatedNode } from '../helpers/world/simulated-node.ts';

function silent(options: WorldOptions = {}): { readonly world: World; readonly node: SimulatedNode } {
  const world = new World(options);
  const node = world.nodeHost().attached();
  world.advance(60);
  node.losesItsTimer();
  world.gateway.goesDown();
  world.advance(5);
  world.gateway.comesBack();
  world.secondsUntil('zombie', 80);
  expect(node.reasons).toEqual(['silent']);
  return { world, node };
}

describe('one that was called silent', () => {
  // Fixed: it was `reconnecting` for minutes as soon as its log could not be read any more, and its page went away.
  it('stays so when its log cannot be read any more', () => {
    const { world } = silent();
    world.logIsReadable(false);
    const seen = world.during(() => world.advance(400));
    expect([...seen.states]).toEqual(['zombie']);
  });

  it('is not any more once it is attached, and then begins anew', () => {
    const { world, node } = silent();
    world.logIsReadable(false);
    node.findsItsTimer();
    world.secondsUntil('alive', 40);
    world.gateway.drops(node);
    const seen = world.during(() => world.advance(10));
    expect(seen.wasAlwaysLive).toBe(true);
  });

  // Fixed: it was a zombie, and its gateway would have refused whatever a restart brought.
  it('is blocked once its pairing is removed, unless its gateway is its neighbour and lets it in unasked', () => {
    const stateOf = (options: WorldOptions): string => {
      const { world, node } = silent(options);
      world.gateway.forgets(node);
      world.advance(20);
      return `${node.state} ${node.reasons.join()}`;
    };
    expect(stateOf({ gatewayHost: 'gateway.lan' })).toBe('blocked pairing_required');
    expect(stateOf({})).toBe('zombie silent');
  });

  // Fixed: parked, approved, called silent for that, and unpaired again: it may have been refused for all we know (p2-11).
  it('is not known to be a zombie any more once its pairing is removed, where nobody reads its log', () => {
    const { world, node } = silent();
    world.logIsReadable(false);
    world.gateway.forgets(node);
    world.advance(60);
    expect(node.state).toBe('unknown');
  });
});
