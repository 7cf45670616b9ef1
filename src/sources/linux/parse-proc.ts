import type { SystemdUnit } from '../../core/index.ts';
import { kernelStateOf, type ProcessStat } from '../process/process-table.ts';

/** The fields of /proc/<pid>/stat that are used here (proc_pid_stat(5)). */
export interface StatLine {
  readonly pid: number;
  readonly comm: string;
  readonly state: ProcessStat['state'];
  readonly parentPid: number;
  /** User and system time, in clock ticks. */
  readonly cpuTicks: number;
  /** The same of its children that have ended and were waited for, and of theirs. */
  readonly endedChildrenTicks: number;
  /** Since boot, in clock ticks. */
  readonly startTicks: number;
  readonly residentPages: number;
}

/** Parses /proc/<pid>/stat; `undefined` when it is not one. */
export function parseStat(text: string): StatLine | undefined {
  // The name stands in parentheses and may itself hold spaces, parentheses and line ends.
  const open = text.indexOf('(');
  const close = text.lastIndexOf(')');
  if (open < 1 || close < open) return undefined;
  const fields = text.slice(close + 2).split(' ');
  const line: StatLine = {
    pid: Number(text.slice(0, open)),
    comm: text.slice(open + 1, close),
    state: kernelStateOf(fields[0] ?? ''),
    parentPid: Number(fields[1]),
    cpuTicks: Number(fields[11]) + Number(fields[12]),
    endedChildrenTicks: Number(fields[13]) + Number(fields[14]),
    startTicks: Number(fields[19]),
    residentPages: Number(fields[21]),
  };
  return [line.pid, line.parentPid, line.cpuTicks, line.startTicks, line.residentPages].every(
    Number.isSafeInteger,
  )
    ? line
    : undefined;
}

/** Finds `voluntary_ctxt_switches` in /proc/<pid>/task/<tid>/status. */
export function parseVoluntarySwitches(status: string): number | undefined {
  const match = /^voluntary_ctxt_switches:\s*(\d+)/m.exec(status);
  return match === null ? undefined : Number(match[1]);
}

/** /proc/<pid>/task/<tid>/children */
export function parsePids(children: string): number[] {
  return children
    .split(' ')
    .map(Number)
    .filter((pid) => pid > 0);
}

/** Splits /proc/<pid>/cmdline. A title that replaced the arguments is followed by NULs; those are no arguments. */
export function parseCommandLine(text: string): string[] {
  const args = text.split('\0');
  while (args.at(-1) === '') args.pop();
  return args;
}

/**
 * Finds the systemd unit in /proc/<pid>/cgroup: the innermost `.service` or `.scope` on the path of the unified
 * hierarchy (or of systemd's own, on cgroup v1). Below `user@<uid>.service` it belongs to the user's systemd.
 */
export function parseUnit(cgroup: string): SystemdUnit | undefined {
  const lines = cgroup.split('\n');
  const paths = [
    lines.find((line) => /^\d+:name=systemd:/.test(line)),
    lines.find((line) => line.startsWith('0::')),
  ].map((line) => line?.slice(line.indexOf('/')).split('/') ?? []);
  for (const parts of paths) {
    const manager = parts.findLastIndex((part) => /^user@\d+\.service$/.test(part));
    const unit = parts.slice(manager + 1).findLast((part) => /\.(?:service|scope)$/.test(part));
    if (unit !== undefined) return { manager: 'systemd', unit, user: manager >= 0 };
  }
  return undefined;
}

/** What the kernel tells programs is in hundredths of a second on every processor that Node runs on (USER_HZ). */
export const TICKS_PER_SECOND = 100;

/** The size of a page, from two ways in which /proc/self tells how much is mapped: in KiB in `status`, in pages in `statm`. */
export function pageBytesOf({ status, statm }: { readonly status: string; readonly statm: string }): number {
  const mappedBytes = Number(/^VmSize:\s*(\d+)/m.exec(status)?.[1]) * 1024;
  // More may have been mapped in between; a page is a power of two.
  const exponent = Math.round(Math.log2(mappedBytes / Number.parseInt(statm, 10)));
  return exponent >= 12 && exponent <= 16 ? 2 ** exponent : 4096;
}

/** Whether a line of /proc/mounts mounts /proc with `hidepid` other than off. */
export function hidesPids(mounts: string): boolean {
  return mounts
    .split('\n')
    .map((line) => line.split(' '))
    .some(([, , type, options]) => type === 'proc' && /(?:^|,)hidepid=(?!0|off)/.test(options ?? ''));
}
