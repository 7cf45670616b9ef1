import type { SavedLocal, SavedState } from './state-schema.ts';

/** Times on our own clock, by key. Those in a row of the roster are on the gateway's and stay as they are. */
const OWN_TIMES = new Set([
  'savedAt',
  'bootedAt',
  'since',
  'nodesDroppedSince',
  'wallMs',
  'lastConnect',
  'lastDisconnect',
  'failingSince',
  'seenAt',
  'heartbeats',
  'budgetSpent',
  'writtenWallMs',
]);

/** A saved state without a time in the future, and how far into it the state reached. */
export interface PastState {
  readonly state: SavedState;
  /** Milliseconds that the clock of the run that saved it was ahead of ours, at least; 0 for a sound one. */
  readonly aheadMs: number;
}

/**
 * Brings a state that was saved by a clock ahead of ours into the past. Nothing in a file is newer than the file, and
 * the file is not newer than now: what was one minute old when it was saved is one minute old now, at least. So a
 * fault's age, a heartbeat and a restart budget begin to age at once, however far ahead that clock was.
 */
export function withoutFuture(saved: SavedState, nowWallMs: number): PastState {
  const aheadMs = Math.max(0, saved.savedAt - nowWallMs);
  let newest = saved.savedAt;
  const heal = (value: number): number => {
    newest = Math.max(newest, value);
    return Math.min(value, saved.savedAt) - aheadMs;
  };
  const state = healTimes(saved, heal, false) as SavedState;
  const reachedMs = Math.max(0, newest - nowWallMs);
  if (reachedMs === 0) return { state, aheadMs: 0 };
  const locals = Object.entries(state.locals).map(([id, local]) => [id, withOrigins(local)] as const);
  return { state: { ...state, locals: Object.fromEntries(locals) }, aheadMs: reachedMs };
}

/** Whether a process is newer than its refusal cannot be told by such times; which process it was can. */
function withOrigins(local: SavedLocal): SavedLocal {
  const { incarnation: of, ledger } = local;
  if (of === undefined) return local;
  const { refusal, parked } = ledger;
  return {
    ...local,
    ledger: {
      ...ledger,
      ...(refusal !== undefined && { refusal: { of, ...refusal } }),
      ...(parked !== undefined && { parked: { of, ...parked } }),
    },
  };
}

function healTimes(value: unknown, heal: (wallMs: number) => number, isOwnTime: boolean): unknown {
  if (typeof value === 'number') return isOwnTime ? heal(value) : value;
  if (Array.isArray(value)) return value.map((entry: unknown) => healTimes(entry, heal, isOwnTime));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      return [key, healTimes(inner, heal, isOwnTime || OWN_TIMES.has(key))];
    }),
  );
}
