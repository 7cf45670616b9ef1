import type { NodeState } from '../model/node-state.ts';
import { wouldRestartHelp } from '../model/node-state.ts';
import type { Thresholds } from '../model/thresholds.ts';
import { elapsedMs, type Instant } from '../model/time.ts';

/**
 * Restarts that happened while `/livez` asked for one and that did not bring the node host back. Once the budget is
 * used up `/livez` stays at 200: another restart would not help either, and would hide the evidence.
 */
export interface RestartBudget {
  readonly spent: readonly Instant[];
  readonly aliveSince?: Instant;
}

export const UNSPENT_BUDGET: RestartBudget = { spent: [] };

/** The process was replaced while its state was `state`. */
export function spendRestart(budget: RestartBudget, state: NodeState, at: Instant): RestartBudget {
  return wouldRestartHelp(state) ? { ...budget, spent: [...budget.spent, at] } : budget;
}

/** Time went by in `state`: old restarts leave the window, and one that helped wipes the slate. */
export function ageBudget(
  budget: RestartBudget,
  state: NodeState,
  context: { readonly now: Instant; readonly limits: Thresholds },
): RestartBudget {
  const { now, limits } = context;
  const aliveSince = state === 'alive' ? (budget.aliveSince ?? now) : undefined;
  if (aliveSince !== undefined && elapsedMs(aliveSince, now) >= limits.restartHelpedAfterMs) {
    return { spent: [], aliveSince };
  }
  const spent = budget.spent.filter((at) => elapsedMs(at, now) < limits.restartBudgetWindowMs);
  return aliveSince === undefined ? { spent } : { spent, aliveSince };
}

/** Whether another restart would not help either. */
export function isExhausted(budget: RestartBudget, limits: Thresholds): boolean {
  return budget.spent.length >= limits.restartBudget;
}
