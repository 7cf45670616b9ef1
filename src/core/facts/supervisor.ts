import type { LocalFacts } from './node-facts.ts';
import type { SupervisorObservation, SystemdUnit } from '../model/observation.ts';
import type { Thresholds } from '../model/thresholds.ts';
import { elapsedMs, type Instant } from '../model/time.ts';

/** A supervisor that will not start the node host again by itself. */
export interface GivenUp {
  readonly unit: SystemdUnit;
  /** What happened, for a sentence: `openclaw-node.service gave up after 5 restarts (exit status 1)`. */
  readonly words: string;
}

/**
 * What the service manager says of the node host now; `undefined` when nobody told lately, or when it was told of
 * another process than the one that runs: of its predecessor, or of a unit that this one does not run in.
 */
export function supervisorOf(
  facts: LocalFacts,
  now: Instant,
  limits: Thresholds,
): SupervisorObservation | undefined {
  const { supervisor, process, startedAt } = facts;
  if (supervisor === undefined || elapsedMs(supervisor.at, now) > limits.supervisorValidMs) return undefined;
  if (process === undefined || process.sample === null) return supervisor;
  const isOfThisProcess = startedAt === undefined || supervisor.at.monoMs >= startedAt.monoMs;
  return isOfThisProcess && isSameUnit(supervisor.unit, facts.lastUnit) ? supervisor : undefined;
}

/** Whether a restart has to come from somebody else, and why. */
export function givenUpOf(facts: LocalFacts, now: Instant, limits: Thresholds): GivenUp | undefined {
  const told = supervisorOf(facts, now, limits);
  if (told?.standing.kind !== 'gave-up') return undefined;
  return { unit: told.unit, words: wordsOf(told, told.standing) };
}

/** The unit that supervises the node host, or did last. */
export function unitOf({ supervisor, lastUnit }: LocalFacts): SystemdUnit | undefined {
  return supervisor?.unit ?? lastUnit;
}

function wordsOf(
  { unit: { unit }, restarts }: SupervisorObservation,
  { because, lastExit }: Extract<SupervisorObservation['standing'], { kind: 'gave-up' }>,
): string {
  switch (because) {
    case 'restart-limit': {
      const after = restarts === undefined || restarts === 0 ? '' : ` after ${restarts} restarts`;
      return `${unit} gave up${after} (${lastExit})`;
    }
    case 'exit-status':
      return `${unit} is not restarted after ${lastExit}`;
    default:
      return because satisfies never;
  }
}

function isSameUnit(a: SystemdUnit, b: SystemdUnit | undefined): boolean {
  return a.unit === b?.unit && a.user === b.user;
}
