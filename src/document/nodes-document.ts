import {
  adviceOf,
  type Evidence,
  type GatewaySnapshot,
  type HostStats,
  type Instant,
  type NodeCounters,
  type NodeSnapshot,
  type Snapshot,
  type SourceSnapshot,
  type Transition,
} from '../core/index.ts';
import { isoTime, secondsOf, secondsOrNull, timeDocument, timeOrNull } from './time.ts';

/*
 * The one document on node hosts: `/api/v1/nodes` serves it, `check` reads and prints it, OTLP sends parts of it, and
 * words are made of it (viewpoints.ts). It is spelled out field by field, so that what is added to the snapshot later
 * does not get out by itself; its types are those of what is built here. A fact that is not known is `null`. Durations
 * are seconds.
 */

export type EvidenceDocument = ReturnType<typeof evidenceDocument>;
export type NodeDocument = ReturnType<typeof nodeDocument>;
export type GatewayDocument = ReturnType<typeof gatewayDocument>;
export type SourceDocument = ReturnType<typeof sourceDocument>;
export type NodesDocument = ReturnType<typeof nodesDocument>;

/** Host and port, with the scheme; a URL may carry a password or a token elsewhere. */
function publicUrl(gateway: GatewaySnapshot): string {
  const url = URL.parse(gateway.url);
  return url === null ? gateway.name : `${url.protocol}//${url.host}`;
}

function processDocument(process: Evidence['process']) {
  if (process === undefined) return null;
  if (process === null) return { running: false as const };
  return {
    running: true as const,
    pid: process.pid,
    kernelState: process.kernelState,
    startedAt: isoTime(process.startedAtWallMs),
    cpuSeconds: process.cpuSeconds,
    residentBytes: process.residentBytes,
    voluntarySwitches: process.voluntarySwitches ?? null,
    pulseAgeSeconds: secondsOrNull(process.pulseAgeMs),
  };
}

function socketDocument(socket: Evidence['socket']) {
  if (socket === undefined) return null;
  const { endpoint } = socket;
  return {
    endpoint: endpoint === null ? null : { host: endpoint.host, port: endpoint.port },
    state: socket.state,
    ageSeconds: secondsOrNull(socket.ageMs),
    unreadBytes: socket.unreadBytes,
  };
}

function logDocument(log: Evidence['log']) {
  if (log === undefined) return null;
  return {
    readable: log.readable,
    lastWrite: log.lastWriteWallMs === undefined ? null : isoTime(log.lastWriteWallMs),
    lastEvent: log.lastEvent ?? null,
    failedAttempts: log.failedAttempts ?? null,
    parked: log.parked ?? null,
  };
}

function hostStatsDocument(stats: HostStats | undefined) {
  if (stats === undefined) return null;
  return {
    cpuCount: stats.cpuCount ?? null,
    loadAverage: stats.loadAverage ?? null,
    memoryTotalBytes: stats.memoryTotalBytes ?? null,
    memoryFreeBytes: stats.memoryFreeBytes ?? null,
    diskTotalBytes: stats.diskTotalBytes ?? null,
    diskAvailableBytes: stats.diskAvailableBytes ?? null,
  };
}

function rowDocument(row: Evidence['gateway']) {
  if (row === undefined) return null;
  return {
    connected: row.connected,
    approved: row.approved ?? null,
    hostStatsAgeSeconds: secondsOrNull(row.hostStatsAgeMs),
    hostStats: hostStatsDocument(row.hostStats),
    commands: row.commands ?? null,
    rowAgeSeconds: secondsOf(row.rowAgeMs),
  };
}

function probeDocument(probe: Evidence['probe']) {
  if (probe === undefined) return null;
  return {
    ok: probe.ok,
    durationSeconds: secondsOf(probe.durationMs),
    timeoutsInARow: probe.timeoutsInARow,
  };
}

function gatewayLogDocument(calls: Evidence['calls']) {
  if (calls === undefined) return null;
  const { refused, approvedAgeMs, withheldCommands } = calls;
  return {
    refused:
      refused === undefined
        ? null
        : {
            reason: refused.reason,
            ageSeconds: secondsOf(refused.ageMs),
            pairing: refused.cause ?? null,
            requestId: refused.requestId ?? null,
          },
    approvedAgeSeconds: secondsOrNull(approvedAgeMs),
    withheldCommands: withheldCommands ?? null,
  };
}

function supervisorDocument(supervisor: Evidence['supervisor']) {
  if (supervisor === undefined) return null;
  const { service, standing, restarts, ageMs } = supervisor;
  return {
    service,
    standing: standing.kind,
    gaveUpBecause: standing.kind === 'gave-up' ? standing.because : null,
    notLoadedBecause: standing.kind === 'not-loaded' ? (standing.because ?? null) : null,
    lastExit: 'lastExit' in standing ? standing.lastExit : null,
    restarts: restarts ?? null,
    ageSeconds: secondsOf(ageMs),
  };
}

/** What each viewpoint says; `null` for one that says nothing. `process` is `{"running": false}` where there is none. */
export function evidenceDocument(evidence: Evidence) {
  return {
    process: processDocument(evidence.process),
    socket: socketDocument(evidence.socket),
    log: logDocument(evidence.log),
    gateway: rowDocument(evidence.gateway),
    probe: probeDocument(evidence.probe),
    gatewayLog: gatewayLogDocument(evidence.calls),
    supervisor: supervisorDocument(evidence.supervisor),
  };
}

/** What recovery did and makes of it; `null` where it is off. */
function recoveryDocument(recovery: NodeSnapshot['recovery'], now: Instant) {
  if (recovery === undefined) return null;
  const { attempts, isExhausted, pause, last, now: doing } = recovery;
  return {
    attempts,
    exhausted: isExhausted,
    paused: pause === undefined ? null : { reason: pause.reason, until: isoTime(pause.untilWallMs) },
    last:
      last === undefined
        ? null
        : {
            ...timeDocument(last.at, now),
            outcome: last.outcome ?? null,
            attachedAfterSeconds: secondsOrNull(last.attachedAfterMs),
            words: last.words,
          },
    now: doing ?? null,
  };
}

function nodeCountersDocument(counters: NodeCounters) {
  return {
    connects: counters.connects,
    reconnectAttempts: counters.reconnectAttempts,
    reconnectFailures: counters.reconnectFailures,
    closes: counters.closes,
    authFailures: counters.authFailures,
    processRestarts: counters.processRestarts,
    transitions: counters.transitions,
  };
}

function transitionDocument({ from, to, at, reasons, why }: Transition, now: Instant) {
  return { from, to, ...timeDocument(at, now), reasons, why };
}

/** The verdict on one node host and what it rests on; the same in a list and alone. */
export function nodeDocument(node: NodeSnapshot, now: Instant) {
  const { proofsOfLife: proofs } = node;
  return {
    key: node.key,
    name: node.name,
    scope: node.scope,
    kind: node.kind,
    gateway: node.gateway,
    nodeId: node.nodeId ?? null,
    version: node.version ?? null,
    platform: node.platform ?? null,
    namesakes: node.namesakes,
    state: node.state,
    since: timeDocument(node.since, now),
    reasons: node.reasons,
    why: node.why,
    advice: adviceOf(node.remedy),
    remedy: node.remedy,
    live: node.live,
    ready: node.ready,
    connected: node.connected ?? null,
    approved: node.approved ?? null,
    heartbeat: timeOrNull(node.heartbeat, now),
    proofsOfLife: {
      pulse: timeOrNull(proofs.pulse, now),
      host_stats: timeOrNull(proofs.host_stats, now),
      probe: timeOrNull(proofs.probe, now),
      log: timeOrNull(proofs.log, now),
      connect: timeOrNull(proofs.connect, now),
    },
    lastConnect: timeOrNull(node.lastConnect, now),
    lastDisconnect: timeOrNull(node.lastDisconnect, now),
    lastSeen: timeOrNull(node.lastSeen, now),
    parked: node.parked ?? null,
    restartBudgetExhausted: node.restartBudgetExhausted,
    recovery: recoveryDocument(node.recovery, now),
    evidence: evidenceDocument(node.evidence),
    counters: nodeCountersDocument(node.counters),
  };
}

/** One node host with its transitions, newest last. */
export function nodeDetailDocument(node: NodeSnapshot, now: Instant) {
  return {
    ...nodeDocument(node, now),
    transitions: node.transitions.map((transition) => transitionDocument(transition, now)),
  };
}

function gatewayDocument(gateway: GatewaySnapshot, now: Instant) {
  return {
    name: gateway.name,
    url: publicUrl(gateway),
    health: gateway.health,
    why: gateway.why,
    healthySince: timeOrNull(gateway.healthySince, now),
    http: {
      up: gateway.httpUp ?? null,
      rttSeconds: gateway.httpRttMs === undefined ? null : gateway.httpRttMs / 1000,
    },
    ws: {
      up: gateway.wsUp ?? null,
      rttSeconds: gateway.wsRttMs === undefined ? null : gateway.wsRttMs / 1000,
    },
    version: gateway.version ?? null,
    ready: gateway.ready ?? null,
    startup: gateway.startup ?? null,
    clockSkewSeconds: gateway.clockSkewMs === undefined ? null : gateway.clockSkewMs / 1000,
    certificateExpires:
      gateway.certificateNotAfterMs === undefined ? null : isoTime(gateway.certificateNotAfterMs),
    duplicateNodes: gateway.duplicateNodes,
    sessionRefusedFor: gateway.sessionRefusedFor ?? null,
    lifecycle:
      gateway.life === undefined
        ? null
        : {
            phase: gateway.life.phase,
            signal: gateway.life.signal ?? null,
            ...timeDocument(gateway.life.at, now),
          },
    pairingRequests: gateway.asking.map(({ deviceId, requestId, cause, name, at }) => ({
      deviceId,
      requestId: requestId ?? null,
      cause: cause ?? null,
      node: name ?? null,
      ...timeDocument(at, now),
    })),
    counters: {
      restarts: gateway.counters.restarts,
      tokensRegenerated: gateway.counters.tokensRegenerated,
      sessionCloses: gateway.counters.sessionCloses,
      authFailures: gateway.counters.authFailures,
    },
  };
}

function sourceDocument(source: SourceSnapshot, now: Instant) {
  const { lastError } = source;
  return {
    source: source.source,
    enabled: source.enabled,
    up: source.up,
    lastSuccess: timeOrNull(source.lastSuccess, now),
    lastDurationSeconds: source.lastDurationMs === undefined ? null : source.lastDurationMs / 1000,
    lastError:
      lastError === undefined
        ? null
        : { kind: lastError.kind, message: lastError.message, ...timeDocument(lastError.at, now) },
    errors: source.errors,
    note: source.note ?? null,
  };
}

/** The whole snapshot, without the transitions of node hosts. */
export function nodesDocument(snapshot: Snapshot) {
  const { at: now } = snapshot;
  return {
    at: isoTime(now.wallMs),
    observedSince: timeDocument(snapshot.observedSince, now),
    doubt: snapshot.doubt ?? null,
    gateways: snapshot.gateways.map((gateway) => gatewayDocument(gateway, now)),
    nodes: snapshot.nodes.map((node) => nodeDocument(node, now)),
    noNodeHostHere: snapshot.noNodeHostHere === true,
    nodesUnwatched: snapshot.nodesUnwatched,
    nodesDropped: snapshot.nodesDropped,
    sources: snapshot.sources.map((source) => sourceDocument(source, now)),
  };
}
