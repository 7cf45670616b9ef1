import { describe, expect, it } from 'vitest';
import type { NodeState } from '../../src/core/model/node-state.ts';
import { World, type WorldOptions } from '../helpers/world.ts';
import type { SimulatedNode, NodeOptions } from '../helpers/world/simulated-node.ts';

const FALSE_PAGES: readonly NodeState[] = ['zombie', 'wedged', 'down'];
const WITHOUT_CREDENTIAL: WorldOptions = { credential: false };

interface Scene {
  readonly world: World;
  readonly node: SimulatedNode;
}

/** A node host that has been attached for an hour and watched for long enough to be settled. */
function healthy({
  node: nodeOptions = {},
  watchedSeconds = 60,
  ...options
}: WorldOptions & { node?: NodeOptions; watchedSeconds?: number } = {}): Scene {
  const world = new World(options);
  const node = world.nodeHost(nodeOptions).attached();
  world.advance(watchedSeconds);
  expect(node.state).toBe('alive');
  return { world, node };
}

const KEPT_ALIVE: NodeOptions = { version: '2026.4.15', keepAliveMs: 1_000 };
const VERSIONS = [
  ['2026.9.6', {}],
  ['2026.4.15', KEPT_ALIVE],
] as const;

describe.each([
  ['with a credential', {}],
  ['without any credential', WITHOUT_CREDENTIAL],
  ['without a log', { log: false }],
  ['without sockets', { socket: false }],
] as const)('a healthy node host %s', (_name, options) => {
  it.each(VERSIONS)('%s stays alive for ten minutes', (_version, node) => {
    const { world } = healthy({ ...options, node });
    const seen = world.during(() => world.advance(600));
    expect([...seen.states]).toEqual(['alive']);
  });

  describe.each(VERSIONS)('%s', (_version, node) => {
    it.each([0.5, 2, 7, 15, 31, 62])(
      'lives through a gateway restart with %s s of outage without a false verdict',
      (outageSeconds) => {
        for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
          const { world } = healthy({ ...options, node });
          const seen = world.during(() => {
            world.gateway.goesDown(signal);
            world.advance(outageSeconds);
            world.gateway.comesBack();
            world.advance(90);
          });
          for (const state of FALSE_PAGES) expect(seen.states).not.toContain(state);
          expect(seen.wasAlwaysLive).toBe(true);
          expect(world.view().state).toBe('alive');
        }
      },
    );

    it('lives through a gateway that is stopped for 75 s', () => {
      const { world, node: host } = healthy({ ...options, node, watchedSeconds: 400 });
      const seen = world.during(() => {
        world.gateway.freezes();
        world.advance(75);
        expect(host.state).toBe('gateway-down');
        world.gateway.comesBack();
        world.advance(90);
      });
      for (const state of FALSE_PAGES) expect(seen.states).not.toContain(state);
      expect(seen.wasAlwaysLive).toBe(true);
      expect(host.state).toBe('alive');
    });

    it('is behind a gateway that is down, within 15 s, and stays live', () => {
      const { world, node: host } = healthy({ ...options, node });
      world.gateway.goesDown();
      expect(world.secondsUntil('gateway-down', 15)).toBeLessThanOrEqual(15);
      const seen = world.during(() => world.advance(180));
      expect([...seen.states]).toEqual(['gateway-down']);
      expect(host.live).toBe(true);
    });

    it('is behind a gateway that froze, within 15 s', () => {
      const { world } = healthy({ ...options, node });
      world.gateway.freezes();
      expect(world.secondsUntil('gateway-down', 15)).toBeLessThanOrEqual(15);
    });
  });
});

describe.each([
  ['with a credential', {}],
  ['without any credential', WITHOUT_CREDENTIAL],
] as const)('%s', (_name, options) => {
  it.each(VERSIONS)(
    '%s is wedged within 7 s of SIGSTOP, and alive within 10 s of SIGCONT',
    (_version, on) => {
      const { world, node } = healthy({ ...options, node: on });
      node.stops();
      world.advance(5);
      expect(node.state).toBe('alive');
      expect(world.secondsUntil('wedged', 2)).toBeLessThanOrEqual(2);
      expect(node.live).toBe(false);
      expect(node.reasons).toEqual(['process-stopped']);
      node.continues();
      expect(world.secondsUntil('alive', 10)).toBeLessThanOrEqual(10);
      expect(node.live).toBe(true);
    },
  );

  it('a stop of four seconds is a debugger, not a fault', () => {
    const { world, node } = healthy(options);
    const seen = world.during(() => {
      node.stops();
      world.advance(4);
      node.continues();
      world.advance(30);
    });
    expect([...seen.states]).toEqual(['alive']);
  });

  it.each(VERSIONS)('%s is wedged within 45 s of a busy loop', (_version, on) => {
    const { world, node } = healthy({ ...options, node: on });
    node.spins();
    world.advance(10);
    expect(node.state).toBe('alive');
    world.secondsUntil('wedged', 35);
    expect(node.live).toBe(false);
  });

  it('2026.9.6 is wedged within 25 s of a busy loop once its pulse was watched for 5 min', () => {
    const { world, node } = healthy({ ...options, watchedSeconds: 330 });
    node.spins();
    world.advance(14);
    expect(node.state).toBe('alive');
    world.secondsUntil('wedged', 11);
    expect(node.reasons).toContain('no-pulse');
  });

  it('a busy loop of 9 s is work, not a fault', () => {
    const { world, node } = healthy({ ...options, watchedSeconds: 330 });
    const seen = world.during(() => {
      node.spins();
      world.advance(9);
      node.continues();
      world.advance(60);
    });
    expect([...seen.states]).toEqual(['alive']);
  });

  it.each([2, 15, 62])(
    'a lost timer makes a zombie within 14 s after the gateway answers again, or once it must have started up (%s s of outage)',
    (outageSeconds) => {
      const { world, node } = healthy(options);
      // Without a session nobody knows when it lets anybody in.
      const startupSeconds = 'credential' in options ? 10 : 0;
      node.losesItsTimer();
      world.gateway.goesDown();
      world.advance(outageSeconds);
      expect(node.live).toBe(true);
      world.gateway.comesBack();
      world.advance(5);
      expect(node.state).toBe('reconnecting');
      world.secondsUntil('zombie', 9 + startupSeconds);
      expect(node.reasons).toEqual(['silent']);
      expect(node.live).toBe(false);
      world.advance(3_600);
      expect(node.state).toBe('zombie');
    },
  );

  // Whether a peer that says nothing is a gateway only the gateway itself can tell.
  it.runIf(!('credential' in options))('a mute peer makes a 2026.4.15 a zombie within 30 s', () => {
    const world = new World(options);
    const node = world.nodeHost({ version: '2026.4.15', bootMs: () => 3_000 }).meets('mute');
    world.advance(3);
    expect(world.secondsUntil('zombie', 30)).toBeGreaterThan(10);
    expect(node.reasons).toEqual(['silent']);
    world.advance(600);
    expect(node.state).toBe('zombie');
  });

  it('is down within 20 s when nobody restarts it', () => {
    const { world, node } = healthy(options);
    node.exits();
    world.advance(14);
    expect(node.state).toBe('reconnecting');
    expect(node.live).toBe(true);
    world.secondsUntil('down', 6);
    expect(node.live).toBe(false);
  });

  it('is never down when a supervisor restarts it within ten seconds', () => {
    const { world, node } = healthy({ ...options, node: { keepAliveMs: 10_000 } });
    const seen = world.during(() => {
      node.exits();
      world.advance(60);
    });
    expect(seen.states).not.toContain('down');
    expect(seen.wasAlwaysLive).toBe(true);
    expect(node.state).toBe('alive');
  });

  it('a wrong token blocks it within 5 s of the refusal, with the reason, and /livez stays 200', () => {
    const world = new World(options);
    const node = world.nodeHost({ keepAliveMs: 5_000, bootMs: () => 3_000 }).meets('refuses-token');
    world.advance(3);
    world.secondsUntil('blocked', 5.5);
    expect(node.reasons).toEqual(['refused', 'token_mismatch']);
    expect(node.verdict.counters.authFailures.token_mismatch).toBe(1);
    // Also while a supervisor restarts it in a loop.
    const seen = world.during(() => world.advance(120));
    expect(seen.states).not.toContain('zombie');
    expect(seen.states).not.toContain('down');
    expect(seen.wasAlwaysLive).toBe(true);
    expect(node.state).toBe('blocked');
    expect(node.verdict.counters.authFailures.token_mismatch).toBeGreaterThan(5);
  });

  it('a wrong token and nobody who restarts it: blocked, not down', () => {
    const world = new World(options);
    const node = world.nodeHost({ bootMs: () => 3_000 }).meets('refuses-token');
    world.advance(60);
    expect(node.state).toBe('blocked');
    expect(node.live).toBe(true);
  });

  it('parked on a rate limit it is blocked, and a zombie once the lock-out is over', () => {
    const world = new World(options);
    const node = world.nodeHost({ bootMs: () => 3_000 }).meets('parks-rate-limit');
    world.advance(10);
    expect(node.state).toBe('blocked');
    expect(node.reasons).toEqual(['refused', 'rate_limited']);
    world.advance(315);
    expect(node.state).toBe('blocked');
    world.secondsUntil('zombie', 15);
    expect(node.reasons).toEqual(['parked', 'rate_limited']);
    expect(node.live).toBe(false);
  });

  it('a proxy that answers 502 to everybody is no fault of the node host, for however long', () => {
    const { world, node } = healthy(options);
    node.meets('proxy-502-to-all').dropped(1006, '');
    const seen = world.during(() => world.advance(1_200));
    expect([...seen.states].sort()).toEqual(['alive', 'gateway-down', 'reconnecting']);
    expect(node.state).toBe('gateway-down');
    expect(node.reasons).toEqual(['gateway-deaf']);
  });

  it('a proxy that answers 502 to it alone: reconnecting, and a futile zombie after ten minutes', () => {
    const { world, node } = healthy(options);
    node.meets('proxy-502').dropped(1006, '');
    const seen = world.during(() => world.advance(598));
    expect([...seen.states].sort()).toEqual(['alive', 'reconnecting']);
    world.secondsUntil('zombie', 10);
    expect(node.reasons).toEqual(['futile']);
  });
});

describe('with --probe', () => {
  it('a busy loop is wedged within 15 s', () => {
    const { world, node } = healthy({ probe: true });
    node.spins();
    world.advance(7);
    expect(node.state).toBe('alive');
    world.secondsUntil('wedged', 8);
    expect(node.reasons).toContain('probe-timeout');
  });

  it('one lost answer is an accident', () => {
    const { world, node } = healthy({ probe: true });
    const seen = world.during(() => {
      node.spins();
      world.advance(5);
      node.continues();
      world.advance(60);
    });
    expect([...seen.states]).toEqual(['alive']);
  });
});

describe('pairing', () => {
  it('parked on pairing it is blocked, and a zombie within 30 s once approved', () => {
    const world = new World();
    const node = world
      .nodeHost({ bootMs: () => 3_000 })
      .isUnpaired()
      .meets('parks-pairing');
    world.gateway.pairs(node);
    world.advance(3);
    world.secondsUntil('blocked', 5.5);
    expect(node.reasons).toEqual(['refused', 'pairing_required']);
    world.advance(600);
    expect(node.state).toBe('blocked');
    node.isApproved();
    world.secondsUntil('zombie', 30);
    expect(node.reasons).toEqual(['parked', 'pairing_required']);
    expect(node.live).toBe(false);
  });

  it('approved and restarted it is alive', () => {
    const world = new World();
    const node = world
      .nodeHost({ bootMs: () => 3_000 })
      .isUnpaired()
      .meets('parks-pairing');
    world.gateway.pairs(node);
    world.advance(30);
    node.isApproved().meets('gateway').restarts();
    world.advance(20);
    expect(node.state).toBe('alive');
    expect(node.verdict.parked).toBeUndefined();
  });
});

describe('approval', () => {
  it('attached with its commands withheld it is alive and live, but not ready', () => {
    const { world, node } = healthy();
    expect(node.verdict.ready).toBe(true);
    node.awaitsApproval();
    world.advance(6);
    expect(node.state).toBe('alive');
    expect(node.reasons).toEqual(['attached', 'awaiting-approval']);
    expect(node.live).toBe(true);
    expect(node.verdict.ready).toBe(false);
    node.isApproved();
    world.advance(6);
    expect(node.verdict.ready).toBe(true);
  });
});
