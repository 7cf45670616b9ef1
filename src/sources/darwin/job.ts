import type { LaunchdJob } from '../../core/index.ts';

/** Launchd sets the first in the environment of a job; OpenClaw writes the second into the job that it installs. */
export const JOB_VARIABLES = ['XPC_SERVICE_NAME', 'OPENCLAW_LAUNCHD_LABEL'] as const;

/** The job that a process with this environment runs in. Apps and terminals have names there that are no job's. */
export function jobOf(
  environment: ReadonlyMap<string, string>,
  userId: number | undefined,
): LaunchdJob | undefined {
  const label = JOB_VARIABLES.map((name) => environment.get(name)).find(
    (value) => value !== undefined && isLabel(value),
  );
  return label === undefined ? undefined : jobNamed(label, userId);
}

/** The job of this user with this label, whether launchd has it or not. */
export function jobNamed(label: string, userId: number | undefined): LaunchdJob | undefined {
  if (userId === undefined) return undefined;
  return { manager: 'launchd', label, domain: userId === 0 ? 'system' : `gui/${userId}` };
}

function isLabel(value: string): boolean {
  return value !== '' && value !== '0' && !value.startsWith('application.');
}

/** Said of a process whose standard error goes to /dev/null, where 2026.5.18 to 9.3 send it. */
export function noLog(pid: number): string {
  return `log blind: process ${pid} writes its errors to /dev/null, so that there is no log of it to read (StandardErrorPath in its launch agent)`;
}

/** The same of a job whose process is not there to be asked. */
export function noLogOfJob({ label }: LaunchdJob): string {
  return `log blind: ${label} writes its errors to /dev/null, so that there is no log to read of why it ended (StandardErrorPath in its launch agent)`;
}
