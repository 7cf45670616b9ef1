import { homedir } from 'node:os';
import type { LaunchdJob, Service } from '../../core/index.ts';
import { createDarwinConnectionTable } from './connection-table.ts';
import { installedJob, isLogBlind, logOfJob, readAgent } from './installed-job.ts';
import { createJobEnvironment } from './job-environment.ts';
import { jobNamed } from './job.ts';
import { loadLibproc } from './koffi-libproc.ts';
import { createLaunchctl } from './launchctl.ts';
import { DarwinProcessTable } from './process-table.ts';
import { oneProgramAtATime, type RunProgram } from './run-program.ts';
import { LsofReadings } from './lsof-readings.ts';
import { createLsofConnectionTable } from './lsof-table.ts';
import { PsProcessTable } from './ps-table.ts';

/** Each takes tens of milliseconds on a healthy machine; a Mac that wakes up takes seconds for its first ones. */
const PROGRAM_DEADLINE_MS = 5_000;

export interface DarwinPlatformOptions {
  readonly run?: RunProgram;
  readonly userId?: number | undefined;
  /** Where this user's launch agents are. */
  readonly home?: string;
  /** Where libproc is. */
  readonly library?: string;
}

/** How node hosts are looked at on macOS: by libproc where koffi is there, else by ps and lsof. */
export function createDarwinPlatform({
  run = oneProgramAtATime({ deadlineMs: PROGRAM_DEADLINE_MS }),
  userId = process.geteuid?.(),
  home: ownHome = homedir(),
  library,
}: DarwinPlatformOptions = {}) {
  const loaded = loadLibproc(library);
  const lsof = new LsofReadings({ run });
  const jobEnvironment = createJobEnvironment({ run, home: ownHome, userId });
  const isLogBlindOf = async (job: LaunchdJob): Promise<boolean> =>
    isLogBlind((await readAgent(job, ownHome, run)) ?? '');
  return {
    name: 'darwin' as const,
    ...(loaded.ok
      ? {
          processes: new DarwinProcessTable({ libproc: loaded.libproc, userId, jobEnvironment }),
          connections: createDarwinConnectionTable(loaded),
        }
      : {
          processes: new PsProcessTable({ run, lsof, why: loaded.why, jobEnvironment }),
          connections: createLsofConnectionTable({ run, lsof }),
        }),
    askServiceManager: createLaunchctl({ run, isLogBlind: isLogBlindOf }),
    installedService: (home: string) => installedJob(home, userId),
    jobNamed: (label: string) => jobNamed(label, userId),
    logOf: (service: Service, home: string): Promise<readonly string[]> =>
      service.manager === 'launchd' ? logOfJob(service, home, run) : Promise.resolve([]),
  };
}
