import { describe, expect, it } from 'vitest';
import { NO_NODE_COUNTERS, type NodeCounters } from '../../src/core/model/counters.ts';
import { endpointOf } from '../../src/core/model/endpoint.ts';
import { EMPTY_LEDGER, enter, type Ledger } from '../../src/core/facts/log.ts';
import { LivenessCore } from '../../src/core/core.ts';
import type { GatewayFacts } from '../../src/core/facts/gateway.ts';
import type { LogEvent } from '../../src/core/model/observation.ts';
import { dehydrate } from '../../src/state/dehydrate.ts';
import { rehydrate } from '../../src/state/rehydrate.ts';
import type { WrittenState } from '../../src/state/state-schema.ts';
import { asRead } from '../helpers/as-read.ts';
import { aRow, GATEWAY, START, World, type WorldOptions } from '../helpers/world.ts';
import type { SimulatedNode } from '../helpers/world/simulated-node.ts';
import { aSocketLook } from '../helpers/socket-look.ts';

/** A world whose gateway says nothing: only its own timers wake the node host, and nothing unread tells. */
function quietWorld(options: WorldOptions = {}): World {
  const world = new World(options);
  world.gateway.speaksEvery(600);
  return world;
}

/** 29.5 to 23 s, not twice the same in a row; the longest comes first, before any was learnt. */
function driftingSleep(): () => number {
  let n = 0;
  return () => 29_500 - ((n++ * 2_750) % 6_750);
}

const VERSIONS = ['2026.9.6', '2026.4.15'] as const;

describe('the pulse', () => {
  it('of an idle 2026.9.6 that drifts from 8 s to 29.5 s is none of a wedged one', () => {
    const world = quietWorld();
    const node = world
      .nodeHost()
      .attached()
      .sleepsFor(() => 8_000);
    world.advance(310);
    const seen = world.during(() => {
      node.sleepsFor(driftingSleep());
      world.advance(900);
    });
    expect([...seen.states]).toEqual(['alive']);
  });

  it('of an idle 2026.4.15 that sleeps 29.5 s at a time is none of a wedged one', () => {
    const world = quietWorld({ gatewayVersion: '2026.4.15' });
    world
      .nodeHost({ version: '2026.4.15' })
      .attached()
      .sleepsFor(() => 29_500);
    world.advance(1);
    const seen = world.during(() => world.advance(900));
    expect([...seen.states]).toEqual(['alive']);
  });

  it.each(VERSIONS)(
    'of a %s that hangs asleep tells within 45 s once it was watched for 5 min',
    (version) => {
      const world = quietWorld({ gatewayVersion: version });
      const node = world
        .nodeHost({ version })
        .attached()
        .sleepsFor(() => 8_000);
      world.advance(310);
      node.spins(0);
      world.advance(31);
      expect(node.state).toBe('alive');
      world.secondsUntil('wedged', 14);
      expect(node.reasons).toEqual(['no-pulse']);
    },
  );

  it.each(VERSIONS)('of a %s that hangs asleep tells within 80 s before that', (version) => {
    const world = quietWorld({ gatewayVersion: version });
    const node = world
      .nodeHost({ version })
      .attached()
      .sleepsFor(() => 8_000);
    world.advance(100);
    node.spins(0);
    world.advance(50);
    expect(node.state).toBe('alive');
    world.secondsUntil('wedged', 30);
    expect(node.reasons).toContain('no-pulse');
  });
});

describe('a main thread that computes without rest', () => {
  it.each([
    ['70 % of a core within 16 s', 0.7, 16],
    ['45 % of a core within 25 s', 0.45, 25],
  ])('is wedged at %s, and not before 10 s of CPU time', (_name, coreShare, withinSeconds) => {
    const world = quietWorld();
    const node = world.nodeHost().attached();
    world.advance(60);
    node.spins(coreShare);
    world.advance(10 / coreShare - 1);
    expect(node.state).toBe('alive');
    world.secondsUntil('wedged', withinSeconds - (10 / coreShare - 1));
    expect(node.reasons).toEqual(['spinning', 'no-pulse']);
  });

  it('is not one whose other threads compute, whether its event loop runs on or hangs asleep', () => {
    const world = quietWorld();
    const node = world.nodeHost().attached();
    world.advance(330);
    node.computes(200, 2);
    const seen = world.during(() => world.advance(120));
    expect([...seen.states]).toEqual(['alive']);
    node.spins(0);
    world.secondsUntil('wedged', 45);
    expect(node.reasons).toEqual(['no-pulse']);
  });

  it('is not one that we did not look at for a minute', () => {
    for (const isSuspended of [false, true]) {
      const world = quietWorld();
      const node = world.nodeHost().attached();
      world.advance(330);
      // Six spells of 7 s at a full core, each with a moment of rest after it.
      const computes = (): void => {
        for (let spell = 0; spell < 6; spell += 1) {
          node.spins(1);
          world.advance(7);
          node.continues();
          world.advance(5);
        }
      };
      const seen = world.during(() => {
        if (isSuspended) world.exporterHangs(72, computes);
        else computes();
        world.advance(30);
      });
      expect([...seen.states]).toEqual(['alive']);
    }
  });
});

describe('the ledger', () => {
  const close = (code = 1013): LogEvent => ({ kind: 'closed', code, reason: 'try again later' });
  const echo = (code = 1013): LogEvent => ({
    kind: 'connect-failed',
    reason: 'closed',
    echoesClose: true,
    message: `gateway closed (${code}): try again later`,
  });
  const replay = (
    events: readonly LogEvent[],
    wasAttached: boolean | undefined,
  ): { ledger: Ledger; counters: NodeCounters } =>
    events.reduce<{ ledger: Ledger; counters: NodeCounters }>(
      (entry, event, n) =>
        enter(entry, event, {
          at: { monoMs: n * 100, wallMs: n * 100 },
          recency: 'live',
          wasAttached,
        }),
      { ledger: EMPTY_LEDGER, counters: NO_NODE_COUNTERS },
    );

  describe.each([
    ['first the explanation, then the close (2026.9)', [echo(), close()]],
    ['first the close, then the explanation (2026.4)', [close(), echo()]],
  ])('%s', (_name, attempt) => {
    it.each([
      ['known to be detached', false],
      ['nobody knows whether it was attached', undefined],
    ])('is one attempt, and no connection that closed, however often: %s', (_state, wasAttached) => {
      for (const attempts of [1, 2, 5]) {
        const { ledger, counters } = replay(Array(attempts).fill(attempt).flat() as LogEvent[], wasAttached);
        expect(counters).toMatchObject({
          reconnectAttempts: attempts,
          // The first close may have been that of a connection that stood: nobody knows.
          closes: { '1013': wasAttached === undefined && attempt[0]?.kind === 'closed' ? 1 : 0 },
          reconnectFailures: { closed: attempts },
        });
        expect(ledger.failedAttempts).toBe(attempts);
      }
    });
  });

  it('a close that nobody explains counts also after one that was explained late', () => {
    const { ledger, counters } = replay([close(), echo(), close()], undefined);
    expect(counters.reconnectAttempts).toBe(2);
    expect(ledger.failedAttempts).toBe(2);
  });

  it('two closes without a word are two attempts, and an explained one after them is a third', () => {
    const { ledger, counters } = replay([close(), close(), echo(), close()], false);
    expect(counters.reconnectAttempts).toBe(3);
    expect(ledger.failedAttempts).toBe(3);
    expect(counters.closes['1013']).toBe(0);
  });
});

describe.each([
  ['the same clock', 0],
  ['a gateway’s clock an hour ahead', 3_600],
  ['a gateway’s clock an hour behind', -3_600],
])('parked on pairing, with %s', (_name, gatewayClockAheadSeconds) => {
  const parked = (parksAfterMs = 3_000): { world: World; node: SimulatedNode } => {
    const world = new World({ gatewayClockAheadSeconds });
    const node = world
      .nodeHost({ bootMs: () => parksAfterMs })
      .isUnpaired()
      .meets('parks-pairing');
    return { world, node };
  };

  it.each([0.25, 1, 2, 4])('and approved %s s later, between two rosters: a zombie', (seconds) => {
    const { world, node } = parked(11_250);
    world.advance(9.5);
    world.gateway.pollsAgainIn(8);
    world.advance(2.5 + seconds);
    node.isApproved();
    world.secondsUntil('zombie', 30);
    expect(node.reasons).toEqual(['parked', 'pairing_required']);
    expect(node.live).toBe(false);
  });

  it('and approved before we started: a zombie', () => {
    const { world, node } = parked();
    world.exporterHangs(20);
    node.isApproved();
    world.exporterHangs(60);
    world.exporterStartsAfresh();
    world.secondsUntil('zombie', 30);
    expect(node.reasons).toEqual(['parked', 'pairing_required']);
  });

  it('and approved before that already: blocked, whenever we started', () => {
    for (const hangsSeconds of [0, 60]) {
      const { world, node } = parked(8_000);
      node.isApproved();
      if (hangsSeconds > 0) world.exporterHangs(hangsSeconds).exporterStartsAfresh();
      const seen = world.during(() => world.advance(120));
      expect(seen.states).not.toContain('zombie');
      expect(node.state).toBe('blocked');
    }
  });

  it('and approved just before that, between two rosters: blocked', () => {
    const { world, node } = parked(11_250);
    world.gateway.pairs(node);
    world.advance(6);
    world.gateway.pollsAgainIn(8);
    world.advance(2);
    node.isApproved();
    const seen = world.during(() => world.advance(120));
    expect(seen.states).not.toContain('zombie');
    expect(node.state).toBe('blocked');
  });

  it('and not approved: blocked, whenever we started', () => {
    const { world, node } = parked();
    world.exporterHangs(60).exporterStartsAfresh();
    const seen = world.during(() => world.advance(300));
    expect(seen.states).not.toContain('zombie');
    expect(node.state).toBe('blocked');
  });

  it('and started again after the approval: the refusal is past, also while it starts slowly', () => {
    const { world, node } = parked();
    world.advance(30);
    node.isApproved();
    world.secondsUntil('zombie', 30);
    node.meets('gateway').restarts();
    const seen = world.during(() => {
      world.secondsUntil('starting', 2);
      world.secondsUntil('alive', 20);
    });
    expect([...seen.states]).toEqual(['zombie', 'starting', 'alive']);
  });

  it('and started again after the approval while we were away: not a zombie while it starts', () => {
    for (const isFirstRun of [false, true]) {
      let bootMs = 3_000;
      const world = new World({ gatewayClockAheadSeconds });
      const node = world
        .nodeHost({ bootMs: () => bootMs })
        .isUnpaired()
        .meets('parks-pairing');
      world.advance(30);
      expect(node.state).toBe('blocked');
      bootMs = 30_000;
      world.exporterHangs(20);
      node.isApproved();
      world.exporterHangs(20);
      node.meets('gateway').restarts();
      if (isFirstRun) world.exporterStartsAfresh();
      else world.exporterRestarts();
      const seen = world.during(() => world.advance(60));
      expect(seen.states).not.toContain('zombie');
      expect(seen.wasAlwaysLive).toBe(true);
      expect(node.state).toBe('alive');
    }
  });
});

describe('parked on pairing', () => {
  it('and started again while we were away, but hanging before its first dial: a zombie, not blocked for ever', () => {
    let bootMs = 3_000;
    const world = new World();
    const node = world
      .nodeHost({ bootMs: () => bootMs })
      .isUnpaired()
      .meets('parks-pairing');
    world.advance(30);
    expect(node.state).toBe('blocked');
    bootMs = 1e9;
    world.exporterHangs(10);
    node.restarts();
    world.exporterRestarts();
    world.secondsUntil('zombie', 80);
    expect(node.reasons).toEqual(['silent']);
  });
});

describe('host stats of a remote node host', () => {
  /** The gateway runs on and gets them every 60 s until they stop. */
  const report = (world: World, seconds: number): void => {
    const connectedAtMs = world.gateway.wallMs - 3_600_000;
    for (let second = 0; second < seconds; second += 1) {
      if (second % 60 === 0) {
        world.gateway.others[0] = aRow({
          nodeId: 'far',
          connectedAtMs,
          hostStatsUpdatedAtMs: world.gateway.wallMs,
        });
      }
      world.advance(1);
    }
  };
  const watchFar = (world: World, seconds: number): Set<string> => {
    const states = new Set<string>();
    for (let second = 0; second < seconds; second += 1) {
      world.advance(1);
      states.add(world.remote('far').state);
    }
    return states;
  };

  it('that a suspended gateway could not get make nobody wedged in the minute after its return', () => {
    const world = new World();
    world.nodeHost().attached();
    report(world, 180);
    world.gateway.freezes();
    world.advance(300);
    world.gateway.comesBack();
    expect([...watchFar(world, 60)]).not.toContain('wedged');
    report(world, 60);
    expect(world.remote('far').state).toBe('alive');
  });

  it('that nobody could get while this machine slept, gateway and all, make nobody wedged either', () => {
    const world = new World();
    world.nodeHost().attached();
    report(world, 180);
    world.wallClockSteps(300);
    expect([...watchFar(world, 60)]).not.toContain('wedged');
    report(world, 60);
    expect(world.remote('far').state).toBe('alive');
  });

  it('that do not come again after its return make it wedged after all', () => {
    const world = new World();
    world.nodeHost().attached();
    report(world, 180);
    world.gateway.freezes();
    world.advance(300);
    world.gateway.comesBack();
    world.advance(95);
    expect(world.remote('far')).toMatchObject({ state: 'wedged', reasons: ['host-stats-stale'] });
  });

  it('that stop make it wedged after 150 s', () => {
    const world = new World();
    world.nodeHost().attached();
    report(world, 241);
    // The last came a second ago.
    world.advance(148);
    expect(world.remote('far').state).toBe('alive');
    world.advance(3);
    expect(world.remote('far')).toMatchObject({
      state: 'wedged',
      reasons: ['host-stats-stale'],
      live: false,
    });
  });
});

describe('a slow cold start', () => {
  it('of 150 s that is busy is starting all along', () => {
    const world = new World();
    const node = world.nodeHost({ bootMs: () => 150_000 }).computes(150, 0.3);
    const seen = world.during(() => world.advance(149));
    expect([...seen.states]).toEqual(['unknown', 'starting']);
    const after = world.during(() => world.advance(60));
    expect(after.states).not.toContain('zombie');
    expect(node.state).toBe('alive');
  });

  it('of 150 s that it sleeps through, while a program that it has started works for it, is starting all along', () => {
    const world = new World();
    const node = world.nodeHost({ bootMs: () => 150_000 }).waitsForAProgram(150);
    const seen = world.during(() => world.advance(149));
    expect([...seen.states]).toEqual(['unknown', 'starting']);
    world.advance(10);
    expect(node.state).toBe('alive');
  });

  it('that waits for a program that hangs is a zombie 15 s after that did something last', () => {
    const world = new World();
    const node = world.nodeHost({ bootMs: () => 1e9 }).waitsForAProgram(100);
    world.advance(114);
    expect(node.state).toBe('starting');
    world.secondsUntil('zombie', 3);
  });

  it('that hangs idle before its first dial is a zombie after 60 to 75 s', () => {
    const world = new World();
    const node = world.nodeHost({ bootMs: () => 1e9 });
    const seen = world.during(() => world.advance(60));
    expect(seen.states).not.toContain('zombie');
    world.secondsUntil('zombie', 15);
    expect(node.reasons).toEqual(['silent']);
  });

  it('that was busy for 100 s and then hangs idle is a zombie 15 s later', () => {
    const world = new World();
    const node = world.nodeHost({ bootMs: () => 1e9 }).computes(100);
    world.advance(114);
    expect(node.state).toBe('starting');
    world.secondsUntil('zombie', 3);
  });

  it('that is busy for over 5 min is a zombie', () => {
    const world = new World();
    const node = world.nodeHost({ bootMs: () => 1e9 }).computes(1e6);
    world.advance(298);
    expect(node.state).toBe('starting');
    world.secondsUntil('zombie', 4);
    expect(node.reasons).toEqual(['silent']);
  });
});

describe('a gateway that answers HTTP 8 s before it lets anybody in', () => {
  const QUARTERS = [0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2, 2.25];

  it('a lost timer is called within 13 s of its first answer, and not sooner than 4 s after our session opened', () => {
    for (const quarter of QUARTERS) {
      const world = new World();
      const node = world.nodeHost().attached();
      world.advance(60);
      node.losesItsTimer();
      world.gateway.goesDown();
      world.advance(20 + quarter);
      world.gateway.comesBack({ startsForSeconds: 8 });
      const answers = untilTrue(world, () => gatewayOf(world).httpUpSince !== undefined);
      const opens = untilTrue(world, () => gatewayOf(world).ownSession.kind === 'open');
      expect(opens).toBeGreaterThan(6);
      const called = world.secondsUntil('zombie', 13 - opens);
      expect(answers).toBeLessThanOrEqual(1.25);
      expect(called).toBeGreaterThanOrEqual(4);
    }
  });

  it('without its log silence is called once a lock-out would be over, and its start-up counts for nothing', () => {
    const world = new World({ log: false });
    const node = world.nodeHost().attached();
    world.advance(60);
    // A connection that opened under our eyes tells where it dials.
    world.gateway.drops(node);
    world.advance(20);
    node.losesItsTimer();
    world.gateway.goesDown();
    world.advance(20);
    world.gateway.comesBack({ startsForSeconds: 8 });
    untilTrue(world, () => gatewayOf(world).httpUpSince !== undefined);
    world.advance(325);
    expect(node.state).toBe('reconnecting');
    world.secondsUntil('zombie', 30);
  });

  it.each([
    ['every viewpoint', {}],
    ['no log', { log: false }],
    ['no sockets', { socket: false }],
  ])('a healthy node host that is let in 2.5 s after us is no zombie, with %s', (_name, options) => {
    let latest = 0;
    for (const outageSeconds of [0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2, 2.25, 2.5]) {
      const world = new World(options);
      const node = world.nodeHost({ handshakeMs: () => 250 }).attached();
      world.advance(60.25);
      world.gateway.goesDown();
      world.advance(outageSeconds);
      world.gateway.comesBack({ startsForSeconds: 8 });
      const seen = world.during(() => {
        world.advance(8);
        latest = Math.max(
          latest,
          untilTrue(world, () => world.gateway.isHolding(node)),
        );
        world.advance(30);
      });
      expect(seen.states).not.toContain('zombie');
      expect(seen.wasAlwaysLive).toBe(true);
      expect(node.state).toBe('alive');
    }
    // The worst case was among them.
    expect(latest).toBeGreaterThanOrEqual(2);
    expect(latest).toBeLessThanOrEqual(2.5);
  });

  function untilTrue(world: World, isSo: () => boolean): number {
    let seconds = 0;
    for (; !isSo(); seconds += 0.25) {
      if (seconds > 60) throw new Error('never');
      world.advance(0.25);
    }
    return seconds;
  }
});

/** What is seen of the only gateway. */
function gatewayOf({ core }: { readonly core: LivenessCore }): GatewayFacts {
  return [...core.beliefs.gateways.values()][0]!.facts;
}

describe('the liveness core', () => {
  /** A core that nobody has fed yet. */
  const fresh = (saved?: WrittenState): { world: World; core: LivenessCore } => {
    const world = new World();
    const { core } = world;
    if (saved === undefined) return { world, core };
    world.core = new LivenessCore({ ...core.options, memory: rehydrate(asRead(saved), world.now) });
    return { world, core: world.core };
  };
  const roster = (world: World, rows: readonly ReturnType<typeof aRow>[], { core } = world): void => {
    if (gatewayOf({ core }).ownSession.kind !== 'open') {
      core.observe({
        source: 'gateway-session',
        gateway: GATEWAY.name,
        kind: 'opened',
        at: world.now,
        serverVersion: '2026.9.6',
        protocol: 4,
        connectMs: 1,
      });
    }
    const gatewayTsMs = world.gateway.wallMs;
    const gateway = GATEWAY.name;
    core.observe({
      source: 'gateway-session',
      gateway,
      kind: 'roster',
      at: world.now,
      gatewayTsMs,
      rows,
      rttMs: 1,
    });
  };
  const look = (world: World, displayName: string): void => {
    const { core } = world;
    core.observe({
      source: 'process',
      target: 'local',
      at: world.now,
      process: {
        pid: 1,
        incarnation: '1:1',
        kernelState: 'sleeping',
        uptimeMs: 60_000,
        cpuSeconds: 1,
        residentBytes: 1,
      },
      hints: { displayName },
    });
    core.report({ source: 'process', at: world.now, durationMs: 1 });
  };
  const OWN = aRow({ nodeId: 'own', displayName: 'NodeA', connectedAtMs: 0 });
  const FAR = aRow({ nodeId: 'far', displayName: 'NodeB', connectedAtMs: 0 });

  it('knows no remote node host before the processes of this machine were looked at', () => {
    const { world, core } = fresh();
    roster(world, [OWN, FAR]);
    core.tick(world.now);
    expect([...core.beliefs.remotes.keys()]).toEqual([]);
    look(world, 'NodeA');
    core.tick(world.now);
    expect([...core.beliefs.remotes.keys()]).not.toContain('own');
    roster(world, [OWN, FAR]);
    expect([...core.beliefs.remotes.keys()]).toEqual(['far']);
  });

  it('does not wait for that look for ever', () => {
    const world = new World({ process: false });
    world.advance(6);
    roster(world, [FAR]);
    expect([...world.core.beliefs.remotes.keys()]).toEqual(['far']);
  });

  it('takes hints that come after the roster to single out the row at once', () => {
    const { world, core } = fresh();
    roster(world, [OWN, FAR]);
    expect(core.beliefs.locals.get('local')?.match?.kind).not.toBe('row');
    look(world, 'NodeA');
    expect(core.beliefs.locals.get('local')?.match).toEqual({ kind: 'row', row: OWN, isSure: true });
    expect(core.beliefs.locals.get('local')?.entry?.nodeId).toBe('own');
  });

  it('does not give the only connected row to a node host that is seen to hold no connection', () => {
    const { world, core } = fresh();
    const young = { ...FAR, connectedAtMs: world.gateway.wallMs - 20_000 };
    roster(world, [young]);
    look(world, 'NodeA');
    const endpoint = { host: '127.0.0.1', port: 18_790 };
    core.observe(aSocketLook(world.now, [], { incarnation: '1:1', endpoint }));
    roster(world, [young]);
    core.tick(world.now);
    expect(world.snapshot.nodes.find(({ scope }) => scope === 'local')?.connected).not.toBe(true);
    expect([...core.beliefs.remotes.keys()]).toEqual(['far']);
  });

  it('probes who is connected, approved and a node host, and nobody else', () => {
    const { world, core } = fresh();
    roster(world, [
      aRow({ nodeId: 'old' }),
      aRow({ nodeId: 'approved', approvalState: 'approved' }),
      aRow({ nodeId: 'pending', approvalState: 'pending-approval' }),
      aRow({ nodeId: 'again', approvalState: 'pending-reapproval' }),
      aRow({ nodeId: 'never', approvalState: 'unapproved' }),
      aRow({ nodeId: 'gone', connected: false }),
      aRow({ nodeId: 'phone', clientId: 'openclaw-ios' }),
    ]);
    const { directives } = core.tick(world.now);
    expect(directives).toContainEqual({ kind: 'probe', gateway: GATEWAY.name, nodeIds: ['old', 'approved'] });
  });

  describe('started again, hears of a remote node host before it has looked at this machine', () => {
    const restarted = (): { world: World; core: LivenessCore } => {
      const before = new World();
      before.nodeHost().attached();
      before.gateway.others.push(FAR);
      before.advance(30);
      expect(before.core.beliefs.remotes.get('far')?.verdict.state).toBe('alive');
      const saved = dehydrate(before.core.memory(), { now: before.now, logs: {} });
      return fresh(saved);
    };

    it('and says nothing else of it than before', () => {
      const { world, core } = restarted();
      world.gateway.others.push(FAR);
      const transitions = [...core.tick(world.now).transitions];
      roster(world, [FAR]);
      transitions.push(...core.tick(world.now).transitions);
      look(world, 'NodeA');
      transitions.push(...core.tick(world.now).transitions);
      world.advance(30);
      expect([...transitions, ...world.transitions].filter(({ key }) => key === 'far')).toEqual([]);
      expect(core.beliefs.remotes.get('far')?.verdict).toMatchObject({ state: 'alive' });
    });

    it('and one that is new is known with that look, not only with the next roster', () => {
      const { world, core } = fresh();
      roster(world, [FAR]);
      expect([...core.beliefs.remotes.keys()]).toEqual([]);
      look(world, 'NodeA');
      expect([...core.beliefs.remotes.keys()]).toEqual(['far']);
    });
  });

  describe('whose gateway’s name is found out late', () => {
    /** State of an exporter that watched `name` and saw it restart. */
    const savedBy = (): { saved: WrittenState; world: World } => {
      const world = new World();
      world.nodeHost().attached();
      world.gateway.others.push(aRow({ nodeId: 'far' }));
      world.advance(30);
      world.gateway.goesDown();
      world.advance(5);
      world.gateway.comesBack();
      world.advance(10);
      expect(world.gatewayView.counters.restarts).toBe(1);
      const saved = dehydrate(world.core.memory(), { now: world.now, logs: {} });
      return { saved, world };
    };
    const guessed = { name: 'guess:1', url: 'ws://guess:1', address: { host: 'guess', port: 1 } };

    it('keeps its counters and its node hosts', () => {
      const { saved, world } = savedBy();
      const { core, world: next } = fresh();
      const restarted = new LivenessCore({
        ...core.options,
        gateways: [guessed],
        memory: rehydrate(asRead(saved), next.now),
      });
      expect(gatewayOf({ core: restarted }).counters.restarts).toBe(0);
      expect([...restarted.beliefs.remotes.keys()]).toEqual([]);
      restarted.watchGateways([GATEWAY]);
      expect(gatewayOf({ core: restarted }).counters).toEqual(gatewayOf(world).counters);
      expect(gatewayOf({ core: restarted }).bootId).toBe('boot-2');
      expect([...restarted.beliefs.remotes.keys()]).toEqual(['far']);
    });

    it('is not called unreachable for what nobody answered on the way to the one before', () => {
      const world = new World();
      world
        .nodeHost({ hints: { endpoint: { host: '127.0.0.1', port: 9_000 } } })
        .attached()
        .meets('mute')
        .dropped(1006, '');
      world.endpointIs('unreachable').advance(2);
      expect(world.view().reasons).toContain('endpoint-unreachable');
      world.core.watchGateways([guessed]);
      world.advance(40);
      expect(world.view().reasons).not.toContain('endpoint-unreachable');
    });

    it('does not give them to another gateway', () => {
      const { saved } = savedBy();
      const { core } = fresh(saved);
      expect(gatewayOf({ core }).counters.restarts).toBe(1);
      core.watchGateways([guessed]);
      core.tick(START);
      expect(gatewayOf({ core }).counters.restarts).toBe(0);
      expect(gatewayOf({ core }).bootId).toBeUndefined();
      expect([...core.beliefs.remotes.keys()]).toEqual([]);
    });
  });
});

describe('the endpoint in a URL', () => {
  it.each([
    ['ws://127.0.0.1:18789', '127.0.0.1', 18_789],
    ['wss://gw.example:8443/path?x=1', 'gw.example', 8_443],
    ['ws://[::1]:18789', '::1', 18_789],
    ['wss://[fe80::1]/', 'fe80::1', 443],
    ['ws://gw.example', 'gw.example', 80],
    ['wss://gw.example', 'gw.example', 443],
    ['WSS://gw.example#frag', 'gw.example', 443],
    ['ws://ann:secret@gw.example:18789/', 'gw.example', 18_789],
    ['ws://token@gw.example', 'gw.example', 80],
  ])('%s', (url, host, port) => {
    expect(endpointOf(url)).toEqual({ host, port });
  });

  it.each([
    '',
    'garbage',
    'http://127.0.0.1:18789',
    'ws://',
    'ws://:18789',
    'ws://host:port',
    'ws://host:99999',
    'ws://host:0',
    'ws://[::1',
    'ws://::1:18789',
    'say ws://127.0.0.1:18789',
  ])('%j is none', (url) => {
    expect(endpointOf(url)).toBeUndefined();
  });
});
