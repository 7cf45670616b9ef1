import { elapsedMs, type Instant, type NodeSnapshot, type Snapshot } from '../core/index.ts';

/** As the shipped rule counts: so many processes within so long, none of which attached. */
const WINDOW_MS = 15 * 60_000;
const FEWEST = 5;
/** Refused, or down for good: that has a page of its own. */
const REFUSED_WITHIN_MS = 5 * 60_000;
const DOWN_FOR_MS = 2 * 60_000;

/** The processes of one node host, as far as looks told. */
export interface Lives {
  /** The first look. */
  readonly since: Instant;
  /** Of its counter. */
  readonly restarts: number;
  /** Within the window. */
  readonly replacedAt: readonly Instant[];
  readonly aliveAt?: Instant;
  readonly refusedAt?: Instant;
}

/** What one more look adds, by the key of the node host; of one that is not watched any more nothing is kept. */
export function countLives(
  before: ReadonlyMap<string, Lives>,
  { nodes, at }: Pick<Snapshot, 'nodes' | 'at'>,
): ReadonlyMap<string, Lives> {
  return new Map(
    nodes
      .filter(({ scope, kind }) => scope === 'local' && kind === 'node-host')
      .map((node) => [node.key, oneMoreLook(before.get(node.key), node, at)]),
  );
}

function oneMoreLook(before: Lives | undefined, { state, counters }: NodeSnapshot, at: Instant): Lives {
  const restarts = counters.processRestarts;
  const gained = Math.max(0, restarts - (before?.restarts ?? restarts));
  const replacedAt = [...(before?.replacedAt ?? []), ...Array.from({ length: gained }, () => at)];
  return {
    ...before,
    since: before?.since ?? at,
    restarts,
    replacedAt: replacedAt.filter((replaced) => elapsedMs(replaced, at) < WINDOW_MS).slice(-FEWEST),
    ...(state === 'alive' && { aliveAt: at }),
    ...(state === 'blocked' && { refusedAt: at }),
  };
}

/**
 * Whether it is started again and again and never attaches, though its gateway is healthy: its verdict is `starting` or
 * `reconnecting` each time, which pages nobody. `undefined`: it was not looked at for long enough to tell.
 */
export function isCrashLooping(
  lives: Lives | undefined,
  node: NodeSnapshot,
  { gateways, at }: Pick<Snapshot, 'gateways' | 'at'>,
): boolean | undefined {
  const wasWithin = (when: Instant | undefined, ms: number): boolean =>
    when !== undefined && elapsedMs(when, at) < ms;
  if (lives === undefined || wasWithin(lives.aliveAt, WINDOW_MS)) return false;
  if (wasWithin(lives.refusedAt, REFUSED_WITHIN_MS)) return false;
  if (node.state === 'down' && elapsedMs(node.since, at) >= DOWN_FOR_MS) return false;
  const healthySince = gateways.find(({ name }) => name === node.gateway)?.healthySince;
  if (healthySince === undefined || elapsedMs(healthySince, at) < WINDOW_MS) return false;
  if (lives.replacedAt.length >= FEWEST) return true;
  return wasWithin(lives.since, WINDOW_MS) ? undefined : false;
}
