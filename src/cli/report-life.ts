import type { RunningExporter } from '../app/port.ts';
import type { NotifyServiceManager } from '../runtime/notify-service-manager.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import type { After } from '../runtime/after.ts';

/** Signs of life in the time within which the manager wants one. */
const SIGNS = 3;

export interface LifeReportOptions {
  readonly notify: NotifyServiceManager;
  readonly telemetry: Telemetry;
  readonly after: After;
}

/** Tells the service manager that the exporter is ready, that it lives, and that it stops. */
export class LifeReport {
  readonly #options: LifeReportOptions;
  #cancel = (): void => undefined;
  #hasStopped = false;
  #wasTold = true;

  constructor(options: LifeReportOptions) {
    this.#options = options;
  }

  /** It serves from now on. A sign of life is sent only while the verdicts are made in time. */
  async ready(exporter: Pick<RunningExporter, 'isHealthy' | 'urls'>): Promise<void> {
    await this.#tell('READY=1', `STATUS=serving at ${exporter.urls.join(', ')}`);
    const { notify, after } = this.#options;
    const { watchdogMs } = notify;
    if (watchdogMs === undefined) return;
    const live = async (): Promise<void> => {
      if (exporter.isHealthy()) await this.#tell('WATCHDOG=1');
      if (this.#hasStopped) return;
      this.#cancel = after(watchdogMs / SIGNS, () => void live());
    };
    await live();
  }

  async stopping(): Promise<void> {
    this.#hasStopped = true;
    this.#cancel();
    await this.#tell('STOPPING=1');
  }

  async #tell(...assignments: readonly string[]): Promise<void> {
    const { notify, telemetry } = this.#options;
    const why = await notify.tell(...assignments);
    // One line for the first of many.
    if (why !== undefined && this.#wasTold) telemetry.serviceManagerNotTold({ message: why });
    this.#wasTold = why === undefined;
  }
}
