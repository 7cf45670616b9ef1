import { describe, expect, it } from 'vitest';
import type { NodeState } from '../../src/core/model/node-state.ts';
import type { SimulatedNode } from '../helpers/world/simulated-node.ts';
import { World } from '../helpers/world.ts';

interface Fault {
  readonly state: NodeState;
  readonly begins: (node: SimulatedNode, world: World) => void;
  readonly ends: (node: SimulatedNode) => void;
}

const FAULTS: readonly Fault[] = [
  {
    state: 'down',
    begins: (node) => node.exits(),
    ends: (node) => node.startsAgain(),
  },
  {
    state: 'wedged',
    begins: (node) => node.stops(),
    ends: (node) => node.continues(),
  },
  {
    state: 'zombie',
    begins: (node, world) => {
      node.losesItsTimer();
      world.gateway.goesDown();
      world.advance(5);
      world.gateway.comesBack();
    },
    ends: (node) => node.restarts(),
  },
];

const DOUBTS: readonly (readonly [string, (world: World) => void])[] = [
  ['our clock is set', (world) => world.wallClockSteps(60)],
  ['this machine slept', (world) => world.wallClockSteps(600)],
  ['our own ticks come late', (world) => world.exporterHangs(8)],
];

// Fixed: each of these ended every fault for as long as its deadline; on a busy machine `/livez` came and went, and no page held.
describe.each(DOUBTS)('when %s', (_, doubt) => {
  it.each(FAULTS)('one that was called $state stays so, since the same', ({ state, begins }) => {
    const world = new World();
    const node = world.nodeHost().attached();
    world.advance(60);
    begins(node, world);
    world.secondsUntil(state, 80);
    world.advance(20);
    const { since } = world.view();
    const seen = world.during(() => {
      doubt(world);
      world.advance(100);
    });
    expect([...seen.states]).toEqual([state]);
    expect(world.view()).toMatchObject({ since, live: false });
  });

  it.each(FAULTS)(
    'one that was called $state and is well again is not held for it',
    ({ state, begins, ends }) => {
      const world = new World();
      const node = world.nodeHost().attached();
      world.advance(60);
      begins(node, world);
      world.secondsUntil(state, 80);
      doubt(world);
      world.advance(1);
      ends(node);
      world.advance(3);
      expect(world.view().live).toBe(true);
      world.secondsUntil('alive', 60);
    },
  );
});
