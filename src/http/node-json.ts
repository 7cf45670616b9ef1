import {
  elapsedMs,
  type Evidence,
  type GatewaySnapshot,
  type Instant,
  type NodeCounters,
  type NodeSnapshot,
  type Snapshot,
  type SourceSnapshot,
  type Transition,
} from '../core/index.ts';
import { isoTime } from './iso-time.ts';

/*
 * The shape of the JSON that is served, spelled out field by field: what is added to the snapshot later does not get
 * out by itself. A fact that is not known is `null`. Durations are seconds.
 */

/** A moment, and how long ago it was on the monotonic clock. */
export interface TimeJson {
  readonly at: string | null;
  readonly agoSeconds: number;
}

/** Milliseconds to seconds, to the millisecond. */
function secondsOf(ms: number): number {
  return Math.round(ms) / 1000;
}

function secondsOrNull(ms: number | undefined): number | null {
  return ms === undefined ? null : secondsOf(ms);
}

function timeJson(instant: Instant, now: Instant): TimeJson {
  return { at: isoTime(instant.wallMs), agoSeconds: secondsOf(Math.max(0, elapsedMs(instant, now))) };
}

function timeOrNull(instant: Instant | undefined, now: Instant): TimeJson | null {
  return instant === undefined ? null : timeJson(instant, now);
}

/** Host and port, with the scheme; a URL may carry a password or a token elsewhere. */
function publicUrl(gateway: GatewaySnapshot): string {
  const url = URL.parse(gateway.url);
  return url === null ? gateway.name : `${url.protocol}//${url.host}`;
}

function processJson(process: NonNullable<Evidence['process']>) {
  return {
    pid: process.pid,
    kernelState: process.kernelState,
    startedAt: isoTime(process.startedAtWallMs),
    cpuSeconds: process.cpuSeconds,
    residentBytes: process.residentBytes,
    voluntarySwitches: process.voluntarySwitches ?? null,
    pulseAgeSeconds: secondsOrNull(process.pulseAgeMs),
  };
}

function supervisorJson({ unit, standing, restarts, ageMs }: NonNullable<Evidence['supervisor']>) {
  return {
    unit: unit.unit,
    userUnit: unit.user,
    standing: standing.kind,
    gaveUpBecause: standing.kind === 'gave-up' ? standing.because : null,
    lastExit: 'lastExit' in standing ? standing.lastExit : null,
    restarts: restarts ?? null,
    ageSeconds: secondsOf(ageMs),
  };
}

/** `process` is `null` where nobody looked, and `{"running": false}` where there is none. */
export function evidenceJson({ process, socket, log, gateway, probe, supervisor }: Evidence) {
  return {
    process:
      process === undefined
        ? null
        : process === null
          ? { running: false as const }
          : { running: true as const, ...processJson(process) },
    socket:
      socket === undefined
        ? null
        : {
            endpoint:
              socket.endpoint === null ? null : { host: socket.endpoint.host, port: socket.endpoint.port },
            state: socket.state,
            ageSeconds: secondsOrNull(socket.ageMs),
            unreadBytes: socket.unreadBytes,
          },
    log:
      log === undefined
        ? null
        : {
            readable: log.readable,
            lastWrite: log.lastWriteWallMs === undefined ? null : isoTime(log.lastWriteWallMs),
            lastEvent: log.lastEvent ?? null,
            failedAttempts: log.failedAttempts ?? null,
            parked: log.parked ?? null,
          },
    gateway:
      gateway === undefined
        ? null
        : {
            connected: gateway.connected,
            approved: gateway.approved ?? null,
            hostStatsAgeSeconds: secondsOrNull(gateway.hostStatsAgeMs),
            rowAgeSeconds: secondsOf(gateway.rowAgeMs),
          },
    probe:
      probe === undefined
        ? null
        : {
            ok: probe.ok,
            durationSeconds: secondsOf(probe.durationMs),
            timeoutsInARow: probe.timeoutsInARow,
          },
    supervisor: supervisor === undefined ? null : supervisorJson(supervisor),
  };
}

function nodeCountersJson(counters: NodeCounters) {
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

function transitionJson({ from, to, at, reasons, why }: Transition, now: Instant) {
  return { from, to, ...timeJson(at, now), reasons, why };
}

/** The verdict on one node host and what it rests on; the same in a list and alone. */
export function nodeJson(node: NodeSnapshot, now: Instant) {
  return {
    key: node.key,
    name: node.name,
    scope: node.scope,
    gateway: node.gateway,
    nodeId: node.nodeId ?? null,
    version: node.version ?? null,
    platform: node.platform ?? null,
    state: node.state,
    since: timeJson(node.since, now),
    reasons: node.reasons,
    why: node.why,
    advice: node.advice,
    live: node.live,
    ready: node.ready,
    connected: node.connected ?? null,
    approved: node.approved ?? null,
    heartbeat: timeOrNull(node.heartbeat, now),
    heartbeats: {
      pulse: timeOrNull(node.heartbeats.pulse, now),
      host_stats: timeOrNull(node.heartbeats.host_stats, now),
      probe: timeOrNull(node.heartbeats.probe, now),
      log: timeOrNull(node.heartbeats.log, now),
      connect: timeOrNull(node.heartbeats.connect, now),
    },
    lastConnect: timeOrNull(node.lastConnect, now),
    lastDisconnect: timeOrNull(node.lastDisconnect, now),
    parked: node.parked ?? null,
    restartBudgetExhausted: node.restartBudgetExhausted,
    evidence: evidenceJson(node.evidence),
    counters: nodeCountersJson(node.counters),
  };
}

/** One node host with its transitions, newest last. */
export function nodeDetailJson(node: NodeSnapshot, now: Instant) {
  return {
    ...nodeJson(node, now),
    transitions: node.transitions.map((transition) => transitionJson(transition, now)),
  };
}

function gatewayJson(gateway: GatewaySnapshot, now: Instant) {
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
    sessionRefusedFor: gateway.sessionRefusedFor ?? null,
    counters: {
      restarts: gateway.counters.restarts,
      sessionCloses: gateway.counters.sessionCloses,
      authFailures: gateway.counters.authFailures,
    },
  };
}

function sourceJson(source: SourceSnapshot, now: Instant) {
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
        : { kind: lastError.kind, message: lastError.message, ...timeJson(lastError.at, now) },
    errors: source.errors,
  };
}

/** The whole snapshot, without the transitions of node hosts. */
export function snapshotJson(snapshot: Snapshot) {
  const { at: now } = snapshot;
  return {
    at: isoTime(now.wallMs),
    observedSince: timeJson(snapshot.observedSince, now),
    doubt: snapshot.doubt ?? null,
    gateway: gatewayJson(snapshot.gateway, now),
    nodes: snapshot.nodes.map((node) => nodeJson(node, now)),
    nodesDropped: snapshot.nodesDropped,
    sources: snapshot.sources.map((source) => sourceJson(source, now)),
  };
}
