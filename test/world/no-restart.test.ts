import { describe, expect, it } from 'vitest';
import { decide } from '../../src/recovery/rules/decide.ts';
import { begin, newMemory, observe, type NodeMemory } from '../../src/recovery/rules/memory.ts';
import type { RecoverySettings } from '../../src/config/config.ts';
import { parseViewpoints } from './exporter/viewpoints.ts';
import type { LayoutWishes } from './layout.ts';
import { settledWorld } from './scenarios.ts';
import { takeAway } from './trouble/gateway-troubles.ts';
import type { World } from './world.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const REVIEW_EVERY_MS = 5 * SECOND;

/** As shipped, and a command that nothing stands in the way of. */
const SETTINGS: RecoverySettings = {
  enabled: true,
  dryRun: false,
  command: ['restart'],
  commandTimeoutMs: 2 * MINUTE,
  heldMs: MINUTE,
  gatewayHealthyMs: MINUTE,
  waitForCommandsMs: 10 * MINUTE,
  attachWithinMs: 3 * MINUTE,
  cooldownMs: 10 * MINUTE,
  maxAttempts: 3,
  refillAfterMs: HOUR,
};

/** What recovery would have done in that time, in words. */
function acts(world: World, ms: number): readonly string[] {
  const memories = new Map<string, NodeMemory>();
  const done: string[] = [];
  for (let goneMs = 0; goneMs < ms; goneMs += REVIEW_EVERY_MS) {
    world.run(REVIEW_EVERY_MS);
    const snapshot = world.exporter.snapshot;
    if (snapshot === undefined) continue;
    for (const node of snapshot.nodes.filter(({ scope }) => scope === 'local')) {
      const before = memories.get(node.key) ?? newMemory(snapshot.at);
      const memory = observe(before, { node, snapshot, settings: SETTINGS });
      const known = { node, snapshot, memory, settings: SETTINGS, pause: undefined };
      const decision = decide({ ...known, children: 0, obstacle: undefined });
      if (decision.kind === 'act') done.push(`${node.state} after ${goneMs / MINUTE} min: ${node.why}`);
      const act = { incarnation: node.evidence.process?.incarnation ?? '', family: [] };
      const at = { now: snapshot.at, settings: SETTINGS, random: 0 };
      memories.set(node.key, decision.kind === 'act' ? begin(memory, act, at) : memory);
    }
  }
  return done;
}

interface Case {
  readonly fault: string;
  readonly wishes: LayoutWishes;
  /** Begins it; what of it comes later comes by itself. */
  readonly begin: (world: World) => void;
}

/** Enough of them that one alone is no failure of many. */
const FOUR: LayoutWishes = { hosts: 4, gateways: 1, naming: 'named', viewpoints: parseViewpoints('all') };

const HELPLESS: readonly Case[] = [
  {
    fault: 'a wrong token',
    wishes: FOUR,
    begin: ({ scene: { host } }) => {
      host.token = 'wrong';
      host.restart();
    },
  },
  {
    fault: 'a pairing that was removed, on which it parks',
    wishes: { ...FOUR, way: 'network' },
    begin: ({ scene: { host, site } }) => {
      site.gateway.removePairing(host.deviceId);
    },
  },
  {
    fault: 'restarts of the gateway that take a second to ten minutes',
    wishes: FOUR,
    begin: ({ scene }) => {
      [1, 5, 20, 45, 90, 180, 600].forEach((seconds, index) => {
        scene.elsewhere(index * 6 * MINUTE, () => {
          takeAway(scene, index % 2 === 0 ? 'stop' : 'kill', seconds * SECOND);
        });
      });
    },
  },
  {
    fault: 'three of four that stop at once',
    wishes: FOUR,
    begin: ({ layout }) => {
      for (const host of layout.locals.slice(0, 3)) host.setPlight('stopped');
    },
  },
  {
    fault: 'starts that take 80 s, every ten minutes',
    wishes: FOUR,
    begin: ({ scene }) => {
      for (let minute = 0; minute < 60; minute += 10)
        scene.after(minute * MINUTE, () => {
          scene.host.nextTemper = { bootMs: 80 * SECOND };
          scene.host.restart();
        });
    },
  },
  {
    fault: 'a network that is lost for an hour',
    wishes: { ...FOUR, way: 'network' },
    begin: ({ scene: { site } }) => {
      site.parts.link?.setLost(true);
    },
  },
];

describe.each(['2026.4.15', '2026.9.6'] as const)('recovery, for an hour, with OpenClaw %s', (version) => {
  it.each(HELPLESS)('restarts nobody for $fault', ({ wishes, begin }) => {
    const world = settledWorld('an hour', { ...wishes, versions: [version] });
    begin(world);
    expect(acts(world, HOUR)).toEqual([]);
  });

  it('restarts one of four that is stopped, once, and within three minutes', () => {
    const world = settledWorld('an hour', { ...FOUR, versions: [version] });
    world.scene.host.setPlight('stopped');
    const done = acts(world, 3 * MINUTE);
    expect(done).toEqual([expect.stringMatching(/^wedged after /)]);
  });
});
