import type { Verdicts } from './judge/finding.ts';
import type { LayoutWishes } from './layout.ts';
import { World } from './world.ts';

export const TROUBLE_RATES = ['often', 'daily'] as const;
export type TroubleRate = (typeof TROUBLE_RATES)[number];

/** How long one world lasts, and how far apart its troubles are, on average. */
export const RATES: Readonly<
  Record<TroubleRate, { readonly hours: number; readonly troubleEveryMs: number }>
> = {
  // Short, so that a seed that fails is told again in a second.
  often: { hours: 3, troubleEveryMs: 180_000 },
  daily: { hours: 24, troubleEveryMs: 86_400_000 },
};

/** What decides a world beside its seed. */
export interface RunOptions {
  readonly trouble: TroubleRate;
  readonly wishes: LayoutWishes;
  readonly judgesHeartbeat?: boolean;
}

export interface WorldResult extends Verdicts {
  readonly seed: string;
  readonly viewpoints: string;
  /** Hours times node hosts that were judged. */
  readonly nodeHours: number;
  readonly story: readonly string[];
}

/** One world from its beginning to its end. The same seed and options make the same world. */
export function runWorld(
  seed: string,
  { trouble, wishes, judgesHeartbeat }: RunOptions,
  tellsStory = false,
): WorldResult {
  const { hours, troubleEveryMs } = RATES[trouble];
  const world = new World({
    ...wishes,
    seed,
    troubleEveryMs,
    tellsStory,
    ...(judgesHeartbeat !== undefined && { judgesHeartbeat }),
  });
  return {
    ...world.run(hours * 3_600_000).verdicts,
    seed,
    viewpoints: world.layout.viewpoints.name,
    nodeHours: hours * world.layout.locals.length,
    story: world.story.lines,
  };
}
