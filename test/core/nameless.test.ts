import { expect, it } from 'vitest';
import { isBlank } from '../../src/core/model/naming.ts';
import { aRow, World } from '../helpers/world.ts';

const FAR = 'f'.repeat(64);

it.each(['', '   ', '\u00a0', '\u200b\u2060', '\u3164'])(
  'a node host that is called %j is called by its id, or by the machine it runs on',
  (blank) => {
    const world = new World();
    world.nodeHost({ displayName: blank, hints: { nodeId: 'a1b2c3d4'.repeat(8) } });
    world.advance(60);
    const at = world.now;
    const rows = [
      { ...world.node.row(), displayName: blank },
      { ...aRow({ nodeId: FAR }), displayName: blank },
    ];
    world.observe({
      source: 'gateway-session',
      kind: 'roster',
      at,
      gatewayTsMs: at.wallMs,
      rows,
      rttMs: 1,
    });
    expect(world.snapshot.nodes.map(({ name }) => name).sort()).toEqual(
      ['ffffffff', world.core.options.defaultName].sort(),
    );
  },
);

it.each(['a', ' a ', '0', '-', '日本', '👩‍🔧', '\u200bx'])('%j is a name', (name) => {
  expect(isBlank(name)).toBe(false);
});
