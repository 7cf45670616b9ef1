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
  const isCut = transitions.length >= RING_SIZE;
  const beginMs = Math.max(observedSinceMs, node.counters.since ?? observedSinceMs);
  const changes = transitions.map(({ to, at }) => ({ state: to, atMs: at.wallMs }));
  const begin =
    oldest === undefined
      ? [{ state: node.state, atMs: node.since.wallMs }]
      : isCut || oldest.at.wallMs <= beginMs
        ? []
        : [{ state: oldest.from, atMs: beginMs }];
  const all = [...begin, ...changes];
  return all.flatMap(({ state, atMs }, index): readonly Stretch[] => {
    const toMs = all[index + 1]?.atMs;
    const isWatched = atMs >= observedSinceMs;
    const isOverRestart = !isWatched && (toMs === undefined || toMs > observedSinceMs);
    if (isOverRestart) {
      return [
        { state, fromMs: atMs, toMs: observedSinceMs, by: 'recorded' },
        { state, fromMs: observedSinceMs, toMs, by: 'watched' },
      ];
    }
    return [{ state, fromMs: atMs, toMs, by: isWatched ? 'watched' : 'recorded' }];
  });
}
