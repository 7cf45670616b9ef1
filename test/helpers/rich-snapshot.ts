import { increment, NO_GATEWAY_COUNTERS, NO_NODE_COUNTERS } from '../../src/core/model/counters.ts';
import type { Snapshot } from '../../src/core/model/snapshot.ts';
import { aGateway, ago, anApp, aNode, aRemoteNode, aSnapshot, aSource, aZombie } from './snapshots.ts';

/** A second gateway, which lists what the first one does not. */
const ANOTHER_GATEWAY = 'gw.lan:18790';

/** A snapshot in which every metric of the catalogue says something, and some say what they rarely do. */
export function aRichSnapshot(): Snapshot {
  return aSnapshot({
    nodesDropped: 2,
    nodesUnwatched: 1,
    gateways: [
      aGateway({
        httpRttMs: 1.25,
        wsRttMs: 3.5,
        version: '2026.9.6',
        clockSkewMs: -1.5,
        ready: true,
        startup: 'started',
        counters: {
          ...NO_GATEWAY_COUNTERS,
          restarts: 1,
          sessionCloses: increment(NO_GATEWAY_COUNTERS.sessionCloses, '1012'),
          authFailures: increment(NO_GATEWAY_COUNTERS.authFailures, 'rate_limited'),
        },
      }),
      aGateway({
        name: ANOTHER_GATEWAY,
        url: `wss://${ANOTHER_GATEWAY}`,
        health: 'healthy',
        httpRttMs: 21,
        wsRttMs: 34,
        version: '2026.4.15',
        clockSkewMs: 71_250,
        ready: false,
        certificateNotAfterMs: Date.parse('2026-12-01T00:00:00Z'),
        duplicateNodes: 2,
      }),
    ],
    nodes: [
      aNode({
        name: 'NodeA',
        nodeId: 'a1b2c3d4e5f60718',
        version: '2026.9.6',
        platform: 'linux',
        connected: true,
        approved: true,
        proofsOfLife: {
          pulse: ago(2.5),
          host_stats: ago(31),
          probe: ago(15),
          log: ago(3600),
          connect: ago(3600),
        },
        heartbeat: ago(2.5),
        lastConnect: ago(3600),
        lastDisconnect: ago(3612.345),
        evidence: {
          process: {
            pid: 4711,
            incarnation: '4711:98765',
            kernelState: 'sleeping',
            startedAtWallMs: ago(86_400).wallMs,
            cpuSeconds: 12.34,
            residentBytes: 123_456_789,
            voluntarySwitches: 4242,
            pulseAgeMs: 2500,
          },
          socket: {
            endpoint: { host: '127.0.0.1', port: 18789 },
            state: 'established',
            ageMs: 3_600_000,
            unreadBytes: 0,
          },
          log: {
            readable: true,
            lastWriteWallMs: ago(3600).wallMs,
            lastEvent: 'connected',
            failedAttempts: 0,
          },
          gateway: {
            connected: true,
            approved: true,
            hostStatsAgeMs: 31_000,
            hostStats: {
              cpuCount: 2,
              loadAverage: 0.89,
              memoryTotalBytes: 25_276_502_016,
              memoryFreeBytes: 22_275_567_616,
              diskTotalBytes: 270_553_174_016,
              diskAvailableBytes: 79_831_457_792,
            },
            commands: 13,
            rowAgeMs: 900,
          },
          probe: { ok: true, durationMs: 12.5, timeoutsInARow: 0 },
          supervisor: {
            service: { manager: 'systemd', unit: 'openclaw-node.service', user: true },
            standing: { kind: 'running' },
            restarts: 2,
            ageMs: 12_000,
          },
        },
        counters: {
          ...NO_NODE_COUNTERS,
          connects: 3,
          reconnectAttempts: 5,
          reconnectFailures: increment(increment(NO_NODE_COUNTERS.reconnectFailures, 'refused'), 'refused'),
          // Common ones, and some that are counted as `other`.
          closes: increment(increment(NO_NODE_COUNTERS.closes, '1012'), '1011'),
          authFailures: increment(
            increment(NO_NODE_COUNTERS.authFailures, 'token_mismatch'),
            'scope_mismatch',
          ),
          processRestarts: 1,
          transitions: increment(NO_NODE_COUNTERS.transitions, 'alive'),
        },
        recovery: {
          attempts: { attached: 2, still_detached: 0, refused: 1, failed: 0, skipped: 0, dry_run: 0 },
          since: ago(86_400).wallMs,
          isExhausted: false,
          pause: { reason: 'moving the gateway', untilWallMs: ago(-3600).wallMs },
          last: {
            at: ago(7200),
            outcome: 'attached',
            attachedAfterMs: 6_200,
            words: 'restarted, and attached after 6.2 s',
          },
        },
        transitions: [
          {
            from: 'reconnecting',
            to: 'alive',
            at: ago(3600),
            reasons: ['attached'],
            why: 'it attached again',
          },
        ],
      }),
      aZombie({
        name: 'Back\\slash "quoted"\nsecond line',
        parked: 'pairing_required',
        reasons: ['parked', 'restart-did-not-help'],
        remedy: { kind: 'investigate' },
        live: true,
        restartBudgetExhausted: true,
        evidence: {
          process: null,
          socket: { endpoint: null, state: 'none', unreadBytes: 0 },
          log: { readable: true, parked: 'pairing_required' },
          supervisor: {
            service: { manager: 'systemd', unit: 'openclaw-node.service', user: true },
            standing: { kind: 'gave-up', because: 'restart-limit', lastExit: 'exit status 1' },
            ageMs: 3000,
          },
        },
        counters: {
          ...NO_NODE_COUNTERS,
          authFailures: increment(NO_NODE_COUNTERS.authFailures, 'pairing_required'),
        },
      }),
      aRemoteNode({
        name: 'Büro-Mäc 🦞',
        counts: { refusals: true, closes: true },
        nodeId: '00ff00ff00ff00ff',
        version: '2026.4.15',
        platform: 'darwin',
        gateway: ANOTHER_GATEWAY,
        state: 'offline',
        reasons: ['not-connected'],
        why: 'the gateway says that it is not connected',
        remedy: { kind: 'look-there' },
        ready: false,
        connected: false,
        approved: false,
        proofsOfLife: { host_stats: ago(100_040), probe: ago(100_035), connect: ago(200_000) },
        heartbeat: ago(100_035),
        namesakes: 1,
        lastConnect: ago(200_000),
        lastDisconnect: ago(100_000),
        evidence: {
          gateway: { connected: false, approved: false, hostStatsAgeMs: 100_040_000, rowAgeMs: 900 },
          probe: { ok: false, durationMs: 3_000, timeoutsInARow: 1 },
        },
      }),
      anApp({
        name: 'Phone',
        nodeId: 'ff00ff00ff00ff00',
        version: '2026.9.1',
        platform: 'ios 26.1',
        proofsOfLife: { connect: ago(7_200) },
        heartbeat: ago(3_700),
        lastConnect: ago(7_200),
        lastDisconnect: ago(3_700),
        lastSeen: ago(600),
        evidence: { gateway: { connected: false, rowAgeMs: 900 } },
      }),
    ],
    sources: [
      aSource({ source: 'process' }),
      aSource({ source: 'gateway-log', gaps: 2 }),
      aSource({
        source: 'log',
        up: false,
        errors: { ...aSource().errors, permission: 7 },
        lastError: { kind: 'permission', message: 'the log cannot be read', at: ago(3) },
      }),
      aSource({ source: 'probe', enabled: false }),
    ],
  });
}
