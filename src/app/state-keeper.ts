import { join } from 'node:path';
import { elapsedMs, type Instant, type LivenessCore } from '../core/index.ts';
import type { Clock, Ticker } from '../sources/source.ts';
import { dehydrate } from '../state/dehydrate.ts';
import type { SavedState } from '../state/state-schema.ts';
import { saveState } from '../state/state-file.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';

/** What a SIGKILL may cost: log lines since then are read again and count again, the rest is looked at anew. */
const SAVE_EVERY_MS = 5_000;
/** Heartbeats move all the time; they alone are worth a write only this often. */
const SAVE_HEARTBEATS_EVERY_MS = 60_000;
/** What moves without anything having happened. */
const MOVING = new Set(['savedAt', 'seenAt', 'heartbeats']);

export interface StateKeeperOptions {
  readonly directory: string;
  readonly core: LivenessCore;
  readonly clock: Clock;
  readonly ticker: Ticker;
  readonly telemetry: Telemetry;
  /** Positions in the logs at the moment of the call. */
  readonly positions: () => Readonly<Record<string, unknown>>;
  /** The gateway's URL, where a node host was seen to dial it. */
  readonly dialledUrl: () => string | undefined;
}

/** Writes the state file now and then and at the end. A full disk costs a log line, not the exporter. */
export class StateKeeper {
  readonly #options: StateKeeperOptions;
  #loop: ReturnType<Ticker['every']> | undefined;
  #saving: Promise<void> = Promise.resolve();
  #lastWritten: { readonly essence: Essence; readonly at: Instant } | undefined;
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
      .catch((error: unknown) => {
        this.#options.telemetry.surprised('the state file', error);
      });
    return this.#saving;
  }

  async #saveNow(isLast: boolean): Promise<void> {
    const { directory, core, clock, positions, dialledUrl, telemetry } = this.#options;
    // One synchronous step: counters and log positions of the same moment.
    const now = clock.now();
    const state = dehydrate(core, {
      wallMs: now.wallMs,
      logs: positions(),
      dialledUrl: dialledUrl(),
    });
    const essence = essenceOf(state, core);
    const isRecent =
      this.#lastWritten !== undefined && elapsedMs(this.#lastWritten.at, now) < SAVE_HEARTBEATS_EVERY_MS;
    if (isRecent && isSame(essence, this.#lastWritten?.essence) && !isLast) return;
    try {
      await saveState(directory, state);
      this.#lastWritten = { essence, at: now };
      this.#hasFailed = false;
    } catch (error: unknown) {
      if (this.#hasFailed) return;
      this.#hasFailed = true;
      const message = error instanceof Error ? error.message : String(error);
      telemetry.stateFileNotWritten({ path: join(directory, 'state.json'), message });
    }
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

function essenceOf(state: SavedState, core: LivenessCore): Essence {
  return {
    here: JSON.stringify({ ...state, remotes: {} }, (key, value: unknown) =>
      MOVING.has(key) ? undefined : value,
    ),
    remotes: [...core.remotes.values()].flatMap(({ facts, verdict }) => [
      facts.counters,
      verdict.transitions,
    ]),
  };
}

function isSame(essence: Essence, before: Essence | undefined): boolean {
  return (
    essence.here === before?.here &&
    essence.remotes.length === before.remotes.length &&
    essence.remotes.every((part, index) => part === before.remotes[index])
  );
}
