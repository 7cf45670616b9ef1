import { endpointOf } from '../model/endpoint.ts';
import { believed, hold } from '../model/held.ts';
import type { LogEvent, LogObservation, LogStatusObservation } from '../model/observation.ts';
import type { Thresholds } from '../model/thresholds.ts';
import { elapsedMs, type Instant } from '../model/time.ts';
import type { LocalFacts } from './local.ts';
import { CLOCK_ROUNDING_MS, dateLines, enter, isOwnStop, ofPredecessor, READING_LATENCY_MS } from './log.ts';
import { prove } from './proofs.ts';
import { noteSetback } from './setback.ts';

/** What one line of its log adds. */
export function observeLogLine(facts: LocalFacts, observation: LogObservation): LocalFacts {
  const { at, event, recency } = observation;
  const isPredecessors = recency !== 'history' && event.kind !== 'connected' && isOfPredecessor(facts, at);
  const { ledger, counters } = enter({ ledger: facts.ledger, counters: facts.counters }, event, {
    at,
    recency,
    wasAttached: isPredecessors ? facts.predecessorAttached : wasAttached(facts, at),
  });
  const isLive = recency === 'live' && !isPredecessors;
  const dialled = event.kind === 'connected' ? endpointOf(event.url) : undefined;
  return {
    ...facts,
    calledSilent: recency !== 'history' && isSignOfDialling(event) ? undefined : facts.calledSilent,
    ledger: isPredecessors ? ofPredecessor(ledger) : ledger,
    setbacks: noteSetback(facts.setbacks, observation),
    counters,
    dialled: dialled ?? facts.dialled,
    proofs: isLive ? prove(facts.proofs, 'log', at) : facts.proofs,
    lastConnect: isLive && event.kind === 'connected' ? at : facts.lastConnect,
    lastDisconnect: isLive && event.kind === 'closed' && facts.attached === true ? at : facts.lastDisconnect,
  };
}

/** A line that is read right after a process was started is the last word of the one before it. */
function isOfPredecessor({ startedAt, counters }: LocalFacts, at: Instant): boolean {
  if (startedAt === undefined || counters.processRestarts === 0) return false;
  return elapsedMs(startedAt, at) <= READING_LATENCY_MS;
}

/** The gateway's word may come some seconds before the line that says the same. */
const ROSTER_LEADS_MS = 6_000;

function wasAttached({ attached, lastDisconnect, ledger }: LocalFacts, at: Instant): boolean | undefined {
  if (attached !== false || lastDisconnect === undefined) return attached;
  const isJustOver = elapsedMs(lastDisconnect, at) <= ROSTER_LEADS_MS;
  const hasTriedSince =
    ledger.lastAttempt !== undefined && ledger.lastAttempt.monoMs >= lastDisconnect.monoMs;
  const hasClosedSince = ledger.lastClose !== undefined && ledger.lastClose.monoMs >= lastDisconnect.monoMs;
  return isJustOver && !hasTriedSince && !hasClosedSince;
}

/** Whether a line says that the process still tries: it connected, failed to, or the gateway hung up on it. */
function isSignOfDialling(event: LogEvent): boolean {
  switch (event.kind) {
    case 'connected':
    case 'connect-failed':
    case 'paused':
    case 'rejected':
    case 'awaiting-approval':
      return true;
    case 'closed':
      return !isOwnStop(event);
    case 'other':
      return false;
    default:
      return event satisfies never;
  }
}

/** Whether the log can be read. */
export function observeLogStatus(
  facts: LocalFacts,
  observation: LogStatusObservation,
  { logValidMs }: Thresholds,
): LocalFacts {
  return {
    ...facts,
    ledger: dateLines(facts.ledger, facts.startedAt, observation),
    logStatus: hold(observation, observation.at, logValidMs),
  };
}

/** Its log was last written to before its process started. */
export function hasNeverWritten({ logStatus, startedAt }: LocalFacts): boolean {
  const writtenMs = logStatus?.value.lastWriteWallMs;
  return (
    writtenMs !== undefined && startedAt !== undefined && writtenMs + CLOCK_ROUNDING_MS < startedAt.wallMs
  );
}

/** A log that never said a word about the connection may be another's, or only one of two files. */
export function isLogTelling(facts: LocalFacts, now: Instant): boolean {
  return isLogReadable(facts, now) && facts.ledger.lastWords !== undefined;
}

/** The log can be read now, so that its silence says something. */
export function isLogReadable({ logStatus }: LocalFacts, now: Instant): boolean {
  return believed(logStatus, now)?.value.readable === true;
}
