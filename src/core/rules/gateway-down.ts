import { endpointText } from '../model/endpoint.ts';
import { believed } from '../model/held.ts';
import type { HttpResult } from '../model/observation.ts';
import { endpointOfNode, type LocalFacts } from '../facts/local.ts';
import { isLogTelling } from '../facts/log-line.ts';
import { assessment, type Assessment } from './assessment.ts';
import type { GatewayView, LocalContext } from './context.ts';

/** Row 5 of the verdict table: its gateway is away, or the way to it. */
export function assessGatewayDown(facts: LocalFacts, context: LocalContext): Assessment | undefined {
  const { gateway } = context;
  // It meets the same certificate, and that is what stops it.
  if (gateway.isDistrusted && facts.ledger.lastFailure?.reason === 'tls') return undefined;
  if (gateway.health === 'down') {
    return assessment(
      'gateway-down',
      ['gateway-unreachable'],
      `the gateway does not answer (${gateway.why})`,
    );
  }
  if (gateway.health === 'deaf') return assessment('gateway-down', ['gateway-deaf'], gateway.why);
  return assessPath(facts, context);
}

function assessPath(facts: LocalFacts, context: LocalContext): Assessment | undefined {
  const { gateway, path, dialsGateway, now } = context;
  const endpoint = endpointOfNode(facts);
  const health = dialsGateway ? undefined : believed(path?.health, now)?.value;
  if (endpoint !== undefined && health?.ok === false && !isPassable(health)) {
    const whose =
      gateway.health === 'healthy' ? 'the gateway answers the exporter, but not' : 'nobody answers';
    return assessment(
      'gateway-down',
      ['endpoint-unreachable'],
      `${whose} at ${endpointText(endpoint)}, where this node host dials: ${health.message}`,
    );
  }
  const tried = believed(path?.challenge, now);
  // What it met before the gateway was well again is past.
  const isPast =
    gateway.healthySince !== undefined &&
    tried !== undefined &&
    tried.at.monoMs < gateway.healthySince.monoMs;
  // Where its log tells of its attempts ours is only a second opinion on those that fail.
  const { failingSince } = facts.ledger;
  const isSecond =
    failingSince !== undefined && tried !== undefined && tried.at.monoMs >= failingSince.monoMs;
  const isAsked = isSecond || !isLogTelling(facts, now);
  const challenge = isPast || !isAsked ? undefined : tried?.value;
  if (challenge?.ok !== false || isPassable(challenge)) return undefined;
  return assessment(
    'gateway-down',
    [dialsGateway ? 'gateway-deaf' : 'endpoint-unreachable'],
    `nobody answers a WebSocket along the way that this node host takes: ${challenge.message}`,
  );
}

/** Who goes the way that it goes gets through, as far as we have tried. */
export function isWayOpen({ gateway, path, dialsGateway, now }: LocalContext): boolean {
  const looked = believed(path?.health, now)?.value ?? believed(path?.challenge, now)?.value;
  if (looked !== undefined && !dialsGateway) return looked.ok;
  return dialsGateway && gateway.health === 'healthy';
}

/**
 * Whether somebody who takes this way may get through: a proxy's refusal of `/health` says nothing of WebSockets, and
 * who trusts which certificate is between the two ends.
 */
function isPassable(result: HttpResult): boolean {
  return result.ok || result.reason === 'tls' || (result.answered && result.reason !== 'http_5xx');
}

/** Nothing answers where the gateway was guessed to be: that is no word on the gateway that this node host has. */
export function assessGuess(seen: string, gateway: GatewayView): Assessment | undefined {
  if (!gateway.isGuess || gateway.health !== 'unknown') return undefined;
  return assessment('unknown', ['gateway-guessed'], `${seen}, and ${gateway.why}`);
}
