import { increment, type NodeCounters } from '../model/counters.ts';
import type { LogEvent, Recency } from '../model/observation.ts';
import { later, type Instant } from '../model/time.ts';
import { closeCodeLabel, type AuthReason } from '../model/vocabulary.ts';
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
  /** Since when attempts have failed in a row; `undefined` when the last one did not. */
  readonly failingSince?: Instant;
  /** The last attempt was refused for its credential or pairing and nothing was tried since. */
  readonly refusal?: Refusal;
  /** The process said that it waits and will not try again by itself. */
  readonly parked?: Refusal;
  /** The last event that concerned the connection, in words. */
  readonly lastWords?: string;
}

export interface Refusal {
  readonly auth: AuthReason;
  readonly at: Instant;
  /** The process it was said of, where `at` cannot tell: an earlier run of the exporter had a wrong clock. */
  readonly of?: string;
}

/** Whether a refusal was said of an earlier process than this one. */
export function isBeforeProcess(
  { at, of }: Refusal,
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

/** Whether a close is a stop of the node host's own. */
export function isOwnStop(event: LogEvent & { readonly kind: 'closed' }): boolean {
  return event.code === OWN_STOP_CODE;
}

/** Adds one event of the log. History changes what we believe but counts nothing. */
export function enter(entry: Entry, event: LogEvent, context: LedgerContext): Entry {
  const { ledger } = entry;
  const { at, recency } = context;
  const counters = recency === 'history' ? undefined : entry.counters;
  const live = recency === 'live' ? at : undefined;
  const done = (next: Ledger, counted: NodeCounters | undefined): Entry => ({
    ledger: next,
    counters: counted ?? entry.counters,
  });

  switch (event.kind) {
    case 'connected': {
      // Not by `lastClose`: a close that nobody watched has no time, and is a close all the same.
      const reconnected = ledger.failedAttempts > 0 || ledger.attached === false;
      const kept = omit(ledger, 'refusal', 'parked', 'failingSince');
      return done(
        {
          ...kept,
          attached: true,
          writesConnected: true,
          failedAttempts: 0,
          closeExpected: false,
          bareClose: 'none',
          ...(live && { lastAttempt: live, lastConnect: live }),
          lastWords: 'connected',
        },
        counters && {
          ...counters,
          connects: counters.connects + 1,
          reconnectAttempts: counters.reconnectAttempts + (reconnected ? 1 : 0),
        },
      );
    }

    case 'connect-failed': {
      // 2026.4.x: `closed (1013): …` and then `connect failed: gateway closed (1013): …` are one attempt.
      if (event.echoesClose && ledger.bareClose === 'counted') {
        const { auth } = event;
        return done(
          {
            ...ledger,
            bareClose: 'none',
            ...(auth !== undefined && { refusal: { auth, at } }),
            lastWords: `connect failed: ${event.message}`,
          },
          counters && auth !== undefined
            ? { ...counters, authFailures: increment(counters.authFailures, auth) }
            : counters,
        );
      }
      const kept = omit(ledger, 'refusal');
      return done(
        {
          ...kept,
          attached: false,
          failedAttempts: ledger.failedAttempts + 1,
          // An echo comes after its close in 2026.4.x and before it in 2026.9.
          closeExpected: !event.echoesClose || ledger.bareClose === 'none',
          bareClose: 'none',
          ...(live && { lastAttempt: live }),
          failingSince: ledger.failingSince ?? at,
          ...(event.auth !== undefined && { refusal: { auth: event.auth, at } }),
          lastWords: `connect failed: ${event.message}`,
        },
        counters && {
          ...counters,
          reconnectAttempts: counters.reconnectAttempts + 1,
          reconnectFailures: increment(counters.reconnectFailures, event.reason),
          authFailures:
            event.auth === undefined ? counters.authFailures : increment(counters.authFailures, event.auth),
        },
      );
    }

    case 'closed': {
      const words = `closed (${event.code})${event.reason === '' ? '' : `: ${event.reason}`}`;
      const closes = counters && {
        ...counters,
        closes: increment(counters.closes, closeCodeLabel(event.code)),
      };
      const closed: Ledger = {
        ...ledger,
        ...(live && { lastClose: live }),
        attached: false,
        lastWords: words,
      };

      if (ledger.closeExpected) return done({ ...closed, closeExpected: false }, closes);
      if (isOwnStop(event)) return done({ ...closed, bareClose: 'none' }, closes);

      const wasAttached = ledger.attached ?? context.wasAttached;
      if (wasAttached === false) {
        // Neither attached nor announced by `connect failed`: the gateway hung up on an attempt.
        return done(
          {
            ...omit(closed, 'refusal'),
            failedAttempts: ledger.failedAttempts + 1,
            bareClose: 'counted',
            ...(live && { lastAttempt: live }),
            failingSince: ledger.failingSince ?? at,
          },
          closes && {
            ...closes,
            reconnectAttempts: closes.reconnectAttempts + 1,
            reconnectFailures: increment(closes.reconnectFailures, 'closed'),
          },
        );
      }
      return done({ ...closed, bareClose: wasAttached === undefined ? 'uncounted' : 'none' }, closes);
    }

    case 'paused': {
      const refusal: Refusal = ledger.refusal ?? { auth: event.auth, at };
      // `detail=` is the gateway's own code, better than the text of the `connect failed` line before it.
      const better: Refusal = { auth: event.auth === 'other' ? refusal.auth : event.auth, at };
      const isParked = event.disposition === 'waiting';
      return done(
        {
          ...ledger,
          attached: false,
          refusal: better,
          ...(isParked && { parked: better }),
          // The `closed` line of the same attempt follows.
          closeExpected: true,
          bareClose: 'none',
          lastWords: `reconnect paused: ${better.auth} (${isParked ? 'waiting for operator action' : 'exiting'})`,
        },
        counters,
      );
    }

    case 'rejected':
      return done(
        {
          ...ledger,
          attached: false,
          refusal: ledger.refusal ?? { auth: 'other', at },
          lastWords: `permanently rejected: ${event.type}`,
        },
        counters,
      );

    case 'awaiting-approval':
      return done(ledger, counters);

    case 'other':
      return done(ledger, counters);

    default:
      return event satisfies never;
  }
}

/**
 * A new process took over the same log: its backoff starts afresh and nothing is parked any more. That the one before
 * it was refused still holds, until this one gets further. Lines that were read after `startedAt` are already its own.
 */
export function turnPage(ledger: Ledger, startedAt: Instant): Ledger {
  const { lastClose } = ledger;
  const newestDial = later(ledger.lastAttempt, ledger.lastConnect);
  if (newestDial !== undefined && newestDial.monoMs > startedAt.monoMs) return ledger;
  if (lastClose !== undefined && !isLastWordOfPredecessor(lastClose, startedAt)) return ledger;
  const kept = omit(ledger, 'parked', 'lastAttempt');
  return {
    ...kept,
    attached: ledger.writesConnected ? false : undefined,
    failedAttempts: 0,
    closeExpected: false,
    bareClose: 'none',
  };
}

/** A line is read up to this long after it was written, and no node host gets to its first line sooner after its start. */
export const READING_LATENCY_MS = 1_500;

/** A process that started after it parked is another one, which dials afresh. */
export function forgetParking(
  ledger: Ledger,
  process: { readonly incarnation: string; readonly startedAt: Instant },
): Ledger {
  const { parked } = ledger;
  return parked !== undefined && isBeforeProcess(parked, process) ? omit(ledger, 'parked') : ledger;
}

/** Whether a close that was read at `at` ended a connection of the process before the one that started at `startedAt`. */
function isLastWordOfPredecessor(at: Instant, startedAt: Instant): boolean {
  return at.monoMs <= startedAt.monoMs + READING_LATENCY_MS;
}

/** The gateway holds a session of this node host: whatever was refused is past. */
export function settle(ledger: Ledger): Ledger {
  const kept = omit(ledger, 'refusal', 'parked', 'failingSince');
  return { ...kept, failedAttempts: 0, bareClose: 'none', closeExpected: false };
}
