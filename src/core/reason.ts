import type { AuthReason } from './vocabulary.ts';

/** Why a verdict is what it is, in bounded words; `explain.ts` turns them into sentences. */
export const REASONS = [
  // unknown
  'no-viewpoint',
  'just-started',
  'no-node-host-found',
  'not-in-roster',
  // down
  'no-process',
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
  // starting, reconnecting
  'never-attached-yet',
  'process-restarting',
  'attempt-not-overdue',
  'gateway-recovering',
  // zombie
  'silent',
  'parked',
  'futile',
  // offline
  'not-connected',
  // /livez is held at 200
  'restart-did-not-help',
] as const;
export type Reason = (typeof REASONS)[number] | AuthReason;
