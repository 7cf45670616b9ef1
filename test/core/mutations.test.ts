import { describe, expect, it } from 'vitest';
import { type Connection, omit } from '../../src/core/index.ts';
import { aRow, World, type WorldOptions } from '../helpers/world.ts';
import { aSocketLook } from '../helpers/socket-look.ts';

/**
 * Each of these once could be broken in the rules and no test noticed. They say what must hold, by what the exporter says
 * of a world, and know nothing of how the core comes to it.
 */

/** The machine slept: the time of day jumps, the clock that verdicts count by does not. */
function machineSleeps(world: World, seconds = 60): void {
  world.wallClockSteps(seconds);
}

/** What a look at the sockets of its process says, in a world whose sockets nobody looks at. */
function socketsShow(world: World, ...connections: readonly Connection[]): void {
  const { incarnation } = world.node.processSample()!;
  world.observe(aSocketLook(world.now, connections, { incarnation }));
}

describe('a sleep of the machine gives every deadline a new beginning', () => {
  it('that of a process that is gone', () => {
    const world = new World();
    const node = world.nodeHost().attached();
    world.advance(5);
    node.exits();
    world.advance(10);
    machineSleeps(world);
    expect(world.secondsUntil('down', 30)).toBeGreaterThanOrEqual(14);
  });

  it('that of attempts in vain', () => {
    const world = new World();
    const node = world.nodeHost().attached();
    world.advance(5);
    node.meets('proxy-502');
    world.gateway.drops(node);
    world.advance(590);
    machineSleeps(world);
    expect(world.secondsUntil('zombie', 700)).toBeGreaterThanOrEqual(590);
    expect(node.reasons).toContain('futile');
  });

  it('that of bytes that lie unread: only looks at the sockets since then tell that they stay', () => {
    const world = new World({ socket: false });
    const node = world.nodeHost().attached();
    node.beatsOnlyWhenSpokenTo();
    world.gateway.speaksEvery(600);
    const look = (): void => {
      socketsShow(world, { id: 's1', state: 'established', unreadBytes: 4 });
      world.advance(1);
    };
    world.advance(1);
    for (let seconds = 0; seconds < 5; seconds += 1) look();
    machineSleeps(world);
    const seen = world.during(() => {
      for (let seconds = 0; seconds < 9; seconds += 1) look();
      // The next looks at the sockets fail; the last one holds for a while.
      world.advance(2);
    });
    expect([...seen.states]).toEqual(['alive']);
    const later = world.during(() => {
      for (let seconds = 0; seconds < 12; seconds += 1) look();
    });
    expect(later.reasons).toContain('unread-bytes');
  });

  it('that of probes without an answer', () => {
    const world = new World({ probe: true, socket: false });
    const node = world.nodeHost().attached();
    world.advance(20);
    // So little of a core that nothing but the probe tells within a minute.
    node.spins(0.1);
    // It is probed within four seconds, and three later the first answer is missing.
    world.advance(6);
    machineSleeps(world);
    expect(world.secondsUntil('wedged', 65)).toBeGreaterThanOrEqual(30);
    expect(node.reasons).toContain('probe-timeout');
  });
});

describe('what the gateway says of a node', () => {
  it('that is to be approved anew but kept its commands: it can be used', () => {
    const world = new World();
    world.nodeHost().attached();
    world.gateway.others.push(
      aRow({ nodeId: 'some', approvalState: 'pending-reapproval', commandCount: 3 }),
      aRow({ nodeId: 'none', approvalState: 'pending-reapproval', commandCount: 0 }),
    );
    world.advance(30);
    expect(world.remote('some')).toMatchObject({ state: 'alive', ready: true });
    expect(world.remote('some').reasons).not.toContain('awaiting-approval');
    expect(world.remote('none')).toMatchObject({ state: 'alive', ready: false });
    expect(world.remote('none').reasons).toContain('awaiting-approval');
  });

  it('that it approved and unpaired again: a restart would be refused, so it is blocked', () => {
    const world = new World();
    const node = world.nodeHost().attached();
    world.advance(5);
    node.meets('parks-pairing').restarts();
    world.advance(20);
    expect(node.state).toBe('blocked');
    node.isApproved();
    world.advance(10);
    expect(node.state).toBe('zombie');
    node.isUnpaired();
    world.advance(10);
    expect(node.state).toBe('blocked');
    expect(node.live).toBe(true);
  });
});

describe('a silent zombie', () => {
  it('stays one after a restart of the exporter, whatever begins anew, until it dials', () => {
    const world = new World();
    const node = world.nodeHost().attached();
    world.advance(5);
    node.losesItsTimer();
    world.gateway.drops(node);
    world.secondsUntil('zombie', 60);
    world.exporterRestarts();
    world.advance(5);
    const seen = world.during(() => {
      for (let minute = 0; minute < 5; minute += 1) {
        machineSleeps(world);
        world.advance(60);
      }
    });
    expect([...seen.states]).toEqual(['zombie']);
    node.findsItsTimer();
    expect(world.secondsUntil('alive', 10)).toBeLessThan(10);
  });
});

describe('a young process', () => {
  it('that was turned away already is not starting any more, it tries again', () => {
    const world = new World();
    const node = world.nodeHost().attached();
    world.advance(5);
    node.meets('proxy-502').restarts();
    world.advance(6);
    expect(node.state).toBe('reconnecting');
    expect([...world.during(() => world.advance(20)).states]).toEqual(['reconnecting']);
  });

  it('is not taken for attached because its connection was there before we looked', () => {
    const world = new World({ credential: false, log: false });
    const node = world.nodeHost({ version: '2026.4.15' }).attached();
    world.advance(1);
    node.meets('mute').restarts();
    world.advance(10);
    world.exporterStartsAfresh();
    const seen = world.during(() => world.advance(15));
    expect(seen.states).not.toContain('alive');
  });
});

describe('how long a node host may take', () => {
  /** Seconds from its dial to a peer that never answers until it is called a zombie. */
  function secondsOnAMutePeer(version: '2026.9.6' | '2026.4.15'): number {
    const world = new World({ gatewayVersion: version });
    const node = world.nodeHost({ version }).attached();
    world.advance(5);
    node.meets('mute').restarts();
    world.advance(3);
    return world.secondsUntil('zombie', 60);
  }

  it('for a connect is what its version gives it: 10 s in 2026.4, not 15', () => {
    const seconds = secondsOnAMutePeer('2026.4.15');
    expect(seconds).toBeGreaterThanOrEqual(15);
    expect(seconds).toBeLessThanOrEqual(23);
  });

  it('counts from a dial that is still under way, also where nobody has answered it yet', () => {
    const world = new World({ socket: false });
    const node = world.nodeHost().attached();
    const open = { id: 's1', state: 'established', unreadBytes: 0 } as const;
    socketsShow(world, open);
    world.advance(2);
    node.losesItsTimer();
    world.gateway.drops(node);
    const seen = world.during(() => {
      for (let seconds = 0; seconds < 15; seconds += 1) {
        if (seconds < 2) socketsShow(world);
        else socketsShow(world, { id: 's2', state: 'opening', unreadBytes: 0 });
        world.advance(1);
      }
    });
    expect(seen.states).not.toContain('zombie');
    expect(node.state).toBe('reconnecting');
  });
});

describe('what a log says', () => {
  it('of a pause without a code leaves the reason that the refusal before it gave', () => {
    const world = new World();
    const node = world.nodeHost().attached();
    world.advance(5);
    node.meets('mute').restarts();
    world.advance(5);
    world.observeLog({
      kind: 'connect-failed',
      reason: 'auth',
      auth: 'token_mismatch',
      echoesClose: false,
      message: 'unauthorized: gateway token mismatch',
    });
    world.observeLog({ kind: 'paused', code: 1008, auth: 'other', disposition: 'waiting' });
    world.advance(2);
    expect(node.state).toBe('blocked');
    expect(node.reasons).toContain('token_mismatch');
  });

  it('of a former process, where it tells each connect: the new one is not attached before it says so', () => {
    const world = new World(LOG_ALONE);
    let bootMs = 3_000;
    const node = world.nodeHost({ bootMs: () => bootMs });
    world.advance(30);
    expect(node.state).toBe('alive');
    bootMs = 3_600_000;
    node.restarts();
    // One that hangs before its first dial: the log, and nothing else, says that it is not attached.
    expect(world.secondsUntil('zombie', 150)).toBeGreaterThanOrEqual(55);
    expect(node.reasons).toContain('silent');
  });
});

/** Neither the gateway's word nor the sockets can be had. */
const LOG_ALONE: WorldOptions = { credential: false, socket: false };

/** A Mac without koffi. */
describe('where no pulse can be seen', () => {
  // Fixed: one that hung beside a gateway of 2026.4 was `alive` for ever.
  it('bytes that lie unread while further ticks come tell alone that it hangs', () => {
    const world = new World({ process: false, socket: false, gatewayVersion: '2026.4.15' });
    const node = world.nodeHost().attached();
    const look = (unreadBytes: number): void => {
      const sample = omit(node.processSample()!, 'voluntarySwitches');
      world.observe({ source: 'process', target: 'local', at: world.now, process: sample });
      socketsShow(world, { id: 's1', state: 'established', unreadBytes });
      world.advance(1);
    };
    const lookFor = (seconds: number, unreadBytes: number) =>
      world.during(() => {
        for (let second = 0; second < seconds; second += 1) look(unreadBytes);
      });
    expect([...lookFor(74, 4).states]).not.toContain('wedged');
    // It was on its way.
    look(0);
    expect([...lookFor(74, 4).states]).toEqual(['alive']);
    const { states, reasons } = lookFor(4, 4);
    expect([...states].at(-1)).toBe('wedged');
    expect(reasons).toContain('unread-bytes');
  });
});
