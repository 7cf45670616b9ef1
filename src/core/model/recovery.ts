import type { Instant } from './time.ts';

/** How one act of recovery came out. */
export const RECOVERY_OUTCOMES = [
  /** Another process runs, nothing of the old one is left, and its gateway has it. */
  'attached',
  /** The old one is gone, and its gateway did not have a new one in time. */
  'still_detached',
  /** The supervisor, or the operator’s command, did not do it. */
  'refused',
  /** What was to be replaced is still there. */
  'failed',
  /** At the last moment there was another process, or none: nothing was done. */
  'skipped',
  /** Everything spoke for it, and `dry_run` is on. */
  'dry_run',
] as const;
export type RecoveryOutcome = (typeof RECOVERY_OUTCOMES)[number];

/** What the recovery of this exporter has done for one node host, and what it makes of it now. */
export interface RecoveryStatus {
  readonly attempts: Readonly<Record<RecoveryOutcome, number>>;
  /** Unix time in milliseconds at which `attempts` was zero. */
  readonly since: number;
  /** It was restarted as often as is allowed without staying well, and is left to a person. */
  readonly isExhausted: boolean;
  readonly pause?: {
    readonly reason: string;
    /** Unix time in milliseconds. */ readonly untilWallMs: number;
  };
  /** The last act; without an outcome it is under way. */
  readonly last?: {
    readonly at: Instant;
    readonly outcome?: RecoveryOutcome;
    /** From the act until its gateway had the new process. */
    readonly attachedAfterMs?: number;
    /** In one sentence. */
    readonly words: string;
  };
  /** What keeps it from acting now, or what it does, in one sentence; absent where nothing is to be done. */
  readonly now?: string;
}

/** What recovery does to a node host, at the moment when it does. */
export type RecoveryStep =
  /** @property words how, and why */
  | { readonly kind: 'started'; readonly at: Instant; readonly words: string }
  | {
      readonly kind: 'ended';
      readonly at: Instant;
      readonly outcome: RecoveryOutcome;
      readonly attachedAfterMs?: number;
      readonly words: string;
    };
