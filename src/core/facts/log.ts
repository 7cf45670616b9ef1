import { increment, type NodeCounters } from '../model/counters.ts';
import type { LogEvent, LogStatusObservation, Recency } from '../model/observation.ts';
import { before, elapsedMs, isAfter, later, type Instant } from '../model/time.ts';
import { closeCodeLabel, type AuthReason, type FailureReason } from '../model/vocabulary.ts';
import { omit } from '../model/omit.ts';

/**
 * What a node host's log adds up to. Log lines carry no attempt number: one refused attempt writes two lines
 * (`connect failed`, then `closed (1006): `), some write only a close, and 2026.4.x writes the close first. The ledger
 * joins them, so that one attempt counts once.
 */
export interface Ledger {
  /** `undefined`: the log cannot tell (2026.4.x writes no `connected` line). */
  readonly attached: boolean | undefined;
  /** Whether this log ever held a `connected` line: then its absence means something. */
  readonly writesConnected: boolean;
  /** Failed attempts in a row of this process; what its backoff has grown to. */
  readonly failedAttempts: number;
  /** A process of it went on after an attempt that failed; 2026.4 ends with each. */
  readonly outlivesFailures?: true;
  /** A `connect failed` whose `closed` line is still to come. */
  readonly closeExpected: boolean;
  /**
   * The last line was a `closed` without a `connect failed` before it. 2026.4.x may still explain it in the next line
   * (`connect failed: gateway closed (…)`); `counted` when it was taken for an attempt already.
   */
  readonly bareClose: 'none' | 'counted' | 'uncounted';
  /** Last time the log showed that it dialled (live lines only; other lines have no time). */
  readonly lastAttempt?: Instant;
  readonly lastClose?: Instant;
  readonly lastConnect?: Instant;
  /** It took its leave of the gateway: whatever follows is the next process's. */
  readonly hasStopped?: true;
  /** `attached` was said of the process before, by an earlier run of the exporter; nothing was read since. */
  readonly attachedBefore?: true;
  /** When `connected` was read, where nobody knows when it was written. */
  readonly connectRead?: Instant;
  /** Since when attempts have failed in a row; `undefined` when the last one did not. */
  readonly failingSince?: Instant;
  /** The last attempt that failed; `undefined` once one got through. */
  readonly lastFailure?: Failure;
  /** The last attempt was refused for its credential or pairing and nothing was tried since. */
  readonly refusal?: Refusal;
  /** The process said that it waits and will not try again by itself. */
  readonly parked?: Refusal;
  /** The last event that concerned the connection, in words. */
  readonly lastWords?: string;
}

/** This process wrote that it is connected, and nothing after that it is not. */
export function saysAttached({ attached, attachedBefore }: Ledger): boolean {
  return attached === true && attachedBefore !== true;
}

/** Why one attempt failed. */
export interface Failure {
  readonly reason: FailureReason;
  readonly at: Instant;
}

export interface Refusal {
  readonly auth: AuthReason;
  readonly at: Instant;
  /** The process it was said of, where `at` cannot tell: an earlier run of the exporter had a wrong clock. */
  readonly of?: string;
}

/** Whether a refusal was said of an earlier process than this one. */
export function isBeforeProcess(
  { at, of }: Pick<Refusal, 'at' | 'of'>,
  process: { readonly incarnation: string | undefined; readonly startedAt: Instant },
): boolean {
  if (of !== undefined && process.incarnation !== undefined) return of !== process.incarnation;
  return at.monoMs < process.startedAt.monoMs;
}

export const EMPTY_LEDGER: Ledger = {
  attached: undefined,
  writesConnected: false,
  failedAttempts: 0,
  closeExpected: false,
  bareClose: 'none',
};

/** The ledger and the counters after one more event. */
export interface Entry {
  readonly ledger: Ledger;
  readonly counters: NodeCounters;
}

export interface LedgerContext {
  readonly at: Instant;
  readonly recency: Recency;
  /** What other viewpoints say of the moment before this event; `undefined` when they do not know. */
  readonly wasAttached: boolean | undefined;
}

/** A close that is a stop of the node host's own, not a failure (seen at SIGTERM). */
const OWN_STOP_CODE = 1005;

/** Closes that may be of an attempt: a connection that broke, and a refusal. With any other a gateway or the node host ends a session. */
const UNTELLING_CODES: readonly number[] = [1006, 1008];

/** Whether a close is a stop of the node host's own. */
export function isOwnStop(event: LogEvent & { readonly kind: 'closed' }): boolean {
  return event.code === OWN_STOP_CODE;
}

/** Adds one event of the log. History changes what we believe but counts nothing. */
export function enter(entry: Entry, event: LogEvent, context: LedgerContext): Entry {
  const { ledger, counters } = told(entry, event, context);
  return { ledger, counters: context.recency === 'history' ? entry.counters : counters };
}

function told(entry: Entry, event: LogEvent, context: LedgerContext): Entry {
  switch (event.kind) {
    case 'connected':
      return connected(entry, context);
    case 'connect-failed':
      return event.echoesClose && entry.ledger.bareClose === 'counted'
        ? closeExplained(entry, event, context)
        : connectFailed(entry, event, context);
    case 'closed':
      return closed(entry, event, context);
    case 'paused':
      return { ...entry, ledger: paused(entry.ledger, event, context) };
    case 'rejected':
      return { ...entry, ledger: rejected(entry.ledger, event, context) };
    case 'awaiting-approval':
    case 'other':
      return entry;
    default:
      return event satisfies never;
  }
}

type EventOf<K extends LogEvent['kind']> = Extract<LogEvent, { readonly kind: K }>;

/** Only a line that was read as it was written has a time. */
function timeOf({ at, recency }: LedgerContext): Instant | undefined {
  return recency === 'live' ? at : undefined;
}

function connected({ ledger, counters }: Entry, context: LedgerContext): Entry {
  const live = timeOf(context);
  // Not by `lastClose`: a close that nobody watched has no time, and is a close all the same.
  const reconnected = ledger.failedAttempts > 0 || ledger.attached === false;
  return {
    ledger: {
      ...omit(settle(ledger), 'connectRead'),
      attached: true,
      writesConnected: true,
      ...(live ? { lastAttempt: live, lastConnect: live } : { connectRead: context.at }),
      lastWords: 'connected',
    },
    counters: {
      ...counters,
      connects: counters.connects + 1,
      reconnectAttempts: counters.reconnectAttempts + (reconnected ? 1 : 0),
    },
  };
}

/** 2026.4.x: `closed (1013): …` and then `connect failed: gateway closed (1013): …` are one attempt. */
function closeExplained(
  { ledger, counters }: Entry,
  { auth, reason, message }: EventOf<'connect-failed'>,
  { at }: LedgerContext,
): Entry {
  return {
    ledger: {
      ...ledger,
      bareClose: 'none',
      lastFailure: { reason, at },
      ...(auth !== undefined && { refusal: { auth, at } }),
      lastWords: `connect failed: ${message}`,
    },
    counters:
      auth === undefined ? counters : { ...counters, authFailures: increment(counters.authFailures, auth) },
  };
}

function connectFailed(
  { ledger, counters }: Entry,
  { auth, reason, message, echoesClose }: EventOf<'connect-failed'>,
  context: LedgerContext,
): Entry {
  const live = timeOf(context);
  const { at } = context;
  return {
    ledger: {
      // Whoever dials is not parked.
      ...omit(ledger, 'refusal', 'parked'),
      attached: false,
      failedAttempts: ledger.failedAttempts + 1,
      // An echo comes after its close in 2026.4.x and before it in 2026.9.
      closeExpected: !echoesClose || ledger.bareClose === 'none',
      bareClose: 'none',
      ...(live && { lastAttempt: live }),
      ...(live &&
        ledger.lastAttempt !== undefined &&
        ledger.failedAttempts > 0 && { outlivesFailures: true }),
      ...failed(ledger, { reason, ...(auth !== undefined && { auth }) }, at),
      ...(auth !== undefined && { refusal: { auth, at } }),
      lastWords: `connect failed: ${message}`,
    },
    counters: {
      ...counters,
      reconnectAttempts: counters.reconnectAttempts + 1,
      reconnectFailures: increment(counters.reconnectFailures, reason),
      authFailures: auth === undefined ? counters.authFailures : increment(counters.authFailures, auth),
    },
  };
}

function closed(entry: Entry, event: EventOf<'closed'>, context: LedgerContext): Entry {
  const { ledger, counters } = entry;
  const live = timeOf(context);
  const next: Ledger = {
    ...ledger,
    ...(live && { lastClose: live }),
    attached: false,
    lastWords: `closed (${event.code})${event.reason === '' ? '' : `: ${event.reason}`}`,
  };
  // The second line of a dial that failed: there was no connection to close.
  if (ledger.closeExpected) return { ledger: { ...next, closeExpected: false }, counters };

  const counted: NodeCounters = {
    ...counters,
    closes: increment(counters.closes, closeCodeLabel(event.code)),
  };
  if (isOwnStop(event)) {
    return { ledger: { ...next, bareClose: 'none', hasStopped: true }, counters: counted };
  }
  const wasAttached = ledger.attached ?? context.wasAttached;
  if (wasAttached !== false) {
    const bareClose = wasAttached === undefined ? 'uncounted' : 'none';
    const isLetIn = !UNTELLING_CODES.includes(event.code);
    const kept = isLetIn ? omit(next, 'refusal', 'parked') : next;
    return { ledger: { ...kept, bareClose }, counters: counted };
  }
  // Neither attached nor announced by `connect failed`: the gateway hung up on an attempt.
  return {
    ledger: {
      ...omit(next, 'refusal', 'parked'),
      failedAttempts: ledger.failedAttempts + 1,
      bareClose: 'counted',
      ...(live && { lastAttempt: live }),
      ...failed(ledger, { reason: 'closed' }, context.at),
    },
    counters: {
      ...counters,
      reconnectAttempts: counters.reconnectAttempts + 1,
      reconnectFailures: increment(counters.reconnectFailures, 'closed'),
    },
  };
}

function paused(ledger: Ledger, event: EventOf<'paused'>, { at }: LedgerContext): Ledger {
  const known: Refusal = ledger.refusal ?? { auth: event.auth, at };
  // `detail=` is the gateway's own code, better than the text of the `connect failed` line before it.
  const refusal: Refusal = { auth: event.auth === 'other' ? known.auth : event.auth, at };
  const isParked = event.disposition === 'waiting';
  return {
    ...ledger,
    attached: false,
    refusal,
    ...(isParked && { parked: refusal }),
    // The `closed` line of the same attempt follows.
    closeExpected: true,
    bareClose: 'none',
    lastWords: `reconnect paused: ${refusal.auth} (${isParked ? 'waiting for operator action' : 'exiting'})`,
  };
}

function rejected(ledger: Ledger, { type }: EventOf<'rejected'>, { at }: LedgerContext): Ledger {
  return {
    ...ledger,
    attached: false,
    refusal: ledger.refusal ?? { auth: 'other', at },
    lastWords: `permanently rejected: ${type}`,
  };
}

/**
 * A new process took over the same log: its backoff starts afresh and nothing is parked any more. That the one before
 * it was refused still holds, until this one gets further. Lines that were read after `startedAt` are already its own.
 */
export function turnPage(last: Ledger, startedAt: Instant): Ledger {
  const ledger = omit(last, 'hasStopped');
  const { lastConnect, lastClose, connectRead } = ledger;
  const isReadSince =
    ledger.attached === true && connectRead !== undefined && connectRead.monoMs > startedAt.monoMs;
  if (isReadSince && last.hasStopped === true) return ledger;
  // Nobody connects with its last breath, but for one that is stopped just then.
  const isStopped =
    lastClose !== undefined &&
    lastConnect !== undefined &&
    lastClose.monoMs >= lastConnect.monoMs &&
    isLastWordOfPredecessor(lastClose, startedAt);
  if (lastConnect !== undefined && lastConnect.monoMs > startedAt.monoMs && !isStopped) return ledger;
  const newest = [ledger.lastAttempt, ledger.lastClose, ledger.parked?.at].reduce(later, undefined);
  if (newest !== undefined && !isLastWordOfPredecessor(newest, startedAt)) return ledger;
  return { ...handOver(ledger, startedAt), ...(isReadSince && { attached: undefined }) };
}

/** What the process before the one that started at `startedAt` leaves to it. */
function handOver(ledger: Ledger, startedAt: Instant): Ledger {
  const past = ledger.parked === undefined ? ledger : unparked(ledger, startedAt);
  return { ...ofPredecessor(past), closeExpected: false, bareClose: 'none' };
}

/** A file's time and a process's start are no nearer to each other than this. */
export const CLOCK_ROUNDING_MS = 2_000;

/**
 * Lines that were just read may be old: none is younger than the last change of their log. Where that is older than the
 * process they are all its predecessor's; else one that parked, which writes nothing more, did so then. (A clock that was
 * set meanwhile may pass off the one as the other.)
 */
export function dateLines(
  ledger: Ledger,
  startedAt: Instant | undefined,
  { at, lastWriteWallMs }: LogStatusObservation,
): Ledger {
  const { parked, refusal, lastFailure, lastAttempt, lastClose } = ledger;
  const read = [parked?.at, refusal?.at, lastFailure?.at, lastAttempt, lastClose].reduce(later, undefined);
  if (read === undefined || startedAt === undefined || lastWriteWallMs === undefined) return ledger;
  const ageMs = at.wallMs - lastWriteWallMs;
  if (ageMs <= READING_LATENCY_MS || elapsedMs(read, at) > READING_LATENCY_MS) return ledger;
  const writtenAt = before(at, ageMs);
  if (isAfter(before(startedAt, CLOCK_ROUNDING_MS), writtenAt)) return handOver(ledger, startedAt);
  if (parked === undefined || !isAfter(writtenAt, startedAt)) return ledger;
  return { ...ledger, parked: { ...parked, at: writtenAt } };
}

/** Another process than an earlier run of the exporter knew: of that one was what nobody has read in this run. */
export function recalled(ledger: Ledger): Ledger {
  const isRead = ledger.lastConnect !== undefined || ledger.connectRead !== undefined;
  return ledger.attached === true && !isRead ? { ...ledger, attachedBefore: true } : ledger;
}

/** What a ledger of the process before says of the one that runs now. */
export function ofPredecessor(ledger: Ledger): Ledger {
  return {
    ...omit(ledger, 'parked', 'lastAttempt'),
    attached: ledger.writesConnected ? false : undefined,
    failedAttempts: 0,
  };
}

/** A line is read up to this long after it was written, and no node host gets to its first line sooner after its start. */
export const READING_LATENCY_MS = 1_200;

/** A process that started after it parked is another one, which dials afresh. */
export function forgetParking(
  ledger: Ledger,
  process: { readonly incarnation: string; readonly startedAt: Instant },
): Ledger {
  const { parked } = ledger;
  return parked !== undefined && isBeforeProcess(parked, process)
    ? unparked(ledger, process.startedAt)
    : ledger;
}

/** The refusal that it parked on stood for as long as it was there. */
function unparked(ledger: Ledger, endedAt: Instant): Ledger {
  const { refusal } = ledger;
  return {
    ...omit(ledger, 'parked'),
    ...(refusal !== undefined && { refusal: { ...refusal, at: before(endedAt, 1) } }),
  };
}

/** Whether a line that was read at `at` is of the process before the one that started at `startedAt`. */
function isLastWordOfPredecessor(at: Instant, startedAt: Instant): boolean {
  return at.monoMs <= startedAt.monoMs + READING_LATENCY_MS;
}

/** The gateway holds a session of this node host: whatever was refused is past. */
export function settle(ledger: Ledger): Ledger {
  const kept = omit(ledger, 'refusal', 'parked', 'failingSince', 'lastFailure', 'attachedBefore');
  return { ...kept, failedAttempts: 0, bareClose: 'none', closeExpected: false };
}

/** Attempts come every 30 s at most, and process restarts little later: one after a longer rest begins a new row. */
const ROW_BROKEN_AFTER_MS = 180_000;

function failed(
  { failingSince, lastFailure, refusal }: Ledger,
  { reason, auth }: { readonly reason: FailureReason; readonly auth?: AuthReason },
  at: Instant,
): Pick<Ledger, 'failingSince' | 'lastFailure'> {
  const isRecent = lastFailure === undefined || elapsedMs(lastFailure.at, at) <= ROW_BROKEN_AFTER_MS;
  // Refusals are a row of their own: what comes after them has only just begun.
  const isSameRow = isRecent && (refusal === undefined || auth !== undefined);
  return { failingSince: (isSameRow ? failingSince : undefined) ?? at, lastFailure: { reason, at } };
}
