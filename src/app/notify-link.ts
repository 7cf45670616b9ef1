import { hostname } from 'node:os';
import { isDeepStrictEqual } from 'node:util';
import type { Config } from '../config/config.ts';
import { serviceManagerEnvironment } from '../config/load.ts';
import type { Snapshot } from '../core/index.ts';
import { programChannel, webhookChannel } from '../notify/channel.ts';
import { DeadMan } from '../notify/dead-man.ts';
import { keptOutboxes } from '../notify/kept-outboxes.ts';
import { Notifier } from '../notify/notifier.ts';
import { urlFromElsewhere } from '../notify/url-from-elsewhere.ts';
import { systemClock } from '../runtime/system-clock.ts';
import type { Ticker } from '../sources/source.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';

/** What begins within this time of each other is one message. */
const GROUP_WAIT_MS = 5_000;

export interface NotifyOptions {
  readonly stateDirectory: string;
  /** Where its pages are served, once they are. */
  readonly url: () => string | undefined;
  readonly snapshot: () => Snapshot;
  readonly isWarm: () => boolean;
  /** Verdicts are being made, and the exporter does not doubt itself. */
  readonly isWell: () => boolean;
  readonly ticker: Ticker;
  readonly telemetry: Telemetry;
}

/** Tells those that the configuration names; nothing runs where it names nobody. */
export class NotifyLink {
  readonly #options: NotifyOptions;
  #settings: Config['notify'] | undefined;
  #running: { readonly notifier?: Notifier; readonly deadMan?: DeadMan } = {};

  constructor(options: NotifyOptions) {
    this.#options = options;
  }

  async start(settings: Config['notify']): Promise<void> {
    this.#settings = settings;
    const { webhookUrlFile, program, repeatMs, deadManUrlFile } = settings;
    const { snapshot, isWarm, isWell, ticker, telemetry, stateDirectory, url } = this.#options;
    const channels = [
      ...(webhookUrlFile === undefined ? [] : [webhookChannel(webhookUrlFile)]),
      ...(program === undefined ? [] : [programChannel(program, serviceManagerEnvironment())]),
    ];
    const notifier = new Notifier({
      channels,
      settings: { groupWaitMs: GROUP_WAIT_MS, repeatMs },
      context: () => ({ exporter: hostname(), externalUrl: urlFromElsewhere(url()) }),
      snapshot,
      isWarm,
      clock: systemClock,
      ticker,
      telemetry,
      kept: keptOutboxes(stateDirectory),
    });
    const deadMan =
      deadManUrlFile === undefined
        ? undefined
        : new DeadMan({ urlFile: deadManUrlFile, isWell, ticker, telemetry });
    this.#running = { ...(channels.length > 0 && { notifier }), ...(deadMan && { deadMan }) };
    deadMan?.start();
    await this.#running.notifier?.start();
  }

  /** Where the same are told as before, what is on its way to them is not begun anew. */
  async reconfigure(settings: Config['notify']): Promise<void> {
    if (isDeepStrictEqual(settings, this.#settings)) return;
    await this.stop();
    await this.start(settings);
  }

  async stop(): Promise<void> {
    this.#running.deadMan?.stop();
    await this.#running.notifier?.stop();
    this.#running = {};
  }
}
