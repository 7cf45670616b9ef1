import { PROOF_SOURCES, type ProofSource, serviceName } from '../core/index.ts';
import type { EvidenceDocument, NodeDocument } from './nodes-document.ts';
import { counted } from './noun.ts';
import { isoTime, type TimeDocument } from './time.ts';
import type { Tone } from './tone.ts';

/** A piece of what is said: words, words that matter most, or a moment, whose age each reader tells in its own way. */
export type Phrase =
  | string
  | { readonly strong: string }
  | {
      readonly time: TimeDocument;
      /** `ago` for when it happened, `for` for how long it has been so. */
      readonly form: 'ago' | 'for';
    };

/** What one viewpoint says of a node host. */
export interface Viewpoint {
  readonly name: 'Process' | 'Socket' | 'Log' | 'Gateway' | 'Probe' | 'Supervisor';
  readonly tone: Tone;
  /** It says nothing, or nothing any more. */
  readonly isSilent: boolean;
  /** The fact in two or three words, for where there is no room for more. */
  readonly gist: string;
  /** What follows the gist on a line of its own. */
  readonly rest: readonly Phrase[];
}

type Words = Omit<Viewpoint, 'name'>;

const SILENT: Words = { tone: 'none', isSilent: true, gist: 'says nothing', rest: [] };
const MIB = 1_048_576;

/**
 * The viewpoints on a node host, side by side: where they disagree is the fault. The one wording of evidence, for page,
 * `check` and demo.
 *
 * @param atMs wall time at which the document was made, in milliseconds
 */
export function viewpointsOf(node: NodeDocument, atMs: number): readonly Viewpoint[] {
  const { evidence } = node;
  const remote: readonly Viewpoint[] = [
    { name: 'Gateway', ...gatewayWords(node) },
    { name: 'Probe', ...probeWords(evidence.probe) },
  ];
  if (node.scope === 'remote') return remote;
  return [
    { name: 'Process', ...processWords(evidence.process, atMs) },
    { name: 'Socket', ...socketWords(evidence.socket, atMs) },
    { name: 'Log', ...logWords(node, atMs) },
    ...remote,
    { name: 'Supervisor', ...supervisorWords(evidence.supervisor) },
  ];
}

/** When it was last attached and alive, both at once: with any fault this stands still. */
export function heartbeatWords({ heartbeat }: Pick<NodeDocument, 'heartbeat'>): readonly Phrase[] {
  return heartbeat === null ? ['never seen attached and alive'] : ['attached and alive ', ago(heartbeat)];
}

/** When its gateway last heard of it, which is all that is asked of an app. */
export function lastSeenWords({ lastSeen }: Pick<NodeDocument, 'lastSeen'>): readonly Phrase[] {
  return lastSeen === null ? ['never seen'] : ['last seen ', ago(lastSeen)];
}

const PROOFS: Readonly<Record<ProofSource, string>> = {
  pulse: 'pulse',
  host_stats: 'host stats',
  probe: 'probe',
  log: 'log line',
  connect: 'connect',
};

/** What last proved that its event loop ran, attached or not, by source; empty where nothing ever did. */
export function proofWords({ proofsOfLife }: Pick<NodeDocument, 'proofsOfLife'>): readonly Phrase[] {
  return PROOF_SOURCES.flatMap((source): readonly (readonly Phrase[])[] => {
    const time = proofsOfLife[source];
    return time === null ? [] : [[`${PROOFS[source]} `, ago(time)]];
  }).flatMap((proof, index) => (index === 0 ? proof : [', ', ...proof]));
}

function ago(time: TimeDocument): Phrase {
  return { time, form: 'ago' };
}

function lasting(time: TimeDocument): Phrase {
  return { time, form: 'for' };
}

/** A moment that the document tells by the clock alone. */
function momentOf(at: string, atMs: number): TimeDocument {
  return { at, agoSeconds: Math.max(0, (atMs - Date.parse(at)) / 1000) };
}

function words(tone: Tone, gist: string, rest: readonly Phrase[] = []): Words {
  return { tone, isSilent: false, gist, rest };
}

function processWords(process: EvidenceDocument['process'], atMs: number): Words {
  if (process === null) return SILENT;
  if (!process.running) return words('bad', 'none');
  const isStopped = process.kernelState === 'stopped';
  return words(isStopped ? 'bad' : 'good', isStopped ? 'stopped' : 'runs', [
    ...(process.kernelState === 'disk-wait' ? [', waits for a disk'] : []),
    ...(process.startedAt === null ? [] : [', started ', ago(momentOf(process.startedAt, atMs))]),
    `, pid ${process.pid}, ${Math.round(process.residentBytes / MIB)} MiB`,
  ]);
}

function socketWords(socket: EvidenceDocument['socket'], atMs: number): Words {
  if (socket === null) return SILENT;
  const { endpoint, state, ageSeconds, unreadBytes } = socket;
  const to = endpoint === null ? 'its gateway (address not known)' : `${endpoint.host}:${endpoint.port}`;
  const since: readonly Phrase[] =
    ageSeconds === null
      ? []
      : [' for ', lasting({ at: isoTime(atMs - ageSeconds * 1000), agoSeconds: ageSeconds })];
  const unread: readonly Phrase[] = unreadBytes === 0 ? [] : [', ', { strong: `${unreadBytes} B unread` }];
  switch (state) {
    case 'none':
      return words(endpoint === null ? 'none' : 'bad', 'no connection', [` to ${to}`]);
    case 'established':
      return unreadBytes === 0
        ? words('good', 'open', [` to ${to}`, ...since])
        : // What came and was not read is what a node host that does not run leaves behind.
          words('warn', `${unreadBytes} B unread`, [`, open to ${to}`, ...since]);
    case 'opening':
      return words('warn', 'opening', [` to ${to}`, ...since]);
    case 'close-wait':
      return words('bad', 'half-closed', [`: ${to} closed it, the node host did not`, ...since, ...unread]);
    case 'closing':
      return words('warn', 'closing', [` to ${to}`, ...since, ...unread]);
    default:
      return state satisfies never;
  }
}

function logWords({ evidence: { log }, connected }: NodeDocument, atMs: number): Words {
  if (log === null) return SILENT;
  if (!log.readable) return words('warn', 'cannot be read');
  const { parked, lastWrite } = log;
  const lastEvent = log.lastEvent ?? 'nothing about its connection';
  const failed = log.failedAttempts ?? 0;
  // A log of 2026.4.x does not tell of the connect that came after a close.
  const isClosed = log.lastEvent?.startsWith('closed') === true && connected !== true;
  const isTrouble = failed > 0 || parked !== null || isClosed;
  const tone = isTrouble ? 'bad' : log.lastEvent === 'connected' ? 'good' : 'none';
  const attempts: Phrase = { strong: counted(failed, 'failed attempt') };
  return words(tone, parked === null ? lastEvent : `parked (${parked})`, [
    ...(parked === null ? [] : [`, ${lastEvent}`]),
    ...(failed === 0 ? [] : [', ', attempts]),
    ...(lastWrite === null ? [] : [', last written ', ago(momentOf(lastWrite, atMs))]),
  ]);
}

function gatewayWords({ evidence: { gateway }, connected, lastDisconnect }: NodeDocument): Words {
  if (gateway === null) return connected === false ? words('bad', 'not listed') : SILENT;
  if (!gateway.connected) {
    return words('bad', 'not attached', lastDisconnect === null ? [] : [' for ', lasting(lastDisconnect)]);
  }
  return gateway.approved === false
    ? words('warn', 'attached', [', ', { strong: 'waits for approval' }])
    : words('good', 'attached');
}

function probeWords(probe: EvidenceDocument['probe']): Words {
  if (probe === null) return SILENT;
  const { ok, durationSeconds, timeoutsInARow: timeouts } = probe;
  return ok
    ? words('good', 'answered', [` within ${Math.max(1, Math.round(durationSeconds * 1000))} ms`])
    : words('bad', 'no answer', [`, ${counted(timeouts, 'time')} in a row`]);
}

const NOT_LOADED = { unknown: 'not loaded', disabled: 'disabled', 'logged-out': 'user logged out' } as const;

function supervisorWords(supervisor: EvidenceDocument['supervisor']): Words {
  if (supervisor === null) return SILENT;
  const { standing, lastExit } = supervisor;
  const name = serviceName(supervisor.service);
  const restarts = supervisor.restarts ?? 0;
  const count = restarts === 0 ? [] : [`, restarted it ${counted(restarts, 'time')}`];
  const how = lastExit === null ? '' : ` (${lastExit})`;
  switch (standing) {
    case 'running':
      return words('good', 'runs', [` ${name}`, ...count]);
    case 'restarting':
      return words('warn', 'about to start', [` ${name} again`, ...count]);
    case 'stopped':
      return words('bad', 'stopped', [`: ${name}`]);
    case 'failed':
      return words('bad', 'failed', [`: ${name}${how}`]);
    case 'gave-up':
      return words('bad', 'gave up', [` on ${name}${how}`, ...count]);
    case 'cannot-start':
      return words('bad', 'cannot start', [` ${name}${how}`, ...count]);
    case 'not-loaded':
      return words('bad', NOT_LOADED[supervisor.notLoadedBecause ?? 'unknown'], [`: ${name}`]);
    default:
      return standing satisfies never;
  }
}
