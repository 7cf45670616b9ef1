import { NO_GATEWAY_COUNTERS, NO_NODE_COUNTERS } from '../../src/core/model/counters.ts';
import type {
  GatewaySnapshot,
  NodeSnapshot,
  Snapshot,
  SourceSnapshot,
} from '../../src/core/model/snapshot.ts';
import type { Instant } from '../../src/core/model/time.ts';
import { SOURCE_ERROR_KINDS, SOURCE_NAMES, type SourceErrorKind } from '../../src/core/model/vocabulary.ts';

/** The instant of every snapshot that `aSnapshot` builds. */
export const NOW: Instant = { monoMs: 5_000_000, wallMs: Date.parse('2026-11-22T03:00:00.000Z') };

/** The instant `seconds` before `NOW`. */
export function ago(seconds: number): Instant {
  return { monoMs: NOW.monoMs - seconds * 1000, wallMs: NOW.wallMs - seconds * 1000 };
}

/** A local node host that is attached and well, except for `overrides`. */
export function aNode(overrides: Partial<NodeSnapshot> = {}): NodeSnapshot {
  const name = overrides.name ?? 'NodeA';
  return {
    key: `local:${name}`,
    name,
    scope: 'local',
    kind: 'node-host',
    gateway: '127.0.0.1:18789',
    state: 'alive',
    since: ago(3600),
    reasons: ['attached'],
    why: 'attached to its gateway',
    remedy: { kind: 'none' },
    live: true,
    ready: true,
    proofsOfLife: {},
    restartBudgetExhausted: false,
    evidence: {},
    namesakes: 0,
    counters: NO_NODE_COUNTERS,
    counts: { refusals: true, closes: true },
    transitions: [],
    ...overrides,
  };
}

/** A local node host that sits there and does nothing. */
export function aZombie(overrides: Partial<NodeSnapshot> = {}): NodeSnapshot {
  return aNode({
    state: 'zombie',
    since: ago(90),
    reasons: ['silent'],
    why: 'its process runs and its gateway is healthy, but no attempt to connect came for 97 s',
    remedy: { kind: 'restart', scope: 'local' },
    live: false,
    ready: false,
    ...overrides,
  });
}

/** A node host that only the gateway knows. */
export function aRemoteNode(overrides: Partial<NodeSnapshot> = {}): NodeSnapshot {
  const name = overrides.name ?? 'Remote';
  return aNode({
    key: `remote:${name}`,
    name,
    scope: 'remote',
    connected: true,
    counts: { refusals: false, closes: false },
    ...overrides,
  });
}

/** The app of a phone that sleeps, except for `overrides`. */
export function anApp(overrides: Partial<NodeSnapshot> = {}): NodeSnapshot {
  return aRemoteNode({
    name: 'Phone',
    kind: 'app',
    state: 'offline',
    reasons: ['not-connected'],
    why: 'the gateway holds no session of it, as of any app that sleeps or is closed',
    ready: false,
    connected: false,
    ...overrides,
  });
}

/** A gateway that answers on both transports, except for `overrides`. */
export function aGateway(overrides: Partial<GatewaySnapshot> = {}): GatewaySnapshot {
  return {
    name: '127.0.0.1:18789',
    url: 'ws://127.0.0.1:18789',
    health: 'healthy',
    why: 'HTTP answers and the exporter’s session is open',
    healthySince: ago(7200),
    httpUp: true,
    wsUp: true,
    hasLog: true,
    asking: [],
    duplicateNodes: 0,
    counters: NO_GATEWAY_COUNTERS,
    ...overrides,
  };
}

/** A source that works, except for `overrides`. */
export function aSource(overrides: Partial<SourceSnapshot> = {}): SourceSnapshot {
  return {
    source: 'process',
    enabled: true,
    up: true,
    lastSuccess: ago(1),
    lastDurationMs: 2,
    errors: Object.fromEntries(SOURCE_ERROR_KINDS.map((kind) => [kind, 0])) as Record<
      SourceErrorKind,
      number
    >,
    ...overrides,
  };
}

/** One healthy node host at one healthy gateway, seen by every source but the probe, except for `overrides`. */
export function aSnapshot(overrides: Partial<Snapshot> = {}): Snapshot {
  return {
    at: NOW,
    observedSince: ago(86_400),
    gateways: [aGateway()],
    nodes: [aNode()],
    nodesDropped: 0,
    nodesUnwatched: 0,
    sources: SOURCE_NAMES.map((source) =>
      aSource({ source, enabled: source !== 'probe', ...(source.endsWith('log') && { gaps: 0 }) }),
    ),
    ...overrides,
  };
}
