import type { Roster } from './facts/gateway.ts';
import { endpointOfNode } from './facts/local.ts';
import {
  newGateway,
  observeGateway,
  observeGatewayLog,
  refer,
  tickGateway,
  type GatewayRef,
  type WatchedGateway,
} from './gateways.ts';
import { recallGateway, recallRemote, rememberGateway, type GatewayMemory } from './memory.ts';
import { isSameEndpoint } from './model/endpoint.ts';
import type { GatewayCounters } from './model/counters.ts';
import type {
  GatewayLogObservation,
  GatewayLogStatusObservation,
  GatewayObservation,
} from './model/observation.ts';
import type { Thresholds } from './model/thresholds.ts';
import type { Instant } from './model/time.ts';
import type { RemoteNode } from './roster/fleet.ts';
import type { LocalNode } from './roster/local-node.ts';

/** What came of watching others. */
export interface Departures {
  /** Names of gateways that are not watched any more. */
  readonly left: readonly string[];
  /** Nodes that gateways which were met again had when they were left. */
  readonly recalled: readonly RemoteNode[];
}

/** Gateways that were watched before and may be again; their node hosts dial from ephemeral ports as well. */
const REMEMBERED_GATEWAYS = 8;

/** The gateways that are watched, by name, and what is remembered of those that were. */
export class GatewayMap {
  readonly #watched = new Map<string, WatchedGateway>();
  /** Of gateways that are not watched now; the one that was left last comes last. */
  readonly #remembered: Map<string, GatewayMemory>;
  readonly #countedSince: Instant;

  /** @param memory what an earlier run left */
  constructor(countedSince: Instant, memory: Readonly<Record<string, GatewayMemory>> = {}) {
    this.#countedSince = countedSince;
    this.#remembered = new Map(Object.entries(memory));
  }

  get watched(): ReadonlyMap<string, WatchedGateway> {
    return this.#watched;
  }

  /** The gateway that a node host dials, else the one that lists it, else the only one that there is. */
  of({ facts, gateway }: LocalNode): WatchedGateway | undefined {
    const endpoint = endpointOfNode(facts);
    const gateways = [...this.#watched.values()];
    const dialled =
      endpoint === undefined ? undefined : gateways.find(({ ref }) => isSameEndpoint(ref.address, endpoint));
    const listing = gateway === undefined ? undefined : this.#watched.get(gateway);
    return dialled ?? listing ?? (gateways.length === 1 ? gateways[0] : undefined);
  }

  /** The last roster of a gateway. `null`: it is not watched any more. */
  rosterOf(name: string): Roster | undefined | null {
    const gateway = this.#watched.get(name);
    return gateway === undefined ? null : gateway.facts.roster?.value;
  }

  /** Whether a node of a gateway that is not watched now has this key; it will have it again. */
  isRemembered(key: string): boolean {
    return [...this.#remembered.values()].some(({ remotes }) => remotes.some((remote) => remote.key === key));
  }

  /** @returns whether the gateway is watched */
  observe(observation: GatewayObservation, limits: Thresholds): boolean {
    const gateway = this.#watched.get(observation.gateway);
    if (gateway === undefined) return false;
    this.#watched.set(gateway.ref.name, observeGateway(gateway, observation, limits));
    return true;
  }

  /** What the log of a gateway says of itself. @returns whether the gateway is watched */
  observeLog(observation: GatewayLogObservation | GatewayLogStatusObservation): boolean {
    const gateway = this.#watched.get(observation.gateway);
    if (gateway === undefined) return false;
    this.#watched.set(gateway.ref.name, observeGatewayLog(gateway, observation));
    return true;
  }

  count(name: string, count: (counters: GatewayCounters) => GatewayCounters): void {
    const gateway = this.#watched.get(name);
    if (gateway === undefined) return;
    const { facts } = gateway;
    this.#watched.set(name, { ...gateway, facts: { ...facts, counters: count(facts.counters) } });
  }

  tick(now: Instant, limits: Thresholds): void {
    for (const [name, gateway] of this.#watched) this.#watched.set(name, tickGateway(gateway, now, limits));
  }

  /** Others from now on. Of those that are left, what is known of them and of `nodes` is remembered. */
  watch(refs: readonly GatewayRef[], nodes: ReadonlyMap<string, RemoteNode>): Departures {
    const names = new Set(refs.map(({ name }) => name));
    const left = [...this.#watched.keys()].filter((name) => !names.has(name));
    for (const name of left) this.#leave(name, nodes);
    const recalled: RemoteNode[] = [];
    for (const ref of refs) {
      const watched = this.#watched.get(ref.name);
      if (watched === undefined) recalled.push(...this.#meet(ref));
      else this.#watched.set(ref.name, refer(watched, ref));
    }
    return { left, recalled };
  }

  /** What the next run needs to know. */
  memory(nodes: ReadonlyMap<string, RemoteNode>): Readonly<Record<string, GatewayMemory>> {
    const remotes = Map.groupBy(nodes.values(), ({ entry }) => entry.gateway);
    return Object.fromEntries([
      ...this.#remembered,
      ...[...this.#watched].map(
        ([name, gateway]) => [name, rememberGateway(gateway, remotes.get(name) ?? [])] as const,
      ),
    ]);
  }

  /** @returns the nodes that it had when it was left */
  #meet(ref: GatewayRef): readonly RemoteNode[] {
    const gateway = newGateway(ref, this.#countedSince);
    const memory = this.#remembered.get(ref.name);
    this.#remembered.delete(ref.name);
    const facts = memory === undefined ? gateway.facts : recallGateway(gateway.facts, memory);
    this.#watched.set(ref.name, { ...gateway, facts });
    return memory?.remotes.map(recallRemote) ?? [];
  }

  #leave(name: string, nodes: ReadonlyMap<string, RemoteNode>): void {
    const gateway = this.#watched.get(name);
    if (gateway === undefined) return;
    const remotes = [...nodes.values()].filter(({ entry }) => entry.gateway === name);
    this.#remembered.set(name, rememberGateway(gateway, remotes));
    const [oldest] = this.#remembered.keys();
    if (this.#remembered.size > REMEMBERED_GATEWAYS && oldest !== undefined) this.#remembered.delete(oldest);
    this.#watched.delete(name);
  }
}
