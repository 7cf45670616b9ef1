import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const FILE_NAME = 'exporter.pid';

/** Whether the state directory is ours, or the process that has it. */
export type StateLock =
  { readonly kind: 'ours'; release(): void } | { readonly kind: 'taken'; readonly pid: number };

/**
 * Claims a state directory for this process: two exporters that both rewrite the state file would undo each other's
 * counters. A claim ends with its process, however that ended: it names the process by pid and start time, and a pid
 * that is used again has another start time. Where the system does not tell start times nothing is claimed.
 *
 * @throws when the directory cannot be written
 */
export function claimState(directory: string): StateLock {
  const path = join(directory, FILE_NAME);
  const owner = readClaim(path);
  if (owner !== undefined && owner.pid !== process.pid && startTime(owner.pid) === owner.startTime) {
    return { kind: 'taken', pid: owner.pid };
  }
  const ours = startTime(process.pid);
  if (ours === undefined) return { kind: 'ours', release: () => undefined };
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  writeFileSync(path, `${process.pid} ${ours}\n`, { mode: 0o600 });
  return {
    kind: 'ours',
    release() {
      if (readClaim(path)?.pid === process.pid) rmSync(path, { force: true });
    },
  };
}

function readClaim(path: string): { readonly pid: number; readonly startTime: string } | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    // Nobody ever claimed it, or it is not ours to read: then it is not ours to write either, and that has its own message.
    return undefined;
  }
  const match = /^(\d{1,10}) (\d+)\n$/.exec(text);
  return match?.[1] === undefined || match[2] === undefined
    ? undefined
    : { pid: Number(match[1]), startTime: match[2] };
}

/** Start time of a process in the kernel's ticks; `undefined` when there is none, or no /proc. */
function startTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in brackets may hold anything, blanks and brackets too.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}
