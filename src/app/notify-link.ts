import { hostname } from 'node:os';
import { isDeepStrictEqual } from 'node:util';
import type { Config } from '../config/config.ts';
import { serviceManagerEnvironment } from '../config/load.ts';
import type { Snapshot } from '../core/index.ts';
import { channelsOf } from '../notify/channel.ts';
import { DeadMan } from '../notify/dead-man.ts';
import { keptOutboxes } from '../notify/kept-outboxes.ts';
import { Notifier } from '../notify/notifier.ts';
import { urlFromElsewhere } from '../notify/url-from-elsewhere.ts';
import {
  NOTIFY_TARGETS,
  type NotifyCounts,
  type NotifyOutcome,
  type NotifyTarget,
} from '../ports/notify-status.ts';
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
  /** Of this process: a reload does not set them back. */
  readonly #counts: Readonly<Record<NotifyTarget, Record<NotifyOutcome, number>>> = {
    webhook: { delivered: 0, failed: 0 },
    program: { delivered: 0, failed: 0 },
    dead_man: { delivered: 0, failed: 0 },
  };
  #running: { readonly notifier?: Notifier; readonly deadMan?: DeadMan } = {};

  constructor(options: NotifyOptions) {
    this.#options = options;
  }

  /** Of those that are told now; `undefined`: nobody is. */
  counts(): NotifyCounts | undefined {
    const { webhookUrlFile, program, deadManUrlFile } = this.#settings ?? {};
    const told = { webhook: webhookUrlFile, program, dead_man: deadManUrlFile };
    const targets = NOTIFY_TARGETS.filter((target) => told[target] !== undefined);
    if (targets.length === 0) return undefined;
    return new Map(targets.map((target) => [target, this.#counts[target]]));
  }

  #count(target: NotifyTarget, outcome: NotifyOutcome): void {
    this.#counts[target][outcome] += 1;
  }

  async start(settings: Config['notify']): Promise<void> {
    this.#settings = settings;
    const { repeatIntervalMs, deadManUrlFile } = settings;
    const { snapshot, isWarm, isWell, ticker, telemetry, stateDirectory, url } = this.#options;
    const channels = channelsOf(settings, serviceManagerEnvironment());
    const notifier = new Notifier({
      channels,
      settings: { groupWaitMs: GROUP_WAIT_MS, repeatMs: repeatIntervalMs },
      context: () => ({ exporter: hostname(), externalUrl: urlFromElsewhere(url(), settings.externalUrl) }),
      snapshot,
      isWarm,
      clock: systemClock,
      ticker,
      telemetry,
      kept: keptOutboxes(stateDirectory),
      count: (channel, outcome) => this.#count(channel, outcome),
    });
    const deadMan =
      deadManUrlFile === undefined
        ? undefined
        : new DeadMan({
            urlFile: deadManUrlFile,
            isWell,
            whyUntold: () => notifier.whyUntold(),
            ticker,
            telemetry,
            count: (outcome) => this.#count('dead_man', outcome),
          });
    this.#running = { ...(channels.length > 0 && { notifier }), ...(deadMan && { deadMan }) };
    await this.#running.notifier?.start();
    deadMan?.start();
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
