import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/**
 * Settings of the JavaScript engine that a sidecar wants: little memory for little work. Measured in
 * docs/decisions/0003-lean-heap.md: 104 MiB become 78. To be called before anything large is loaded.
 */
const LEAN_FLAGS = [
  // The young generation starts at 1 MiB and would grow to 32 under the garbage of start-up, and hardly ever shrink.
  // `--max-semi-space-size` would say so plainly, but the engine heeds it only on the command line.
  '--semi-space-growth-factor=1',
  // On a machine with much memory the engine lets garbage grow to three times what lives before it looks for it.
  '--heap-growing-percent=50',
  // Compilers for hot code cost 10 MiB; up to some hundred node hosts a scrape is as fast without them.
  '--no-opt',
  '--no-maglev',
] as const;

/** Makes this process lean. Has no effect on what it computes. */
export function leanHeap(): void {
  for (const flag of LEAN_FLAGS) setFlagsFromString(flag);
}

/** From this many node hosts on the work is worth its memory; see docs/decisions/0003-lean-heap.md. */
export const FLEET_NODES = 200;

const MIB = 2 ** 20;
/** What a lean young generation takes: 1 MiB, and as much again to copy what survives to. */
const LEAN_YOUNG_BYTES = 2 * MIB;
/**
 * A fleet's is this many times as large, 16 MiB. With 8 a roster and a scrape of 500 node hosts take 45 ms of CPU time
 * instead of 34, more than 16 make no difference, and left to itself the engine takes 128 beside 23 MiB that live.
 */
const FLEET_YOUNG_TIMES = 8;
/** Some 6 MiB of objects: the engine grows the young generation once more has survived in it than it holds. */
const MOST_PADDING = 100_000;
const PADDING_BETWEEN_LOOKS = 1_000;

/**
 * Takes `leanHeap` back, for a process that turned out to have much to do, as far as that pays. Costs some milliseconds
 * where it has something to do. To be called now and then: in quiet times the engine makes the young generation small
 * again. Has no effect on what the process computes.
 */
export function fleetHeap(): void {
  setFlagsFromString('--opt');
  setFlagsFromString('--maglev');
  if (youngBytes() > LEAN_YOUNG_BYTES) return;
  // The factor is heeded whenever the engine would grow it: so it is let grow once, and no further.
  setFlagsFromString(`--semi-space-growth-factor=${FLEET_YOUNG_TIMES}`);
  const padding: number[][] = [];
  while (youngBytes() <= LEAN_YOUNG_BYTES && padding.length < MOST_PADDING) {
    for (let count = 0; count < PADDING_BETWEEN_LOOKS; count += 1) padding.push([count]);
  }
  setFlagsFromString('--semi-space-growth-factor=1');
}

function youngBytes(): number {
  return getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')?.space_size ?? 0;
}
