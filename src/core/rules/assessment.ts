import type { NodeState } from '../model/node-state.ts';
import type { Reason } from '../model/reason.ts';

/** What the rules say of one node host now, before budget and history have their word. */
export interface Assessment {
  readonly state: NodeState;
  readonly reasons: readonly Reason[];
  /** Why, in one sentence, with numbers. */
  readonly why: string;
  /** Only `alive` can be ready, and not when the gateway withholds its commands. */
  readonly ready: boolean;
  /** What its gateway calls the request that somebody has to approve, while it still knows it. */
  readonly requestId?: string;
}

/** Shorthand for the common case: not ready. */
export function assessment(state: NodeState, reasons: readonly Reason[], why: string): Assessment {
  return { state, reasons, why, ready: false };
}

/** Seconds for a sentence: `7 s`, `3 min`, `25 h`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return `${minutes} min`;
  return `${Math.round(minutes / 60)} h`;
}
