import type { Instant, NodeSnapshot, NodeState, Transition } from '../../core/index.ts';

/**
 * What a state says about an outage. A node host that cannot be judged, or that has just been started, is neither in nor
 * out: before an outage that is none, within one it goes on.
 */
const OUTAGE_BY_STATE: Readonly<Record<NodeState, 'out' | 'in' | 'unsaid'>> = {
  unknown: 'unsaid',
  starting: 'unsaid',
  alive: 'in',
  down: 'out',
  wedged: 'out',
  'gateway-down': 'out',
  blocked: 'out',
  reconnecting: 'out',
  zombie: 'out',
  offline: 'out',
};

/** The time from detached to attached again, with the verdicts of that time. */
export interface Outage {
  readonly start: Instant;
  /** False: it was out already when we began to look, so `start` is the latest possible. */
  readonly isStartKnown: boolean;
  /** Absent while it lasts. */
  readonly end?: Instant;
  /** The first one opened it, as far as known; the last one, if it has ended, is `alive`. Never empty. */
  readonly verdicts: readonly [Transition, ...Transition[]];
}

/**
 * The outage that the node host's newest transition belongs to, or ends; `undefined` when there is none. It is read from
 * the ring of transitions alone, which outlives the exporter: an outage that began before a restart of it is whole.
 */
export function outageOf({ transitions, lastConnect, lastDisconnect }: NodeSnapshot): Outage | undefined {
  const newest = transitions.at(-1);
  if (newest === undefined) return undefined;
  const isOver = OUTAGE_BY_STATE[newest.to] === 'in';
  const before = isOver ? transitions.slice(0, -1) : transitions;
  const attachedAt = before.findLastIndex(({ to }) => OUTAGE_BY_STATE[to] === 'in');
  const run = transitions.slice(attachedAt + 1);

  const wasOutBefore = attachedAt < 0 && run[0] !== undefined && OUTAGE_BY_STATE[run[0].from] === 'out';
  const opening = wasOutBefore ? 0 : run.findIndex(({ to }) => OUTAGE_BY_STATE[to] === 'out');
  const [first, ...others] = opening < 0 ? [] : run.slice(opening);
  if (first === undefined) return undefined;

  const attachedBefore = transitions[attachedAt]?.at;
  const isDetachment =
    lastDisconnect !== undefined &&
    lastDisconnect.monoMs <= first.at.monoMs &&
    (attachedBefore === undefined || lastDisconnect.monoMs >= attachedBefore.monoMs);
  const isAttachment =
    lastConnect !== undefined &&
    lastConnect.monoMs >= first.at.monoMs &&
    lastConnect.monoMs <= newest.at.monoMs;
  return {
    // The verdict takes its time; the connection was lost before it.
    start: isDetachment ? lastDisconnect : first.at,
    isStartKnown: isDetachment || !wasOutBefore,
    ...(isOver && { end: isAttachment ? lastConnect : newest.at }),
    verdicts: [first, ...others],
  };
}
