import type { StartExporter } from '../app/port.ts';
import type { Environment } from '../config/environment-layer.ts';
import type { startDemo } from '../demo/start-demo.ts';
import type { LocalRequest } from './local-request.ts';
import type { ServiceSurroundings } from './service.ts';
import type { Signals } from './signals.ts';
import type { Output } from '../runtime/terminal.ts';
import type { After } from '../runtime/after.ts';
import type { NotifyServiceManager } from '../runtime/notify-service-manager.ts';

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
  /** What installing a service touches, looked up when it is needed. */
  readonly service: () => ServiceSurroundings;
  /** Tells the service manager that started this process, if one did, of its life. */
  readonly notify: NotifyServiceManager | undefined;
  /** Absent: those of the process. */
  readonly environment?: Environment;
  readonly cwd?: string;
  /** As `process.platform` has it. */
  readonly system?: string;
}
