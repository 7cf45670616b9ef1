import type { Config } from '../config/config.ts';
import { serviceManagerEnvironment } from '../config/load.ts';
import type { Snapshot } from '../core/index.ts';
import type { Recoverer, RecovererOptions, RunCommand } from '../recovery/recoverer.ts';
import type { Pause } from '../recovery/rules/pause.ts';
import { runProgram } from '../runtime/run-program.ts';
import { knownSecrets } from '../sources/known-secrets.ts';
import type { Platform } from '../sources/platform.ts';

/** What a recoverer needs and the configuration does not say. */
export type RecoveryLinkOptions = Pick<
  RecovererOptions,
  'stateDirectory' | 'snapshot' | 'logPath' | 'onStep' | 'clock' | 'ticker' | 'telemetry'
> & { readonly platform: Platform };

const MAX_OUTPUT_BYTES = 64 * 1024;

/** Recovery where it is asked for; otherwise nothing of it is loaded, and nothing runs. */
export class RecoveryLink {
  readonly #options: RecoveryLinkOptions;
  #recoverer: Recoverer | undefined;
  /** The last configuration; one that is superseded while it loads is not put in force. */
  #config: Config | undefined;

  constructor(options: RecoveryLinkOptions) {
    this.#options = options;
  }

  get isOn(): boolean {
    return this.#recoverer !== undefined;
  }

  configure(config: Config): void {
    this.#config = config;
    if (!config.recovery.enabled) {
      this.#recoverer?.stop();
      this.#recoverer = undefined;
    } else if (this.#recoverer === undefined) {
      void this.#load().catch((error: unknown) => this.#options.telemetry.surprised('recovery', error));
    } else {
      this.#recoverer.configure(config.recovery);
    }
  }

  stop(): void {
    this.#config = undefined;
    this.#recoverer?.stop();
  }

  /** The snapshot with what recovery has to say of the node hosts of this machine. */
  completed(snapshot: Snapshot): Snapshot {
    const recoverer = this.#recoverer;
    if (recoverer?.hasLooked !== true) return snapshot;
    const nodes = snapshot.nodes.map((node) =>
      node.scope === 'local' ? { ...node, recovery: recoverer.status(node) } : node,
    );
    return { ...snapshot, nodes };
  }

  /** @throws what the file system says */
  async pause(pause: Pause): Promise<void> {
    await this.#recoverer?.pause(pause);
  }

  /** @throws what the file system says */
  async resume(): Promise<void> {
    await this.#recoverer?.resume();
  }

  async #load(): Promise<void> {
    const { platform, ...rest } = this.#options;
    const { Recoverer } = await import('../recovery/recoverer.ts');
    const { ActorLocks, defaultLockDirectory } = await import('../recovery/actor-locks.ts');
    const config = this.#config;
    if (config?.recovery.enabled !== true || this.#recoverer !== undefined) return;
    const { processes } = platform;
    this.#recoverer = new Recoverer({
      ...rest,
      settings: config.recovery,
      processes,
      kernelWords: async (pid) => processes.kernelWords?.(pid),
      run: commandRunner(config),
      locks: new ActorLocks(config.recovery.lockDir ?? defaultLockDirectory()),
      random: Math.random,
      scrub: knownSecrets.scrub,
    });
    this.#recoverer.start();
  }
}

/** Without our own environment, which may hold a token; systemctl finds the user's manager by the runtime directory. */
function commandRunner({ openclaw }: Config): RunCommand {
  const userId = process.geteuid?.();
  const environment = {
    ...(userId !== undefined && { XDG_RUNTIME_DIR: `/run/user/${userId}` }),
    ...serviceManagerEnvironment(),
    HOME: openclaw.environment.home,
    LC_ALL: 'C',
  };
  return ({ program, args }, { deadlineMs, variables }) =>
    runProgram(program, args, {
      deadlineMs,
      environment: { ...environment, ...variables },
      maxOutputBytes: MAX_OUTPUT_BYTES,
    });
}
