import { endpointText } from '../model/endpoint.ts';
import { believed } from '../model/held.ts';
import type { HttpResult } from '../model/observation.ts';
import { endpointOfNode, type LocalFacts } from '../facts/local.ts';
import { assessment, type Assessment } from './assessment.ts';
import type { GatewayView, LocalContext } from './context.ts';

/** Row 5 of the verdict table: its gateway is away, or the way to it. */
export function assessGatewayDown(
  facts: LocalFacts,
  { gateway, path, now }: LocalContext,
): Assessment | undefined {
  if (gateway.health === 'down') {
    return assessment(
      'gateway-down',
      ['gateway-unreachable'],
      `the gateway does not answer (${gateway.why})`,
    );
  }
  if (gateway.health === 'deaf') return assessment('gateway-down', ['gateway-deaf'], gateway.why);
  const endpoint = endpointOfNode(facts);
  const looked = path === 'same' ? undefined : believed(path, now)?.value;
  if (endpoint === undefined || looked === undefined || isPassable(looked)) return undefined;
  return assessment(
    'gateway-down',
    ['endpoint-unreachable'],
    `${gateway.health === 'healthy' ? 'the gateway answers us, but' : 'nobody answers'} not at ${endpointText(endpoint)}, where this node host dials: ${looked.message}`,
  );
}

/** Whether somebody who takes this way may get through: a proxy's refusal of `/health` says nothing of WebSockets. */
function isPassable(result: HttpResult): result is Extract<HttpResult, { ok: true }> {
  return result.ok || (result.answered && result.reason !== 'http_5xx');
}

/** Nothing answers where the gateway was guessed to be: that is no word on the gateway that this node host has. */
export function assessGuess(seen: string, gateway: GatewayView): Assessment | undefined {
  if (!gateway.isGuess || gateway.health !== 'unknown') return undefined;
  return assessment('unknown', ['gateway-guessed'], `${seen}, and ${gateway.why}`);
}
