import { isHttpUp } from './facts/gateway-health.ts';
import type { WatchedGateway } from './gateways.ts';
import { elapsedMs, type Instant } from './model/time.ts';
import type { SourceName } from './model/vocabulary.ts';

/** Without every viewpoint's first word, the first verdict waits this long. */
export const WARM_UP_MS = 5_000;

/** Whether the verdicts rest on a first look of every viewpoint that is switched on. */
export function isWarm(context: {
  readonly now: Instant;
  readonly startedAt: Instant;
  readonly gateways: readonly WatchedGateway[];
  readonly hasTargets: boolean;
  readonly hasReported: (source: SourceName) => boolean;
}): boolean {
  const { now, startedAt, gateways, hasTargets, hasReported } = context;
  if (elapsedMs(startedAt, now) >= WARM_UP_MS) return true;
  const local = hasTargets ? (['process', 'socket', 'log'] as const) : [];
  return (
    gateways.every((gateway) => hasSpoken(gateway, now)) &&
    [...local, 'gateway-http' as const].every(hasReported)
  );
}

function hasSpoken({ facts }: WatchedGateway, now: Instant): boolean {
  const { ownSession, roster } = facts;
  if (isHttpUp(facts, now) === false) return true;
  return ownSession.kind === 'open' ? roster !== undefined : ownSession.kind !== 'untried';
}
