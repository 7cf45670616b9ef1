import type { SupervisorStanding } from '../../../src/core/index.ts';
import type { Machine } from '../machine.ts';
import type { Random } from '../random.ts';
import type { Planned } from '../timeline.ts';

export const SUPERVISOR_KINDS = ['launchd', 'systemd', 'none'] as const;
/** Who starts a node host again. */
export type SupervisorKind = (typeof SUPERVISOR_KINDS)[number];

export interface SupervisorOptions {
  readonly kind: SupervisorKind;
  readonly machine: Machine;
  readonly random: Random;
  /** `KeepAlive` restarts at once, but not sooner than this after the last start. */
  readonly launchdThrottleMs: number;
  readonly systemdStartLimit: { readonly burst: number; readonly intervalMs: number };
  /** Starts the process. */
  readonly launch: () => void;
}

const SYSTEMD_RESTART_MS = 5_000;

/** launchd with KeepAlive, systemd with `Restart=always` and its start limit, or nobody. */
export class Supervisor {
  readonly kind: SupervisorKind;
  readonly #options: SupervisorOptions;
  #starts: number[] = [];
  #restarts = 0;
  #lastStartMs = -Infinity;
  #hasGivenUp = false;
  #isRunning = false;
  #planned: Planned | undefined;
  #lastExit = 'exit status 0';

  constructor(options: SupervisorOptions) {
    this.kind = options.kind;
    this.#options = options;
  }

  /** It will start it again by itself. */
  get isAboutToStart(): boolean {
    return this.#planned !== undefined;
  }

  get hasGivenUp(): boolean {
    return this.#hasGivenUp;
  }

  get restarts(): number {
    return this.#restarts;
  }

  /** What `systemctl show` would tell. */
  get standing(): SupervisorStanding {
    if (this.#hasGivenUp) return { kind: 'gave-up', because: 'restart-limit', lastExit: this.#lastExit };
    if (this.#planned !== undefined) return { kind: 'restarting' };
    return { kind: this.#isRunning ? 'running' : 'stopped' };
  }

  /** Somebody starts it: `systemctl restart`, `launchctl kickstart -k`, or by hand. */
  start(): void {
    this.#planned?.cancel();
    this.#planned = undefined;
    this.#hasGivenUp = false;
    this.#restarts = 0;
    this.#starts = [];
    this.#launch();
  }

  ended(exit: { readonly code: number } | { readonly signal: number }): void {
    this.#isRunning = false;
    this.#lastExit = 'code' in exit ? `exit status ${exit.code}` : `signal ${exit.signal}`;
    if (this.#hasGivenUp) return;
    const { machine, random, launchdThrottleMs } = this.#options;
    const again = (ms: number): void => {
      this.#planned = machine.after(ms, () => {
        this.#planned = undefined;
        this.#restartNow();
      });
    };
    switch (this.kind) {
      case 'none':
        return;
      case 'launchd':
        again(Math.max(random.between(20, 400), this.#lastStartMs + launchdThrottleMs - machine.monoMs));
        return;
      case 'systemd':
        again(SYSTEMD_RESTART_MS);
        return;
      default:
        this.kind satisfies never;
    }
  }

  /** It was told to leave it alone. */
  giveUp(): void {
    this.#planned?.cancel();
    this.#planned = undefined;
    this.#hasGivenUp = true;
  }

  #restartNow(): void {
    if (this.kind === 'systemd') {
      const { burst, intervalMs } = this.#options.systemdStartLimit;
      const now = this.#options.machine.monoMs;
      const recent = this.#starts.filter((atMs) => now - atMs < intervalMs);
      if (recent.length >= burst) {
        this.#hasGivenUp = true;
        return;
      }
      this.#starts = recent;
    }
    this.#restarts += 1;
    this.#launch();
  }

  #launch(): void {
    this.#isRunning = true;
    this.#lastStartMs = this.#options.machine.monoMs;
    this.#starts.push(this.#lastStartMs);
    this.#options.launch();
  }
}
