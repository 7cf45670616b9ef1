import { elapsedMs, omit, type Instant } from '../core/index.ts';
import type { Page, Seen } from './page.ts';

export interface OutboxSettings {
  /** What begins within this time of each other is told at once. */
  readonly groupWaitMs: number;
  /** What goes on is told again after this time. */
  readonly repeatMs: number;
}

/** The first wait after a message that nobody took; twice as long after each further one. */
const FIRST_RETRY_MS = 5_000;
const LONGEST_RETRY_MS = 300_000;
/** A fleet's outage is not worth more lines than a person reads; as Alertmanager's `max_alerts`. */
const MOST_IN_A_MESSAGE = 100;

/** One page from its first sight until its end was told. */
export interface HeldPage {
  readonly page: Page;
  readonly startsAtMs: number;
  /** Since when it has been so under our eyes; the hold counts from there. */
  readonly since: Instant;
  /** When it, or that it had ended, became something to tell. */
  readonly dueAt?: Instant;
  /** When it was last told. */
  readonly toldAtMs?: number;
  readonly endedAtMs?: number;
}

/** What there is to tell, and what was told. */
export interface Outbox {
  readonly pages: ReadonlyMap<string, HeldPage>;
  /** Messages in a row that nobody took. */
  readonly failures: number;
  readonly retryAt?: Instant;
}

export const EMPTY_OUTBOX: Outbox = { pages: new Map(), failures: 0 };

/** One message: all that goes on, and what has ended. */
export interface Message {
  readonly pages: readonly HeldPage[];
  /** Pages that found no room. */
  readonly truncated: number;
}

/** What is seen now. A page that ends before anybody was told of it is forgotten. */
export function look(outbox: Outbox, { pages, unsure }: Seen, now: Instant): Outbox {
  const seen = new Map(pages.map((page) => [page.key, page]));
  const held = new Map<string, HeldPage>();
  for (const [key, before] of outbox.pages) {
    const page = seen.get(key);
    if (page !== undefined) held.set(key, goesOn(before, page, now));
    else if (before.endedAtMs !== undefined || unsure.has(before.page.about)) held.set(key, before);
    else if (before.toldAtMs !== undefined) held.set(key, { ...before, endedAtMs: now.wallMs, dueAt: now });
  }
  for (const [key, page] of seen) {
    if (!held.has(key)) held.set(key, goesOn(firstSight(page, now), page, now));
  }
  return { ...outbox, pages: held };
}

function firstSight(page: Page, now: Instant): HeldPage {
  return { page, startsAtMs: page.startsAtMs ?? now.wallMs, since: now };
}

function goesOn(before: HeldPage, page: Page, now: Instant): HeldPage {
  if (before.toldAtMs === undefined) {
    const isDue = elapsedMs(before.since, now) >= page.holdMs;
    return { ...before, page, ...(isDue && { dueAt: before.dueAt ?? now }) };
  }
  // It is back before its end was told: for whoever reads it, it never ended.
  return before.endedAtMs === undefined
    ? { ...before, page }
    : { ...omit(before, 'endedAtMs', 'dueAt'), page };
}

/** The message that should be sent now, if any. */
export function due(
  { pages, retryAt }: Outbox,
  now: Instant,
  { groupWaitMs, repeatMs }: OutboxSettings,
): Message | undefined {
  if (retryAt !== undefined && elapsedMs(retryAt, now) < 0) return undefined;
  const told = [...pages.values()]
    .filter(({ dueAt, toldAtMs }) => dueAt !== undefined || toldAtMs !== undefined)
    // Where there is no room for all, what nobody knows yet goes first.
    .toSorted((one, other) => Number(other.dueAt !== undefined) - Number(one.dueAt !== undefined));
  const isNew = told.some(({ dueAt }) => dueAt !== undefined && elapsedMs(dueAt, now) >= groupWaitMs);
  const isOld = told.some(({ toldAtMs }) => toldAtMs !== undefined && now.wallMs - toldAtMs >= repeatMs);
  if (!isNew && !isOld) return undefined;
  return {
    pages: told.slice(0, MOST_IN_A_MESSAGE),
    truncated: Math.max(0, told.length - MOST_IN_A_MESSAGE),
  };
}

/** There is something that nobody knows yet, and whoever should be told of it did not take it when it was tried last. */
export function isStuck({ pages, failures }: Outbox): boolean {
  return failures > 0 && [...pages.values()].some(({ dueAt }) => dueAt !== undefined);
}

/** After somebody took the message. What changed while it was under way is told by the next. */
export function delivered({ pages }: Outbox, message: Message, now: Instant): Outbox {
  const left = new Map(pages);
  for (const sent of message.pages) {
    const held = left.get(sent.page.key);
    if (held === undefined) continue;
    const hasEnded = sent.endedAtMs !== undefined;
    if (hasEnded && held.endedAtMs !== undefined) left.delete(sent.page.key);
    else if (hasEnded) left.set(sent.page.key, { ...held, dueAt: now });
    else {
      const { dueAt, ...known } = held;
      const isEndUntold = held.endedAtMs !== undefined && dueAt !== undefined;
      left.set(sent.page.key, { ...known, ...(isEndUntold && { dueAt }), toldAtMs: now.wallMs });
    }
  }
  return { pages: left, failures: 0 };
}

/** After nobody took it. */
export function failed(outbox: Outbox, now: Instant): Outbox {
  const waitMs = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** outbox.failures);
  const retryAt = { monoMs: now.monoMs + waitMs, wallMs: now.wallMs + waitMs };
  return { ...outbox, failures: outbox.failures + 1, retryAt };
}
