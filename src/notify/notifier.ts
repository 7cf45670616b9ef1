import type { Snapshot } from '../core/index.ts';
import type { NotifyOutcome } from '../ports/notify-status.ts';
import type { Clock, Ticker } from '../sources/source.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import type { Channel } from './channel.ts';
import type { KeptOutboxes } from './kept-outboxes.ts';
import {
  delivered,
  due,
  EMPTY_OUTBOX,
  failed,
  isStuck,
  look,
  type Outbox,
  type OutboxSettings,
} from './outbox.ts';
import { countLives, type Lives } from './crash-loop.ts';
import { pagesOf } from './page.ts';
import { webhookMessage, type MessageContext } from './webhook-message.ts';

/** How often it is looked at whether there is something to tell. */
const LOOK_EVERY_MS = 1_000;

export interface NotifierOptions {
  readonly channels: readonly Channel[];
  readonly settings: OutboxSettings;
  readonly context: () => MessageContext;
  readonly snapshot: () => Snapshot;
  /** Verdicts rest on all viewpoints: before that nothing has begun, and nothing has ended. */
  readonly isWarm: () => boolean;
  readonly clock: Clock;
  readonly ticker: Ticker;
  readonly telemetry: Pick<Telemetry, 'notified' | 'notNotified'>;
  readonly kept: KeptOutboxes;
  /** To be told of each message whether its channel took it. */
  readonly count: (channel: Channel['name'], outcome: NotifyOutcome) => void;
}

/** Tells each channel what pages and what has ended, by itself: one that is out of order holds up no other. */
export class Notifier {
  readonly #options: NotifierOptions;
  readonly #outboxes = new Map<Channel, Outbox>();
  readonly #underWay = new Map<Channel, Promise<void>>();
  #loop: { stop(): void } | undefined;
  #lives: ReadonlyMap<string, Lives> = new Map();
  #hasStopped = false;

  constructor(options: NotifierOptions) {
    this.#options = options;
  }

  /** @throws never: what was told before is forgotten where it cannot be read */
  async start(): Promise<void> {
    const { channels, kept, ticker, clock } = this.#options;
    const before = await kept.read(clock.now());
    if (this.#hasStopped) return;
    for (const channel of channels) this.#outboxes.set(channel, before.get(channel.name) ?? EMPTY_OUTBOX);
    this.#loop ??= ticker.every(LOOK_EVERY_MS, () => {
      this.#look();
      return Promise.resolve();
    });
  }

  /** Why somebody who should be told cannot be; `undefined`: they can, as far as anybody knows. */
  async whyUntold(): Promise<string | undefined> {
    for (const [channel, outbox] of this.#outboxes) {
      if (isStuck(outbox)) return `the ${channel.name} does not take what pages`;
      const why = await channel.whyUnusable();
      if (why !== undefined) return `the ${channel.name} cannot be told: ${why}`;
    }
    return undefined;
  }

  /** For good. */
  async stop(): Promise<void> {
    this.#hasStopped = true;
    this.#loop?.stop();
    this.#loop = undefined;
    await this.settled();
  }

  /** Resolves once nothing is under way. */
  async settled(): Promise<void> {
    await Promise.all(this.#underWay.values());
  }

  #look(): void {
    const { snapshot, isWarm, clock, settings } = this.#options;
    if (!isWarm()) return;
    const looked = snapshot();
    this.#lives = countLives(this.#lives, looked);
    const seen = pagesOf(looked, this.#lives);
    const now = clock.now();
    for (const [channel, before] of this.#outboxes) {
      const outbox = look(before, seen, now);
      this.#outboxes.set(channel, outbox);
      const message = this.#underWay.has(channel) ? undefined : due(outbox, now, settings);
      if (message === undefined) continue;
      const sending = this.#send(channel, message).finally(() => this.#underWay.delete(channel));
      this.#underWay.set(channel, sending);
    }
  }

  async #send(channel: Channel, message: NonNullable<ReturnType<typeof due>>): Promise<void> {
    const { clock, context, telemetry, kept, count } = this.#options;
    const result = await channel.send(JSON.stringify(webhookMessage(message, context())));
    const outbox = this.#outboxes.get(channel) ?? EMPTY_OUTBOX;
    const now = clock.now();
    count(channel.name, result.ok ? 'delivered' : 'failed');
    if (result.ok) telemetry.notified({ channel: channel.name, alerts: message.pages.length });
    else telemetry.notNotified({ channel: channel.name, why: result.why, inARow: outbox.failures + 1 });
    this.#outboxes.set(channel, result.ok ? delivered(outbox, message, now) : failed(outbox, now));
    // Also when nobody took it: when something ended is known only now.
    await kept.write(new Map([...this.#outboxes].map(([{ name }, box]) => [name, box])));
  }
}
