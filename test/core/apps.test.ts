import { describe, expect, it } from 'vitest';
import { aRow, World } from '../helpers/world.ts';

const DAY_MS = 86_400_000;

/** A gateway with a node host of this machine, attached, and whatever rows else. */
function aWorldWith(...rows: readonly Parameters<typeof aRow>[0][]): World {
  const world = new World();
  world.nodeHost();
  world.gateway.others.push(...rows.map(aRow));
  return world.advance(30);
}

describe('an app', () => {
  it('is a node of its own kind: alive while it holds a session, with version and platform', () => {
    const world = aWorldWith({
      nodeId: 'mac',
      clientId: 'openclaw-macos',
      version: '2026.9.1',
      platform: 'macos 26.1',
    });
    expect(world.remote('mac')).toMatchObject({
      kind: 'app',
      scope: 'remote',
      state: 'alive',
      ready: true,
      version: '2026.9.1',
      platform: 'macos 26.1',
    });
    expect(world.view().kind).toBe('node-host');
  });

  it('that sleeps is offline, and there is nothing to do about it; a node host is to be looked at', () => {
    const world = aWorldWith(
      { nodeId: 'phone', clientId: 'openclaw-ios', connected: false },
      { nodeId: 'attic', connected: false },
    );
    expect(world.remote('phone')).toMatchObject({ state: 'offline', live: true, remedy: { kind: 'none' } });
    expect(world.remote('attic')).toMatchObject({ state: 'offline', remedy: { kind: 'look-there' } });
  });

  it('is not called wedged for what it published before its system suspended it; a node host is', () => {
    const world = aWorldWith();
    const hostStatsUpdatedAtMs = world.gateway.wallMs - 600_000;
    const stale = { connected: true, hostStatsUpdatedAtMs, connectedAtMs: hostStatsUpdatedAtMs - 1_000 };
    world.gateway.others.push(
      aRow({ nodeId: 'phone', clientId: 'openclaw-android', ...stale }),
      aRow({ nodeId: 'attic', ...stale }),
    );
    world.advance(200);
    expect(world.remote('attic').state).toBe('wedged');
    expect(world.remote('phone').state).toBe('alive');
  });

  it('was last seen when the gateway last heard of it, also without a session', () => {
    const world = aWorldWith();
    const lastSeenAtMs = world.gateway.wallMs - DAY_MS;
    world.gateway.others.push(
      aRow({ nodeId: 'phone', clientId: 'openclaw-ios', connected: false, lastSeenAtMs }),
    );
    world.advance(6);
    expect(world.remote('phone').lastSeen?.wallMs).toBeCloseTo(lastSeenAtMs, -2);
    // It wakes up for a moment and says so, without a session.
    world.gateway.others.splice(
      0,
      1,
      aRow({
        nodeId: 'phone',
        clientId: 'openclaw-ios',
        connected: false,
        lastSeenAtMs: world.gateway.wallMs,
      }),
    );
    world.advance(6);
    const { lastSeen, state } = world.remote('phone');
    expect(world.now.wallMs - (lastSeen?.wallMs ?? 0)).toBeLessThan(7_000);
    expect(state).toBe('offline');
  });

  it('of 2026.4 keeps its version when its session, and with it the version in its row, is gone', () => {
    const world = aWorldWith({ nodeId: 'mac', clientId: 'openclaw-macos', version: '2026.3.8-beta.1' });
    world.gateway.others.splice(0, 1, aRow({ nodeId: 'mac', clientId: 'openclaw-macos', connected: false }));
    expect(world.advance(6).remote('mac')).toMatchObject({ state: 'offline', version: '2026.3.8-beta.1' });
  });

  it('is never taken for the node host of this machine, though both are called as the machine is', () => {
    const world = new World();
    const node = world.nodeHost({ displayName: 'Anas-MacBook' });
    world.gateway.others.push(
      aRow({ nodeId: 'mac', clientId: 'openclaw-macos', displayName: 'Anas-MacBook' }),
    );
    world.advance(30);
    const { nodes } = world.snapshot;
    expect(nodes.map(({ scope, kind, nodeId }) => [scope, kind, nodeId])).toEqual(
      expect.arrayContaining([
        ['local', 'node-host', node.nodeId],
        ['remote', 'app', 'mac'],
      ]),
    );
    expect(nodes).toHaveLength(2);
    // Nor once the node host is gone and the app is the only one left of that name.
    node.exits();
    world.advance(60);
    expect(world.view()).toMatchObject({ state: 'down', connected: false });
    expect(world.remote('mac').state).toBe('alive');
  });

  it('is not probed: nobody may run a command on a phone for the asking', () => {
    const world = new World({ probe: true });
    const node = world.nodeHost();
    world.gateway.others.push(aRow({ nodeId: 'mac', clientId: 'openclaw-macos' }));
    world.advance(30);
    const probes = world.directives.filter((directive) => directive.kind === 'probe');
    expect(probes.at(-1)?.nodeIds).toEqual([node.nodeId]);
  });
});
