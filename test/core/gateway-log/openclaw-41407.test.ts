import { describe, expect, it } from 'vitest';

import type { Caller } from '../../../src/core/model/gateway-record.ts';
import { LoggedGateway } from '../../helpers/logged-gateway.ts';

const APP: Caller = {
  role: 'node',
  clientId: 'openclaw-macos',
  displayName: 'Ana’s MacBook',
  instanceId: '11111111-2222-3333-4444-555555555555',
  version: '2026.3.8-beta.1',
  platform: 'macos',
  from: 'loopback',
};
/** A gateway that wants a pairing names the device and nothing else. */
const DEVICE: Caller = { role: 'unknown', deviceId: 'f'.repeat(64), from: 'loopback' };
const NAME = 'Ana’s MacBook';
const SLEEPER = { nodeId: 'a-phone', displayName: 'Phone', clientId: 'openclaw-ios', connected: false };

/** How the report goes on for hours: two wrong tokens, a missing pairing, and a restart of the gateway in between. */
function anotherRound(world: LoggedGateway): void {
  world.refuses(APP, 'token_mismatch').advance(10).refuses(APP, 'token_mismatch').advance(10);
  world.refuses(DEVICE, 'pairing_required').advance(10);
  world.says({ kind: 'stopping', signal: 'SIGTERM' }).goesDown().advance(20).comesBack().advance(10);
}

describe.each([
  ['without a token of its own', null],
  ['with a token', [SLEEPER]],
] as const)('openclaw#41407, token churn of the macOS app, seen by an exporter %s', (_, rows) => {
  it('1. the app is connected; a rewritten configuration takes the gateway’s token away', () => {
    const world = new LoggedGateway({ rows });
    world.says({ kind: 'stopping', signal: 'SIGTERM' }).goesDown().advance(15).comesBack();

    // 2. "auth token was missing. Generated a new token and saved it to config", SIGTERM and restart cycles.
    world.says({ kind: 'token-regenerated', isSaved: true }).advance(5);
    expect(world.view.counters).toMatchObject({ tokensRegenerated: 1, restarts: 1 });

    // 3. The app comes back with its old token: "unauthorized … reason=token_mismatch" …
    world.refuses(APP, 'token_mismatch').advance(6);
    expect(world.node(NAME)).toMatchObject({
      kind: 'app',
      state: 'blocked',
      reasons: ['refused', 'token_mismatch'],
      live: true,
    });

    // … then "closed before connect … code=1008 reason=pairing required" …
    world.refuses(DEVICE, 'pairing_required').advance(2);
    expect(world.node(NAME).reasons).toEqual(['refused', 'pairing_required']);

    // … then "Could not connect to the server" while the gateway restarts.
    world.says({ kind: 'stopping', signal: 'SIGTERM' }).goesDown().advance(10);
    expect(world.node(NAME).state).not.toBe('blocked');
    world.advance(10).comesBack().advance(10);

    // In turns, for as long as nobody repairs it; here for an hour.
    for (let round = 0; round < 60; round += 1) anotherRound(world);
    expect(world.failures(NAME)).toEqual({ token_mismatch: 121, pairing_required: 61 });
    expect(world.view.counters).toMatchObject({ tokensRegenerated: 1, restarts: 62 });
    expect(world.unnamed).toEqual({});

    // A single clear state instead of a storm: one node, blocked whenever its gateway is there, and never accused.
    const states = new Set(
      world.transitions.filter(({ key }) => key.startsWith('instance:')).map(({ to }) => to),
    );
    expect(
      [...states].filter((state) => !['blocked', 'gateway-down', 'unknown', 'offline'].includes(state)),
    ).toEqual([]);
    expect(world.names.filter((name) => name.startsWith(NAME))).toEqual([NAME]);
    expect(world.snapshot.nodes.every(({ live }) => live)).toBe(true);
    // The phone slept all the while.
    if (rows !== null) expect(world.node('Phone').state).toBe('offline');

    // 4. What helped: approve the pairing again, rotate the node's token, stop the restarts. It attaches.
    const row = { nodeId: DEVICE.deviceId ?? '', displayName: NAME, clientId: 'openclaw-macos' };
    if (rows !== null) {
      world.rows = [SLEEPER, { ...row, connected: true, connectedAtMs: world.now.wallMs }];
      world.advance(6);
      expect(world.node(NAME)).toMatchObject({ state: 'alive', nodeId: DEVICE.deviceId });
      expect(world.failures(NAME)).toEqual({ token_mismatch: 121, pairing_required: 61 });
    }
    // Closed for the night, it is no news to anybody.
    world.advance(1_000);
    if (rows !== null) world.rows = [SLEEPER, { ...row, connected: false }];
    world.advance(60);
    expect(world.node(NAME).state).toBe(rows === null ? 'unknown' : 'offline');
  });
});
