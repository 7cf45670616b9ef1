import { NO_NODE_COUNTERS, type NodeCounters } from '../model/counters.ts';
import { endpointOf } from '../model/endpoint.ts';
import { EMPTY_LEDGER, enter, forgetParking, isOwnStop, settle, turnPage, type Ledger } from './log.ts';
import type {
  ConnectionState,
  LogEvent,
  LogObservation,
  LogStatusObservation,
  NodeHostHints,
  ProbeObservation,
  ProcessObservation,
  ProcessSample,
  SocketObservation,
  SupervisorObservation,
  SystemdUnit,
  TargetId,
} from '../model/observation.ts';
import { feelPulse, firstPulse, restartPulse, type Pulse } from './pulse.ts';
import { noteSetback, type Setback } from './setback.ts';
import type { Thresholds } from '../model/thresholds.ts';
import { before, elapsedMs, later, type Instant } from '../model/time.ts';
import type { HeartbeatSource } from '../model/vocabulary.ts';
import { omit } from '../model/omit.ts';

/** A node host of this machine that we were told, or found, to watch. */
export interface Target {
  readonly id: TargetId;
  /** Display name given by the operator. */
  readonly name?: string;
  /** Node id (SHA-256 of its device key) given by the operator. */
  readonly nodeId?: string;
  /** False for the default target: if nothing of it was ever seen, its absence is no fault. */
  readonly explicit: boolean;
}

/** A connection with what only repeated looks can tell. */
export interface TrackedConnection {
  readonly id: string;
  readonly state: ConnectionState;
  readonly unreadBytes: number;
  readonly firstSeen: Instant;
  /** It was there when we first looked: it is older than `firstSeen` tells. */
  readonly isOlder: boolean;
}

/** What the last looks at the process's sockets add up to. */
export interface SocketFacts {
  readonly last: SocketObservation;
  readonly connections: readonly TrackedConnection[];
  /** This process had a connection to its endpoint under our eyes: we know where to look. */
  readonly hadConnection: boolean;
  /** Last time a new connection appeared: it dialled. */
  readonly lastDial?: Instant;
  readonly unreadSince?: Instant;
  /** Since when the process has had no established connection to anywhere. */
  readonly unconnectedSince?: Instant;
}

/** How the probes of one node host went. */
export interface ProbeFacts {
  readonly last: ProbeObservation;
  readonly timeoutsInARow: number;
  /** When the first of the timeouts in a row was sent. */
  readonly silentSince?: Instant;
}

export type Heartbeats = Readonly<Partial<Record<HeartbeatSource, Instant>>>;

/** Everything seen of one local node host by the viewpoints of this machine. */
export interface LocalFacts {
  readonly target: Target;
  readonly hints: NodeHostHints;
  readonly process?: { readonly at: Instant; readonly sample: ProcessSample | null };
  readonly incarnation?: string;
  readonly startedAt?: Instant;
  readonly everSeen: boolean;
  /** Last look that found the process at work: one that loads its code is busy, one that hangs is not. */
  readonly lastBusy?: Instant;
  readonly missingSince?: Instant;
  readonly stoppedSince?: Instant;
  readonly pulse?: Pulse;
  readonly socket?: SocketFacts;
  readonly logStatus?: LogStatusObservation;
  /** What its service manager said last; see `supervisor.ts` for whether that holds. */
  readonly supervisor?: SupervisorObservation;
  /** The unit that its process runs in, or ran in before it ended. */
  readonly lastUnit?: SystemdUnit;
  readonly ledger: Ledger;
  /** The last ones that its log told of, newest last. */
  readonly setbacks: readonly Setback[];
  readonly counters: NodeCounters;
  readonly heartbeats: Heartbeats;
  /** This incarnation was attached at some time. */
  readonly everAttached: boolean;
  /** What was decided last about attachment, to know its edges; see `attachment.ts`. */
  readonly attached: boolean | undefined;
  readonly detachedSince?: Instant;
  readonly lastConnect?: Instant;
  /** When the connection opened that was last counted as a connect for want of a better witness. */
  readonly socketConnect?: Instant;
  readonly lastDisconnect?: Instant;
  /** The gateway approved it after it parked on pairing. */
  readonly approvedSinceParked?: boolean;
  /** The incarnation that an earlier run of the exporter called silent; it stands until the process dials again. */
  readonly calledSilent?: string;
}

/** Facts of a target that nobody has looked at yet. */
export function unseenTarget(target: Target): LocalFacts {
  return {
    target,
    hints: {},
    everSeen: false,
    ledger: EMPTY_LEDGER,
    setbacks: [],
    counters: NO_NODE_COUNTERS,
    heartbeats: {},
    everAttached: false,
    attached: undefined,
  };
}

/** Moves a heartbeat forward, never back. */
export function beat(heartbeats: Heartbeats, source: HeartbeatSource, at: Instant): Heartbeats {
  const known = heartbeats[source];
  return known !== undefined && known.monoMs >= at.monoMs ? heartbeats : { ...heartbeats, [source]: at };
}

/** The newest proof of life. */
export function newestHeartbeat(heartbeats: Heartbeats): Instant | undefined {
  return Object.values(heartbeats).reduce<Instant | undefined>((newest, at) => later(newest, at), undefined);
}

/**
 * What one look at the process adds.
 *
 * @param context `isWedged`: it is called wedged, so the gap in its pulse that may end now is no rhythm of its own
 */
export function observeProcess(
  facts: LocalFacts,
  observation: ProcessObservation,
  { limits, isWedged }: { readonly limits: Thresholds; readonly isWedged: boolean },
): LocalFacts {
  const { at, process: sample } = observation;
  const wasBlind = facts.process !== undefined && elapsedMs(facts.process.at, at) > limits.processValidMs;
  const hints = observation.hints === undefined ? facts.hints : { ...facts.hints, ...observation.hints };

  if (sample === null) {
    const kept = omit(facts, 'stoppedSince', 'pulse', 'socket');
    return {
      ...kept,
      hints,
      process: { at, sample: null },
      missingSince: wasBlind ? at : (facts.missingSince ?? at),
    };
  }

  const present = omit(facts, 'missingSince');
  const startedAt = before(at, sample.uptimeMs);
  const isNew = facts.incarnation !== sample.incarnation;
  const base: LocalFacts = isNew ? newIncarnation(present, sample, startedAt) : present;

  const isStopped = sample.kernelState === 'stopped';
  const wasStopped = base.stoppedSince !== undefined;
  const pulse = nextPulse(base.pulse, sample, {
    at,
    learn: !wasBlind && !wasStopped && !isStopped && !isWedged,
  });
  const hasBeaten = pulse !== undefined && base.pulse !== undefined && pulse.count !== base.pulse.count;

  const kept = omit(base, 'stoppedSince', 'pulse', 'lastUnit');
  const lastUnit = observation.hints === undefined ? base.lastUnit : observation.hints.systemdUnit;
  const previous = isNew ? undefined : facts.process;
  return {
    ...kept,
    hints: isNew ? { ...hints, ...observation.hints } : hints,
    process: { at, sample },
    // The state file brings the incarnation back, not when it started.
    startedAt: base.startedAt ?? startedAt,
    everSeen: true,
    ...(isBusy(previous, { at, sample }) && { lastBusy: at }),
    ...(isStopped && { stoppedSince: base.stoppedSince ?? at }),
    ...(pulse !== undefined && { pulse }),
    ...(lastUnit !== undefined && { lastUnit }),
    heartbeats: hasBeaten ? beat(base.heartbeats, 'pulse', at) : base.heartbeats,
  };
}

/** An idle node host uses less than a hundredth of a core, a starting one all that it can get. */
const BUSY_CORE_SHARE = 0.05;

function isBusy(
  previous: LocalFacts['process'],
  look: { readonly at: Instant; readonly sample: ProcessSample },
): boolean {
  const before = previous?.sample;
  if (previous === undefined || before === undefined || before === null) return true;
  const usedMs = (look.sample.cpuSeconds - before.cpuSeconds) * 1_000;
  return usedMs >= BUSY_CORE_SHARE * elapsedMs(previous.at, look.at);
}

function newIncarnation(facts: LocalFacts, sample: ProcessSample, startedAt: Instant): LocalFacts {
  const kept = omit(facts, 'pulse', 'socket', 'stoppedSince', 'detachedSince', 'approvedSinceParked');
  const isFirst = facts.incarnation === undefined;
  // What refused the process before it has been approved since.
  const past = facts.approvedSinceParked === true ? omit(facts.ledger, 'refusal') : facts.ledger;
  // What the exporter finds when it starts is no restart that it saw: lines it caught up on may be the new process's.
  // The state file brings the last incarnation back.
  const unseen = isFirst ? past : forgetParking(past, { incarnation: sample.incarnation, startedAt });
  return {
    ...kept,
    incarnation: sample.incarnation,
    startedAt,
    everAttached: false,
    attached: undefined,
    ledger: isFirst || facts.process === undefined ? unseen : turnPage(past, startedAt),
    counters: isFirst
      ? facts.counters
      : { ...facts.counters, processRestarts: facts.counters.processRestarts + 1 },
  };
}

function nextPulse(
  pulse: Pulse | undefined,
  sample: ProcessSample,
  look: { readonly at: Instant; readonly learn: boolean },
): Pulse | undefined {
  if (sample.voluntarySwitches === undefined) return undefined;
  const felt = { at: look.at, count: sample.voluntarySwitches, cpuSeconds: sample.mainThreadCpuSeconds };
  return pulse === undefined ? firstPulse(felt) : feelPulse(pulse, felt, look.learn);
}

/** What one look at the sockets adds. A look at another process than the current one says nothing. */
export function observeSocket(
  facts: LocalFacts,
  observation: SocketObservation,
  limits: Thresholds,
): LocalFacts {
  if (facts.incarnation !== observation.incarnation) return facts;
  const { at } = observation;
  const previous = facts.socket;
  const wasBlind = previous === undefined || elapsedMs(previous.last.at, at) > limits.socketValidMs;

  const known = new Map(previous?.connections.map((connection) => [connection.id, connection]));
  const connections = observation.connections.map((connection): TrackedConnection => {
    const earlier = known.get(connection.id);
    return {
      id: connection.id,
      state: connection.state,
      unreadBytes: connection.unreadBytes,
      firstSeen: earlier?.firstSeen ?? at,
      isOlder: earlier?.isOlder ?? wasBlind,
    };
  });
  const hasDialled = connections.some((connection) => !known.has(connection.id) && !connection.isOlder);
  const hasUnread = connections.some((connection) => connection.unreadBytes > 0);
  const lastDial = hasDialled ? at : previous?.lastDial;

  const socket: SocketFacts = {
    last: observation,
    connections,
    hadConnection: (previous?.hadConnection ?? false) || connections.length > 0,
    ...(lastDial !== undefined && { lastDial }),
    ...(hasUnread && { unreadSince: (wasBlind ? undefined : previous.unreadSince) ?? at }),
    ...(!observation.anyEstablished && {
      unconnectedSince: (wasBlind ? undefined : previous.unconnectedSince) ?? at,
    }),
  };
  return { ...withoutSilence(facts, hasDialled), socket };
}

/** What one line of its log adds. */
export function observeLogLine(facts: LocalFacts, observation: LogObservation): LocalFacts {
  const { at, event, recency } = observation;
  const { ledger, counters } = enter({ ledger: facts.ledger, counters: facts.counters }, event, {
    at,
    recency,
    wasAttached: facts.attached,
  });
  const isLive = recency === 'live';
  // Its command line or files say where it means to dial; where they say nothing, its log says where it did.
  const dialled =
    event.kind === 'connected' && facts.hints.endpoint === undefined ? endpointOf(event.url) : undefined;
  return {
    ...withoutSilence(facts, recency !== 'history' && isSignOfDialling(event)),
    ledger,
    setbacks: noteSetback(facts.setbacks, observation),
    counters,
    ...(dialled !== undefined && { hints: { ...facts.hints, endpoint: dialled } }),
    heartbeats: isLive ? beat(facts.heartbeats, 'log', at) : facts.heartbeats,
    ...(isLive && event.kind === 'connected' && { lastConnect: at }),
    ...(isLive && event.kind === 'closed' && facts.attached === true && { lastDisconnect: at }),
  };
}

/** Whether a line says that the process still tries: it connected, failed to, or the gateway hung up on it. */
function isSignOfDialling(event: LogEvent): boolean {
  switch (event.kind) {
    case 'connected':
    case 'connect-failed':
    case 'paused':
    case 'rejected':
    case 'awaiting-approval':
      return true;
    case 'closed':
      return !isOwnStop(event);
    case 'other':
      return false;
    default:
      return event satisfies never;
  }
}

/** Whether the log can be read. */
export function observeLogStatus(facts: LocalFacts, observation: LogStatusObservation): LocalFacts {
  return { ...facts, logStatus: observation };
}

/** What the service manager says of it. */
export function observeSupervisor(facts: LocalFacts, observation: SupervisorObservation): LocalFacts {
  return { ...facts, supervisor: observation };
}

/** Notes an edge of attachment. */
export function noteAttachment(facts: LocalFacts, attached: boolean | undefined, now: Instant): LocalFacts {
  if (attached === facts.attached) return facts;
  if (attached === true) {
    const kept = omit(facts, 'detachedSince', 'calledSilent');
    return {
      ...kept,
      attached,
      everAttached: true,
      ledger: settle(facts.ledger),
      // Only after a known detachment: a gateway that was out of sight for a moment did not change its rhythm.
      ...(facts.pulse !== undefined && facts.attached === false && { pulse: restartPulse(facts.pulse, now) }),
    };
  }
  if (attached === false) {
    const { lastClose } = facts.ledger;
    const connectedAt = later(facts.lastConnect, facts.socket?.lastDial);
    const isOfThisConnection =
      lastClose !== undefined && (connectedAt === undefined || lastClose.monoMs >= connectedAt.monoMs);
    const detachedSince = later(facts.detachedSince, isOfThisConnection ? lastClose : undefined) ?? now;
    return {
      ...facts,
      attached,
      // Never before this incarnation was attached: an older close is another story.
      detachedSince: facts.attached === true ? now : detachedSince,
      ...(facts.attached === true && { lastDisconnect: later(facts.lastDisconnect, now) ?? now }),
    };
  }
  return { ...facts, attached };
}

function withoutSilence(facts: LocalFacts, hasDialled: boolean): LocalFacts {
  if (!hasDialled || facts.calledSilent === undefined) return facts;
  const kept = omit(facts, 'calledSilent');
  return kept;
}
