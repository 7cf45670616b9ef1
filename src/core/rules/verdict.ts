import type { Remedy } from '../model/remedy.ts';
import { remedyFor } from './remedy.ts';
import type { Assessment } from './assessment.ts';
import { increment, type NodeCounters } from '../model/counters.ts';
import type { NodeKind } from '../model/node-kind.ts';
import { wouldRestartHelp, type NodeScope, type NodeState } from '../model/node-state.ts';
import type { Service } from '../model/observation.ts';
import { omit } from '../model/omit.ts';
import type { Reason } from '../model/reason.ts';
import type { RestoredFault } from './restored-fault.ts';
import {
  ageBudget,
  isExhausted,
  spendRestart,
  UNSPENT_BUDGET,
  type RestartBudget,
} from './restart-budget.ts';
import type { Transition } from '../model/snapshot.ts';
import type { Thresholds } from '../model/thresholds.ts';
import { elapsedMs, type Instant } from '../model/time.ts';

/** Of each node host; of what came before there is only a count. */
export const TRANSITIONS_KEPT = 200;
/** A viewpoint that blinks for less than this does not make a node host unknown. */
const BLINK_MS = 10_000;

/** State + since + reasons of one node host, and how it came to be. */
export interface Verdict {
  readonly state: NodeState;
  readonly since: Instant;
  readonly reasons: readonly Reason[];
  readonly why: string;
  readonly live: boolean;
  readonly ready: boolean;
  readonly remedy: Remedy;
  readonly budget: RestartBudget;
  readonly transitions: readonly Transition[];
  /** When a viewpoint last told anything. */
  readonly toldAt: Instant;
  /** False until enough viewpoints have looked once; the first settled verdict is no transition. */
  readonly isSettled: boolean;
  /** State that an earlier run of the exporter left behind. */
  readonly restored?: { readonly state: NodeState; readonly since: Instant };
  /** A fault among these that nothing has disproved or confirmed yet. */
  readonly fault?: RestoredFault;
  /** State in which the last process ended, until the next one starts. */
  readonly endedIn?: NodeState;
  /** It was said of a process that another has taken the place of since. */
  readonly isOfLastProcess?: true;
}

/** Nothing is known yet. */
export function firstVerdict(at: Instant): Verdict {
  return {
    state: 'unknown',
    since: at,
    reasons: ['just-started'],
    why: 'the exporter has just started to look',
    live: true,
    ready: false,
    remedy: { kind: 'none' },
    budget: UNSPENT_BUDGET,
    transitions: [],
    toldAt: at,
    isSettled: false,
  };
}

export interface VerdictContext {
  readonly now: Instant;
  readonly limits: Thresholds;
  readonly scope: NodeScope;
  readonly kind: NodeKind;
  /** Enough viewpoints have looked once. */
  readonly isWarm: boolean;
  /** What supervises it, where that is known. */
  readonly service: Service | undefined;
  /** Of its process, where it has one that can be seen. */
  readonly pid: number | undefined;
  /** Whether it runs can be seen now: then what was said of it does not outlast its disproof. */
  readonly isProcessSeen: boolean;
  /** Its gateway is known to be well: then nobody is kept from it by an outage. */
  readonly isGatewayWell: boolean;
  /** Nobody can read the token that its gateway compares with. */
  readonly isTokenUnreadable: boolean;
}

/** The verdict after one more assessment, with the transition if it is one. */
export function nextVerdict(
  previous: Verdict,
  found: Assessment,
  context: VerdictContext,
): { readonly verdict: Verdict; readonly transition?: Transition } {
  const { now, limits, scope, kind, service, pid, isTokenUnreadable } = context;
  if (!previous.isSettled && !context.isWarm) return { verdict: previous };

  const isBlink =
    found.state === 'unknown' &&
    previous.isSettled &&
    previous.state !== 'unknown' &&
    !isDisproved(previous.state, context) &&
    elapsedMs(previous.toldAt, now) < BLINK_MS;
  if (isBlink) return { verdict: previous };

  const budget = ageBudget(previous.budget, found.state, { now, limits });
  const isHeld = wouldRestartHelp(found.state) && isExhausted(budget, limits);
  const reasons: readonly Reason[] = isHeld ? [...found.reasons, 'restart-did-not-help'] : found.reasons;

  const before = previous.isSettled ? { state: previous.state, since: previous.since } : previous.restored;
  const isSame = before?.state === found.state;
  const kept = omit(previous, 'restored', 'isOfLastProcess');
  const verdict: Verdict = {
    ...kept,
    state: found.state,
    since: isSame ? before.since : now,
    reasons,
    why: found.why,
    live: isHeld || !wouldRestartHelp(found.state),
    ready: found.ready,
    remedy: remedyFor({ ...found, reasons, scope, kind, service, pid, isTokenUnreadable }),
    budget,
    toldAt: found.state === 'unknown' ? previous.toldAt : now,
    isSettled: true,
  };
  if (isSame || before === undefined) return { verdict };

  const transition: Transition = { from: before.state, to: found.state, at: now, reasons, why: found.why };
  return {
    verdict: { ...verdict, transitions: [...previous.transitions, transition].slice(-TRANSITIONS_KEPT) },
    transition,
  };
}

/** Nothing tells what it is now, but no longer what it was. */
function isDisproved(state: NodeState, { isProcessSeen, isGatewayWell }: VerdictContext): boolean {
  return state === 'gateway-down' ? isGatewayWell : wouldRestartHelp(state) && isProcessSeen;
}

/** Found to be silent: that stands until its process dials, or is attached, whatever can be seen of it meanwhile. */
export function isSilent({ state, reasons }: Verdict): boolean {
  return state === 'zombie' && reasons.includes('silent');
}

/** Counts a transition. */
export function countTransition(counters: NodeCounters, transition: Transition | undefined): NodeCounters {
  if (transition === undefined) return counters;
  return { ...counters, transitions: increment(counters.transitions, transition.to) };
}

/** The process is gone: remember in which state, to know later whether its restart was asked for. */
export function noteEnd(verdict: Verdict): Verdict {
  return verdict.endedIn === undefined ? { ...verdict, endedIn: standingState(verdict) } : verdict;
}

/** Another process took its place. */
export function noteRestart(verdict: Verdict, at: Instant): Verdict {
  const { endedIn, ...kept } = verdict;
  // `down` may have been reached after the end; either of the two asked for the restart.
  const asked = [endedIn, standingState(verdict)].find(
    (state) => state !== undefined && wouldRestartHelp(state),
  );
  return { ...kept, isOfLastProcess: true, budget: spendRestart(verdict.budget, asked ?? verdict.state, at) };
}

/** Until this run has a verdict of its own, what the run before it said was what asked for a restart. */
function standingState({ isSettled, state, restored }: Verdict): NodeState {
  return isSettled ? state : (restored?.state ?? state);
}
