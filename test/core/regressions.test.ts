import { adviceOf } from '../../src/core/model/remedy.ts';
import { describe, expect, it } from 'vitest';
import { NO_NODE_COUNTERS } from '../../src/core/model/counters.ts';
import { EMPTY_LEDGER, enter } from '../../src/core/facts/log.ts';
import { uniqueNames } from '../../src/core/model/naming.ts';
import { aRow, World } from '../helpers/world.ts';
import { aSocketLook } from '../helpers/socket-look.ts';

/** Each was a bug once; the name says which. */
describe('bugs that were', () => {
  it('2026.4.15 without a credential was a zombie for 1.5 s after each connect', () => {
    const world = new World({ credential: false });
    const node = world.nodeHost({ version: '2026.4.15' });
    const seen = world.during(() => world.advance(40));
    expect(seen.states).not.toContain('zombie');
    expect(node.state).toBe('alive');
  });

  it('bytes seen unread once made it wedged when the socket source went blind after that', () => {
    const world = new World({ watchedSeconds: 0, socket: false } as never);
    const node = world.nodeHost({ version: '2026.4.15' }).attached();
    world.advance(60);
    const { incarnation } = node.processSample()!;
    const connections = [{ id: 's1', state: 'established', unreadBytes: 120 }] as const;
    world.observe(aSocketLook(world.now, connections, { incarnation }));
    const seen = world.during(() => world.advance(30));
    expect(seen.states).not.toContain('wedged');
  });

  it('a hang taught the pulse to be patient with the next one', () => {
    const world = new World();
    // Nothing unread tells, and it hangs asleep: the pulse has to.
    world.gateway.speaksEvery(600);
    const node = world.nodeHost().attached();
    world.advance(330);
    node.spins(0);
    world.advance(44);
    expect(node.state).toBe('wedged');
    node.continues();
    world.advance(330);
    expect(node.state).toBe('alive');
    node.spins(0);
    world.secondsUntil('wedged', 45);
    expect(node.reasons).toEqual(['no-pulse']);
  });

  it('probes that went unanswered in an earlier connection made the next one wedged', () => {
    const world = new World({ probe: true });
    const node = world.nodeHost({ keepAliveMs: 1_000 }).attached();
    world.advance(60);
    node.spins();
    world.secondsUntil('wedged', 15);
    world.advance(60);
    node.restarts();
    world.gateway.probesAgainIn(60);
    const seen = world.during(() => {
      world.secondsUntil('starting', 3);
      world.secondsUntil('alive', 20);
    });
    world.advance(1);
    expect([...seen.states]).toEqual(['wedged', 'starting', 'alive']);
    const after = world.during(() => world.advance(30));
    expect([...after.states]).toEqual(['alive']);
  });

  it('a roster from before its restart made a new process attached, and a slow boot a zombie', () => {
    const world = new World();
    const node = world.nodeHost({ bootMs: () => 45_000 }).attached();
    world.advance(62);
    world.gateway.pollsAgainIn(4);
    node.restarts();
    const seen = world.during(() => world.advance(120));
    expect([...seen.states]).toEqual(['alive', 'starting']);
    expect(seen.wasAlwaysLive).toBe(true);
    expect(node.state).toBe('alive');
  });

  it('a log that never says a word about the connection made every later attempt overdue after 6.5 s', () => {
    const world = new World();
    // Its stdout is read, its stderr is elsewhere.
    const node = world.nodeHost().attached().writesElsewhere();
    world.advance(60);
    const seen = world.during(() => {
      world.gateway.goesDown();
      world.advance(35);
      world.gateway.comesBack();
      world.advance(60);
    });
    expect(seen.states).not.toContain('zombie');
    expect(node.state).toBe('alive');
  });

  it('a closing line read after a quick restart was taken for the new process', () => {
    const world = new World({ credential: false, socket: false });
    const node = world.nodeHost({ version: '2026.4.15' }).attached();
    world.advance(60.25);
    node.logs({ kind: 'closed', code: 1012, reason: 'service restart' }).restarts();
    const seen = world.during(() => world.advance(120));
    expect(seen.states).not.toContain('zombie');
    expect(seen.wasAlwaysLive).toBe(true);
  });

  it('a refusal outlived an attempt that failed for another reason', () => {
    const at = { monoMs: 0, wallMs: 0 };
    const context = { at, recency: 'live', wasAttached: false } as const;
    let entry = { ledger: EMPTY_LEDGER, counters: NO_NODE_COUNTERS };
    entry = enter(
      entry,
      { kind: 'connect-failed', reason: 'auth', auth: 'token_mismatch', echoesClose: false, message: '' },
      context,
    );
    entry = enter(entry, { kind: 'closed', code: 1008, reason: '' }, context);
    expect(entry.ledger.refusal?.auth).toBe('token_mismatch');
    entry = enter(entry, { kind: 'closed', code: 1013, reason: 'try again later' }, context);
    expect(entry.ledger.refusal).toBeUndefined();
  });

  it('two node hosts without an id whose keys begin alike shared one label', () => {
    const names = uniqueNames([
      { key: '/home/ann/one', preferred: 'Mac', id: '/home/ann/one' },
      { key: '/home/ann/two', preferred: 'Mac', id: '/home/ann/two' },
      { key: 'c', preferred: 'Mac#/home/an', id: 'c' },
    ]);
    expect(new Set(names.values()).size).toBe(3);
  });

  it('a remote row that the gateway no longer lists was shown as connected', () => {
    const world = new World();
    world.nodeHost().attached();
    world.gateway.others.push(aRow({ nodeId: 'far' }));
    world.advance(10);
    expect(world.remote('far')).toMatchObject({ state: 'alive', connected: true });
    world.gateway.others.length = 0;
    world.advance(6);
    expect(world.remote('far')).toMatchObject({ state: 'offline', reasons: ['not-in-roster'] });
    expect(world.remote('far').connected).not.toBe(true);
    expect(adviceOf(world.remote('far').remedy)).toContain('pairing was removed');
  });

  it('one that hung was waited for again once its gateway had given it up, where nobody saw its sockets', () => {
    const world = new World({ socket: false });
    const node = world.nodeHost().attached();
    world.advance(400);
    node.spins(0);
    world.secondsUntil('wedged', 60);
    const seen = world.during(() => world.advance(200));
    expect(node.verdict.connected).toBe(false);
    expect([...seen.states]).toEqual(['wedged']);
  });

  it('a pulse that slept through a frozen gateway made it wedged at the gateway’s return', () => {
    const world = new World();
    // A rhythm that the gateway's own traffic keeps.
    const node = world.nodeHost().attached().beatsOnlyWhenSpokenTo();
    world.gateway.speaksEvery(4);
    world.advance(400);
    const seen = world.during(() => {
      world.gateway.freezes();
      world.advance(50);
      world.gateway.comesBack();
      world.gateway.speaksEvery(4, 3);
      world.advance(60);
    });
    expect(seen.states).not.toContain('wedged');
    expect(node.state).toBe('alive');
  });

  it('the refused and the gone stayed blocked while the gateway was down', () => {
    const world = new World();
    const node = world.nodeHost({ bootMs: () => 3_000 }).meets('refuses-token');
    world.advance(60);
    expect(node.state).toBe('blocked');
    world.gateway.goesDown();
    world.advance(15);
    expect(node.state).toBe('gateway-down');
  });

  it('a session that may not list nodes made the gateway deaf after 25 s, and hid zombies', () => {
    const world = new World();
    world.gateway.forbidsRoster = true;
    const node = world.nodeHost().attached();
    world.advance(55);
    expect(world.gatewayView.health).toBe('healthy');
    node.losesItsTimer();
    world.gateway.goesDown();
    world.advance(10);
    world.gateway.comesBack();
    world.secondsUntil('zombie', 14);
    world.advance(300);
    expect(node.state).toBe('zombie');
  });

  it('a rate-limit lock-out began again with each restart of the exporter', () => {
    const world = new World();
    const node = world.nodeHost({ bootMs: () => 3_000 }).meets('parks-rate-limit');
    world.advance(300);
    world.exporterRestarts();
    world.advance(45);
    expect(node.reasons).toEqual(['parked', 'rate_limited']);
  });

  it('one that was restarted just as its gateway came back was called parked by the last look at its old process', () => {
    const world = new World({ credential: false });
    const node = world.nodeHost({ bootMs: () => 3_000 }).meets('parks-rate-limit');
    world.advance(10);
    world.gateway.goesDown();
    world.advance(400);
    expect(node.state).toBe('gateway-down');
    const result = { ok: true, rttMs: 1 } as const;
    world.observe({ source: 'gateway-http', at: world.now, result });
    world.observe({ source: 'gateway-ws', at: world.now, result });
    world.tick();
    expect(node.state).toBe('gateway-down');
    world.gateway.comesBack();
    world.secondsUntil('zombie', 15);
    expect(node.reasons).toEqual(['parked', 'rate_limited']);
  });

  it('a dial that the gateway hung up on while nobody looked did not end the silence', () => {
    const world = new World();
    const node = world.nodeHost().attached();
    world.advance(60);
    node.losesItsTimer();
    world.gateway.goesDown();
    world.advance(5);
    world.gateway.comesBack();
    world.secondsUntil('zombie', 14);
    world.exporterRestarts({ awaySeconds: 10 });
    node.logs({ kind: 'closed', code: 1013, reason: 'try again later' });
    world.takesUpTheLog('catch-up');
    world.advance(1);
    expect(node.state).toBe('reconnecting');
  });

  it('a second without a log made a host in backoff a zombie, by a close of long ago', () => {
    const world = new World({ credential: false, socket: false });
    const node = world.nodeHost().attached();
    world.advance(60);
    world.observeLog({ kind: 'closed', code: 1012, reason: '' });
    world.advance(2);
    world.observeLog({ kind: 'connected', url: '' });
    world.advance(3_600);
    expect(node.state).toBe('alive');
    world.logIsReadable(false);
    world.advance(20);
    world.observeLog({ kind: 'closed', code: 1012, reason: '' }, 'catch-up');
    world.logIsReadable(true);
    world.advance(2);
    expect(node.state).toBe('reconnecting');
  });

  it('after a restart of the exporter every process was young for ever, and no zombie was seen', () => {
    const world = new World();
    const node = world.nodeHost().attached();
    world.advance(60);
    world.exporterRestarts();
    world.advance(60);
    expect(node.state).toBe('alive');
    node.losesItsTimer();
    world.gateway.goesDown();
    world.advance(5);
    world.exporterRestarts();
    world.gateway.comesBack();
    // Its connection was never seen by this run, so nobody knows where to look: the longest deadline holds.
    world.secondsUntil('zombie', 75);
    expect(node.reasons).toEqual(['silent']);
  });

  it('a silent zombie was starting after a restart of the exporter', () => {
    const world = new World();
    const node = world.nodeHost().attached();
    world.advance(60);
    node.losesItsTimer();
    world.gateway.goesDown();
    world.advance(5);
    world.gateway.comesBack();
    world.secondsUntil('zombie', 14);
    const before = node.verdict;
    world.exporterRestarts();
    const seen = world.during(() => world.advance(60));
    // `unknown` only until every viewpoint has looked once.
    expect([...seen.states]).toEqual(['unknown', 'zombie']);
    expect(node.verdict.since.wallMs).toBe(before.since.wallMs);
    expect(node.verdict.counters).toEqual(before.counters);
  });

  it('a connection that had just been dropped made a zombie until the next look at the sockets', () => {
    const world = new World();
    const node = world.nodeHost().attached();
    for (let n = 0; n < 20; n += 1) {
      world.advance(30.25);
      const seen = world.during(() => {
        world.gateway.drops(node);
        world.advance(10);
      });
      expect([...seen.states]).toEqual(['alive', 'reconnecting']);
    }
  });

  it('a 2026.4.15 known by its log alone was a zombie for ever after a failed attempt', () => {
    const world = new World({ credential: false, socket: false });
    const node = world.nodeHost({ version: '2026.4.15' }).attached();
    world.advance(60);
    // Nothing will ever say that the next connection stands.
    world.observeLog({ kind: 'closed', code: 1012, reason: 'service restart' });
    world.advance(120);
    expect(node.state).toBe('unknown');
    expect(node.live).toBe(true);
  });

  it('the first connect after an empty log was counted twice', () => {
    const world = new World();
    const node = world.nodeHost();
    world.gateway.pairs(node);
    world.advance(30);
    expect(node.state).toBe('alive');
    expect(node.verdict.counters.connects).toBe(1);
  });

  it('a stop of 3.25 s was wedged when the look after its end came late', () => {
    let delayMs = 0;
    const world = new World({ jitterMs: () => delayMs });
    const node = world.nodeHost().attached();
    world.advance(61);
    const seen = world.during(() => {
      node.stops();
      // Looks 0.25 s, 3 s and, long after its end, 6.25 s after it stopped.
      delayMs = 1_750;
      world.advance(1.25);
      delayMs = 2_250;
      world.advance(2);
      node.continues();
      world.advance(10);
    });
    expect(seen.states).not.toContain('wedged');
  });

  it('on a machine without a node host the only one elsewhere was taken for its own', () => {
    const world = new World({ explicitTarget: false });
    world.gateway.others.push(aRow({ nodeId: 'far' }));
    world.advance(30);
    expect(world.remote('far').state).toBe('alive');
    expect(world.snapshot.nodes.filter(({ scope }) => scope === 'local')).toEqual([]);
  });
});
