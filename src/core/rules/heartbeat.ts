import { before, elapsedMs, later, type Instant } from '../model/time.ts';
import { isSince } from '../model/version.ts';
import { newestProof, type Proofs } from '../facts/proofs.ts';

/** A gateway with keep-alive drops a node that has not answered its pings for this long: 25 s and 25 s. */
const KEEPALIVE_MS = 50_000;

export interface BeatContext {
  readonly attached: boolean | undefined;
  /** Since when, where it is attached. */
  readonly attachedSince: Instant | undefined;
  readonly proofs: Proofs;
  /** It is called wedged: attached, and not alive. */
  readonly isWedged: boolean;
  /** When its gateway last listed it as connected; absent where its own machine tells more. */
  readonly listedAt?: Instant;
  readonly gatewayVersion?: string | undefined;
}

/** The heartbeat of a node: the newest moment at which it was attached and proven alive. */
export function beat(heartbeat: Instant | undefined, context: BeatContext): Instant | undefined {
  const { attached, attachedSince, proofs, isWedged } = context;
  if (attached !== true || isWedged) return heartbeat;
  const proof = newestProof(proofs);
  const counts = proof !== undefined && (attachedSince === undefined || elapsedMs(attachedSince, proof) >= 0);
  return [counts ? proof : undefined, proofByGateway(context)].reduce<Instant | undefined>(later, heartbeat);
}

/**
 * What a gateway's own word proves. Since 2026.9 it drops whoever does not answer its pings, so that a node that it
 * lists was alive at most that long ago. Older gateways never ask: there its word is all that anybody has.
 */
function proofByGateway({ listedAt, gatewayVersion }: BeatContext): Instant | undefined {
  if (listedAt === undefined) return undefined;
  return isSince(gatewayVersion, 2026, 9) === true ? before(listedAt, KEEPALIVE_MS) : listedAt;
}
