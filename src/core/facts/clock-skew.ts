import type { Instant } from '../model/time.ts';

/**
 * How far another clock goes before ours, in milliseconds, wrong by half the round trip at most.
 *
 * @param reply what the other clock said, and when the answer was here
 */
export function clockSkewMs({
  theirMs,
  rttMs,
  at,
}: {
  readonly theirMs: number;
  readonly rttMs: number;
  readonly at: Instant;
}): number {
  return theirMs + rttMs / 2 - at.wallMs;
}
