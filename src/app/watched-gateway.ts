import { isDeepStrictEqual } from 'node:util';
import type { Config } from '../config/config.ts';
import type { LivenessCore, NodeHostHints, TargetId } from '../core/index.ts';
import type { Clock, SourceSink, Ticker } from '../sources/source.ts';
import { dehydrate } from '../state/dehydrate.ts';
import { rehydrateGateway } from '../state/rehydrate.ts';
import type { SavedState } from '../state/state-schema.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { chooseGateway, gatewayRef, type GatewayChoice } from './gateway-choice.ts';
import { GatewayLink, linkSettings } from './gateway-link.ts';

export interface WatchedGatewayOptions {
  readonly config: Config;
  readonly choice: GatewayChoice;
  /** What an earlier run left. */
  readonly saved: SavedState | undefined;
  readonly core: LivenessCore;
  readonly clock: Clock;
  readonly sink: SourceSink;
  readonly ticker: Ticker;
  readonly telemetry: Pick<Telemetry, 'gatewayChosen' | 'configDoubtful' | 'surprised'>;
  /** Nothing may be written, neither here nor at the gateway. */
  readonly leavesNothing: boolean;
}

/** The gateway that is watched, which may turn out, or be told, to be another one. */
export class WatchedGateway {
  readonly #options: WatchedGatewayOptions;
  #config: Config;
  #choice: GatewayChoice;
  /** Where a node host was seen to dial last, by this run or an earlier one. */
  #remembered: string | undefined;
  #link: GatewayLink;
  #isStarted = false;
  #isStopped = false;
  /** Links that are not the one in use any more and have not ended yet. */
  readonly #ending = new Set<Promise<void>>();
  /** What was known of gateways that were watched before. */
  readonly #left = new Map<string, SavedState>();

  constructor(options: WatchedGatewayOptions) {
    this.#options = options;
    this.#config = options.config;
    this.#choice = options.choice;
    this.#remembered = options.saved?.gateway.dialledUrl;
    this.#link = this.#newLink(options.choice.url);
  }

  get url(): string {
    return this.#choice.url;
  }

  /** Its URL, where a node host was seen to dial it. */
  get dialledUrl(): string | undefined {
    return this.#choice.isDialled ? this.#choice.url : undefined;
  }

  /** A guessed address gets no credential of ours before the node hosts of this machine were looked at. Idempotent. */
  start(): void {
    if (this.#isStarted || this.#isStopped) return;
    this.#isStarted = true;
    this.#options.telemetry.gatewayChosen(this.#choice);
    this.#link.start();
  }

  /** Starts if somebody said which gateway to watch, so that there is nothing to wait for. */
  startIfGiven(): void {
    if (this.#config.gateway.target.kind === 'given') this.start();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all([this.#link.stop(), ...this.#ending]);
  }

  /** What the looks at the node hosts tell of the way to it. */
  followHints(): void {
    for (const { id } of this.#config.nodes) {
      // Only while attempts fail: then it tells a broken path from a broken node host, and costs nobody anything else.
      const facts = this.#options.core.locals.get(id)?.facts;
      const isFailing = facts?.attached !== true && facts?.ledger.failingSince !== undefined;
      this.#link.watchPath(id, isFailing ? facts.hints.endpoint : undefined);
    }
    this.#retarget(this.#choose());
  }

  /** Other settings from now on. The session stays open where nothing that it rests on has changed. */
  reconfigure(config: Config): void {
    const before = this.#config;
    this.#config = config;
    for (const { id } of before.nodes) {
      if (!config.nodes.some((node) => node.id === id)) this.#link.watchPath(id, undefined);
    }
    const { url } = this.#choice;
    this.#retarget(this.#choose());
    if (this.#choice.url === url) this.#refit(before, config);
    this.startIfGiven();
  }

  #choose(): GatewayChoice {
    const { core } = this.#options;
    const hintsOf = (target: TargetId): NodeHostHints => core.locals.get(target)?.facts.hints ?? {};
    return chooseGateway(
      this.#config.gateway.target,
      this.#config.nodes.map(({ id }) => hintsOf(id)),
      this.#remembered,
    );
  }

  #retarget(choice: GatewayChoice): void {
    const { core, clock, saved, telemetry } = this.#options;
    const isSame = choice.url === this.#choice.url;
    if (isSame && this.#choice.isGuess && !choice.isGuess) core.confirmGateway();
    this.#choice = choice;
    if (choice.isDialled) this.#remembered = choice.url;
    if (isSame) return;
    this.#left.set(core.gatewayName, dehydrate(core, { wallMs: clock.now().wallMs, logs: {} }));
    core.retargetGateway(gatewayRef(choice));
    const known = this.#left.get(core.gatewayName) ?? saved;
    if (known !== undefined) rehydrateGateway(core, known, clock.now());
    const previous = this.#link;
    this.#link = this.#newLink(choice.url);
    if (!this.#isStarted || this.#isStopped) return;
    telemetry.gatewayChosen(choice);
    this.#link.start();
    void this.#end(previous);
  }

  /** Changes of the link what must be changed, and no more. */
  #refit(before: Config, config: Config): void {
    if (!isDeepStrictEqual(linkSettings(before), linkSettings(config))) this.#relink();
    else if (!isDeepStrictEqual(before.probe, config.probe)) this.#link.setProbe(config.probe);
  }

  /** The same gateway by other means: one session ends before the next one begins. */
  #relink(): void {
    const previous = this.#link;
    const next = this.#newLink(previous.url);
    this.#link = next;
    if (!this.#isStarted || this.#isStopped) return;
    void this.#end(previous).then(() => {
      if (this.#link === next && !this.#isStopped) next.start();
    });
  }

  /** Never rejects. */
  #end(link: GatewayLink): Promise<void> {
    const ending = link
      .stop()
      .catch((error: unknown) => {
        this.#options.telemetry.surprised('the previous gateway', error);
      })
      .finally(() => this.#ending.delete(ending));
    this.#ending.add(ending);
    return ending;
  }

  #newLink(url: string): GatewayLink {
    const { core, clock, sink, ticker, telemetry, leavesNothing } = this.#options;
    return new GatewayLink(url, {
      config: this.#config,
      clock,
      sink,
      ticker,
      connectedNodeIds: () => core.connectedNodeIds(),
      warn: (message) => {
        telemetry.configDoubtful({ message });
      },
      leavesNothing,
    });
  }
}
