import type { NodeSnapshot, NodeState } from '../../core/index.ts';

/** Of the ring in the core: one that is full may have lost what came before. */
const RING_SIZE = 200;

/** A stretch of time in one state. Times are Unix milliseconds. */
export interface Stretch {
  readonly state: NodeState;
  readonly fromMs: number;
  /** `undefined`: it goes on. */
  readonly toMs: number | undefined;
  /**
   * `recorded`: an earlier run of the exporter wrote it down; it may have been off in between, and what happened then
   * is not in it.
   */
  readonly by: 'watched' | 'recorded';
}

/**
 * The states of a node host over time, oldest first, without a gap from its first to its last. Before the first nothing
 * is known.
 *
 * @param observedSinceMs when this run of the exporter began
 */
export function stretchesOf(node: NodeSnapshot, observedSinceMs: number): readonly Stretch[] {
  const { transitions } = node;
  const [oldest] = transitions;
  const beginMs = Math.max(observedSinceMs, node.counters.since ?? observedSinceMs);
  const changes = transitions.map(({ to, at }) => ({ state: to, atMs: at.wallMs }));
  if (oldest === undefined) changes.push({ state: node.state, atMs: node.since.wallMs });
  else if (transitions.length < RING_SIZE && oldest.at.wallMs > beginMs)
    changes.unshift({ state: oldest.from, atMs: beginMs });
  return changes.flatMap(({ state, atMs: fromMs }, index): readonly Stretch[] => {
    const toMs = changes[index + 1]?.atMs;
    if (fromMs >= observedSinceMs) return [{ state, fromMs, toMs, by: 'watched' }];
    if (toMs !== undefined && toMs <= observedSinceMs) return [{ state, fromMs, toMs, by: 'recorded' }];
    return [
      { state, fromMs, toMs: observedSinceMs, by: 'recorded' },
      { state, fromMs: observedSinceMs, toMs, by: 'watched' },
    ];
  });
}
