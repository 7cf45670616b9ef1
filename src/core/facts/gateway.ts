import { increment, NO_GATEWAY_COUNTERS, type GatewayCounters } from '../model/counters.ts';
import { believed, heldUntil, hold, type Held } from '../model/held.ts';
import { clockSkewMs } from './clock-skew.ts';
import type {
  GatewayHttpObservation,
  GatewaySessionObservation,
  GatewayStatusObservation,
  HttpResult,
  RosterRow,
} from '../model/observation.ts';
import type { Thresholds } from '../model/thresholds.ts';
import { after, before, elapsedMs, type Instant } from '../model/time.ts';
import { closeCodeLabel, type AuthReason, type FailureReason } from '../model/vocabulary.ts';
import { omit } from '../model/omit.ts';
import { NO_BOOTS, toldBySession, type Boots } from './boots.ts';
import type { GatewayLogFacts } from './gateway-log.ts';
import type { RosterReply } from './roster-entry.ts';

/** How our own session with the gateway stands. */
export type OwnSession =
  | { readonly kind: 'untried' }
  | {
      readonly kind: 'open';
      readonly since: Instant;
      /** When it last answered over the session, while that still says that it is there. */
      readonly heard: Held<true>;
      /** The gateway lets us in, but not see its nodes; then it has nothing to say to us for minutes. */
      readonly isRosterForbidden?: boolean;
    }
  | { readonly kind: 'refused'; readonly auth: AuthReason; readonly at: Instant }
  | {
      readonly kind: 'failing';
      readonly since: Instant;
      readonly reason: FailureReason;
      readonly message: string;
    }
  | { readonly kind: 'no-credential'; readonly at: Instant };

/** One good answer of `node.list`. */
export interface Roster extends RosterReply {
  readonly rows: readonly RosterRow[];
}

/** Everything seen of one gateway. */
export interface GatewayFacts {
  readonly name: string;
  /** In words, where its address was guessed from; absent once something points at it, or it has answered. */
  readonly guessedFrom?: string;
  readonly http?: Held<HttpResult>;
  readonly httpUpSince?: Instant;
  readonly httpFailingSince?: Instant;
  readonly httpFailuresInARow: number;
  readonly httpRttMs?: number;
  /** What it says of its own readiness. */
  readonly status?: Held<Pick<GatewayStatusObservation, 'ready' | 'startup'>>;
  /** How far its clock goes before ours, in milliseconds. */
  readonly clockSkewMs?: Held<number>;
  /** Unix milliseconds; absent without TLS. */
  readonly certificateNotAfterMs?: number;
  /** What a WebSocket without a credential last met. */
  readonly challenge?: Held<HttpResult>;
  readonly ownSession: OwnSession;
  readonly wsRttMs?: number;
  readonly roster?: Held<Roster>;
  readonly version?: string;
  readonly bootId?: string;
  /** It has answered HTTP at some time. */
  readonly hasAnswered?: true;
  /** What its own log told; absent where nobody reads it. */
  readonly log?: GatewayLogFacts;
  readonly boots: Boots;
  /** When the gateway started, by its own uptime; `undefined` where it does not tell. */
  readonly bootedAt?: Instant;
  readonly counters: GatewayCounters;
}

/** A gateway that nobody has looked at yet. */
export function unseenGateway(name: string, guessedFrom?: string): GatewayFacts {
  return {
    name,
    httpFailuresInARow: 0,
    ownSession: { kind: 'untried' },
    boots: NO_BOOTS,
    counters: NO_GATEWAY_COUNTERS,
    ...(guessedFrom !== undefined && { guessedFrom }),
  };
}

/** Two readings of the same boot time may differ by the reply's travel and by rounding. */
const BOOT_TIME_TOLERANCE_MS = 5_000;

/** What a look at `/health` adds. */
export function observeHttp(
  facts: GatewayFacts,
  { at, result, certificateNotAfterMs }: GatewayHttpObservation,
  limits: Thresholds,
): GatewayFacts {
  const shown = certificateNotAfterMs === undefined ? {} : { certificateNotAfterMs };
  const http = hold(result, at, limits.httpValidMs);
  if (result.ok) {
    return {
      ...omit(facts, 'httpFailingSince', 'guessedFrom'),
      ...shown,
      http,
      hasAnswered: true,
      httpUpSince: facts.httpUpSince ?? at,
      httpFailuresInARow: 0,
      httpRttMs: result.rttMs,
    };
  }
  return {
    ...shaken(omit(facts, 'httpUpSince', 'httpRttMs'), at, limits),
    ...shown,
    http,
    httpFailingSince: facts.httpFailingSince ?? at,
    httpFailuresInARow: facts.httpFailuresInARow + 1,
  };
}

/**
 * What was heard over the session before `/health` began to fail stands only until the next answer should have come: a
 * frozen gateway leaves a fine-looking answer behind.
 */
function shaken(facts: GatewayFacts, at: Instant, limits: Thresholds): GatewayFacts {
  if (facts.httpFailingSince !== undefined) return facts;
  const until = after(at, limits.rosterGraceAfterHttpFailureMs);
  const { roster, ownSession } = facts;
  return {
    ...facts,
    ...(roster !== undefined && { roster: heldUntil(roster, until) }),
    ...(ownSession.kind === 'open' && {
      ownSession: { ...ownSession, heard: heldUntil(ownSession.heard, until) },
    }),
  };
}

/** What our own session adds. */
export function observeSession(
  facts: GatewayFacts,
  observation: GatewaySessionObservation,
  limits: Thresholds,
): GatewayFacts {
  const { at } = observation;
  switch (observation.kind) {
    case 'opened':
      return opened(facts, observation, limits);
    case 'closed':
    case 'refused':
    case 'failed':
    case 'no-credential':
      return notOpen(facts, observation);
    case 'roster':
      return {
        ...allowed(heard(facts, at, limits)),
        roster: hold(
          { gateway: facts.name, at, gatewayTsMs: observation.gatewayTsMs, rows: observation.rows },
          at,
          limits.rosterValidMs,
        ),
        wsRttMs: observation.rttMs,
        clockSkewMs: hold(
          clockSkewMs({ theirMs: observation.gatewayTsMs, rttMs: observation.rttMs, at }),
          at,
          limits.gatewayChallengeValidMs,
        ),
      };
    case 'roster-failed':
      // An answer that refuses the call is still an answer: the gateway's WebSocket side runs.
      if (observation.reason === 'auth') return forbidden(heard(facts, at, limits));
      return observation.reason === 'protocol' ? heard(facts, at, limits) : facts;
    case 'host-stats':
      return heard(facts, at, limits);
    default:
      return observation satisfies never;
  }
}

type SessionNews<K extends GatewaySessionObservation['kind']> = Extract<
  GatewaySessionObservation,
  { readonly kind: K }
>;

function opened(
  facts: GatewayFacts,
  { at, uptimeMs, serverVersion, connectMs, bootId }: SessionNews<'opened'>,
  limits: Thresholds,
): GatewayFacts {
  const bootedAt = uptimeMs === undefined ? undefined : before(at, uptimeMs);
  return {
    ...omit(facts, 'roster', 'bootId', 'bootedAt', 'guessedFrom'),
    ownSession: { kind: 'open', since: at, heard: hold(true, at, limits.rosterValidMs) },
    version: serverVersion,
    wsRttMs: connectMs,
    ...(bootId !== undefined && { bootId }),
    ...(bootedAt !== undefined && { bootedAt }),
    ...(isAnotherBoot(facts, bootId, bootedAt) && restarted(facts, bootedAt ?? at)),
  };
}

/** Another process than before; where its own log has told of that start, it is counted already. */
function restarted(
  { boots: known, counters }: GatewayFacts,
  at: Instant,
): Pick<GatewayFacts, 'counters' | 'boots'> {
  const { boots, isNews } = toldBySession(known, at);
  return { boots, counters: { ...counters, restarts: counters.restarts + (isNews ? 1 : 0) } };
}

/** There is no session, or none any more. */
function notOpen(
  facts: GatewayFacts,
  observation: SessionNews<'closed' | 'refused' | 'failed' | 'no-credential'>,
): GatewayFacts {
  const { at } = observation;
  const { counters } = facts;
  const without = withoutSession(facts);
  switch (observation.kind) {
    case 'closed': {
      const { code, reason } = observation;
      return {
        ...without,
        ownSession: { kind: 'failing', since: at, reason: 'closed', message: `closed (${code}): ${reason}` },
        counters: {
          ...counters,
          sessionCloses: increment(counters.sessionCloses, closeCodeLabel(code)),
        },
      };
    }
    case 'refused':
      return {
        ...omit(without, 'guessedFrom'),
        ownSession: { kind: 'refused', auth: observation.auth, at },
        counters: { ...counters, authFailures: increment(counters.authFailures, observation.auth) },
      };
    case 'failed': {
      const { reason, message } = observation;
      const since = facts.ownSession.kind === 'failing' ? facts.ownSession.since : at;
      return { ...without, ownSession: { kind: 'failing', since, reason, message } };
    }
    case 'no-credential':
      return { ...without, ownSession: { kind: 'no-credential', at } };
    default:
      return observation satisfies never;
  }
}

/** What only a session tells goes with it. */
function withoutSession(facts: GatewayFacts): Omit<GatewayFacts, 'roster' | 'wsRttMs'> {
  return omit(facts, 'roster', 'wsRttMs');
}

function heard(facts: GatewayFacts, at: Instant, limits: Thresholds): GatewayFacts {
  const { ownSession } = facts;
  if (ownSession.kind !== 'open') return facts;
  return { ...facts, ownSession: { ...ownSession, heard: hold(true, at, limits.rosterValidMs) } };
}

function forbidden(facts: GatewayFacts): GatewayFacts {
  return facts.ownSession.kind === 'open'
    ? { ...facts, ownSession: { ...facts.ownSession, isRosterForbidden: true } }
    : facts;
}

function allowed(facts: GatewayFacts): GatewayFacts {
  return facts.ownSession.kind === 'open'
    ? { ...facts, ownSession: omit(facts.ownSession, 'isRosterForbidden') }
    : facts;
}

function isAnotherBoot(
  facts: GatewayFacts,
  bootId: string | undefined,
  bootedAt: Instant | undefined,
): boolean {
  if (facts.bootId !== undefined && bootId !== undefined) return facts.bootId !== bootId;
  if (facts.bootedAt === undefined || bootedAt === undefined) return false;
  return elapsedMs(facts.bootedAt, bootedAt) > BOOT_TIME_TOLERANCE_MS;
}

/** The roster, where it can still be believed. */
export function usableRoster({ roster, ownSession }: GatewayFacts, now: Instant): Roster | undefined {
  return ownSession.kind === 'open' ? believed(roster, now)?.value : undefined;
}
