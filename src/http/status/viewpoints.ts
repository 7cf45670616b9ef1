import type { Evidence, Instant, NodeSnapshot } from '../../core/index.ts';
import type { Tone } from './concern.ts';
import { age, text } from './markup.ts';

/** What one viewpoint says of a node host, ready for the page. */
export interface Viewpoint {
  readonly name: string;
  readonly tone: Tone;
  readonly html: string;
}

const SILENT = { tone: 'none', html: 'says nothing' } as const;
const MIB = 1_048_576;
/** Ages that are told as such by the snapshot shift by a moment from look to look. */
const AGE_GRAIN_MS = 10_000;

type Words = Omit<Viewpoint, 'name'>;

/** The viewpoints on a node host, side by side: where they disagree is the fault. */
export function viewpointsOf(node: NodeSnapshot, now: Instant): readonly Viewpoint[] {
  const { evidence } = node;
  const remote: readonly Viewpoint[] = [
    { name: 'Gateway', ...gatewayWords(node) },
    { name: 'Probe', ...probeWords(evidence.probe) },
  ];
  if (node.scope === 'remote') return remote;
  return [
    { name: 'Process', ...processWords(node) },
    { name: 'Socket', ...socketWords(evidence.socket, now) },
    { name: 'Log', ...logWords(node) },
    ...remote,
    { name: 'Service manager', ...supervisorWords(evidence.supervisor) },
  ];
}

function processWords({ evidence: { process }, heartbeats }: NodeSnapshot): Words {
  if (process === undefined) return SILENT;
  if (process === null) return { tone: 'bad', html: 'there is none' };
  const isStopped = process.kernelState === 'stopped';
  const pulse = heartbeats.pulse === undefined ? '' : `, pulse ${age(heartbeats.pulse.wallMs, 'ago')}`;
  return {
    tone: isStopped ? 'bad' : 'good',
    html: `${isStopped ? 'is <b>stopped</b>' : 'runs'}, started ${age(process.startedAtWallMs, 'ago')}${pulse}, pid ${process.pid}, ${Math.round(process.residentBytes / MIB)} MiB`,
  };
}

function socketWords(socket: Evidence['socket'], now: Instant): Words {
  if (socket === undefined) return SILENT;
  const { endpoint, state, ageMs, unreadBytes } = socket;
  const to =
    endpoint === null ? 'its gateway (address not known)' : text(`${endpoint.host}:${endpoint.port}`);
  const since =
    ageMs === undefined
      ? ''
      : ` for ${age(Math.round((now.wallMs - ageMs) / AGE_GRAIN_MS) * AGE_GRAIN_MS, 'for')}`;
  const unread = unreadBytes === 0 ? '' : `, <b>${unreadBytes} bytes unread</b>`;
  switch (state) {
    case 'none':
      return { tone: endpoint === null ? 'none' : 'bad', html: `no connection to ${to}` };
    case 'established':
      return { tone: unreadBytes === 0 ? 'good' : 'warn', html: `open to ${to}${since}${unread}` };
    case 'opening':
      return { tone: 'warn', html: `opening to ${to}${since}` };
    case 'close-wait':
      return { tone: 'bad', html: `the other end, ${to}, hung up; it did not${since}${unread}` };
    case 'closing':
      return { tone: 'warn', html: `closing to ${to}${since}${unread}` };
    default:
      return state satisfies never;
  }
}

function logWords({ evidence: { log }, connected }: NodeSnapshot): Words {
  if (log === undefined) return SILENT;
  if (!log.readable) return { tone: 'warn', html: 'cannot be read' };
  const written =
    log.lastWriteWallMs === undefined ? '' : `, last written ${age(log.lastWriteWallMs, 'ago')}`;
  const failed = log.failedAttempts ?? 0;
  const attempts = failed === 0 ? '' : `, <b>${failed} failed ${failed === 1 ? 'attempt' : 'attempts'}</b>`;
  const parked = log.parked === undefined ? '' : `, <b>parked: ${text(log.parked)}</b>`;
  // A log of 2026.4.x does not tell of the connect that came after a close.
  const isClosed = log.lastEvent?.startsWith('closed') === true && connected !== true;
  const isTrouble = failed > 0 || log.parked !== undefined || isClosed;
  return {
    tone: isTrouble ? 'bad' : log.lastEvent === 'connected' ? 'good' : 'none',
    html: `${text(log.lastEvent ?? 'nothing about its connection')}${attempts}${parked}${written}`,
  };
}

function gatewayWords({ evidence: { gateway }, connected, heartbeats, lastDisconnect }: NodeSnapshot): Words {
  const { host_stats: stats } = heartbeats;
  if (gateway === undefined) {
    return connected === false ? { tone: 'bad', html: 'does not list it' } : SILENT;
  }
  const heard = stats === undefined ? '' : `, host stats ${age(stats.wallMs, 'ago')}`;
  if (!gateway.connected) {
    const since = lastDisconnect === undefined ? '' : ` for ${age(lastDisconnect.wallMs, 'for')}`;
    return { tone: 'bad', html: `not attached${since}` };
  }
  return gateway.approved === false
    ? { tone: 'warn', html: `attached, <b>waits for approval</b>${heard}` }
    : { tone: 'good', html: `attached${heard}` };
}

function probeWords(probe: Evidence['probe']): Words {
  if (probe === undefined) return SILENT;
  return probe.ok
    ? { tone: 'good', html: `answered within ${Math.max(1, Math.round(probe.durationMs))} ms` }
    : { tone: 'bad', html: `<b>${probe.timeoutsInARow} without an answer</b> in a row` };
}

function supervisorWords(supervisor: Evidence['supervisor']): Words {
  if (supervisor === undefined) return SILENT;
  const { unit, standing, restarts = 0 } = supervisor;
  const name = text(unit.unit);
  const count = restarts === 0 ? '' : `, restarted it ${restarts} ${restarts === 1 ? 'time' : 'times'}`;
  switch (standing.kind) {
    case 'running':
      return { tone: 'good', html: `${name} runs${count}` };
    case 'restarting':
      return { tone: 'warn', html: `${name} is about to be started again${count}` };
    case 'stopped':
      return { tone: 'bad', html: `${name} is stopped` };
    case 'failed':
      return { tone: 'bad', html: `${name} failed (${text(standing.lastExit)})` };
    case 'gave-up':
      return { tone: 'bad', html: `<b>gave up</b> on ${name} (${text(standing.lastExit)})${count}` };
    default:
      return standing satisfies never;
  }
}
