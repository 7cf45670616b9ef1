import type { Service } from '../core/index.ts';
import { LinuxConnectionTable } from './linux/connection-table.ts';
import { LinuxProcessTable } from './linux/process-table.ts';
import { createSystemctl, installedUnit } from './linux/systemctl.ts';
import { LookFailure } from './look-failure.ts';
import type { ProcessTable } from './process/process-table.ts';
import type { ConnectionTable } from './socket/connection-table.ts';
import { foreignService, type AskServiceManager } from './supervisor/service-manager.ts';

/** What looks at the node hosts of this machine, on one operating system. */
export interface Platform {
  readonly name: 'linux' | 'darwin' | 'none';
  readonly processes: ProcessTable;
  readonly connections: ConnectionTable;
  readonly askServiceManager: AskServiceManager;
  /** The service that `openclaw node install` makes, where the user with this home directory has it. */
  readonly installedService: (home: string) => Service | undefined;
  /** The launchd job with this label; `undefined`: there are none on this system. */
  readonly jobNamed: (label: string) => Service | undefined;
  /** The files that a service is set up to write to; none where nobody can tell or they would hold only half. */
  readonly logOf: (service: Service, home: string) => Promise<readonly string[]>;
}

export interface PlatformOptions {
  /** As `process.platform` has it. */
  readonly system?: string;
  /** The whole environment of the programs that are asked, but for their language. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** The one place where it is decided which system this is. */
export async function choosePlatform({
  system = process.platform,
  environment,
}: PlatformOptions): Promise<Platform> {
  switch (system) {
    case 'linux':
      return linuxPlatform(environment);
    case 'darwin': {
      // What it needs is optional, and loaded nowhere else.
      const { createDarwinPlatform } = await import('./darwin/platform.ts');
      return createDarwinPlatform();
    }
    default:
      return none(system);
  }
}

export function linuxPlatform(environment: PlatformOptions['environment']): Platform {
  return {
    name: 'linux',
    processes: new LinuxProcessTable(),
    connections: new LinuxConnectionTable(),
    askServiceManager: createSystemctl({ environment }),
    installedService: installedUnit,
    jobNamed: () => undefined,
    // What a unit writes goes to the journal.
    logOf: () => Promise.resolve([]),
  };
}

/** The gateway's viewpoints and a log that was named are left. */
function none(system: string): Platform {
  const refuse = (): never => {
    throw new LookFailure(
      'unsupported',
      `processes cannot be watched on ${system}: run the exporter on the Linux or macOS machine of the node host; the gateway’s viewpoints work from here`,
    );
  };
  const processes: ProcessTable = {
    serviceManager: 'systemd',
    sinceBootMs: refuse,
    pids: refuse,
    stat: refuse,
    owner: refuse,
    commandLine: refuse,
    environment: refuse,
    service: refuse,
    outputFiles: refuse,
  };
  return {
    name: 'none',
    processes,
    connections: { socketsOf: (pids) => (pids.length === 0 ? Promise.resolve(new Map()) : refuse()) },
    askServiceManager: (service) => Promise.resolve(foreignService(service)),
    installedService: () => undefined,
    jobNamed: () => undefined,
    logOf: () => Promise.resolve([]),
  };
}
