import { hold, type Held } from '../model/held.ts';
import type { NodeHostHints, ProcessObservation, ProcessSample } from '../model/observation.ts';
import { omit } from '../model/omit.ts';
import { isSame } from '../model/same.ts';
import type { Thresholds } from '../model/thresholds.ts';
import { before, elapsedMs, type Instant } from '../model/time.ts';
import type { LocalFacts } from './local.ts';
import { forgetParking, recalled, turnPage } from './log.ts';
import { prove } from './proofs.ts';
import { feelPulse, firstPulse, type Pulse } from './pulse.ts';

/**
 * What one look at the process adds.
 *
 * @param context `isWedged`: it is called wedged, so the gap in its pulse that may end now is no rhythm of its own
 */
export function observeProcess(
  facts: LocalFacts,
  observation: ProcessObservation,
  { limits, isWedged }: { readonly limits: Thresholds; readonly isWedged: boolean },
): LocalFacts {
  const { at, process: sample, hints } = observation;
  const last = facts.process;
  const wasBlind = last !== undefined && elapsedMs(last.at, at) > limits.processValidMs;

  if (sample === null) {
    // One that was started ended before it could be told from its launcher.
    const hasEnded = facts.isLaunched && observation.isStarting !== true;
    return {
      ...facts,
      stoppedSince: undefined,
      pulse: undefined,
      socket: undefined,
      endedUndialled: facts.socket === undefined ? facts.endedUndialled : !facts.socket.hadConnection,
      isLaunched: observation.isStarting === true,
      hints: hints ?? facts.hints,
      process: hold(null, at, limits.processValidMs),
      missingSince: wasBlind || hasEnded ? at : (facts.missingSince ?? at),
      endedAt: facts.everSeen && (hasEnded || facts.endedAt === undefined) ? at : facts.endedAt,
    };
  }

  const startedAt = before(at, sample.uptimeMs);
  const isNew = facts.incarnation !== sample.incarnation;
  const known = isNew ? newIncarnation(facts, sample, { startedAt, limits }) : facts;
  const isStopped = sample.kernelState === 'stopped';
  const pulse = nextPulse(known.pulse, sample, {
    at,
    learn: !wasBlind && known.stoppedSince === undefined && !isStopped && !isWedged,
  });
  const hasBeaten = pulse !== undefined && known.pulse !== undefined && pulse.count !== known.pulse.count;
  const hasWorked = isBusy(isNew ? undefined : last, { at, sample, startingMs: limits.startingMs });
  return {
    ...known,
    ...whatItSays(known, hints, isNew),
    missingSince: undefined,
    endedAt: undefined,
    isLaunched: false,
    process: hold(sample, at, limits.processValidMs),
    // The state file brings the incarnation back, not when it started.
    startedAt: known.startedAt ?? startedAt,
    everSeen: true,
    lastBusy: hasWorked ? at : known.lastBusy,
    stoppedSince: isStopped ? (known.stoppedSince ?? at) : undefined,
    stoppedUntil: !isStopped && known.stoppedSince !== undefined ? at : known.stoppedUntil,
    pulse,
    proofs: hasBeaten ? prove(known.proofs, 'pulse', at) : known.proofs,
  };
}

/** What arguments and files say replaces what those of an earlier process said, also where they say less. */
function whatItSays(
  { hints: known, lastService }: LocalFacts,
  hints: NodeHostHints | undefined,
  isNew: boolean,
): Pick<LocalFacts, 'hints' | 'lastService'> {
  if (hints === undefined) return { hints: isNew ? {} : known, lastService };
  // The very same as before where it says the same, so that whoever rests on it sees at once that it does.
  return { hints: isSame(known, hints) ? known : hints, lastService: hints.service };
}

/**
 * An idle node host uses less than a hundredth of a core, a starting one all that it can get. That is little on a machine
 * that starves; and 2026.9 sleeps while programs that it has started work for it.
 */
const BUSY_CORE_SHARE = 0.05;

function isBusy(
  previous: Held<ProcessSample | null> | undefined,
  look: { readonly at: Instant; readonly sample: ProcessSample; readonly startingMs: number },
): boolean {
  const earlier = previous?.value;
  // Of one that was there before we looked nobody knows more than what it used in all.
  if (previous === undefined) {
    const { uptimeMs, cpuSeconds } = look.sample;
    return uptimeMs < look.startingMs || usedBetween(0, cpuSeconds) >= BUSY_CORE_SHARE * uptimeMs;
  }
  if (earlier === undefined || earlier === null) return true;
  const usedMs = usedBetween(earlier.cpuSeconds, look.sample.cpuSeconds);
  const childrenMs = usedBetween(earlier.childrenCpuSeconds, look.sample.childrenCpuSeconds);
  return usedMs + childrenMs >= BUSY_CORE_SHARE * elapsedMs(previous.at, look.at);
}

/** One that lives no longer than this may start and end between two looks. */
const SHORT_LIFE_MS = 5_000;

/** This process, which ended at `endedAt`, lived for moments. */
export function isShortLived({ startedAt }: LocalFacts, endedAt: Instant): boolean {
  return startedAt !== undefined && elapsedMs(startedAt, endedAt) < SHORT_LIFE_MS;
}

/** A program that was left behind takes what it used with it. */
function usedBetween(earlierSeconds: number | undefined, seconds: number | undefined): number {
  return earlierSeconds === undefined || seconds === undefined
    ? 0
    : Math.max(0, (seconds - earlierSeconds) * 1_000);
}

/** It was seen to have ended, and another came as soon as a supervisor brings one. */
function isBroughtBack({ endedAt }: LocalFacts, startedAt: Instant, { downAfterMs }: Thresholds): boolean {
  return endedAt !== undefined && elapsedMs(endedAt, startedAt) < downAfterMs;
}

function newIncarnation(
  facts: LocalFacts,
  sample: ProcessSample,
  { startedAt, limits }: { readonly startedAt: Instant; readonly limits: Thresholds },
): LocalFacts {
  const isFirst = facts.incarnation === undefined;
  // What refused the process before it has been approved since.
  const past = facts.approvedSinceParked ? omit(facts.ledger, 'refusal') : facts.ledger;
  // What the exporter finds with its first look is no restart that it saw: lines it caught up on may be the new
  // process's. The state file brings the last incarnation back.
  const unseen = isFirst
    ? past
    : recalled(forgetParking(past, { incarnation: sample.incarnation, startedAt }));
  return {
    ...facts,
    pulse: undefined,
    socket: undefined,
    stoppedSince: undefined,
    stoppedUntil: undefined,
    attachedSince: undefined,
    attachedAt: undefined,
    detachedSince: undefined,
    approvedSinceParked: false,
    dialled: undefined,
    lastService: undefined,
    wasAttachedBefore: undefined,
    heldConnectionAt: undefined,
    endedUndialled: false,
    incarnation: sample.incarnation,
    startedAt,
    everAttached: false,
    attached: undefined,
    predecessorAttached: isFirst ? undefined : wasAttachedAtItsEnd(facts),
    isBroughtBack: !isFirst && isBroughtBack(facts, startedAt, limits),
    ledger: facts.process === undefined ? unseen : turnPage(past, startedAt),
    counters: isFirst
      ? facts.counters
      : { ...facts.counters, processRestarts: facts.counters.processRestarts + 1 },
  };
}

/** A look that found no process says that nothing is attached; what it was before that counts. */
function wasAttachedAtItsEnd({
  attached,
  lastDisconnect,
  missingSince,
  ledger,
}: LocalFacts): boolean | undefined {
  if (attached !== false) return attached;
  return (
    lastDisconnect !== undefined &&
    missingSince !== undefined &&
    elapsedMs(lastDisconnect, missingSince) <= END_SKEW_MS &&
    (ledger.lastAttempt === undefined || ledger.lastAttempt.monoMs < lastDisconnect.monoMs)
  );
}

/** A roster, a look at the process and the tick that notes both come within this time of each other. */
const END_SKEW_MS = 6_000;

function nextPulse(
  pulse: Pulse | undefined,
  sample: ProcessSample,
  look: { readonly at: Instant; readonly learn: boolean },
): Pulse | undefined {
  if (sample.voluntarySwitches === undefined) return undefined;
  const felt = { at: look.at, count: sample.voluntarySwitches, cpuSeconds: sample.mainThreadCpuSeconds };
  return pulse === undefined ? firstPulse(felt) : feelPulse(pulse, felt, look.learn);
}
