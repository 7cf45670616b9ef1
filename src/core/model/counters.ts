import { CALLER_ROLES, type CallerRole } from './gateway-record.ts';
import { NODE_STATES, type NodeState } from './node-state.ts';
import type { Instant } from './time.ts';
import {
  AUTH_REASONS,
  CLOSE_CODES,
  CONNECT_REFUSALS,
  FAILURE_REASONS,
  type AuthReason,
  type CloseCode,
  type ConnectRefusal,
  type FailureReason,
} from './vocabulary.ts';

/** What is counted for one node host, for ever: it survives a restart of the exporter. */
export interface NodeCounters {
  /** Unix time in milliseconds at which all of them were zero; absent when the state file of an earlier version did not tell. */
  readonly since?: number;
  readonly connects: number;
  readonly reconnectAttempts: number;
  readonly reconnectFailures: Readonly<Record<FailureReason, number>>;
  readonly closes: Readonly<Record<CloseCode, number>>;
  readonly authFailures: Readonly<Record<AuthReason, number>>;
  readonly processRestarts: number;
  readonly transitions: Readonly<Record<NodeState, number>>;
}

/** What is counted for one gateway. */
export interface GatewayCounters {
  /** As in {@link NodeCounters}. */
  readonly since?: number;
  readonly restarts: number;
  readonly sessionCloses: Readonly<Record<CloseCode, number>>;
  readonly authFailures: Readonly<Record<AuthReason, number>>;
  /** Connects that the gateway refused, by its own log, where no node could be named. */
  readonly refusedConnects: Readonly<Record<CallerRole, Readonly<Record<ConnectRefusal, number>>>>;
  /** Times that it had no token and made one, by its own log. */
  readonly tokensRegenerated: number;
}

function zeros<K extends string>(keys: readonly K[]): Readonly<Record<K, number>> {
  return Object.fromEntries(keys.map((key) => [key, 0])) as Record<K, number>;
}

/** Zeros from the first scrape: an increase from nothing to one is invisible to `increase()`. */
export const NO_NODE_COUNTERS: NodeCounters = {
  connects: 0,
  reconnectAttempts: 0,
  reconnectFailures: zeros(FAILURE_REASONS),
  closes: zeros(CLOSE_CODES),
  authFailures: zeros(AUTH_REASONS),
  processRestarts: 0,
  transitions: zeros(NODE_STATES),
};

export const NO_GATEWAY_COUNTERS: GatewayCounters = {
  restarts: 0,
  sessionCloses: zeros(CLOSE_CODES),
  authFailures: zeros(AUTH_REASONS),
  refusedConnects: noRefusedConnects(),
  tokensRegenerated: 0,
};

function noRefusedConnects(): GatewayCounters['refusedConnects'] {
  const none = zeros(CONNECT_REFUSALS);
  return Object.fromEntries(
    CALLER_ROLES.map((role) => [role, none]),
  ) as unknown as GatewayCounters['refusedConnects'];
}

/** Counters that begin now. */
export function countingFrom<C extends NodeCounters | GatewayCounters>(zeros: C, at: Instant): C {
  return { ...zeros, since: at.wallMs };
}

/** Counts one more time that a node host attached; that took one attempt. */
export function countConnect(counters: NodeCounters): NodeCounters {
  return { ...counters, connects: counters.connects + 1, reconnectAttempts: counters.reconnectAttempts + 1 };
}

/** A copy of `counts` in which `key` is one more. */
export function increment<K extends string>(
  counts: Readonly<Record<K, number>>,
  key: NoInfer<K>,
): Readonly<Record<K, number>> {
  return incrementBy(counts, key, 1);
}

/** A copy of `counts` in which `key` is `times` more. */
export function incrementBy<K extends string>(
  counts: Readonly<Record<K, number>>,
  key: NoInfer<K>,
  times: number,
): Readonly<Record<K, number>> {
  return { ...counts, [key]: counts[key] + times };
}

/** Of one node that was counted as two. */
export function addCounters(a: NodeCounters, b: NodeCounters): NodeCounters {
  const since = [a.since, b.since].filter((time) => time !== undefined);
  return {
    ...(since.length === 2 && { since: Math.min(...since) }),
    connects: a.connects + b.connects,
    reconnectAttempts: a.reconnectAttempts + b.reconnectAttempts,
    reconnectFailures: sum(a.reconnectFailures, b.reconnectFailures),
    closes: sum(a.closes, b.closes),
    authFailures: sum(a.authFailures, b.authFailures),
    processRestarts: a.processRestarts + b.processRestarts,
    transitions: sum(a.transitions, b.transitions),
  };
}

function sum<K extends string>(
  a: Readonly<Record<K, number>>,
  b: Readonly<Record<K, number>>,
): Readonly<Record<K, number>> {
  const keys = Object.keys(a) as K[];
  return Object.fromEntries(keys.map((key) => [key, a[key] + b[key]])) as Record<K, number>;
}
