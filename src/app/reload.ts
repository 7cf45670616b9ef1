import type { Config } from '../config/config.ts';
import type { LoadResult } from '../config/load.ts';
import { formatProblem } from '../config/problem.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import type { ReloadReport } from '../http/routes/reload.ts';
import { applicablePart, compareConfigs } from './config-changes.ts';
import { messageOf } from '../runtime/error-parts.ts';
import { within } from '../runtime/within.ts';

/** Reads the same file, environment and flags as at the start. */
export type LoadAgain = () => Promise<LoadResult>;

export interface ReloaderOptions {
  /** In force now. */
  readonly config: Config;
  readonly load: LoadAgain;
  /** Puts another configuration in force. In one turn: nobody sees half of it. */
  readonly apply: (config: Config, before: Config) => void;
  readonly telemetry: Pick<
    Telemetry,
    'configReloaded' | 'configNeedsRestart' | 'configNotReloaded' | 'configDoubtful' | 'surprised'
  >;
  /** Unix time in milliseconds. */
  readonly wallMs: () => number;
}

/** Local files are read within milliseconds. What takes this long hangs, on a dead network mount for example. */
const LOAD_DEADLINE_MS = 10_000;

/** Loads the configuration again when asked to, one time after the other. */
export class Reloader {
  readonly #options: ReloaderOptions;
  #config: Config;
  #isSuccessful = true;
  #lastSuccessMs: number;
  #running: Promise<ReloadReport> | undefined;
  #next: Promise<ReloadReport> | undefined;
  #isStopped = false;

  constructor(options: ReloaderOptions) {
    this.#options = options;
    this.#config = options.config;
    // The first time was at the start.
    this.#lastSuccessMs = options.wallMs();
  }

  /** In force now. */
  get config(): Config {
    return this.#config;
  }

  get isSuccessful(): boolean {
    return this.#isSuccessful;
  }

  /** Unix time in milliseconds at which a configuration was last put in force, or found to be what is in force. */
  get lastSuccessMs(): number {
    return this.#lastSuccessMs;
  }

  /** Never rejects. All who ask while one runs share the one after it: what they mean may have been read too early. */
  reload(): Promise<ReloadReport> {
    if (this.#next !== undefined) return this.#next;
    if (this.#running === undefined) return this.#run();
    this.#next = this.#running.then(() => {
      this.#next = undefined;
      return this.#run();
    });
    return this.#next;
  }

  /** Nothing is put in force any more. */
  stop(): void {
    this.#isStopped = true;
  }

  #run(): Promise<ReloadReport> {
    this.#running = this.#reloadNow().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #reloadNow(): Promise<ReloadReport> {
    const { telemetry, wallMs } = this.#options;
    const outcome = await this.#tryReload();
    if (this.#isStopped) return outcome;
    this.#isSuccessful = outcome.ok;
    if (outcome.ok) {
      this.#lastSuccessMs = wallMs();
      telemetry.configReloaded(outcome);
      if (outcome.needsRestart.length > 0) telemetry.configNeedsRestart(outcome);
    } else {
      telemetry.configNotReloaded(outcome);
    }
    return outcome;
  }

  async #tryReload(): Promise<ReloadReport> {
    const { load, apply, telemetry } = this.#options;
    try {
      const loaded = await within(LOAD_DEADLINE_MS, load());
      if (this.#isStopped) return failed('the exporter is stopping');
      if (loaded === undefined) {
        return failed(`the configuration could not be read within ${LOAD_DEADLINE_MS / 1_000} s`);
      }
      if (!loaded.ok) return { ok: false, problems: loaded.problems.map(formatProblem) };
      for (const warning of loaded.warnings) telemetry.configDoubtful({ message: formatProblem(warning) });
      const before = this.#config;
      const changes = compareConfigs(before, loaded.config);
      const config = applicablePart(before, loaded.config);
      apply(config, before);
      this.#config = config;
      return { ok: true, ...changes };
    } catch (error: unknown) {
      telemetry.surprised('the reload', error);
      return failed(`unexpected error: ${messageOf(error)}`);
    }
  }
}

function failed(problem: string): ReloadReport {
  return { ok: false, problems: [problem] };
}
