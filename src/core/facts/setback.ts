import type { LogEvent, LogObservation } from '../model/observation.ts';
import type { AuthReason } from '../model/vocabulary.ts';

/** A connection that ended, or an attempt that was refused for its credential, as the node host's log told. */
export type Setback = {
  /** Unix time in milliseconds; absent where nobody knows: lines of a file have no time, unless we saw them come. */
  readonly wallMs?: number;
} & (
  | {
      readonly kind: 'close';
      /** As the log spells it, not bounded: for people. */
      readonly code: number;
      readonly reason: string;
    }
  | { readonly kind: 'auth-failure'; readonly reason: AuthReason }
);

/** Kept for each node host. */
const KEPT = 10;
/** A gateway writes the reason, and one that is out of its mind writes a long one. */
const REASON_LENGTH = 200;

/** The last setbacks after one more line of the log, newest last. What was there before we looked counts here too. */
export function noteSetback(setbacks: readonly Setback[], observation: LogObservation): readonly Setback[] {
  const happened = setbackOf(observation.event);
  if (happened === undefined) return setbacks;
  const wallMs =
    observation.writtenWallMs ?? (observation.recency === 'live' ? observation.at.wallMs : undefined);
  return [...setbacks, { ...happened, ...(wallMs !== undefined && { wallMs }) }].slice(-KEPT);
}

function setbackOf(event: LogEvent): Setback | undefined {
  switch (event.kind) {
    case 'closed':
      return { kind: 'close', code: event.code, reason: event.reason.slice(0, REASON_LENGTH) };
    case 'connect-failed':
      return event.auth === undefined ? undefined : { kind: 'auth-failure', reason: event.auth };
    // Says once more, of the same attempt, what its `connect failed` line said.
    case 'paused':
    case 'rejected':
    case 'connected':
    case 'awaiting-approval':
    case 'other':
      return undefined;
    default:
      return event satisfies never;
  }
}
