import { NO_NODE_COUNTERS, type NodeCounters } from '../model/counters.ts';
import type { Held } from '../model/held.ts';
import type {
  Endpoint,
  LogStatusObservation,
  NodeHostHints,
  ProcessSample,
  Service,
  SupervisorObservation,
  TargetId,
} from '../model/observation.ts';
import { elapsedMs, wallElapsedMs, type Instant } from '../model/time.ts';
import { EMPTY_LEDGER, READING_LATENCY_MS, type Ledger } from './log.ts';
import type { Proofs } from './proofs.ts';
import type { Pulse } from './pulse.ts';
import type { Setback } from './setback.ts';
import type { SocketFacts } from './sockets.ts';

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

/**
 * Everything seen of one local node host by the viewpoints of this machine. Every field is always there: V8 copies objects
 * of one shape several times faster, and they are copied with each look.
 */
export interface LocalFacts {
  readonly target: Target;
  /** What its arguments and files say; those of its last process, once it is gone. */
  readonly hints: NodeHostHints;
  /** Where its log says that this process dialled. */
  readonly dialled: Endpoint | undefined;
  /** `null`: looked, and there is none. */
  readonly process: Held<ProcessSample | null> | undefined;
  readonly incarnation: string | undefined;
  readonly startedAt: Instant | undefined;
  readonly everSeen: boolean;
  /** Last look that found the process at work: one that loads its code is busy, one that hangs is not. */
  readonly lastBusy: Instant | undefined;
  readonly missingSince: Instant | undefined;
  /** The last look found none, and that somebody has just started what becomes one. */
  readonly isLaunched: boolean;
  /** When its last process was first found to be gone, whatever we have missed since. */
  readonly endedAt: Instant | undefined;
  /** Its sockets were looked at, and its last process ended without a connection that anybody saw. */
  readonly endedUndialled: boolean;
  /** It came right after the one before had ended: a supervisor watches over it. */
  readonly isBroughtBack: boolean;
  readonly stoppedSince: Instant | undefined;
  /** When it went on after it was stopped last: until then its timers stood still. */
  readonly stoppedUntil: Instant | undefined;
  readonly pulse: Pulse | undefined;
  readonly socket: SocketFacts | undefined;
  readonly logStatus: Held<LogStatusObservation> | undefined;
  /** What its service manager said last; see `supervisor.ts` for whether that is about this process. */
  readonly supervisor: Held<SupervisorObservation> | undefined;
  /** The service that its process runs in, or ran in before it ended. */
  readonly lastService: Service | undefined;
  readonly ledger: Ledger;
  /** The last ones that its log told of, newest last. */
  readonly setbacks: readonly Setback[];
  readonly counters: NodeCounters;
  readonly proofs: Proofs;
  /** The newest moment at which it was attached and proven alive. */
  readonly heartbeat: Instant | undefined;
  /** This incarnation was attached at some time. */
  readonly everAttached: boolean;
  /** An earlier run of the exporter saw this very incarnation attached. */
  readonly wasAttachedBefore: boolean | undefined;
  /** When it was last seen to have kept a connection open for longer than a refusal takes. */
  readonly heldConnectionAt: Instant | undefined;
  /** What was decided last about attachment, to know its edges; see `attachment.ts`. */
  readonly attached: boolean | undefined;
  readonly attachedSince: Instant | undefined;
  /** When this process was last found to be attached. */
  readonly attachedAt: Instant | undefined;
  readonly detachedSince: Instant | undefined;
  readonly lastConnect: Instant | undefined;
  /** When the connection opened that was last counted as a connect for want of a better witness. */
  readonly socketConnect: Instant | undefined;
  readonly lastDisconnect: Instant | undefined;
  /** Whether the process before this one was attached when it ended. */
  readonly predecessorAttached: boolean | undefined;
  /** The gateway approved it after it parked on pairing. */
  readonly approvedSinceParked: boolean;
  /** The incarnation that was called silent: lifted once the process has dialled. */
  readonly calledSilent: string | undefined;
}

/** Facts of a target that nobody has looked at yet. */
export function unseenTarget(target: Target): LocalFacts {
  return { target, ...UNSEEN };
}

const UNSEEN: Omit<LocalFacts, 'target'> = {
  hints: {},
  dialled: undefined,
  process: undefined,
  incarnation: undefined,
  startedAt: undefined,
  everSeen: false,
  lastBusy: undefined,
  missingSince: undefined,
  isLaunched: false,
  endedAt: undefined,
  endedUndialled: false,
  isBroughtBack: false,
  stoppedSince: undefined,
  stoppedUntil: undefined,
  pulse: undefined,
  socket: undefined,
  logStatus: undefined,
  supervisor: undefined,
  lastService: undefined,
  ledger: EMPTY_LEDGER,
  setbacks: [],
  counters: NO_NODE_COUNTERS,
  proofs: {},
  heartbeat: undefined,
  everAttached: false,
  wasAttachedBefore: undefined,
  heldConnectionAt: undefined,
  attached: undefined,
  attachedSince: undefined,
  attachedAt: undefined,
  detachedSince: undefined,
  lastConnect: undefined,
  socketConnect: undefined,
  lastDisconnect: undefined,
  predecessorAttached: undefined,
  approvedSinceParked: false,
  calledSilent: undefined,
};

/** Where it dials, as far as anybody can tell: by its arguments and files, else by its log. */
export function endpointOfNode({ hints, dialled }: LocalFacts): Endpoint | undefined {
  return hints.endpoint ?? dialled;
}

/** A predecessor's session may stand in the roster for a moment after its end. */
const SESSION_LINGERS_MS = 2_000;

/** This process was attached at some time, as far as this run of the exporter or an earlier one saw. */
export function wasEverAttached(facts: LocalFacts): boolean {
  const { everAttached, lastConnect, startedAt } = facts;
  if (facts.wasAttachedBefore === true) return true;
  if (startedAt === undefined || lastConnect === undefined) return everAttached;
  const sinceStartMs = elapsedMs(startedAt, lastConnect);
  // The gateway's clock goes on while this machine sleeps.
  const lingeredMs = -Math.max(sinceStartMs, wallElapsedMs(startedAt, lastConnect));
  // Nobody gets that far so soon: a line of the process before may be read as late as that.
  return sinceStartMs > READING_LATENCY_MS || (everAttached && lingeredMs < SESSION_LINGERS_MS);
}
