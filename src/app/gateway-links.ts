import { isDeepStrictEqual } from 'node:util';
import type { Config } from '../config/config.ts';
import type { DirectiveOf, GatewayRef, TargetId } from '../core/index.ts';
import type { SourceTools } from '../sources/source.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { chooseGateways, gatewayRef, type Dialled, type GatewayChoice } from './gateway-choice.ts';
import { GatewayLink, linkBasis } from './gateway-link.ts';

export interface GatewayLinksOptions extends SourceTools {
  readonly config: Config;
  /** Where node hosts were seen to dial in an earlier run. */
  readonly dialled: ReadonlyMap<TargetId, Dialled>;
  /** Other gateways are watched from now on. */
  readonly watch: (gateways: readonly GatewayRef[]) => void;
  readonly telemetry: Pick<Telemetry, 'gatewayChosen' | 'configDoubtful' | 'surprised'>;
  /** Nothing may be written, neither here nor at the gateway. */
  readonly leavesNothing: boolean;
}

/** The gateways that are watched: those that were given, or those that the node hosts turn out to dial. */
export class GatewayLinks {
  readonly #options: GatewayLinksOptions;
  #config: Config;
  readonly #dialled: Map<TargetId, Dialled>;
  #choices: readonly GatewayChoice[];
  readonly #links = new Map<string, GatewayLink>();
  /** What the core said last; a link that takes the place of another begins with it. */
  readonly #paths = new Map<TargetId, DirectiveOf<'try-path'>>();
  readonly #reachable = new Map<string, readonly string[]>();
  readonly #tried = new Set<string>();
  #isStarted = false;
  #isStopped = false;
  /** Links that are not in use any more and have not ended yet, by gateway. */
  readonly #ending = new Map<string, Promise<void>>();

  constructor(options: GatewayLinksOptions) {
    this.#options = options;
    this.#config = options.config;
    this.#dialled = new Map(options.dialled);
    this.#choices = this.#choose();
    for (const choice of this.#choices) this.#links.set(choice.name, this.#newLink(choice));
  }

  /** For the core. */
  get refs(): readonly GatewayRef[] {
    return this.#choices.map(gatewayRef);
  }

  get choices(): readonly GatewayChoice[] {
    return this.#choices;
  }

  /** Where node hosts were seen to dial, by this run or an earlier one. */
  get dialled(): ReadonlyMap<TargetId, Dialled> {
    return this.#dialled;
  }

  /** A guessed address gets no credential of ours before the node hosts of this machine were looked at. Idempotent. */
  start(): void {
    if (this.#isStarted || this.#isStopped) return;
    this.#isStarted = true;
    for (const link of this.#links.values()) this.#begin(link);
  }

  /** Starts if somebody said which gateways to watch, so that there is nothing to wait for. */
  startIfGiven(): void {
    if (this.#config.gateways.length > 0 || this.#config.gateway.locator.kind === 'given') this.start();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all([...[...this.#links.values()].map((link) => link.stop()), ...this.#ending.values()]);
  }

  /** A node host dials here: that may be another gateway than was thought. */
  dial({ target, endpoint, tls }: DirectiveOf<'dial-gateway'>): void {
    if (endpoint === null) return;
    this.#dialled.set(target, { endpoint, ...(tls !== undefined && { tls }) });
    this.#forgetDialled();
    this.#follow();
  }

  /** Look along a node host's own path, or no more. */
  tryPath(directive: DirectiveOf<'try-path'>): void {
    const { target, gateway, endpoint } = directive;
    this.#paths.set(target, directive);
    for (const [name, link] of this.#links) {
      link.watchPath(target, name === gateway ? endpoint : null, directive);
    }
  }

  /** See whether a gateway's WebSocket side answers anybody, or no more. */
  tryGateway({ gateway, isWanted }: DirectiveOf<'try-gateway'>): void {
    if (isWanted) this.#tried.add(gateway);
    else this.#tried.delete(gateway);
    this.#links.get(gateway)?.tryFromOutside(isWanted);
  }

  probe({ gateway, nodeIds }: DirectiveOf<'probe'>): void {
    this.#reachable.set(gateway, nodeIds);
    this.#links.get(gateway)?.setReachable(nodeIds);
  }

  /** Other settings from now on. A session stays open where nothing that it rests on has changed. */
  reconfigure(config: Config): void {
    const before = this.#config;
    this.#config = config;
    for (const { id } of before.nodes) {
      if (config.nodes.some((node) => node.id === id)) continue;
      this.#paths.delete(id);
      for (const link of this.#links.values()) link.watchPath(id, null);
    }
    this.#forgetDialled();
    this.#follow(before);
    if (!isDeepStrictEqual(before.probe, config.probe)) {
      for (const link of this.#links.values()) link.setProbe(config.probe);
    }
    this.startIfGiven();
  }

  /** Where the node hosts dial that are watched now. While that is known of none, where others did. */
  #choose(): readonly GatewayChoice[] {
    const watched = this.#config.nodes.flatMap(({ id }): [TargetId, Dialled][] => {
      const dialled = this.#dialled.get(id);
      return dialled === undefined ? [] : [[id, dialled]];
    });
    return chooseGateways(this.#config, watched.length > 0 ? new Map(watched) : this.#dialled);
  }

  /** Where those dialled that are not watched any more says nothing once it is known of one that is. */
  #forgetDialled(): void {
    const watched = new Set(this.#config.nodes.map(({ id }) => id));
    const others = [...this.#dialled.keys()].filter((id) => !watched.has(id));
    if (others.length === this.#dialled.size) return;
    for (const id of others) this.#dialled.delete(id);
  }

  /** Watches what is to be watched now, and changes no link that may stay as it is. */
  #follow(before = this.#config): void {
    const choices = this.#choose();
    const former = this.#choices;
    if (isDeepStrictEqual(choices, former) && before === this.#config) return;
    this.#choices = choices;
    const names = new Set(choices.map(({ name }) => name));
    for (const [name, link] of this.#links) {
      if (names.has(name)) continue;
      this.#reachable.delete(name);
      this.#tried.delete(name);
      this.#leave(name, link);
    }
    this.#options.watch(choices.map(gatewayRef));
    for (const choice of choices) this.#refit(choice, before);
  }

  #refit(choice: GatewayChoice, before: Config): void {
    const link = this.#links.get(choice.name);
    if (link !== undefined) {
      const isSame = isDeepStrictEqual(linkBasis(link.choice, before), linkBasis(choice, this.#config));
      if (isSame) return;
      this.#leave(choice.name, link);
    }
    const next = this.#newLink(choice);
    this.#links.set(choice.name, next);
    if (!this.#isStarted || this.#isStopped) return;
    // One session with a gateway ends before the next one begins.
    const ending = this.#ending.get(choice.name);
    if (ending === undefined) this.#begin(next);
    else
      void ending.then(() => {
        if (this.#links.get(choice.name) === next && !this.#isStopped) this.#begin(next);
      });
  }

  #begin(link: GatewayLink): void {
    this.#options.telemetry.gatewayChosen(link.choice);
    link.start();
  }

  /** Never rejects. */
  #leave(name: string, link: GatewayLink): void {
    this.#links.delete(name);
    if (!this.#isStarted) return;
    const ending = link
      .stop()
      .catch((error: unknown) => this.#options.telemetry.surprised('the previous gateway', error))
      .finally(() => {
        if (this.#ending.get(name) === ending) this.#ending.delete(name);
      });
    this.#ending.set(name, ending);
  }

  #newLink(choice: GatewayChoice): GatewayLink {
    const { clock, sink, ticker, telemetry, leavesNothing } = this.#options;
    const link = new GatewayLink(choice, {
      config: this.#config,
      clock,
      sink,
      ticker,
      warn: (message) => telemetry.configDoubtful({ message }),
      leavesNothing,
    });
    link.setReachable(this.#reachable.get(choice.name) ?? []);
    link.tryFromOutside(this.#tried.has(choice.name));
    for (const directive of this.#paths.values()) {
      const { target, gateway, endpoint } = directive;
      if (gateway === choice.name) link.watchPath(target, endpoint, directive);
    }
    return link;
  }
}
