import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { LaunchdJob } from '../../core/index.ts';
import { parseObject } from '../../runtime/json-object.ts';
import { jobNamed } from './job.ts';
import type { RunProgram } from './run-program.ts';

/** The label that `openclaw node install` uses. */
export const INSTALLED_LABEL = 'ai.openclaw.node';
const PLUTIL = '/usr/bin/plutil';

/** The launch agent that `openclaw node install` makes. */
export function installedJob(home: string, userId: number | undefined): LaunchdJob | undefined {
  return existsSync(agentOf(home, INSTALLED_LABEL)) ? jobNamed(INSTALLED_LABEL, userId) : undefined;
}

/** The files that a job writes to by its property list; none where that cannot be read, or its errors go nowhere. */
export async function logOfJob(job: LaunchdJob, home: string, run: RunProgram): Promise<readonly string[]> {
  return logPathsOf((await readAgent(job, home, run)) ?? '');
}

/** The property list of a job, XML or binary, as JSON. */
export async function readAgent(
  { label }: LaunchdJob,
  home: string,
  run: RunProgram,
): Promise<string | undefined> {
  const path = [
    agentOf(home, label),
    `/Library/LaunchAgents/${label}.plist`,
    `/Library/LaunchDaemons/${label}.plist`,
  ].find((it) => existsSync(it));
  if (path === undefined) return undefined;
  const answer = await run(PLUTIL, ['-convert', 'json', '-o', '-', path]);
  return answer.kind === 'ended' && answer.status === 0 ? answer.output : undefined;
}

/** Errors stand on standard error: where that goes nowhere, what is left would look like silence. */
export function logPathsOf(json: string): readonly string[] {
  const job = parseObject(json);
  if (job === undefined) return [];
  const [output, errors] = [job.StandardOutPath, job.StandardErrorPath].map(asLog);
  if (errors === undefined) return [];
  return [...new Set(output === undefined ? [errors] : [output, errors])];
}

/** Whether what a job prints to standard error goes nowhere by its property list. */
export function isLogBlind(json: string): boolean {
  return parseObject(json)?.StandardErrorPath === '/dev/null';
}

function asLog(path: unknown): string | undefined {
  return typeof path === 'string' && path.startsWith('/') && !path.startsWith('/dev/') ? path : undefined;
}

function agentOf(home: string, label: string): string {
  return join(home, 'Library', 'LaunchAgents', `${label}.plist`);
}
