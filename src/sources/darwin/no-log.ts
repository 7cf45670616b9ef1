import type { LaunchdJob } from '../../core/index.ts';

/** Said of a process whose standard error goes to /dev/null, where 2026.5.18 to 9.3 send it. */
export function noLog(pid: number): string {
  return `log blind: process ${pid} writes its errors to /dev/null, so that there is no log of it to read (StandardErrorPath in its launch agent)`;
}

/** The same of a job whose process is not there to be asked. */
export function noLogOfJob({ label }: LaunchdJob): string {
  return `log blind: ${label} writes its errors to /dev/null, so that there is no log to read of why it ended (StandardErrorPath in its launch agent)`;
}
