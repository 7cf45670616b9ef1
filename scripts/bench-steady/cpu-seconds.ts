import { execFileSync } from 'node:child_process';
import { readStat } from '../../test/real/harness/proc.ts';

const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** User and system CPU seconds of a process, without its children; `NaN` once it has ended. */
export function cpuSeconds(pid: number): number {
  return (readStat(pid)?.cpuTicks ?? NaN) / ticksPerSecond;
}
