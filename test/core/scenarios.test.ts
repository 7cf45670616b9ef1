import { adviceOf } from '../../src/core/model/remedy.ts';
import { describe, expect, it } from 'vitest';
import { REASONS, type Reason } from '../../src/core/model/reason.ts';
import { isLegalState, type NodeState } from '../../src/core/model/node-state.ts';
import { aRow, World } from '../helpers/world.ts';

describe('first match wins', () => {
  it('down (2) before gateway-down (5)', () => {
    const world = new World();
    const node = world.nodeHost().attached();
    world.advance(30);
    world.gateway.goesDown();
    node.exits();
    world.advance(10);
    expect(node.state).toBe('gateway-down');
    world.secondsUntil('down', 10);
  });

  it('wedged (3) before alive (4)', () => {
    const world = new World({ gatewayVersion: '2026.4.15' });
    const node = world.nodeHost({ version: '2026.4.15' }).attached();
    world.advance(30);
    node.stops();
    world.advance(20);
    expect(node.verdict.connected).toBe(true);
    expect(node.state).toBe('wedged');
  });

  it('wedged (3) before gateway-down (5)', () => {
    const world = new World();
    const node = world.nodeHost().attached();
    world.advance(30);
    node.stops();
    world.gateway.goesDown();
    world.advance(20);
    expect(node.state).toBe('wedged');
  });

  it('gateway-down (5) before blocked (6)', () => {
    const world = new World();
    const node = world.nodeHost({ bootMs: () => 3_000 }).meets('parks-pairing');
    world.advance(20);
    expect(node.state).toBe('blocked');
    world.gateway.goesDown();
    world.secondsUntil('gateway-down', 5);
    expect(node.verdict.parked).toBe('pairing_required');
  });

  it('blocked (6) before starting (7)', () => {
    const world = new World();
    world.nodeHost({ bootMs: () => 3_000 }).meets('parks-pairing');
    world.advance(12);
    expect(world.view().evidence.process?.startedAtWallMs).toBeGreaterThan(world.now.wallMs - 60_000);
    expect(world.view().state).toBe('blocked');
  });

  it('starting (7) before zombie (9): a slow boot is no zombie', () => {
    const world = new World();
    const node = world.nodeHost({ bootMs: () => 58_000 });
    const seen = world.during(() => world.advance(65));
    expect([...seen.states]).toEqual(['unknown', 'starting', 'alive']);
    expect(node.state).toBe('alive');
  });

  it('starting ends after a minute: a process that never dials is a zombie', () => {
    const world = new World();
    world.nodeHost({ bootMs: () => 1e9 });
    world.advance(58);
    expect(world.view().state).toBe('starting');
    world.secondsUntil('zombie', 30);
    expect(world.view().reasons).toEqual(['silent']);
  });
});

describe('unknown', () => {
  it('no node host on this machine, and nobody said that there is one: there is none, and that is said', () => {
    const world = new World({ explicitTarget: false });
    for (let second = 0; second < 60; second += 1) {
      world.advance(1);
      expect(world.snapshot.nodes).toEqual([]);
    }
    expect(world.snapshot.noNodeHostHere).toBe(true);
    expect(world.local.verdict.reasons).toEqual(['no-node-host-found']);
    world.nodeHost();
    world.advance(2);
    expect(world.snapshot).not.toHaveProperty('noNodeHostHere');
    expect(world.view().state).toBe('starting');
  });

  it('is said after two looks where nothing of one was found, and only in its time where one left a log', () => {
    const traceless = new World({ explicitTarget: false, log: false });
    traceless.advance(2.5);
    expect(traceless.local.verdict.reasons).toEqual(['no-node-host-found']);

    const withLog = new World({ explicitTarget: false });
    withLog.advance(14);
    expect(withLog.local.verdict.reasons).toEqual(['just-started']);
    withLog.advance(3);
    expect(withLog.local.verdict.reasons).toEqual(['no-node-host-found']);
  });

  it('of one that was seen before is never said', () => {
    const world = new World({ explicitTarget: false, log: false });
    const node = world.nodeHost().attached();
    world.advance(20);
    node.exits();
    const seen = world.during(() => world.advance(60));
    expect(seen.reasons).not.toContain('no-node-host-found');
    expect(node.state).toBe('down');
  });

  it('but one that was named is down', () => {
    const world = new World();
    world.advance(60);
    expect(world.view()).toMatchObject({ state: 'down', live: false, reasons: ['no-process'] });
  });

  it('neither the gateway nor a socket nor a log: unknown, not healthy and not sick', () => {
    const world = new World({ credential: false, socket: false, log: false });
    world.nodeHost().attached();
    world.advance(120);
    expect(world.view()).toMatchObject({
      state: 'unknown',
      live: true,
      ready: false,
      reasons: ['no-viewpoint'],
    });
  });

  it('without the process viewpoint the gateway’s word can say alive, and nothing worse', () => {
    const world = new World({ process: false, socket: false });
    world.nodeHost().attached();
    world.gateway.others.push(aRow({ nodeId: 'x' }));
    world.advance(20);
    expect(world.view().state).toBe('unknown');
    expect(world.view().live).toBe(true);
  });

  it('a viewpoint that blinks for less than ten seconds does not make it unknown; a longer gap does', () => {
    const world = new World({ credential: false, socket: false });
    const node = world.nodeHost().attached();
    world.advance(20);
    world.observeLog({ kind: 'connected', url: '' });
    world.advance(20);
    expect(node.reasons).toEqual(['attached-by-log']);
    world.logIsReadable(false);
    world.advance(9);
    expect(node.state).toBe('alive');
    world.advance(3);
    expect(node.state).toBe('unknown');
    world.logIsReadable(true);
    world.advance(2);
    expect(node.state).toBe('alive');
  });
});

describe('the restart budget', () => {
  it('three restarts that did not help hold /livez at 200, and say so', () => {
    const world = new World({ gatewayVersion: '2026.4.15' });
    const node = world
      .nodeHost({ version: '2026.4.15', bootMs: () => 3_000, keepAliveMs: 1_000 })
      .meets('mute');
    for (let n = 0; n < 3; n += 1) {
      world.secondsUntil('zombie', 120);
      expect(node.live).toBe(false);
      node.exits();
      world.advance(2);
    }
    world.secondsUntil('zombie', 120);
    expect(node.live).toBe(true);
    expect(node.reasons).toEqual(['silent', 'restart-did-not-help']);
    expect(node.verdict.restartBudgetExhausted).toBe(true);
    expect(node.verdict.counters.processRestarts).toBe(3);
    expect(adviceOf(node.verdict.remedy)).toContain('Do not restart');
    world.advance(1_900);
    expect(node.live).toBe(false);
  });

  it('restarts that nobody asked for do not use it up', () => {
    const world = new World();
    const node = world.nodeHost({ keepAliveMs: 1_000 }).attached();
    world.advance(10);
    for (let n = 0; n < 5; n += 1) {
      node.exits();
      world.advance(30);
    }
    expect(node.verdict.restartBudgetExhausted).toBe(false);
    expect(node.verdict.counters.processRestarts).toBe(5);
  });
});

describe('host stats', () => {
  it('stale for 150 s while the pulse goes on: the publishing failed, not the node host', () => {
    const world = new World();
    const node = world.nodeHost().attached().forgetsHostStats();
    const seen = world.during(() => world.advance(600));
    expect([...seen.states]).toEqual(['unknown', 'alive']);
    expect(node.state).toBe('alive');
  });

  it('stale for 150 s of a remote node host: wedged', () => {
    const world = new World();
    world.nodeHost().attached();
    const since = world.gateway.wallMs;
    world.gateway.others.push(
      aRow({ nodeId: 'far', connectedAtMs: since - 1_000, hostStatsUpdatedAtMs: since }),
    );
    world.advance(148);
    expect(world.remote('far').state).toBe('alive');
    world.advance(8);
    expect(world.remote('far')).toMatchObject({
      state: 'wedged',
      reasons: ['host-stats-stale'],
      live: false,
    });
  });

  it('of an earlier connection say nothing about this one', () => {
    const world = new World();
    world.nodeHost().attached();
    const since = world.gateway.wallMs;
    world.gateway.others.push(
      aRow({ nodeId: 'far', connectedAtMs: since, hostStatsUpdatedAtMs: since - 500_000 }),
    );
    world.advance(200);
    expect(world.remote('far').state).toBe('alive');
  });
});

describe('a gateway that stops to answer', () => {
  it('leaves a fine-looking answer behind, which is believed only until the next should have come', () => {
    for (const offset of [0, 1, 2, 3, 4]) {
      const world = new World();
      world.nodeHost().attached();
      world.advance(60 + offset);
      world.gateway.freezes();
      expect(world.secondsUntil('gateway-down', 11)).toBeGreaterThan(3);
    }
  });

  it('does not make us forget the rhythm of a node host that stayed attached', () => {
    const world = new World();
    const node = world.nodeHost().attached();
    world.advance(330);
    world.gateway.freezes();
    world.advance(30);
    world.gateway.comesBack();
    // Nothing unread tells; the pulse has to.
    world.gateway.speaksEvery(600);
    world.advance(40);
    expect(node.state).toBe('alive');
    node.spins(0);
    world.secondsUntil('wedged', 45);
    expect(node.reasons).toEqual(['no-pulse']);
  });

  it('one answer that came too late is no outage', () => {
    for (const offset of [0, 0.75, 1.5, 2.25]) {
      const world = new World({ credential: false });
      world.nodeHost().attached();
      world.advance(60 + offset);
      const seen = world.during(() => {
        world.gateway.freezes();
        world.advance(5);
        world.gateway.comesBack();
        world.advance(30);
      });
      expect([...seen.states]).toEqual(['alive']);
    }
  });
});

describe('bytes that nobody reads', () => {
  it('while the pulse goes on are no fault of the event loop', () => {
    const world = new World();
    const node = world.nodeHost().attached();
    world.advance(30);
    const seen = world.during(() => {
      node.leavesUnread(4_096);
      world.advance(120);
    });
    expect([...seen.states]).toEqual(['alive']);
    expect(node.verdict.evidence.socket?.unreadBytes).toBe(4_096);
  });
});

describe('ghost rows', () => {
  it('the gateway says connected, but its process has no connection at all: not alive', () => {
    const world = new World({ gatewayVersion: '2026.4.15' });
    const node = world.nodeHost({ version: '2026.4.15' }).attached();
    world.advance(30);
    node.losesItsSocketUnnoticed();
    world.advance(12);
    expect(node.state).toBe('alive');
    // Its log has not said a word, so the cap of its schedule holds.
    world.secondsUntil('zombie', 60);
    expect(node.verdict.connected).toBe(true);
  });
});

describe('remote node hosts', () => {
  it('alive, offline, gateway-down: live in each', () => {
    const world = new World();
    world.nodeHost().attached();
    const far = aRow({ nodeId: 'far' });
    world.gateway.others.push(far);
    world.advance(10);
    expect(world.remote('far')).toMatchObject({ state: 'alive', live: true, ready: true, scope: 'remote' });
    world.gateway.others[0] = { ...far, connected: false };
    world.advance(6);
    expect(world.remote('far')).toMatchObject({ state: 'offline', live: true, ready: false });
    world.gateway.goesDown();
    world.advance(10);
    expect(world.remote('far')).toMatchObject({ state: 'gateway-down', live: true });
  });

  it('a row that turns out to be the local node host’s own is not remote as well', () => {
    const world = new World();
    // Before its first process is there nobody knows its name.
    const node = world.nodeHost({ keepAliveMs: 10_000 }).exits();
    world.gateway.pairs(node);
    world.advance(6);
    expect(world.remote(node.nodeId).state).toBe('offline');
    world.advance(30);
    expect(node.state).toBe('alive');
    expect(world.snapshot.nodes.map(({ key }) => key)).toEqual(['local']);
    expect(world.view().nodeId).toBe(node.nodeId);
  });

  it('who was not seen for 30 days goes', () => {
    const world = new World();
    const lastConnectedAtMs = world.gateway.wallMs - 30 * 86_400_000 + 60_000;
    world.gateway.others.push(aRow({ nodeId: 'old', connected: false, lastConnectedAtMs }));
    world.advance(50);
    expect(world.remote('old').state).toBe('offline');
    world.advance(20);
    expect(() => world.remote('old')).toThrow();
  });

  it('more than the cap are counted and not kept, each once', () => {
    const world = new World({ maxNodes: 3 });
    world.nodeHost().attached();
    for (let n = 0; n < 5; n += 1) world.gateway.others.push(aRow({ nodeId: `far-${n}` }));
    world.advance(30);
    expect(world.snapshot.nodes).toHaveLength(3);
    expect(world.snapshot.nodesDropped).toBe(3);
  });
});

describe('a restart of the exporter', () => {
  it('keeps every counter and adds no transition', () => {
    const world = new World();
    const node = world.nodeHost().attached();
    world.advance(30);
    world.gateway.goesDown();
    world.advance(20);
    world.gateway.comesBack();
    world.advance(30);
    const { counters, transitions, since, heartbeat, lastConnect } = node.verdict;
    expect(counters.connects).toBe(1);
    expect(counters.transitions['gateway-down']).toBe(1);
    const gateway = world.gatewayView.counters;
    expect(gateway.restarts).toBe(1);
    world.exporterRestarts();
    world.advance(30);
    expect(node.verdict.counters).toEqual(counters);
    expect(node.verdict.transitions.map(({ to }) => to)).toEqual(transitions.map(({ to }) => to));
    expect(node.verdict.since.wallMs).toBe(since.wallMs);
    expect(node.verdict.heartbeat!.wallMs).toBeGreaterThan(heartbeat!.wallMs);
    expect(node.verdict.lastConnect!.wallMs).toBeCloseTo(lastConnect!.wallMs, -3);
    expect(world.gatewayView.counters).toEqual(gateway);
  });

  it('a zombie that attached again meanwhile is forgiven', () => {
    // Without a log, so that nothing tells of the dial but its outcome.
    const world = new World({ log: false });
    const node = world.nodeHost().attached();
    world.advance(30);
    node.losesItsTimer();
    world.gateway.goesDown();
    world.advance(5);
    world.gateway.comesBack();
    world.secondsUntil('zombie', 390);
    node.findsItsTimer();
    world.exporterRestarts();
    world.secondsUntil('alive', 20);
    // The next ordinary detachment is judged by itself.
    const seen = world.during(() => {
      world.gateway.drops(node);
      world.advance(20);
    });
    expect(seen.states).not.toContain('zombie');
  });

  it('a zombie that another process replaced meanwhile is none', () => {
    const world = new World();
    const node = world.nodeHost().attached();
    world.advance(30);
    node.losesItsTimer();
    world.gateway.goesDown();
    world.advance(5);
    world.gateway.comesBack();
    world.secondsUntil('zombie', 14);
    node.restarts();
    world.exporterRestarts();
    const seen = world.during(() => world.advance(30));
    expect(seen.states).not.toContain('zombie');
    expect(node.state).toBe('alive');
    expect(node.verdict.counters.processRestarts).toBe(1);
  });
});

describe('the exporter’s doubt of itself', () => {
  it('a hang of the exporter puts every deadline off, and the snapshot says so', () => {
    const world = new World();
    const node = world.nodeHost().attached();
    world.advance(30);
    node.losesItsTimer();
    world.gateway.goesDown();
    world.advance(5);
    world.gateway.comesBack();
    world.exporterHangs(20);
    world.advance(5);
    expect(node.state).toBe('reconnecting');
    expect(world.snapshot.doubt).toContain('late');
    world.secondsUntil('zombie', 9);
  });
});

it('every reason is given by some story', () => {
  const given = new Set<Reason>();
  const states = new Set<NodeState>();
  const watch = (world: World, run: () => void): void => {
    const seen = world.during(run);
    for (const state of seen.states) states.add(state);
    for (const reason of seen.reasons) given.add(reason);
  };
  const story = (options: ConstructorParameters<typeof World>[0], run: (world: World) => void): void => {
    const world = new World(options);
    watch(world, () => {
      run(world);
    });
  };
  story({}, (world) => {
    const node = world.nodeHost().attached();
    world.advance(330);
    node.awaitsApproval();
    world.advance(6);
    world.gateway.goesDown();
    world.advance(5);
    world.gateway.comesBack();
    world.advance(20);
    node.stops();
    world.advance(10);
    node.continues();
    world.advance(330);
    node.spins();
    world.advance(30);
    node.exits();
    world.advance(30);
    node.startsAgain();
    world.advance(30);
    node.losesItsTimer();
    world.gateway.goesDown();
    world.advance(1);
    world.gateway.comesBack();
    world.advance(30);
  });
  story({ credential: false }, (world) => {
    world.nodeHost({ version: '2026.4.15' }).attached();
    world.advance(100);
    world.nodeHost().attached().spins();
    world.advance(100);
  });
  story({ credential: false, socket: false }, (world) => {
    world.nodeHost();
    world.advance(60);
    world.logIsReadable(false);
    world.advance(60);
  });
  story({ probe: true }, (world) => {
    const node = world.nodeHost().attached();
    world.advance(30);
    node.spins();
    world.advance(20);
  });
  story({}, (world) => {
    world.nodeHost().attached().meets('proxy-502').dropped(1006, '');
    world.advance(700);
    world.gateway.isDeaf = true;
    world.advance(60);
  });
  story({}, (world) => {
    world.nodeHost({ bootMs: () => 3_000 }).meets('parks-rate-limit');
    world.advance(400);
  });
  story({ explicitTarget: false }, (world) => {
    world.advance(30);
  });
  for (const standing of [
    { kind: 'gave-up', because: 'restart-limit', lastExit: 'exit status 1' },
    { kind: 'gave-up', because: 'held-back', lastExit: 'never exited' },
    { kind: 'cannot-start', lastExit: 'exit status 78' },
    { kind: 'not-loaded' },
  ] as const) {
    story({}, (world) => {
      const service = { manager: 'systemd', unit: 'openclaw-node.service', user: true } as const;
      world.nodeHost({ hints: { service } }).attached();
      world.advance(20);
      world.node.exits();
      world.advance(10);
      world.observe({ source: 'supervisor', target: 'local', at: world.now, service, standing });
      world.advance(20);
    });
  }
  story({ guessedGateway: true, process: false, socket: false, log: false }, (world) => {
    world.gateway.goesDown();
    world.advance(30);
  });
  const tunnel = { endpoint: { host: '127.0.0.1', port: 9_000 } };
  story({}, (world) => {
    world.nodeHost({ hints: tunnel }).attached().dropped(1006, '');
    world.gateway.goesDown();
    world.gateway.comesBack();
    world.advance(1);
    world.endpointIs('unreachable');
    world.node.meets('mute');
    world.advance(30);
  });
  for (const peer of ['wrong-certificate', 'no-such-name', 'proxy-403'] as const) {
    story({}, (world) => {
      world.nodeHost().attached();
      world.advance(20);
      world.node.meets(peer).dropped(1006, '');
      world.advance(10);
    });
  }
  story({ socket: false, log: false }, (world) => {
    world.gateway.others.push(aRow({ nodeId: 'f00' }), aRow({ nodeId: 'f01' }));
    world.nodeHost({ displayName: 'elsewhere', hints: tunnel }).renamedTo('somewhere').attached();
    world.advance(30);
    world.exporterStartsAfresh();
    world.advance(30);
  });
  const localReasons = REASONS.filter(
    (reason) =>
      !['host-stats-stale', 'not-connected', 'not-in-roster', 'restart-did-not-help'].includes(reason),
  );
  expect(localReasons.filter((reason) => !given.has(reason))).toEqual([]);
  for (const state of states) expect(isLegalState('local', state)).toBe(true);
});
