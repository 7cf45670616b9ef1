import { believed, hold } from '../model/held.ts';
import type { GatewayWsObservation } from '../model/observation.ts';
import type { Thresholds } from '../model/thresholds.ts';
import { elapsedMs, type Instant } from '../model/time.ts';
import { clockSkewMs } from './clock-skew.ts';
import type { GatewayFacts } from './gateway.ts';

/** What a WebSocket to the gateway itself adds. */
export function observeChallenge(
  facts: GatewayFacts,
  { at, result, gatewayTsMs }: GatewayWsObservation,
  limits: Thresholds,
): GatewayFacts {
  return {
    ...facts,
    challenge: hold(result, at, limits.gatewayChallengeValidMs),
    ...(result.ok &&
      gatewayTsMs !== undefined && {
        clockSkewMs: hold(
          clockSkewMs({ theirMs: gatewayTsMs, rttMs: result.rttMs, at }),
          at,
          limits.gatewayChallengeValidMs,
        ),
      }),
  };
}

/**
 * What the gateway's WebSocket side is, as anybody meets it. `untried`: not since it answers HTTP again. `undefined`: nobody
 * tried, or somebody answered for it: a proxy that wants to know who asks, a gateway that has locked us out.
 */
export function metByChallenge(
  { challenge, httpUpSince }: GatewayFacts,
  now: Instant,
): 'answers' | 'silent' | 'untried' | undefined {
  const held = believed(challenge, now);
  if (held === undefined) return undefined;
  if (httpUpSince !== undefined && elapsedMs(held.at, httpUpSince) > 0) return 'untried';
  const { value: result } = held;
  if (result.ok) return 'answers';
  return result.reason === 'tls' || (result.answered && result.reason !== 'http_5xx') ? undefined : 'silent';
}
