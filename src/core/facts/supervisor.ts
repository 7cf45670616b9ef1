import { believed, hold } from '../model/held.ts';
import {
  isSameService,
  serviceName,
  type Service,
  type SupervisorObservation,
} from '../model/observation.ts';
import type { Thresholds } from '../model/thresholds.ts';
import type { Instant } from '../model/time.ts';
import type { Reason } from '../model/reason.ts';
import type { LocalFacts } from './local.ts';

/** How a supervisor that will not start the node host stands to it. */
export const SUPERVISOR_REASONS = [
  'supervisor-gave-up',
  'supervisor-held-back',
  'supervisor-not-loaded',
  'cannot-start',
] as const satisfies readonly Reason[];
export type SupervisorReason = (typeof SUPERVISOR_REASONS)[number];

/** A supervisor that will not start the node host again by itself. */
export interface GivenUp {
  readonly service: Service;
  readonly reason: SupervisorReason;
  /** What happened, for a sentence: `openclaw-node.service gave up after 5 restarts (exit status 1)`. */
  readonly words: string;
}

/** What the service manager says of it. */
export function observeSupervisor(
  facts: LocalFacts,
  observation: SupervisorObservation,
  { supervisorValidMs }: Thresholds,
): LocalFacts {
  return { ...facts, supervisor: hold(observation, observation.at, supervisorValidMs) };
}

/**
 * What the service manager says of the node host now; `undefined` when nobody told lately, or when it was told of
 * another process than the one that runs: of its predecessor, or of a service that this one does not run in.
 */
export function supervisorOf(facts: LocalFacts, now: Instant): SupervisorObservation | undefined {
  const { process, startedAt, lastService } = facts;
  const told = believed(facts.supervisor, now)?.value;
  if (told === undefined || process === undefined || process.value === null) return told;
  const isOfThisProcess = startedAt === undefined || told.at.monoMs >= startedAt.monoMs;
  return isOfThisProcess && isSameService(told.service, lastService) ? told : undefined;
}

/** Whether a restart has to come from somebody else, and why. */
export function givenUpOf(facts: LocalFacts, now: Instant): GivenUp | undefined {
  const told = supervisorOf(facts, now);
  if (told === undefined) return undefined;
  const { service, standing } = told;
  switch (standing.kind) {
    case 'gave-up':
      return standing.because === 'held-back'
        ? { service, reason: 'supervisor-held-back', words: heldBack(service) }
        : { service, reason: 'supervisor-gave-up', words: wordsOf(told, standing) };
    case 'cannot-start':
      return {
        service,
        reason: 'cannot-start',
        words: `${serviceName(service)} cannot be started (${standing.lastExit})`,
      };
    case 'not-loaded':
      return {
        service,
        reason: 'supervisor-not-loaded',
        words: unloaded(service, standing),
      };
    case 'running':
    case 'restarting':
    case 'stopped':
    case 'failed':
      return undefined;
    default:
      return standing satisfies never;
  }
}

function unloaded(
  service: Service,
  { because }: Extract<SupervisorObservation['standing'], { kind: 'not-loaded' }>,
): string {
  const name = serviceName(service);
  switch (because) {
    case undefined:
      return `${name} is not loaded, so that nothing starts it`;
    case 'disabled':
      return `${name} is disabled, so that nothing starts it`;
    case 'logged-out':
      return `its user is not logged in, so that launchd does not run ${name}`;
    default:
      return because satisfies never;
  }
}

function heldBack(service: Service): string {
  return `${serviceName(service)} is held back: its service manager starts it only on demand`;
}

/** The service that supervises the node host, or did last. */
export function serviceOf({ supervisor, lastService }: LocalFacts): Service | undefined {
  return supervisor?.value.service ?? lastService;
}

function wordsOf(
  { service, restarts }: SupervisorObservation,
  { because, lastExit }: Extract<SupervisorObservation['standing'], { kind: 'gave-up' }>,
): string {
  switch (because) {
    case 'restart-limit': {
      const after = restarts === undefined || restarts === 0 ? '' : ` after ${restarts} restarts`;
      return `${serviceName(service)} gave up${after} (${lastExit})`;
    }
    case 'exit-status':
      return `${serviceName(service)} is not restarted after ${lastExit}`;
    case 'held-back':
      return heldBack(service);
    default:
      return because satisfies never;
  }
}
