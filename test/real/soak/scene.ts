import { monotonicMs, sleep, waitUntil } from '../harness/wait-until.ts';
import type { Random } from '../../world/random.ts';
import type { Stage, WatchedHost } from './stage.ts';
import type { Condition, Expectation, Truth } from './truth.ts';

/** Where a fault is left once it was told: as long as somebody who was paged may take. */
const LEFT_SECONDS = { min: 3, max: 25 };
/** Beyond its bound, before it is given up that anybody tells. */
const EXTRA_PATIENCE_SECONDS = 60;

/** What a fault needs to happen: chance, the stage, and a place to say what is so. */
export interface Scene {
  readonly random: Random;
  readonly stage: Stage;
  readonly truth: Truth;
}

export async function pause(seconds: number): Promise<void> {
  await sleep(seconds * 1_000);
}

/** From now on a restart of it would help. */
export function broken(
  { truth }: Scene,
  { name }: WatchedHost,
  fault: string,
  expects: Expectation,
): Condition {
  return truth.begin({ node: name, fault, restartHelps: true, expects });
}

/** From now on it cannot be used, and a restart of it would not help. */
export function helpless(
  { truth }: Scene,
  { name }: WatchedHost,
  fault: string,
  expects?: Expectation,
): Condition {
  return truth.begin({ node: name, fault, restartHelps: false, ...(expects !== undefined && { expects }) });
}

/** Until both exporters tell it, and some seconds more; or long past its bound. */
export async function untilTold({ stage, random }: Scene, { node, expects }: Condition): Promise<void> {
  if (expects === undefined) return;
  const patienceS = 2 * (expects.firstSightSeconds ?? expects.withinSeconds) + EXTRA_PATIENCE_SECONDS;
  const isTold = (): boolean =>
    [stage.steady, stage.troubled].every((watcher) => watcher.latest(node)?.state === expects.state);
  // That nobody told it is the judge's to say.
  await waitUntil(isTold, { timeoutMs: patienceS * 1_000, everyMs: 250 }).catch(() => undefined);
  await pause(random.between(LEFT_SECONDS.min, LEFT_SECONDS.max));
}

/** Ends the process of a node host as its supervisor sees it crash, and waits for the next one. */
export async function respawned({ host }: WatchedHost): Promise<void> {
  const before = host.restarts;
  host.crash();
  await waitUntil(() => host.restarts > before, { timeoutMs: 30_000, what: 'it to have ended' });
  await host.waitForChild(300_000);
}

/** Standard error from here on: what a fault is to cause is not what an earlier one left there. */
export async function newLine({ host }: WatchedHost, pattern: RegExp, cause: () => void): Promise<number> {
  const before = (await host.stderr()).length;
  cause();
  await waitUntil(async () => pattern.test((await host.stderr()).slice(before)), {
    timeoutMs: 300_000,
    what: `a line like ${pattern.source}`,
  });
  return monotonicMs();
}
