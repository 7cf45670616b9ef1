import { expect, it } from 'vitest';
import { LivenessCore } from '../../src/core/core.ts';
import type { RosterRow } from '../../src/core/model/observation.ts';
import { DEFAULT_THRESHOLDS } from '../../src/core/model/thresholds.ts';
import type { Instant } from '../../src/core/model/time.ts';

const at = (second: number): Instant => ({
  monoMs: second * 1_000,
  wallMs: 1_800_000_000_000 + second * 1_000,
});

/** Two node hosts of one machine, started together, told apart by their names; the gateway holds a session of one. */
function twoTogether(order: readonly ('Mute' | 'Neighbour')[]): LivenessCore {
  const core = new LivenessCore({
    targets: order.map((name) => ({ id: name, name, explicit: true })),
    gateways: [{ name: 'gateway:1', url: 'ws://gateway:1', address: { host: 'gateway', port: 1 } }],
    limits: DEFAULT_THRESHOLDS,
    enabledSources: ['process', 'gateway-http', 'gateway-session'],
    defaultName: 'host',
    maxNodes: 10,
    forgetNodesAfterMs: 1_000_000_000,
    startedAt: at(0),
  });
  for (const [index, target] of order.entries()) {
    core.observe({
      source: 'process',
      target,
      at: at(1),
      process: {
        pid: 100 + index,
        incarnation: `${index}:1`,
        kernelState: 'sleeping',
        uptimeMs: 10_000,
        cpuSeconds: 1,
        residentBytes: 1,
        voluntarySwitches: 1,
      },
    });
  }
  const gateway = 'gateway:1';
  core.observe({ source: 'gateway-http', gateway, at: at(1), result: { ok: true, rttMs: 1 } });
  core.observe({
    source: 'gateway-session',
    gateway,
    kind: 'opened',
    at: at(1),
    serverVersion: '2026.4.15',
    protocol: 3,
    connectMs: 1,
  });
  const row: RosterRow = {
    nodeId: 'b'.repeat(64),
    displayName: 'Neighbour',
    clientId: 'node-host',
    connected: true,
    paired: true,
    connectedAtMs: 5_000_000 - 9_000,
  };
  core.observe({
    source: 'gateway-session',
    gateway,
    kind: 'roster',
    at: at(1),
    gatewayTsMs: 5_000_000,
    rows: [row],
    rttMs: 1,
  });
  core.tick(at(1.5));
  return core;
}

it.each([[['Mute', 'Neighbour']], [['Neighbour', 'Mute']]] as const)(
  'a node host without a session took the row of its neighbour that started with it (%j)',
  (order) => {
    const nodes = twoTogether(order).snapshot(at(1.5)).nodes;
    const connected = Object.fromEntries(nodes.map((node) => [node.name, node.connected]));
    // Nothing says that the mute one is of this gateway at all: it never listed it, and nobody knows where it dials.
    expect(connected).toEqual({ Mute: undefined, Neighbour: true });
  },
);
