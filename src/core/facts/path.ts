import { believed, hold, type Held } from '../model/held.ts';
import type { GatewayHttpObservation, GatewayWsObservation, HttpResult } from '../model/observation.ts';
import { omit } from '../model/omit.ts';
import type { Thresholds } from '../model/thresholds.ts';
import type { Instant } from '../model/time.ts';

/** What we met when we took the way that a node host takes to its gateway. */
export interface PathFacts {
  /** `/health` by that way. */
  readonly health?: Held<HttpResult>;
  /** Since when each `/health` was answered. */
  readonly answersSince?: Instant;
  /** A WebSocket by that way: the gateway sends `connect.challenge` first, to anybody. */
  readonly challenge?: Held<HttpResult>;
  /** Since when each WebSocket got through. */
  readonly passableSince?: Instant;
  /** The last one that did not. */
  readonly lastShut?: Instant;
}

/** Since when it answers, as far as anybody looks. */
export function pathAnswersSince(path: PathFacts | undefined, now: Instant): Instant | undefined {
  return believed(path?.health, now)?.value.ok === true ? path?.answersSince : undefined;
}

/** One more look along it. */
export function observePath(
  known: PathFacts | undefined,
  { source, at, result }: GatewayHttpObservation | GatewayWsObservation,
  limits: Thresholds,
): PathFacts {
  if (source === 'gateway-http') {
    const health = hold(result, at, limits.pathValidMs);
    if (!result.ok) return { ...omit(known ?? {}, 'answersSince'), health };
    const hasAnswered = believed(known?.health, at)?.value.ok === true;
    return { ...known, health, answersSince: (hasAnswered ? known?.answersSince : undefined) ?? at };
  }
  if (!result.ok) {
    return {
      ...omit(known ?? {}, 'passableSince'),
      challenge: hold(result, at, limits.pathValidMs),
      lastShut: at,
    };
  }
  const challenge = hold(result, at, limits.challengeValidMs);
  // While nobody tried, it may have been shut.
  const isUnbroken = believed(known?.challenge, at)?.value.ok === true;
  return { ...known, challenge, passableSince: (isUnbroken ? known?.passableSince : undefined) ?? at };
}
