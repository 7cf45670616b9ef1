import type { StartExporter } from '../app/port.ts';
import type { FileSystem } from '../config/check-paths.ts';
import type { Environment } from '../config/environment-layer.ts';
import type { startDemo } from '../demo/start-demo.ts';
import type { LocalRequest } from './local-request.ts';
import type { Signals } from './signals.ts';
import type { Output } from '../runtime/terminal.ts';
import type { After } from './until-stopped.ts';

/** Everything that a command touches outside itself. */
export interface CliDependencies {
  readonly startExporter: StartExporter;
  readonly startDemo: typeof startDemo;
  readonly fetch: typeof globalThis.fetch;
  readonly localRequest: LocalRequest;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly signals: Signals;
  readonly after: After;
  readonly version: string;
  /** Absent: those of the process. */
  readonly environment?: Environment;
  readonly cwd?: string;
  readonly fileSystem?: FileSystem;
  /** As `process.platform` has it. */
  readonly system?: string;
}
