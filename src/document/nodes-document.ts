import {
  adviceOf,
  type Evidence,
  type GatewaySnapshot,
  type HostStats,
  type Instant,
  type NodeCounters,
  type NodeSnapshot,
  type RecoveryStatus,
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

/** What `make` makes of a fact that is known. */
function known<Fact, Made>(fact: Fact | undefined, make: (fact: Fact) => Made): Made | null {
  return fact === undefined ? null : make(fact);
}

/** What a viewpoint says that says anything. */
type Told<Name extends keyof Evidence> = NonNullable<Evidence[Name]>;

function processDocument(process: Told<'process'> | null) {
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

function socketDocument({ endpoint, state, ageMs, unreadBytes }: Told<'socket'>) {
  return {
    endpoint: endpoint === null ? null : { host: endpoint.host, port: endpoint.port },
    state,
    ageSeconds: secondsOrNull(ageMs),
    unreadBytes,
  };
}

function logDocument(log: Told<'log'>) {
  return {
    readable: log.readable,
    lastWrite: known(log.lastWriteWallMs, isoTime),
    lastEvent: log.lastEvent ?? null,
    failedAttempts: log.failedAttempts ?? null,
    parked: log.parked ?? null,
  };
}

function hostStatsDocument(stats: HostStats) {
  return {
    cpuCount: stats.cpuCount ?? null,
    loadAverage: stats.loadAverage ?? null,
    memoryTotalBytes: stats.memoryTotalBytes ?? null,
    memoryFreeBytes: stats.memoryFreeBytes ?? null,
    diskTotalBytes: stats.diskTotalBytes ?? null,
    diskAvailableBytes: stats.diskAvailableBytes ?? null,
  };
}

function rowDocument(row: Told<'gateway'>) {
  return {
    connected: row.connected,
    approved: row.approved ?? null,
    hostStatsAgeSeconds: secondsOrNull(row.hostStatsAgeMs),
    hostStats: known(row.hostStats, hostStatsDocument),
    commands: row.commands ?? null,
    rowAgeSeconds: secondsOf(row.rowAgeMs),
  };
}

function probeDocument({ ok, durationMs, timeoutsInARow }: Told<'probe'>) {
  return { ok, durationSeconds: secondsOf(durationMs), timeoutsInARow };
}

function gatewayLogDocument({ refused, approvedAgeMs, withheldCommands }: Told<'calls'>) {
  return {
    refused: known(refused, ({ reason, ageMs, cause = null, requestId = null }) => ({
      reason,
      ageSeconds: secondsOf(ageMs),
      pairing: cause,
      requestId,
    })),
    approvedAgeSeconds: secondsOrNull(approvedAgeMs),
    withheldCommands: withheldCommands ?? null,
  };
}

function supervisorDocument({ service, standing, restarts, ageMs }: Told<'supervisor'>) {
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
    process: known(evidence.process, processDocument),
    socket: known(evidence.socket, socketDocument),
    log: known(evidence.log, logDocument),
    gateway: known(evidence.gateway, rowDocument),
    probe: known(evidence.probe, probeDocument),
    gatewayLog: known(evidence.calls, gatewayLogDocument),
    supervisor: known(evidence.supervisor, supervisorDocument),
  };
}

/** What recovery did and makes of it. */
function recoveryDocument({ attempts, isExhausted, pause, last, now: doing }: RecoveryStatus, now: Instant) {
  return {
    attempts,
    exhausted: isExhausted,
    paused: known(pause, ({ reason, untilWallMs }) => ({ reason, until: isoTime(untilWallMs) })),
    last: known(last, ({ at, outcome = null, attachedAfterMs, words }) => ({
      ...timeDocument(at, now),
      outcome,
      attachedAfterSeconds: secondsOrNull(attachedAfterMs),
      words,
    })),
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
    recovery: known(node.recovery, (recovery) => recoveryDocument(recovery, now)),
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

/** Of what is measured finer than in milliseconds. */
function exactSeconds(ms: number): number {
  return ms / 1000;
}

function gatewayDocument(gateway: GatewaySnapshot, now: Instant) {
  return {
    name: gateway.name,
    url: publicUrl(gateway),
    health: gateway.health,
    why: gateway.why,
    healthySince: timeOrNull(gateway.healthySince, now),
    http: { up: gateway.httpUp ?? null, rttSeconds: known(gateway.httpRttMs, exactSeconds) },
    ws: { up: gateway.wsUp ?? null, rttSeconds: known(gateway.wsRttMs, exactSeconds) },
    version: gateway.version ?? null,
    ready: gateway.ready ?? null,
    startup: gateway.startup ?? null,
    clockSkewSeconds: known(gateway.clockSkewMs, exactSeconds),
    certificateExpires: known(gateway.certificateNotAfterMs, isoTime),
    duplicateNodes: gateway.duplicateNodes,
    sessionRefusedFor: gateway.sessionRefusedFor ?? null,
    lifecycle: known(gateway.life, ({ phase, signal = null, at }) => ({
      phase,
      signal,
      ...timeDocument(at, now),
    })),
    pairingRequests: gateway.asking.map(({ deviceId, requestId = null, cause = null, name = null, at }) => ({
      deviceId,
      requestId,
      cause,
      node: name,
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
  return {
    source: source.source,
    enabled: source.enabled,
    up: source.up,
    lastSuccess: timeOrNull(source.lastSuccess, now),
    lastDurationSeconds: known(source.lastDurationMs, exactSeconds),
    lastError: known(source.lastError, ({ kind, message, at }) => ({
      kind,
      message,
      ...timeDocument(at, now),
    })),
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
