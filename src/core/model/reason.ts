import { AUTH_REASONS, type AuthReason } from './vocabulary.ts';

/** Why a verdict is what it is, in bounded words; `remedy.ts` turns them into what to do. */
export const REASONS = [
  // unknown
  'no-viewpoint',
  'just-started',
  'no-node-host-found',
  'gateway-guessed',
  // several nodes of its gateway could be this one, and nothing tells them apart
  'ambiguous',
  // down
  'no-process',
  // down, or blocked: its service manager will not start it again
  'supervisor-gave-up',
  'supervisor-held-back',
  'supervisor-not-loaded',
  'cannot-start',
  // wedged
  'process-stopped',
  'probe-timeout',
  'host-stats-stale',
  'unread-bytes',
  'no-pulse',
  'spinning',
  // alive
  'attached',
  'attached-by-socket',
  'attached-by-log',
  'awaiting-approval',
  // gateway-down
  'gateway-unreachable',
  'gateway-deaf',
  'endpoint-unreachable',
  // blocked: one of the auth reasons follows
  'refused',
  // blocked: its attempts meet what a restart would meet again
  'tls',
  'dns',
  'http-4xx',
  // starting, reconnecting
  'never-attached-yet',
  'not-seen-attached',
  'process-restarting',
  'attempt-not-overdue',
  'gateway-recovering',
  // zombie
  'silent',
  'parked',
  'futile',
  // offline
  'not-connected',
  'not-in-roster',
  // /livez is held at 200
  'restart-did-not-help',
] as const;
export type Reason = (typeof REASONS)[number] | AuthReason;

/**
 * The one reason to name where there is room for one: why the gateway refused it, which says what to do; else the first.
 * `undefined` without any.
 */
export function mainReasonOf(reasons: readonly Reason[]): Reason | undefined {
  return reasons.find(isAuthReason) ?? reasons[0];
}

function isAuthReason(reason: Reason): boolean {
  return (AUTH_REASONS as readonly Reason[]).includes(reason);
}
