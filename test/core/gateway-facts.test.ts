import { describe, expect, it } from 'vitest';
import { clockSkewMs } from '../../src/core/facts/clock-skew.ts';
import { GATEWAY, aRow, World } from '../helpers/world.ts';

describe('the clock of a gateway', () => {
  it.each([
    // Told half way: a clock that goes right seems to by half the round trip.
    [1_000_010, 20, 1_000_020, 0],
    [1_070_010, 20, 1_000_020, 70_000],
    [930_010, 20, 1_000_020, -70_000],
  ])(
    '%i told in a round trip of %i ms that ended at %i goes before ours by %i',
    (theirMs, rttMs, wallMs, skew) => {
      expect(clockSkewMs({ theirMs, rttMs, at: { monoMs: 5, wallMs } })).toBe(skew);
    },
  );

  it('is known from each roster', () => {
    const world = new World({ gatewayClockAheadSeconds: 71 });
    world.advance(30);
    expect(Math.round((world.gatewayView.clockSkewMs ?? 0) / 1_000)).toBe(71);
  });

  it('is known from the challenge where nobody has a session', () => {
    const world = new World({ credential: false }).advance(5);
    expect(world.gatewayView.clockSkewMs).toBeUndefined();
    world.observe({
      source: 'gateway-ws',
      at: world.now,
      result: { ok: true, rttMs: 4 },
      gatewayTsMs: world.now.wallMs - 90_000,
    });
    expect(world.gatewayView.clockSkewMs).toBe(-89_998);
  });
});

describe('what a gateway says of itself', () => {
  it('is believed for as long as it holds', () => {
    const world = new World().advance(10);
    world.observe({
      source: 'gateway-status',
      at: world.now,
      validMs: 48_000,
      ready: false,
      startup: 'draining',
    });
    expect(world.gatewayView).toMatchObject({ ready: false, startup: 'draining' });
    world.advance(49);
    expect(world.gatewayView.ready).toBeUndefined();
  });

  // It sends the challenge before it lets anybody in.
  it('keeps one that still starts from being called healthy, where nobody has a session to know', () => {
    const world = new World({ credential: false }).advance(10);
    world.observe({ source: 'gateway-ws', at: world.now, result: { ok: true, rttMs: 4 } });
    world.observe({
      source: 'gateway-status',
      at: world.now,
      validMs: 48_000,
      ready: false,
      startup: 'starting',
    });
    world.tick();
    expect(world.gatewayView.health).toBe('recovering');
    world.observe({
      source: 'gateway-status',
      at: world.now,
      validMs: 48_000,
      ready: true,
      startup: 'started',
    });
    world.tick();
    expect(world.gatewayView.health).toBe('healthy');
  });

  it('of its certificate is kept when a later look shows none', () => {
    const world = new World().advance(10);
    const look = { source: 'gateway-http', gateway: GATEWAY.name, at: world.now } as const;
    world.observe({ ...look, result: { ok: true, rttMs: 1 }, certificateNotAfterMs: 1_800_000_000_000 });
    world.observe({ ...look, result: { ok: false, reason: 'timeout', message: '', answered: false } });
    expect(world.gatewayView.certificateNotAfterMs).toBe(1_800_000_000_000);
  });
});

describe('nodes that are called alike', () => {
  it('are counted, shown as such, and each keeps its own state', () => {
    const world = new World();
    world.nodeHost({ displayName: 'Ana' });
    world.gateway.others.push(
      aRow({ nodeId: 'ghost-1', clientId: 'openclaw-macos', displayName: 'Ana', connected: false }),
      aRow({ nodeId: 'ghost-2', clientId: 'openclaw-macos', displayName: 'Ana', connected: false }),
      aRow({ nodeId: 'now', clientId: 'openclaw-macos', displayName: 'Ana' }),
      aRow({ nodeId: 'phone', clientId: 'openclaw-ios', displayName: 'Phone' }),
    );
    world.advance(30);
    expect(world.gatewayView.duplicateNodes).toBe(3);
    // The app and the node host of one machine are no duplicates of each other.
    expect(world.view().namesakes).toBe(0);
    expect(['ghost-1', 'ghost-2', 'now'].map((id) => world.remote(id).namesakes)).toEqual([2, 2, 2]);
    expect(['ghost-1', 'ghost-2', 'now'].map((id) => world.remote(id).state)).toEqual([
      'offline',
      'offline',
      'alive',
    ]);
    expect(new Set(world.snapshot.nodes.map(({ name }) => name)).size).toBe(5);
  });
});

describe('what a node offers', () => {
  it('is told while it is attached, and not of a session that has ended', () => {
    const world = new World();
    const connectedAtMs = world.gateway.wallMs;
    const hostStats = { cpuCount: 2, loadAverage: 0.5 };
    const row = aRow({
      nodeId: 'attic',
      commandCount: 13,
      connectedAtMs,
      hostStats,
      hostStatsUpdatedAtMs: connectedAtMs + 1,
    });
    world.gateway.others.push(row);
    world.advance(10);
    expect(world.remote('attic').evidence.gateway).toMatchObject({ commands: 13, hostStats });
    world.gateway.others.splice(0, 1, { ...row, connected: false });
    const gone = world.advance(6).remote('attic').evidence.gateway;
    expect(gone).not.toHaveProperty('commands');
    expect(gone).not.toHaveProperty('hostStats');
  });
});
