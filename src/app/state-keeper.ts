import { join } from 'node:path';
import { elapsedMs, type Instant, type Memory, type TargetId } from '../core/index.ts';
import type { Clock, Ticker } from '../sources/source.ts';
import { ClockSteps } from '../state/clock-steps.ts';
import { dehydrate } from '../state/dehydrate.ts';
import { machineBoot } from '../state/machine-boot.ts';
import type { StateDirectory } from '../state/state-directory.ts';
import type { WrittenState } from '../state/state-schema.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { dialledAfterwards } from './dialled-before.ts';
import type { Dialled } from './gateway-choice.ts';

/** What a SIGKILL may cost: log lines since then are read again and count again, the rest is looked at anew. */
const SAVE_EVERY_MS = 5_000;
/** Heartbeats move all the time; they alone are worth a write only this often. */
const SAVE_HEARTBEATS_EVERY_MS = 60_000;
/** What moves without anything having happened. */
const MOVING = new Set([
  'savedAt',
  'boot',
  'seenAt',
  'heartbeat',
  'proofs',
  'lastAttached',
  'hostStatsUpdatedAtMs',
  'lastSeenAtMs',
]);

export interface StateKeeperOptions {
  readonly directory: StateDirectory;
  /** What must survive, at the moment of the call. */
  readonly memory: () => Memory;
  readonly clock: Clock;
  readonly ticker: Ticker;
  /** Which start of this machine this is, and how long ago that was. */
  readonly boot?: typeof machineBoot;
  readonly telemetry: Telemetry;
  /** Positions in the logs at the moment of the call. */
  readonly positions: () => Readonly<Record<string, unknown>>;
  /** Where node hosts were seen to dial. */
  readonly dialled: () => ReadonlyMap<TargetId, Dialled>;
}

/** Writes the state file now and then and at the end. A full disk costs a log line, not the exporter. */
export class StateKeeper {
  readonly #options: StateKeeperOptions;
  #loop: ReturnType<Ticker['every']> | undefined;
  #saving: Promise<void> = Promise.resolve();
  #lastWritten: { readonly essence: Essence; readonly at: Instant } | undefined;
  readonly #steps = new ClockSteps();
  #hasFailed = false;

  constructor(options: StateKeeperOptions) {
    this.#options = options;
  }

  start(): void {
    this.#loop ??= this.#options.ticker.every(SAVE_EVERY_MS, () => this.save());
  }

  stop(): void {
    this.#loop?.stop();
    this.#loop = undefined;
  }

  /** A verdict changed: that must not be lost, even when we are killed in the next second. */
  saveSoon(): void {
    this.#loop?.poke();
  }

  /** Never rejects; one at a time. `isLast`: also what moves all the time. */
  save(isLast = false): Promise<void> {
    this.#saving = this.#saving
      .then(() => this.#saveNow(isLast))
      .catch((error: unknown) => this.#options.telemetry.surprised('the state file', error));
    return this.#saving;
  }

  async #saveNow(isLast: boolean): Promise<void> {
    const { directory, memory, clock, positions, dialled, telemetry } = this.#options;
    const { boot: bootOf = machineBoot } = this.#options;
    // One synchronous step: counters and log positions of the same moment.
    const now = clock.now();
    const known = memory();
    const boot = bootOf();
    if (boot !== undefined) this.#steps.look(now, boot.uptimeMs);
    const state = dehydrate(known, {
      now,
      logs: positions(),
      dialled: dialledAfterwards(dialled()),
      steps: this.#steps,
      ...(boot !== undefined && { boot }),
    });
    const path = join(directory.path, 'state.json');
    const essence = essenceOf(state, known);
    const isRecent =
      this.#lastWritten !== undefined && elapsedMs(this.#lastWritten.at, now) < SAVE_HEARTBEATS_EVERY_MS;
    if (isRecent && isSame(essence, this.#lastWritten?.essence) && !isLast) return;
    const saved = await directory.save(state);
    if (saved.ok) {
      this.#lastWritten = { essence, at: now };
      if (this.#hasFailed) telemetry.stateFileWrittenAgain({ path });
    } else if (!this.#hasFailed) {
      telemetry.stateFileNotWritten({ path, message: saved.why });
    }
    this.#hasFailed = !saved.ok;
  }
}

/** What is worth a write at once when it is another than before. */
interface Essence {
  readonly here: string;
  /**
   * Of each remote node host what changes when something happened to it. By identity: they are replaced, never changed,
   * and a fleet's are too many to compare as text every few seconds.
   */
  readonly remotes: readonly object[];
}

function essenceOf(state: WrittenState, { gateways }: Memory): Essence {
  return {
    here: JSON.stringify({ ...state, remotes: {} }, (key, value: unknown) =>
      MOVING.has(key) ? undefined : value,
    ),
    remotes: Object.values(gateways).flatMap(({ remotes }) =>
      remotes.flatMap(({ counters, verdict }) => [counters, verdict.transitions]),
    ),
  };
}

function isSame(essence: Essence, before: Essence | undefined): boolean {
  return (
    essence.here === before?.here &&
    essence.remotes.length === before.remotes.length &&
    essence.remotes.every((part, index) => part === before.remotes[index])
  );
}
