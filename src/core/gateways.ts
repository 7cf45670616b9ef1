import { isLoopback } from './model/endpoint.ts';
import { observeChallenge } from './facts/challenge.ts';
import { observeStatus } from './facts/gateway-status.ts';
import { assessGateway } from './facts/gateway-health.ts';
import {
  observeHttp,
  observeSession,
  unseenGateway,
  usableRoster,
  type GatewayFacts,
  type Roster,
} from './facts/gateway.ts';
import { enterGatewayRecord, NO_GATEWAY_LOG } from './facts/gateway-log.ts';
import { countingFrom, NO_GATEWAY_COUNTERS } from './model/counters.ts';
import type {
  Endpoint,
  GatewayLogObservation,
  GatewayLogStatusObservation,
  GatewayObservation,
} from './model/observation.ts';
import { omit } from './model/omit.ts';
import type { GatewayHealth } from './model/snapshot.ts';
import type { Thresholds } from './model/thresholds.ts';
import type { Instant } from './model/time.ts';
import type { GatewayView } from './rules/context.ts';

/** A gateway that is watched. */
export interface GatewayRef {
  /** The `gateway` label. */
  readonly name: string;
  /** Without credentials. */
  readonly url: string;
  /** Host and port of `url`. */
  readonly address: Endpoint;
  /** Set when nothing points at this gateway: in words, where the address was taken from. */
  readonly guessedFrom?: string;
}

/** One gateway with all that is believed of it. */
export interface WatchedGateway {
  readonly ref: GatewayRef;
  readonly facts: GatewayFacts;
  readonly health: GatewayHealth;
  /** Why, in one sentence. */
  readonly why: string;
  readonly healthySince?: Instant;
  /** When it was last healthy before it stopped being so; kept once it is healthy again. */
  readonly unwellSince?: Instant;
}

/** A gateway that nobody has looked at yet. */
export function newGateway(ref: GatewayRef, countedSince: Instant): WatchedGateway {
  const facts = unseenGateway(ref.name, ref.guessedFrom);
  return {
    ref,
    // Nothing was counted of it by this run, so its counters were zero when the run began.
    facts: { ...facts, counters: countingFrom(NO_GATEWAY_COUNTERS, countedSince) },
    health: 'unknown',
    why: 'not looked at yet',
  };
}

/** The same gateway by another address, or no guess any more. */
export function refer(gateway: WatchedGateway, ref: GatewayRef): WatchedGateway {
  const facts = ref.guessedFrom === undefined ? omit(gateway.facts, 'guessedFrom') : gateway.facts;
  return { ...gateway, ref, facts };
}

/** One fact about it. */
export function observeGateway(
  gateway: WatchedGateway,
  observation: GatewayObservation,
  limits: Thresholds,
): WatchedGateway {
  return { ...gateway, facts: observed(gateway.facts, observation, limits) };
}

function observed(facts: GatewayFacts, observation: GatewayObservation, limits: Thresholds): GatewayFacts {
  switch (observation.source) {
    case 'gateway-http':
      return observeHttp(facts, observation, limits);
    case 'gateway-status':
      return observeStatus(facts, observation);
    case 'gateway-ws':
      return observeChallenge(facts, observation, limits);
    case 'gateway-session':
      return observeSession(facts, observation, limits);
    default:
      return observation satisfies never;
  }
}

/** What its own log says of it. */
export function observeGatewayLog(
  gateway: WatchedGateway,
  observation: GatewayLogObservation | GatewayLogStatusObservation,
): WatchedGateway {
  const { facts } = gateway;
  const log = facts.log ?? NO_GATEWAY_LOG;
  // Whoever can read it knows that nothing was refused while it says nothing.
  if (observation.kind === 'status') return { ...gateway, facts: { ...facts, log } };
  const hasRun = log.hasRun || facts.hasAnswered === true || facts.bootedAt !== undefined;
  const entry = enterGatewayRecord(
    { log: { ...log, hasRun }, boots: facts.boots, counters: facts.counters },
    observation,
  );
  return { ...gateway, facts: { ...facts, ...entry } };
}

/** Its health now. */
export function tickGateway(gateway: WatchedGateway, now: Instant, limits: Thresholds): WatchedGateway {
  const { health, why } = assessGateway(gateway.facts, now, limits);
  if (health === gateway.health) return { ...gateway, why };
  const kept = omit(gateway, 'healthySince');
  if (health === 'healthy') return { ...kept, health, why, healthySince: now };
  return { ...kept, health, why, ...(gateway.health === 'healthy' && { unwellSince: now }) };
}

/** A gateway as the rules need it; of one that is not watched nobody knows anything. */
export function viewOf(gateway: WatchedGateway | undefined): GatewayView {
  if (gateway === undefined) return UNWATCHED;
  const { facts, health, why, healthySince, unwellSince } = gateway;
  return {
    health,
    why,
    healthySince,
    unwellSince,
    answersSince: facts.httpUpSince,
    isOwnSessionOpen: facts.ownSession.kind === 'open',
    isDistrusted: facts.http?.value.ok === false && facts.http.value.reason === 'tls',
    isGuess: facts.guessedFrom !== undefined,
    isHere: isLoopback(gateway.ref.address),
  };
}

const UNWATCHED: GatewayView = {
  health: 'unknown',
  why: 'the gateway that it dials is not watched',
  healthySince: undefined,
  unwellSince: undefined,
  answersSince: undefined,
  isOwnSessionOpen: false,
  isDistrusted: false,
  isGuess: false,
  isHere: false,
};

/** What it last listed, where that can still be believed. */
export function rosterOf(gateway: WatchedGateway | undefined, now: Instant): Roster | undefined {
  return gateway === undefined ? undefined : usableRoster(gateway.facts, now);
}
