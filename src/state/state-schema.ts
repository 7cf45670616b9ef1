import { z } from 'zod';
import { AUTH_REASONS, CLOSE_CODES, FAILURE_REASONS, HEARTBEAT_SOURCES, NODE_STATES } from '../core/index.ts';

/** Raised when a change makes older files unreadable; they are then set aside. */
export const STATE_VERSION = 1;

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

const heartbeats = z.partialRecord(z.enum(HEARTBEAT_SOURCES), wallMs);
const refusal = z.object({ auth: z.enum(AUTH_REASONS), wallMs, of: z.string().exactOptional() });

const setback = z.intersection(
  z.object({ wallMs: wallMs.exactOptional() }),
  z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('close'), code: z.number(), reason: z.string() }),
    z.object({ kind: z.literal('auth-failure'), reason: z.enum(AUTH_REASONS) }),
  ]),
);

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
});

const session = z.object({
  row,
  seenAt: wallMs,
  heartbeats,
  lastConnect: wallMs.exactOptional(),
  lastDisconnect: wallMs.exactOptional(),
});

const transition = z.object({
  from: z.enum(NODE_STATES),
  to: z.enum(NODE_STATES),
  wallMs,
  why: z.string(),
  reasons: z.array(z.string()),
});

const verdict = z.object({
  state: z.enum(NODE_STATES),
  since: wallMs,
  transitions: z.array(transition),
  budgetSpent: z.array(wallMs),
});

const local = z.object({
  counters,
  heartbeats,
  verdict,
  /** Why it was down, wedged or a zombie; without them such a verdict does not stand over a restart. */
  faultReasons: z.array(z.string()).exactOptional(),
  everSeen: z.boolean(),
  incarnation: z.string().exactOptional(),
  lastUnit: z.object({ unit: z.string(), user: z.boolean() }).exactOptional(),
  lastConnect: wallMs.exactOptional(),
  lastDisconnect: wallMs.exactOptional(),
  calledSilent: z.string().exactOptional(),
  session: session.exactOptional(),
  parkedWith: z.object({ paired: z.boolean(), approvedAtMs: z.number() }).exactOptional(),
  approvedSinceParked: z.boolean().exactOptional(),
  /** Absent in files of earlier versions. */
  setbacks: z.array(setback).exactOptional(),
  ledger: z.object({
    attached: z.boolean().nullable(),
    writesConnected: z.boolean(),
    failedAttempts: count,
    refusal: refusal.exactOptional(),
    parked: refusal.exactOptional(),
    failingSince: wallMs.exactOptional(),
    lastWords: z.string().exactOptional(),
  }),
});

const remote = z.object({ counters, session, verdict });

/** What survives a restart of the exporter. Times are wall-clock: a monotonic clock ends with its process. */
export const stateSchema = z.object({
  version: z.literal(STATE_VERSION),
  writtenBy: z.literal('openclaw-liveness-exporter'),
  savedAt: wallMs,
  gateway: z.object({
    name: z.string(),
    /** Where a node host was seen to dial; a later run begins there while the node host is away. */
    dialledUrl: z.string().exactOptional(),
    bootId: z.string().exactOptional(),
    bootedAt: wallMs.exactOptional(),
    since: wallMs.exactOptional(),
    restarts: count,
    sessionCloses: counts(CLOSE_CODES),
    authFailures: counts(AUTH_REASONS),
  }),
  nodesDropped: count,
  nodesDroppedSince: wallMs.exactOptional(),
  locals: z.record(z.string(), local),
  remotes: z.record(z.string(), remote),
  /** Positions in the logs, as the log source gave them; saved with the counters so that no line counts twice. */
  logs: z.record(z.string(), z.unknown()),
});

export type SavedState = z.output<typeof stateSchema>;
export type SavedLocal = SavedState['locals'][string];
export type SavedRemote = SavedState['remotes'][string];
export type SavedSession = z.output<typeof session>;
export type SavedVerdict = z.output<typeof verdict>;
