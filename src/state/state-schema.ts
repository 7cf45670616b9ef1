import { z } from 'zod';
import {
  AUTH_REASONS,
  CALLER_ROLES,
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

const count = z.number().nonnegative();
const wallMs = z.number();
/** Words of a later version are ignored, those this version adds start at zero. */
function counts<K extends string>(keys: readonly K[]): z.ZodType<Record<K, number>> {
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

const proofs = z.partialRecord(z.enum(PROOF_SOURCES), wallMs);
const refusal = z.object({ auth: z.enum(AUTH_REASONS), at: wallMs, of: z.string().exactOptional() });
const failure = z.object({ reason: z.enum(FAILURE_REASONS), at: wallMs });

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
  seenAt: wallMs,
  proofs,
  lastConnect: wallMs.exactOptional(),
  lastDisconnect: wallMs.exactOptional(),
  lastAttached: wallMs.exactOptional(),
});

const transition = z.object({
  from: z.enum(NODE_STATES),
  to: z.enum(NODE_STATES),
  at: wallMs,
  why: z.string(),
  // Those of another version are only shown.
  reasons: z.array(z.string()),
});

const budget = z.object({ spent: z.array(wallMs) });

const verdict = z.object({
  state: z.enum(NODE_STATES),
  since: wallMs,
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
  failingSince: wallMs.exactOptional(),
  lastWords: z.string().exactOptional(),
});

const local = z.object({
  counters,
  proofs,
  heartbeat: wallMs.exactOptional(),
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
  endedAt: wallMs.exactOptional(),
  lastService: service.exactOptional(),
  lastConnect: wallMs.exactOptional(),
  lastDisconnect: wallMs.exactOptional(),
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
  heardAt: wallMs,
  from: z.string().exactOptional(),
  deviceId: z.string().exactOptional(),
  refusal: z
    .object({
      auth: z.enum(AUTH_REASONS),
      at: wallMs,
      pairing: z
        .object({ requestId: z.string().exactOptional(), cause: z.enum(PAIRING_CAUSES).exactOptional() })
        .exactOptional(),
    })
    .exactOptional(),
  attachedSince: wallMs.exactOptional(),
  pairedAt: wallMs.exactOptional(),
  withheldCommands: z.number().exactOptional(),
});

const remote = z.object({
  counters,
  entry,
  calls: calls.exactOptional(),
  heartbeat: wallMs.exactOptional(),
  verdict,
});

const noRefusedConnects = Object.fromEntries(CALLER_ROLES.map((role) => [role, {}]));
const refusedConnects = z.preprocess(
  // Files of earlier versions do not tell.
  (found) => found ?? noRefusedConnects,
  z.record(z.enum(CALLER_ROLES), counts(CONNECT_REFUSALS)),
);

const gateway = z.object({
  bootId: z.string().exactOptional(),
  bootedAt: wallMs.exactOptional(),
  counters: z.object({
    since: wallMs.exactOptional(),
    restarts: count,
    sessionCloses: counts(CLOSE_CODES),
    authFailures: counts(AUTH_REASONS),
    refusedConnects,
    tokensRegenerated: count.default(0),
  }),
  log: z
    .object({
      isVerbose: z.boolean(),
      hasRun: z.boolean(),
    })
    .exactOptional(),
  boots: z.object({ byLog: z.array(wallMs), bySession: z.array(wallMs) }).exactOptional(),
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

export type SavedState = z.output<typeof stateSchema>;
export type SavedLocal = SavedState['locals'][string];
