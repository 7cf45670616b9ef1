import type { NodeHostProcess } from './node-host-scanner.ts';

/**
 * How old a second candidate must be before it takes the place of a node host that still runs: an old one that is
 * about to end is given the time to, and a command that shares the title (`openclaw node restart`) has ended by then.
 */
const TAKEOVER_AGE_MS = 10_000;

/** Orders the newest first; of two that started in the same tick, the one with the higher pid. */
function byAge(a: NodeHostProcess, b: NodeHostProcess): number {
  return b.startedMs - a.startedMs || b.pid - a.pid;
}

/**
 * Picks the process to watch out of those that fit one target: the newest. `tracked`, which is known to run, stays
 * until a newer one has lasted.
 */
export function chooseProcess<Host extends NodeHostProcess>({
  candidates,
  tracked,
  sinceBootMs,
}: {
  candidates: readonly Host[];
  tracked: Host | undefined;
  sinceBootMs: number;
}): Host | undefined {
  const newest = candidates.toSorted(byAge)[0];
  if (tracked === undefined || newest === undefined) return newest ?? tracked;
  if (newest.incarnation === tracked.incarnation) return newest;
  const current = candidates.find((it) => it.incarnation === tracked.incarnation) ?? tracked;
  const isNewer = byAge(newest, current) < 0;
  return isNewer && sinceBootMs - newest.startedMs >= TAKEOVER_AGE_MS ? newest : current;
}
