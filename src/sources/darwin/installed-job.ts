import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { LaunchdJob } from '../../core/index.ts';
import { isObject } from '../../runtime/json-object.ts';
import type { RunProgram } from './run-program.ts';

/** The label that `openclaw node install` uses. */
const LABEL = 'ai.openclaw.node';
export const PLUTIL = '/usr/bin/plutil';

/** The launch agent that `openclaw node install` makes. */
export function installedJob(home: string, userId: number | undefined): LaunchdJob | undefined {
  if (userId === undefined || !existsSync(plistOf(home))) return undefined;
  return { manager: 'launchd', label: LABEL, domain: `gui/${userId}` };
}

/** The files that its launch agent writes to, XML or binary; none where it cannot be read, or its errors go nowhere. */
export async function installedLog(
  home: string,
  run: RunProgram,
  plutil = PLUTIL,
): Promise<readonly string[]> {
  const path = plistOf(home);
  if (!existsSync(path)) return [];
  const answer = await run(plutil, ['-convert', 'json', '-o', '-', path]);
  if (answer.kind !== 'ended' || answer.status !== 0) return [];
  return logPathsOf(answer.output);
}

/** Errors stand on standard error: where that goes nowhere, what is left would look like silence. */
export function logPathsOf(json: string): readonly string[] {
  let job: unknown;
  try {
    job = JSON.parse(json);
  } catch {
    return [];
  }
  if (!isObject(job)) return [];
  const [output, errors] = [job.StandardOutPath, job.StandardErrorPath].map(asLog);
  if (errors === undefined) return [];
  return [...new Set(output === undefined ? [errors] : [output, errors])];
}

function asLog(path: unknown): string | undefined {
  return typeof path === 'string' && path.startsWith('/') && !path.startsWith('/dev/') ? path : undefined;
}

function plistOf(home: string): string {
  return join(home, 'Library', 'LaunchAgents', `${LABEL}.plist`);
}
