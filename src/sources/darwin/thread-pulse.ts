/** One look at what is taken for the event loop. */
export interface ThreadLook {
  /**
   * `main`: the main thread, known by its name. `any`: all threads together, where none of them can be told to be the main
   * one: any that moves is taken for it, so that a wrong guess hides a frozen loop and never invents one.
   */
  readonly of: 'main' | 'any';
  /** `neither`: stopped, or waiting for a disk. */
  readonly state: 'running' | 'waiting' | 'neither';
  readonly cpuSeconds: number;
  /** Monotonic. */
  readonly atMs: number;
}

/** What stands in for the count of voluntary context switches, which macOS does not keep. */
export interface ThreadPulse {
  /** Looks that found that it had run, and had gone to sleep again. */
  readonly beats: number;
  readonly last: ThreadLook;
}

/**
 * A thread that never rests uses all of its time; one that used less than this share of it was at rest in between, or
 * others took the processor from it. The second hides a busy loop on a crowded machine, which is the harmless mistake.
 */
const RESTLESS_SHARE = 0.8;

/** What a further look adds. */
export function feelThread(before: ThreadPulse | undefined, look: ThreadLook): ThreadPulse {
  if (before === undefined) return { beats: 0, last: look };
  const { last, beats } = before;
  // Times of different threads are not to be compared.
  if (last.of !== look.of) return { beats, last: look };
  const usedSeconds = look.cpuSeconds - last.cpuSeconds;
  const hasRun = usedSeconds > 0;
  const cameToRest = look.state === 'waiting' && (hasRun || last.state === 'running');
  const restedBetween =
    hasRun && look.state === 'running' && usedSeconds * 1_000 < RESTLESS_SHARE * (look.atMs - last.atMs);
  return { beats: cameToRest || restedBetween ? beats + 1 : beats, last: look };
}
