import type { Assessment } from './assessment.ts';
import type { LocalFacts } from '../facts/local.ts';
import { givenUpOf, SUPERVISOR_REASONS } from '../facts/supervisor.ts';
import type { Proofs } from '../facts/proofs.ts';
import { believed } from '../model/held.ts';
import type { Fault, NodeState } from '../model/node-state.ts';
import type { Reason } from '../model/reason.ts';
import type { Thresholds } from '../model/thresholds.ts';
import { elapsedMs, later, type Instant } from '../model/time.ts';
import { WARM_UP_MS } from '../warm-up.ts';

/**
 * A fault of a local node host that an earlier run of the exporter saw, or this one before it came to doubt its own
 * clock, and that has not been judged since. It stands until something disproves it.
 */
export interface RestoredFault {
  readonly state: Fault;
  readonly reasons: readonly Reason[];
  readonly why: string;
  /** The process it was said of. */
  readonly incarnation: string | undefined;
  /** When this run took it over, or came to doubt it: only what was seen since then counts against it. */
  readonly restoredAt: Instant;
}

export interface FaultContext {
  readonly now: Instant;
  readonly limits: Thresholds;
  /** What the rules find without knowing the past. */
  readonly found: Assessment;
  /** Proofs of life by way of the gateway. */
  readonly entryProofs: Proofs | undefined;
  /** Somebody looks at processes at all. */
  readonly isProcessWatched: boolean;
  /** Somebody reads logs at all. */
  readonly isLogWatched: boolean;
}

/**
 * - `undecided`: its process was not looked at yet, or who may know better by now: nothing can be said
 * - `standing`: nothing speaks against it
 * - `confirmed`: the rules have found it anew
 * - `over`: disproved, or it cannot be held any longer
 */
export type FaultOutcome = 'undecided' | 'standing' | 'confirmed' | 'over';

/** Whether a fault that an earlier run saw still stands: a restart of the exporter cures nobody. */
export function judgeFault(fault: RestoredFault, facts: LocalFacts, context: FaultContext): FaultOutcome {
  const { now, limits, found, isProcessWatched } = context;
  if (!isProcessWatched || elapsedMs(fault.restoredAt, now) >= holdMs(fault, limits)) return 'over';
  if (facts.process === undefined) return 'undecided';
  // Its process may be another by now, or there again.
  if (believed(facts.process, now) === undefined) return 'over';
  if (isWordDue(fault, facts, context) && elapsedMs(fault.restoredAt, now) < WARM_UP_MS) return 'undecided';
  if (isDisproved(fault, facts, context)) return 'over';
  return found.state === fault.state ? 'confirmed' : 'standing';
}

function restsOnSupervisor({ reasons }: RestoredFault): boolean {
  return SUPERVISOR_REASONS.some((reason) => reasons.includes(reason));
}

/** Its supervisor had given up, and has not any more. */
function isSupervisedAgain(fault: RestoredFault, facts: LocalFacts, { now }: FaultContext): boolean {
  return restsOnSupervisor(fault) && facts.supervisor !== undefined && givenUpOf(facts, now) === undefined;
}

/** Its log may tell of a refusal since, and its supervisor of another start. */
function isWordDue(fault: RestoredFault, facts: LocalFacts, { isLogWatched }: FaultContext): boolean {
  return (
    (isLogWatched && facts.logStatus === undefined) ||
    (restsOnSupervisor(fault) && facts.supervisor === undefined)
  );
}

/**
 * By then the rules have found again whatever they can find. The slowest of them start to count when our own session
 * opens, which takes a sound gateway up to `gatewayDeafMs`.
 */
function holdMs({ reasons }: RestoredFault, limits: Thresholds): number {
  const slowestRuleMs = reasons.includes('futile') ? limits.futileAfterMs : limits.pulseMaxMs;
  return slowestRuleMs + limits.gatewayDeafMs;
}

function isDisproved(fault: RestoredFault, facts: LocalFacts, context: FaultContext): boolean {
  switch (fault.state) {
    case 'down':
      // Refused meanwhile: it came, and a restart would be refused again.
      return (
        facts.process?.value !== null ||
        facts.isLaunched ||
        context.found.state === 'blocked' ||
        isSupervisedAgain(fault, facts, context)
      );
    case 'wedged':
      return !isSameProcess(fault, facts) || isRunningAgain(fault, facts, context);
    case 'zombie':
      return (
        !isSameProcess(fault, facts) ||
        isExplainedOtherwise(context.found.state) ||
        hasDialledSince(fault, facts)
      );
    default:
      return fault.state satisfies never;
  }
}

function isSameProcess(fault: RestoredFault, facts: LocalFacts): boolean {
  const sample = facts.process?.value;
  return sample != null && sample.incarnation === fault.incarnation;
}

function isRunningAgain(fault: RestoredFault, facts: LocalFacts, context: FaultContext): boolean {
  const { reasons, restoredAt } = fault;
  if (reasons.includes('process-stopped') && facts.process?.value?.kernelState !== 'stopped') return true;
  const beats = facts.proofs;
  const answered = later(beats.probe, context.entryProofs?.probe);
  // Called wedged in spite of its pulse, it is not disproved by its pulse.
  const isByProbeAlone = reasons.includes('probe-timeout') && !reasons.includes('no-pulse');
  const reported = later(beats.host_stats, context.entryProofs?.host_stats);
  const proof = isByProbeAlone ? answered : [beats.pulse, beats.log, reported].reduce(later, answered);
  return isNewer(proof, restoredAt);
}

/** Found so by rules that come before a zombie's, or attached. */
function isExplainedOtherwise(found: NodeState): boolean {
  return found === 'alive' || found === 'gateway-down' || found === 'blocked' || found === 'wedged';
}

function hasDialledSince(fault: RestoredFault, facts: LocalFacts): boolean {
  // It dials all the time, in vain.
  if (fault.reasons.includes('futile')) return false;
  if (fault.reasons.includes('silent') && facts.calledSilent === undefined) return true;
  return isNewer(later(facts.ledger.lastAttempt, facts.socket?.lastDial), fault.restoredAt);
}

function isNewer(at: Instant | undefined, than: Instant): boolean {
  return at !== undefined && at.monoMs > than.monoMs;
}
