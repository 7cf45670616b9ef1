import { homedir } from 'node:os';
import type { LaunchdJob, Service } from '../../core/index.ts';
import type { ProcessTable } from '../process/process-table.ts';
import type { ConnectionTable } from '../socket/connection-table.ts';
import type { AskServiceManager } from '../supervisor/service-manager.ts';
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
}: DarwinPlatformOptions = {}): {
  readonly name: 'darwin';
  readonly processes: ProcessTable;
  readonly connections: ConnectionTable;
  readonly askServiceManager: AskServiceManager;
  readonly installedService: (home: string) => LaunchdJob | undefined;
  readonly jobNamed: (label: string) => LaunchdJob | undefined;
  readonly logOf: (service: Service, home: string) => Promise<readonly string[]>;
} {
  const loaded = loadLibproc(library);
  const lsof = new LsofReadings({ run });
  const jobEnvironment = createJobEnvironment({ run, home: ownHome, userId });
  const isLogBlindOf = async (job: LaunchdJob): Promise<boolean> => {
    const agent = await readAgent(job, ownHome, run);
    return agent !== undefined && isLogBlind(agent);
  };
  return {
    name: 'darwin',
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
    installedService: (home) => installedJob(home, userId),
    jobNamed: (label) => jobNamed(label, userId),
    logOf: (service, home) =>
      service.manager === 'launchd' ? logOfJob(service, home, run) : Promise.resolve([]),
  };
}
