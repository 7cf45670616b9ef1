import { setFlagsFromString } from 'node:v8';

/**
 * Settings of the JavaScript engine that a sidecar wants: little memory for little work. Measured in
 * docs/decisions/0003-lean-heap.md: 104 MiB become 78. To be called before anything large is loaded.
 */
const LEAN_FLAGS = [
  // The young generation starts at 1 MiB and would grow to 16 under the garbage of start-up, and never shrink.
  '--max-semi-space-size=1',
  '--semi-space-growth-factor=1',
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

const FLEET_FLAGS = ['--max-semi-space-size=4', '--semi-space-growth-factor=2', '--opt', '--maglev'] as const;

/** Takes `leanHeap` back, for a process that turned out to have much to do. Has no effect on what it computes. */
export function fleetHeap(): void {
  for (const flag of FLEET_FLAGS) setFlagsFromString(flag);
}
