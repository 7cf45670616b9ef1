import { elapsedMs, type Instant, type NodeSnapshot } from '../../core/index.ts';
import type { Act, ActResult } from './memory.ts';
import type { RecoverySettings } from '../../config/config.ts';

/** What is to be seen of a restart. */
export interface Aftermath {
  /** `undefined`: it is not watched any more, or has no verdict. */
  readonly node: NodeSnapshot | undefined;
  /** Those of the act's family that still run; `undefined`: nobody could look. */
  readonly left: readonly string[] | undefined;
  readonly now: Instant;
}

/**
 * What came of a restart; `undefined` while that is open. A restart whose old process, or what that had started, lives on
 * has failed, also where a new one is attached: two then answer for one (openclaw#135660, #29986).
 */
export function judge(
  act: Act,
  { node, left, now }: Aftermath,
  { attachWithinMs }: RecoverySettings,
): ActResult | undefined {
  const running = node?.evidence.process?.incarnation;
  const isReplaced = running !== undefined && running !== act.incarnation;
  const isGone = left?.length === 0;
  if (isReplaced && isGone && node?.state === 'alive') return attached(act, node.since);
  if (elapsedMs(act.watchedSince, now) < attachWithinMs) return undefined;
  const within = `within ${Math.round(attachWithinMs / 1_000)} s`;
  if (left === undefined)
    return { outcome: 'failed', words: `whether the old process is gone was not to be seen ${within}` };
  if (left.includes(act.incarnation))
    return { outcome: 'failed', words: `its old process did not go ${within}` };
  if (left.length > 0)
    return { outcome: 'failed', words: `${left.length} processes that the old one had started live on` };
  if (!isReplaced) return { outcome: 'still_detached', words: `no new process came ${within}` };
  return {
    outcome: 'still_detached',
    words: `its gateway does not have the new process ${within}: ${node?.state ?? 'unknown'}, ${node?.why ?? 'not watched'}`,
  };
}

function attached({ isInterrupted, startedAt }: Act, aliveSince: Instant): ActResult {
  if (isInterrupted)
    return { outcome: 'attached', words: 'restarted by an exporter that then died, and attached' };
  const attachedAfterMs = Math.max(0, elapsedMs(startedAt, aliveSince));
  return {
    outcome: 'attached',
    attachedAfterMs,
    words: `restarted, and attached after ${(attachedAfterMs / 1_000).toFixed(1)} s`,
  };
}
