import { increment, NO_GATEWAY_COUNTERS, type GatewayCounters } from '../model/counters.ts';
import { believed, heldUntil, hold, type Held } from '../model/held.ts';
import type {
  GatewayHttpObservation,
  GatewaySessionObservation,
  HttpResult,
  RosterRow,
} from '../model/observation.ts';
import type { GatewayHealth } from '../model/snapshot.ts';
import type { Thresholds } from '../model/thresholds.ts';
import { after, before, elapsedMs, later, type Instant } from '../model/time.ts';
import { closeCodeLabel, type AuthReason, type FailureReason } from '../model/vocabulary.ts';
import { omit } from '../model/omit.ts';
import type { RosterReply } from './roster-entry.ts';

/** How our own session with the gateway stands. */
export type SessionState =
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
  readonly session: SessionState;
  readonly wsRttMs?: number;
  readonly roster?: Held<Roster>;
  readonly version?: string;
  readonly bootId?: string;
  /** When the gateway started, by its own uptime; `undefined` where it does not tell. */
  readonly bootedAt?: Instant;
  readonly counters: GatewayCounters;
}

/** A gateway that nobody has looked at yet. */
export function unseenGateway(name: string, guessedFrom?: string): GatewayFacts {
  return {
    name,
    httpFailuresInARow: 0,
    session: { kind: 'untried' },
    counters: NO_GATEWAY_COUNTERS,
    ...(guessedFrom !== undefined && { guessedFrom }),
  };
}

/** Two readings of the same boot time may differ by the reply's travel and by rounding. */
const BOOT_TIME_TOLERANCE_MS = 5_000;

/** What a look at `/health` adds. */
export function observeHttp(
  facts: GatewayFacts,
  { at, result }: GatewayHttpObservation,
  limits: Thresholds,
): GatewayFacts {
  const http = hold(result, at, limits.httpValidMs);
  if (result.ok) {
    return {
      ...omit(facts, 'httpFailingSince', 'guessedFrom'),
      http,
      httpUpSince: facts.httpUpSince ?? at,
      httpFailuresInARow: 0,
      httpRttMs: result.rttMs,
    };
  }
  return {
    ...shaken(omit(facts, 'httpUpSince', 'httpRttMs'), at, limits),
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
  const { roster, session } = facts;
  return {
    ...facts,
    ...(roster !== undefined && { roster: heldUntil(roster, until) }),
    ...(session.kind === 'open' && { session: { ...session, heard: heldUntil(session.heard, until) } }),
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
    case 'opened': {
      const bootedAt = observation.uptimeMs === undefined ? undefined : before(at, observation.uptimeMs);
      const kept = omit(facts, 'roster', 'bootId', 'bootedAt', 'guessedFrom');
      return {
        ...kept,
        session: { kind: 'open', since: at, heard: hold(true, at, limits.rosterValidMs) },
        version: observation.serverVersion,
        wsRttMs: observation.connectMs,
        ...(observation.bootId !== undefined && { bootId: observation.bootId }),
        ...(bootedAt !== undefined && { bootedAt }),
        counters: {
          ...facts.counters,
          restarts: facts.counters.restarts + (isAnotherBoot(facts, observation.bootId, bootedAt) ? 1 : 0),
        },
      };
    }

    case 'closed':
      return {
        ...withoutSession(facts),
        session: {
          kind: 'failing',
          since: at,
          reason: 'closed',
          message: `closed (${observation.code}): ${observation.reason}`,
        },
        counters: {
          ...facts.counters,
          sessionCloses: increment(facts.counters.sessionCloses, closeCodeLabel(observation.code)),
        },
      };

    case 'refused':
      return {
        ...omit(withoutSession(facts), 'guessedFrom'),
        session: { kind: 'refused', auth: observation.auth, at },
        counters: {
          ...facts.counters,
          authFailures: increment(facts.counters.authFailures, observation.auth),
        },
      };

    case 'failed':
      return {
        ...withoutSession(facts),
        session: {
          kind: 'failing',
          since: facts.session.kind === 'failing' ? facts.session.since : at,
          reason: observation.reason,
          message: observation.message,
        },
      };

    case 'no-credential':
      return { ...withoutSession(facts), session: { kind: 'no-credential', at } };

    case 'roster':
      return {
        ...allowed(heard(facts, at, limits)),
        roster: hold(
          { gateway: facts.name, at, gatewayTsMs: observation.gatewayTsMs, rows: observation.rows },
          at,
          limits.rosterValidMs,
        ),
        wsRttMs: observation.rttMs,
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

/** What only a session tells goes with it. */
function withoutSession(facts: GatewayFacts): Omit<GatewayFacts, 'roster' | 'wsRttMs'> {
  return omit(facts, 'roster', 'wsRttMs');
}

function heard(facts: GatewayFacts, at: Instant, limits: Thresholds): GatewayFacts {
  const { session } = facts;
  if (session.kind !== 'open') return facts;
  return { ...facts, session: { ...session, heard: hold(true, at, limits.rosterValidMs) } };
}

function forbidden(facts: GatewayFacts): GatewayFacts {
  return facts.session.kind === 'open'
    ? { ...facts, session: { ...facts.session, isRosterForbidden: true } }
    : facts;
}

function allowed(facts: GatewayFacts): GatewayFacts {
  return facts.session.kind === 'open'
    ? { ...facts, session: omit(facts.session, 'isRosterForbidden') }
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

/** Whether the gateway's HTTP side answers; `undefined` when the last look is too old to tell. */
export function isHttpUp({ http, httpFailuresInARow }: GatewayFacts, now: Instant): boolean | undefined {
  const result = believed(http, now)?.value;
  if (result === undefined || result.ok) return result?.ok;
  // A refusal is certain. One answer that came too late is not: the machine may be busy.
  return result.reason === 'timeout' && httpFailuresInARow < 2 ? undefined : false;
}

/** Whether the gateway's WebSocket side answers us; `undefined` when we have no session to tell by. */
export function isWsUp(facts: GatewayFacts, now: Instant): boolean | undefined {
  const { session } = facts;
  switch (session.kind) {
    case 'open':
      if (session.isRosterForbidden === true) return isHttpUp(facts, now);
      return believed(session.heard, now) !== undefined;
    case 'refused':
      return true;
    case 'failing':
      return isMisunderstanding(session) ? undefined : false;
    case 'untried':
    case 'no-credential':
      return undefined;
    default:
      return session satisfies never;
  }
}

/** It did answer, in words that are not ours: an outage would be a claim. */
function isMisunderstanding(
  session: SessionState,
): session is Extract<SessionState, { kind: 'failing' }> & { readonly reason: 'protocol' } {
  return session.kind === 'failing' && session.reason === 'protocol';
}

/**
 * The same for people and alerts, who take a 0 for a verdict: it is 0 only while the gateway is down or deaf, and not
 * known while it comes up, since then it answers HTTP first. That it refused us says that it answered; once it is gone
 * that says nothing any more.
 */
export function shownWsUp(facts: GatewayFacts, now: Instant, limits: Thresholds): boolean | undefined {
  const wsUp = isWsUp(facts, now);
  const { health } = assessGateway(facts, now, limits);
  switch (health) {
    case 'healthy':
      return wsUp;
    case 'down':
    case 'deaf':
      return wsUp === true && facts.session.kind === 'refused' ? undefined : wsUp;
    case 'recovering':
    case 'unknown':
      return wsUp === true && facts.session.kind !== 'refused' ? true : undefined;
    default:
      return health satisfies never;
  }
}

/** The roster, where it can still be believed. */
export function usableRoster({ roster, session }: GatewayFacts, now: Instant): Roster | undefined {
  return session.kind === 'open' ? believed(roster, now)?.value : undefined;
}

/** What the gateway's two sides add up to, with the reason in one sentence. */
export function assessGateway(
  facts: GatewayFacts,
  now: Instant,
  limits: Thresholds,
): { readonly health: GatewayHealth; readonly why: string } {
  const httpUp = isHttpUp(facts, now);
  const wsUp = isWsUp(facts, now);
  const { session } = facts;

  if (session.kind === 'open' && wsUp === true) {
    return httpUp === false
      ? { health: 'healthy', why: 'the WebSocket session works, although /health does not answer' }
      : { health: 'healthy', why: 'HTTP answers and our session is open' };
  }
  if (httpUp === true) {
    if (session.kind === 'refused') {
      return { health: 'healthy', why: `HTTP answers; our own session is refused (${session.auth})` };
    }
    if (session.kind === 'no-credential') {
      return { health: 'healthy', why: 'HTTP answers; without a credential we have no session' };
    }
    if (isMisunderstanding(session)) {
      return {
        health: 'healthy',
        why: `HTTP answers; we and its WebSocket side do not understand each other: ${session.message}`,
      };
    }
    const deafSince =
      session.kind === 'failing'
        ? later(session.since, facts.httpUpSince)
        : session.kind === 'open'
          ? later(session.heard.at, facts.httpUpSince)
          : facts.httpUpSince;
    if (
      session.kind !== 'untried' &&
      deafSince !== undefined &&
      elapsedMs(deafSince, now) > limits.gatewayDeafMs
    ) {
      const detail = session.kind === 'failing' ? session.message : 'no answer over our session';
      return { health: 'deaf', why: `HTTP answers, but its WebSocket side does not: ${detail}` };
    }
    return { health: 'recovering', why: 'HTTP answers; our session is not open yet' };
  }
  if (httpUp === false) {
    const result = facts.http?.value;
    const detail = result !== undefined && !result.ok ? result.message : 'no answer';
    if (facts.guessedFrom !== undefined) {
      return {
        health: 'unknown',
        why: `no gateway answers at the address that was guessed (${facts.guessedFrom}): ${detail}`,
      };
    }
    return { health: 'down', why: `/health: ${detail}` };
  }
  return { health: 'unknown', why: 'not looked at yet' };
}
