import { z } from 'zod';
import {
  AUTH_REASONS,
  CALLER_ROLES,
  type CallerRole,
  CLOSE_CODES,
  CONNECT_REFUSALS,
  FAILURE_REASONS,
  FAULTS,
  NODE_STATES,
  PAIRING_CAUSES,
  PROOF_SOURCES,
} from '../core/index.ts';

/** Raised when a change makes older files unreadable; they are then set aside. */
export const STATE_VERSION = 2;

/** A time of ours as a file tells it, until it is known what it is on the clocks of this run. */
export class Moment {
  readonly wallMs: number;

  constructor(wallMs: number) {
    this.wallMs = wallMs;
  }
}

const count = z.number().nonnegative();
/** An instant in memory. */
const moment = z.number().transform((wallMs) => new Moment(wallMs));
/** Unix milliseconds in memory as well: of a counter, of a line. {@link mapTimes} knows them by their keys. */
const wallMs = z.number();
/** Words of a later version are ignored, those this version adds start at zero. */
function counts<K extends string>(
  keys: readonly K[],
): z.ZodType<Record<K, number>, Readonly<Record<string, number>>> {
  return z
    .record(z.string(), count)
    .transform((found) => Object.fromEntries(keys.map((key) => [key, found[key] ?? 0])) as Record<K, number>);
}

const counters = z.object({
  /** When all of them were zero; files of earlier versions do not tell. */
  since: wallMs.exactOptional(),
  connects: count,
  reconnectAttempts: count,
  reconnectFailures: counts(FAILURE_REASONS),
  closes: counts(CLOSE_CODES),
  authFailures: counts(AUTH_REASONS),
  processRestarts: count,
  transitions: counts(NODE_STATES),
});

const proofs = z.partialRecord(z.enum(PROOF_SOURCES), moment);
const refusal = z.object({ auth: z.enum(AUTH_REASONS), at: moment, of: z.string().exactOptional() });
const failure = z.object({ reason: z.enum(FAILURE_REASONS), at: moment });

const setback = z.intersection(
  z.object({ wallMs: wallMs.exactOptional() }),
  z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('close'), code: z.number(), reason: z.string() }),
    z.object({ kind: z.literal('auth-failure'), reason: z.enum(AUTH_REASONS) }),
  ]),
);

/** Times in it are on the gateway's clock. */
const row = z.object({
  nodeId: z.string(),
  connected: z.boolean(),
  displayName: z.string().exactOptional(),
  clientId: z.string().exactOptional(),
  version: z.string().exactOptional(),
  platform: z.string().exactOptional(),
  paired: z.boolean().exactOptional(),
  connectedAtMs: z.number().exactOptional(),
  lastConnectedAtMs: z.number().exactOptional(),
  lastDisconnectedAtMs: z.number().exactOptional(),
  lastSeenAtMs: z.number().exactOptional(),
  approvalState: z.enum(['approved', 'pending-approval', 'pending-reapproval', 'unapproved']).exactOptional(),
  approvedAtMs: z.number().exactOptional(),
  commandCount: z.number().exactOptional(),
  hostStatsUpdatedAtMs: z.number().exactOptional(),
  fromElsewhere: z.literal(true).exactOptional(),
});

const entry = z.object({
  gateway: z.string(),
  nodeId: z.string(),
  row,
  seenAt: moment,
  proofs,
  lastConnect: moment.exactOptional(),
  lastDisconnect: moment.exactOptional(),
  lastAttached: moment.exactOptional(),
});

const transition = z.object({
  from: z.enum(NODE_STATES),
  to: z.enum(NODE_STATES),
  at: moment,
  why: z.string(),
  // Those of another version are only shown.
  reasons: z.array(z.string()),
});

const budget = z.object({ spent: z.array(moment) });

const verdict = z.object({
  state: z.enum(NODE_STATES),
  since: moment,
  transitions: z.array(transition),
  budget,
});

const service = z.discriminatedUnion('manager', [
  z.object({ manager: z.literal('systemd'), unit: z.string(), user: z.boolean() }),
  z.object({ manager: z.literal('launchd'), label: z.string(), domain: z.string() }),
]);

const ledger = z.object({
  /** Absent: the log cannot tell. */
  attached: z.boolean().exactOptional(),
  writesConnected: z.boolean(),
  failedAttempts: count,
  closeExpected: z.boolean().default(false),
  bareClose: z.enum(['none', 'counted', 'uncounted']).default('none'),
  refusal: refusal.exactOptional(),
  parked: refusal.exactOptional(),
  lastFailure: failure.exactOptional(),
  failingSince: moment.exactOptional(),
  lastWords: z.string().exactOptional(),
});

const local = z.object({
  counters,
  proofs,
  heartbeat: moment.exactOptional(),
  verdict,
  /** Of one that was down, wedged or a zombie; without it such a verdict does not stand over a restart. */
  fault: z
    .object({
      state: z.enum(FAULTS),
      reasons: z.array(z.string()),
      why: z.string(),
    })
    .exactOptional(),
  everSeen: z.boolean(),
  hints: z
    .object({
      displayName: z.string().exactOptional(),
      nodeId: z.string().exactOptional(),
      version: z.string().exactOptional(),
      endpoint: z.object({ host: z.string(), port: z.number() }).exactOptional(),
    })
    .exactOptional(),
  incarnation: z.string().exactOptional(),
  endedAt: moment.exactOptional(),
  lastService: service.exactOptional(),
  lastConnect: moment.exactOptional(),
  lastDisconnect: moment.exactOptional(),
  wasAttachedBefore: z.boolean().exactOptional(),
  calledSilent: z.string().exactOptional(),
  entry: entry.exactOptional(),
  isSure: z.boolean().exactOptional(),
  parkedWith: z.object({ paired: z.boolean(), approvedAtMs: z.number() }).exactOptional(),
  approvedSinceParked: z.boolean().exactOptional(),
  log: z.object({ ledger, setbacks: z.array(setback) }).exactOptional(),
});

/** What of these is written: what is read again. The rest of them is of the moment and is looked at anew. */
export const SAVED_KEYS: Readonly<Record<string, ReadonlySet<string>>> = {
  row: new Set(Object.keys(row.shape)),
  ledger: new Set(Object.keys(ledger.shape)),
  budget: new Set(Object.keys(budget.shape)),
};

/** What the log of its gateway told of a node that only that knows. */
const calls = z.object({
  callers: z.array(z.string()),
  isUnlisted: z.literal(true).exactOptional(),
  heardAt: moment,
  from: z.string().exactOptional(),
  deviceId: z.string().exactOptional(),
  refusal: z
    .object({
      auth: z.enum(AUTH_REASONS),
      at: moment,
      pairing: z
        .object({ requestId: z.string().exactOptional(), cause: z.enum(PAIRING_CAUSES).exactOptional() })
        .exactOptional(),
    })
    .exactOptional(),
  attachedSince: moment.exactOptional(),
  pairedAt: moment.exactOptional(),
  withheld: z.object({ commands: z.number(), at: moment }).exactOptional(),
});

const remote = z.object({
  counters,
  entry,
  calls: calls.exactOptional(),
  heartbeat: moment.exactOptional(),
  verdict,
});

const NO_REFUSED_CONNECTS = { node: {}, operator: {}, unknown: {} } satisfies Record<CallerRole, object>;

const gateway = z.object({
  bootId: z.string().exactOptional(),
  bootedAt: moment.exactOptional(),
  counters: z.object({
    since: wallMs.exactOptional(),
    restarts: count,
    sessionCloses: counts(CLOSE_CODES),
    authFailures: counts(AUTH_REASONS),
    // Files of earlier versions tell neither.
    refusedConnects: z.record(z.enum(CALLER_ROLES), counts(CONNECT_REFUSALS)).prefault(NO_REFUSED_CONNECTS),
    tokensRegenerated: count.default(0),
  }),
  log: z
    .object({
      isVerbose: z.boolean(),
      hasRun: z.boolean(),
      // Files of earlier versions do not tell.
      hasUnreadableToken: z.boolean().default(false),
    })
    .exactOptional(),
  boots: z.object({ byLog: z.array(moment), bySession: z.array(moment) }).exactOptional(),
});

/** What survives a restart of the exporter. Times are wall-clock: a monotonic clock ends with its process. */
export const stateSchema = z.object({
  version: z.literal(STATE_VERSION),
  writtenBy: z.literal('openclaw-liveness-exporter'),
  savedAt: wallMs,
  /** Tells a clock that was set from time that went by. */
  boot: z.object({ id: z.string(), uptimeMs: z.number() }).exactOptional(),
  /** Where node hosts were seen to dial; a later run begins there while they are away. */
  dialled: z.record(z.string(), z.string()),
  dropped: z.object({ count, since: wallMs.exactOptional() }),
  gateways: z.record(z.string(), gateway),
  locals: z.record(z.string(), local),
  remotes: z.record(z.string(), remote),
  /** Positions in the logs, as the log source gave them; saved with the counters so that no line counts twice. */
  logs: z.record(z.string(), z.unknown()),
});

/** As it stands in the file. */
export type WrittenState = z.input<typeof stateSchema>;
export type SavedState = z.output<typeof stateSchema>;
export type SavedLocal = SavedState['locals'][string];

/** Keys of times that are numbers, also within the positions of logs, whose form is not ours. */
const WALL_TIMES: ReadonlySet<string> = new Set(['savedAt', 'since', 'wallMs', 'writtenWallMs']);

/** A copy of what was saved, in which each time of ours is another one. Those of a gateway's row are on its clock. */
export function mapTimes<T>(saved: T, to: (wallMs: number) => number): T {
  const map = (value: unknown, key: string): unknown => {
    if (value instanceof Moment) return new Moment(to(value.wallMs));
    return typeof value === 'number' && WALL_TIMES.has(key) ? to(value) : mapInner(value, map);
  };
  return map(saved, '') as T;
}

/** A copy of `value` with something else in the place of each thing in it. */
export function mapInner(value: unknown, map: (inner: unknown, key: string) => unknown, key = ''): unknown {
  if (Array.isArray(value)) return value.map((inner) => map(inner, key));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, map(inner, name)]));
}
