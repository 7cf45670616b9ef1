import { hold } from '../model/held.ts';
import type { GatewayStatusObservation } from '../model/observation.ts';
import type { GatewayFacts } from './gateway.ts';

/** What it says of itself now; what its version does not say is absent. */
export function observeStatus(
  facts: GatewayFacts,
  { at, validMs, ready, startup }: GatewayStatusObservation,
): GatewayFacts {
  const status = { ...(ready !== undefined && { ready }), ...(startup !== undefined && { startup }) };
  return { ...facts, status: hold(status, at, validMs) };
}
