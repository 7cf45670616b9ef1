import type { Evidence } from '../core/index.ts';
import { agoInWords, durationInWords } from './duration-words.ts';

/** What one viewpoint says, as a short line. */
export interface EvidenceLine {
  readonly viewpoint: 'process' | 'socket' | 'log' | 'gateway' | 'probe' | 'supervisor';
  readonly text: string;
}

/** One line for each viewpoint that says anything. */
export function evidenceLines(evidence: Evidence, atWallMs: number): readonly EvidenceLine[] {
  const lines: readonly (readonly [EvidenceLine['viewpoint'], string | undefined])[] = [
    ['process', processLine(evidence.process, atWallMs)],
    ['socket', socketLine(evidence.socket)],
    ['log', logLine(evidence.log, atWallMs)],
    ['gateway', gatewayLine(evidence.gateway)],
    ['probe', probeLine(evidence.probe)],
    ['supervisor', supervisorLine(evidence.supervisor)],
  ];
  return lines.flatMap(([viewpoint, text]) => (text === undefined ? [] : [{ viewpoint, text }]));
}

function processLine(process: Evidence['process'], atWallMs: number): string | undefined {
  if (process === undefined) return undefined;
  if (process === null) return 'none';
  const pulse = process.pulseAgeMs === undefined ? [] : [`pulse ${agoInWords(process.pulseAgeMs)}`];
  const up = durationInWords(atWallMs - process.startedAtWallMs);
  return [`pid ${process.pid}`, process.kernelState, `up ${up}`, ...pulse].join(', ');
}

function socketLine(socket: Evidence['socket']): string | undefined {
  if (socket === undefined) return undefined;
  const to =
    socket.endpoint === null ? 'its endpoint (not known)' : `${socket.endpoint.host}:${socket.endpoint.port}`;
  const age = socket.ageMs === undefined ? '' : ` for ${durationInWords(socket.ageMs)}`;
  const state = socket.state === 'none' ? `no connection to ${to}` : `${socket.state}${age} to ${to}`;
  return socket.unreadBytes === 0 ? state : `${state}, ${socket.unreadBytes} bytes unread`;
}

function logLine(log: Evidence['log'], atWallMs: number): string | undefined {
  if (log === undefined) return undefined;
  if (!log.readable) return 'not readable';
  const written =
    log.lastWriteWallMs === undefined ? '' : `, written ${agoInWords(atWallMs - log.lastWriteWallMs)}`;
  const attempts =
    log.failedAttempts === undefined || log.failedAttempts === 0
      ? ''
      : `, ${log.failedAttempts} failed attempts`;
  const parked = log.parked === undefined ? '' : `, parked (${log.parked})`;
  return `${log.lastEvent ?? 'nothing about its connection'}${written}${attempts}${parked}`;
}

function gatewayLine(gateway: Evidence['gateway']): string | undefined {
  if (gateway === undefined) return undefined;
  const approval = gateway.approved === false ? ', waiting for approval' : '';
  const stats =
    gateway.hostStatsAgeMs === undefined ? '' : `, host stats ${agoInWords(gateway.hostStatsAgeMs)}`;
  return `${gateway.connected ? 'connected' : 'not connected'}${approval}${stats} (asked ${agoInWords(gateway.rowAgeMs)})`;
}

function probeLine(probe: Evidence['probe']): string | undefined {
  if (probe === undefined) return undefined;
  if (probe.ok) return `answered within ${Math.round(probe.durationMs)} ms`;
  return `${probe.timeoutsInARow} timeouts in a row`;
}

function supervisorLine(supervisor: Evidence['supervisor']): string | undefined {
  if (supervisor === undefined) return undefined;
  const { unit, standing, restarts, ageMs } = supervisor;
  const count = restarts === undefined || restarts === 0 ? '' : `, restarted ${restarts} times`;
  return `${unit.unit} ${standingWords(standing)}${count} (asked ${agoInWords(ageMs)})`;
}

function standingWords(standing: NonNullable<Evidence['supervisor']>['standing']): string {
  switch (standing.kind) {
    case 'running':
      return 'runs';
    case 'restarting':
      return 'is about to start it again';
    case 'stopped':
      return 'is stopped';
    case 'failed':
      return `failed (${standing.lastExit})`;
    case 'gave-up':
      return `gave up (${standing.lastExit})`;
    default:
      return standing satisfies never;
  }
}
