import { dirname } from 'node:path';
import { parseObject } from '../../runtime/json-object.ts';
import { INSTALLED_LABEL, readAgent } from './installed-job.ts';
import { processOfJob } from './interpret-job.ts';
import { jobNamed } from './job.ts';
import { LAUNCHCTL } from './launchctl.ts';
import type { RunProgram } from './run-program.ts';

export interface JobEnvironmentOptions {
  readonly run: RunProgram;
  readonly home: string;
  readonly userId: number | undefined;
  /** Monotonic. */
  readonly nowMs?: () => number;
}

/** The environment, `NAME=value`, of the process among these (itself, its launcher); `undefined`: launchd started none of them. */
export type JobEnvironment = (pids: readonly number[]) => Promise<readonly string[] | undefined>;

/** What is asked here is asked in vain again and again, and is two programs each time. */
const ASK_EVERY_MS = 60_000;

/**
 * What the launch agent of OpenClaw gives to its process by its property list. Only of a process that launchd itself calls
 * that agent's: with another one's state directory the wrong node host would be accused.
 */
export function createJobEnvironment({
  run,
  home,
  userId,
  nowMs = () => performance.now(),
}: JobEnvironmentOptions): JobEnvironment {
  const job = jobNamed(INSTALLED_LABEL, userId);
  let askedAtMs = -Infinity;
  let pid: number | undefined;
  let environment: readonly string[] | undefined;
  return async (pids) => {
    if (job === undefined) return undefined;
    if (nowMs() - askedAtMs >= ASK_EVERY_MS) {
      askedAtMs = nowMs();
      const answer = await run(LAUNCHCTL, ['print', `${job.domain}/${job.label}`]);
      pid = answer.kind === 'ended' && answer.status === 0 ? processOfJob(answer.output) : undefined;
      const agent = pid === undefined ? undefined : await readAgent(job, home, run);
      environment = agent === undefined ? undefined : environmentIn(agent, home);
    }
    return pid !== undefined && pids.includes(pid) ? environment : undefined;
  };
}

/**
 * `EnvironmentVariables`, or (2026.5.18 and newer) what the path of the file that its wrapper reads tells: that lies in the
 * state directory. `undefined` where the list is none.
 */
function environmentIn(json: string, home: string): readonly string[] | undefined {
  const agent = parseObject(json);
  if (agent === undefined) return undefined;
  const variables = Object.entries(agent.EnvironmentVariables ?? {}).flatMap(
    ([name, value]: [string, unknown]) => (typeof value === 'string' ? [`${name}=${value}`] : []),
  );
  const args: readonly unknown[] = Array.isArray(agent.ProgramArguments) ? agent.ProgramArguments : [];
  const file = args.find(
    (arg) => typeof arg === 'string' && arg.endsWith(`/service-env/${INSTALLED_LABEL}.env`),
  );
  return [
    ...variables,
    ...(typeof file === 'string' ? [`OPENCLAW_STATE_DIR=${dirname(dirname(file))}`] : []),
    // These two are launchd's own; of two of a name the first counts.
    `HOME=${home}`,
    `XPC_SERVICE_NAME=${INSTALLED_LABEL}`,
  ];
}
