import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { LaunchdJob } from '../../core/index.ts';
import { parseObject } from '../../runtime/json-object.ts';
import { jobNamed } from './job.ts';
import type { RunProgram } from './run-program.ts';

/** The label that `openclaw node install` uses. */
const LABEL = 'ai.openclaw.node';
const PLUTIL = '/usr/bin/plutil';

/** The launch agent that `openclaw node install` makes. */
export function installedJob(home: string, userId: number | undefined): LaunchdJob | undefined {
  return existsSync(agentOf(home, LABEL)) ? jobNamed(LABEL, userId) : undefined;
}

/** The files that a job writes to by its property list, XML or binary; none where that cannot be read, or its errors go nowhere. */
export async function logOfJob(
  { label }: LaunchdJob,
  home: string,
  run: RunProgram,
): Promise<readonly string[]> {
  const path = [
    agentOf(home, label),
    `/Library/LaunchAgents/${label}.plist`,
    `/Library/LaunchDaemons/${label}.plist`,
  ].find((it) => existsSync(it));
  if (path === undefined) return [];
  const answer = await run(PLUTIL, ['-convert', 'json', '-o', '-', path]);
  if (answer.kind !== 'ended' || answer.status !== 0) return [];
  return logPathsOf(answer.output);
}

/** Errors stand on standard error: where that goes nowhere, what is left would look like silence. */
export function logPathsOf(json: string): readonly string[] {
  const job = parseObject(json);
  if (job === undefined) return [];
  const [output, errors] = [job.StandardOutPath, job.StandardErrorPath].map(asLog);
  if (errors === undefined) return [];
  return [...new Set(output === undefined ? [errors] : [output, errors])];
}

function asLog(path: unknown): string | undefined {
  return typeof path === 'string' && path.startsWith('/') && !path.startsWith('/dev/') ? path : undefined;
}

function agentOf(home: string, label: string): string {
  return join(home, 'Library', 'LaunchAgents', `${label}.plist`);
}
