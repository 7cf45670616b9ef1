import type { NotifyOutcome } from '../ports/notify-status.ts';
import type { Ticker } from '../sources/source.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { call } from './channel.ts';

/** What listens for it alarms after some minutes of silence. */
const CALL_EVERY_MS = 60_000;

export interface DeadManOptions {
  /** Holds the URL. */
  readonly urlFile: string;
  /** Every viewpoint has looked, verdicts are being made, and the exporter does not doubt itself. */
  readonly isWell: () => boolean;
  /** Why whoever `notify:` names beside it cannot be told: then its silence is all that is left to tell. */
  readonly whyUntold: () => Promise<string | undefined>;
  readonly ticker: Ticker;
  readonly telemetry: Pick<Telemetry, 'deadManNotCalled' | 'deadManWithheld'>;
  /** To be told of each call. */
  readonly count: (outcome: NotifyOutcome) => void;
}

/**
 * Calls a URL every minute while the exporter is well and can tell. Whoever misses the calls knows that nobody watches any
 * more, or that nobody is told.
 */
export class DeadMan {
  readonly #options: DeadManOptions;
  #loop: { stop(): void } | undefined;
  #hasFailed = false;
  #isWithheld = false;

  constructor(options: DeadManOptions) {
    this.#options = options;
  }

  start(): void {
    this.#loop ??= this.#options.ticker.every(CALL_EVERY_MS, () => this.#call());
  }

  stop(): void {
    this.#loop?.stop();
    this.#loop = undefined;
  }

  async #call(): Promise<void> {
    const { isWell, whyUntold, urlFile, telemetry, count } = this.#options;
    if (!isWell()) return;
    const untold = await whyUntold();
    if (untold !== undefined && !this.#isWithheld) telemetry.deadManWithheld({ why: untold });
    this.#isWithheld = untold !== undefined;
    if (this.#isWithheld) return;
    const result = await call(urlFile);
    count(result.ok ? 'delivered' : 'failed');
    // Once for each time that it begins to fail: whoever listens tells the rest.
    if (!result.ok && !this.#hasFailed) telemetry.deadManNotCalled({ why: result.why });
    this.#hasFailed = !result.ok;
  }
}
