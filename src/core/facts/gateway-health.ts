import { metByChallenge } from './challenge.ts';
import { believed } from '../model/held.ts';
import type { GatewayHealth } from '../model/snapshot.ts';
import type { Thresholds } from '../model/thresholds.ts';
import { elapsedMs, later, type Instant } from '../model/time.ts';
import type { GatewayFacts, OwnSession } from './gateway.ts';

/** Whether the gateway's HTTP side answers; `undefined` when the last look is too old to tell. */
export function isHttpUp({ http, httpFailuresInARow }: GatewayFacts, now: Instant): boolean | undefined {
  const result = believed(http, now)?.value;
  if (result === undefined || result.ok) return result?.ok;
  // A refusal is certain. One answer that came too late is not: the machine may be busy.
  return result.reason === 'timeout' && httpFailuresInARow < 2 ? undefined : false;
}

/** Whether the gateway's WebSocket side answers us; `undefined` when we have no session to tell by. */
export function isWsUp(facts: GatewayFacts, now: Instant): boolean | undefined {
  const { ownSession } = facts;
  switch (ownSession.kind) {
    case 'open':
      if (ownSession.isRosterForbidden === true) return isHttpUp(facts, now);
      return believed(ownSession.heard, now) !== undefined;
    case 'refused':
      return metByChallenge(facts, now) !== 'silent';
    case 'failing':
      return isMisunderstanding(ownSession) ? undefined : false;
    case 'untried':
    case 'no-credential':
      return wsUpFromOutside(facts, now);
    default:
      return ownSession satisfies never;
  }
}

function wsUpFromOutside(facts: GatewayFacts, now: Instant): boolean | undefined {
  const met = metByChallenge(facts, now);
  return met === 'answers' ? true : met === 'silent' ? false : undefined;
}

/** It did answer, in words that are not ours: an outage would be a claim. */
function isMisunderstanding(
  ownSession: OwnSession,
): ownSession is Extract<OwnSession, { kind: 'failing' }> & { readonly reason: 'protocol' } {
  return ownSession.kind === 'failing' && ownSession.reason === 'protocol';
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
      return wsUp === true && facts.ownSession.kind === 'refused' ? undefined : wsUp;
    case 'recovering':
    case 'unknown':
      return wsUp === true && facts.ownSession.kind !== 'refused' ? true : undefined;
    default:
      return health satisfies never;
  }
}

/** What the gateway's two sides add up to, with the reason in one sentence. */
export function assessGateway(
  facts: GatewayFacts,
  now: Instant,
  limits: Thresholds,
): { readonly health: GatewayHealth; readonly why: string } {
  const httpUp = isHttpUp(facts, now);
  const wsUp = isWsUp(facts, now);
  const { ownSession } = facts;

  if (ownSession.kind === 'open' && wsUp === true) {
    return httpUp === false
      ? { health: 'healthy', why: 'the exporter’s session works, although /health does not answer' }
      : { health: 'healthy', why: 'HTTP answers and the exporter’s session is open' };
  }
  if (httpUp === true) {
    if (ownSession.kind === 'refused') {
      return assessFromOutside(facts, {
        now,
        limits,
        us: `the exporter’s own session is refused (${ownSession.auth})`,
      });
    }
    if (ownSession.kind === 'no-credential') {
      return assessFromOutside(facts, {
        now,
        limits,
        us: 'without a credential the exporter has no session',
      });
    }
    if (isMisunderstanding(ownSession)) {
      return {
        health: 'healthy',
        why: `HTTP answers; its WebSocket side and the exporter do not understand each other: ${ownSession.message}`,
      };
    }
    const deafSince = silentSince(facts);
    if (deafSince !== undefined && elapsedMs(deafSince, now) > limits.gatewayDeafMs) {
      const detail =
        ownSession.kind === 'failing' ? ownSession.message : 'no answer over the exporter’s session';
      return { health: 'deaf', why: `HTTP answers, but its WebSocket side does not: ${detail}` };
    }
    return { health: 'recovering', why: 'HTTP answers; the exporter’s session is not open yet' };
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
    return { health: 'down', why: `/health: ${detail}${itsLastWords(facts)}` };
  }
  return { health: 'unknown', why: 'not looked at yet' };
}

/** That somebody stopped it is told by its own log; that it fell over, by nothing. */
function itsLastWords({ log, bootedAt }: GatewayFacts): string {
  const life = log?.life;
  const isOfThisRun = life !== undefined && (bootedAt === undefined || elapsedMs(bootedAt, life.at) > 0);
  return isOfThisRun && life.phase === 'stopping'
    ? `; by its log ${life.signal ?? 'a signal'} stopped it`
    : '';
}

/** Since when HTTP answers and nothing comes over WebSocket; `undefined` where that was not tried. */
function silentSince({ ownSession, httpUpSince }: GatewayFacts): Instant | undefined {
  switch (ownSession.kind) {
    case 'untried':
      return undefined;
    case 'failing':
      return later(ownSession.since, httpUpSince);
    case 'open':
      return later(ownSession.heard.at, httpUpSince);
    default:
      return httpUpSince;
  }
}

/** HTTP answers and we have no session to tell by: then it is as healthy as a WebSocket without a credential finds it. */
function assessFromOutside(
  facts: GatewayFacts,
  { now, limits, us }: { readonly now: Instant; readonly limits: Thresholds; readonly us: string },
): { readonly health: GatewayHealth; readonly why: string } {
  const met = metByChallenge(facts, now);
  // It sends the challenge while it starts as well, and lets nobody in.
  if (believed(facts.status, now)?.value.startup === 'starting' && met !== 'silent') {
    return { health: 'recovering', why: 'HTTP answers; the gateway is still starting' };
  }
  switch (met) {
    case 'answers':
      return { health: 'healthy', why: `HTTP and WebSocket answer; ${us}` };
    // Where nobody can try, HTTP is all there is.
    case undefined:
      return { health: 'healthy', why: `HTTP answers; ${us}` };
    case 'untried':
      return { health: 'recovering', why: 'HTTP answers; its WebSocket side is not tried yet' };
    case 'silent': {
      const { challenge, httpUpSince } = facts;
      const detail = challenge?.value.ok === false ? challenge.value.message : 'no answer';
      const upMs =
        challenge === undefined || httpUpSince === undefined ? 0 : elapsedMs(httpUpSince, challenge.at);
      return upMs >= limits.gatewayDeafMs
        ? { health: 'deaf', why: `HTTP answers, but its WebSocket side does not: ${detail}` }
        : { health: 'recovering', why: `HTTP answers; its WebSocket side does not yet: ${detail}` };
    }
    default:
      return met satisfies never;
  }
}
