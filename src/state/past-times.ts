import { stepBetween } from './clock-steps.ts';
import { mapTimes, type SavedLocal, type SavedState } from './state-schema.ts';

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
  const state = mapTimes(saved, heal);
  const reachedMs = Math.max(0, newest - nowWallMs);
  if (reachedMs === 0) return { state, aheadMs: 0 };
  const locals = Object.entries(state.locals).map(([id, local]) => [id, withOrigins(local)] as const);
  return { state: { ...state, locals: Object.fromEntries(locals) }, aheadMs: reachedMs };
}

/** Whether a process is newer than its refusal cannot be told by such times; which process it was can. */
function withOrigins(local: SavedLocal): SavedLocal {
  const { incarnation: of, log } = local;
  if (of === undefined || log === undefined) return local;
  const { refusal, parked } = log.ledger;
  return {
    ...local,
    log: {
      ...log,
      ledger: {
        ...log.ledger,
        ...(refusal !== undefined && { refusal: { of, ...refusal } }),
        ...(parked !== undefined && { parked: { of, ...parked } }),
      },
    },
  };
}

/**
 * Moves the times of a state by as much as the clock was set since it was saved, so that everything in it is older by the
 * time that really went by and by no more. Only known while the machine has not been started anew.
 *
 * @param boot of this machine, now
 */
export function onThisClock(
  saved: SavedState,
  nowWallMs: number,
  boot: { readonly id: string; readonly uptimeMs: number } | undefined,
): SavedState {
  if (boot === undefined || saved.boot?.id !== boot.id) return saved;
  // A container counts from its own start, and keeps the boot id of its machine.
  if (boot.uptimeMs < saved.boot.uptimeMs) return saved;
  const before = { wallMs: saved.savedAt, uptimeMs: saved.boot.uptimeMs };
  const stepMs = stepBetween(before, { wallMs: nowWallMs, uptimeMs: boot.uptimeMs });
  return stepMs === 0 ? saved : mapTimes(saved, (wallMs) => wallMs + stepMs);
}
