import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { Guardian } from '../../../src/demo/guardian.ts';
import { SimulatedGateway } from '../../../src/demo/simulated-gateway.ts';
import { SimulatedNodeHost, type NodeHostPlace } from '../../../src/demo/simulated-node-host.ts';
import type { Resource } from '../../real/harness/cleanup.ts';
import { reservePort } from '../../real/harness/ports.ts';
import { waitUntil } from '../../real/harness/wait-until.ts';

export interface NodeHostPlan {
  readonly name: string;
  /** Known to the exporter only through the gateway, as if it ran on another machine. */
  readonly isRemote?: boolean;
  /** Comes with a token that the gateway refuses. */
  readonly hasWrongToken?: boolean;
}

export interface SiteOptions {
  readonly plans: readonly NodeHostPlan[];
  /** Theirs to write in; removed by who made it. */
  readonly directory: string;
  /** Ends the node hosts however this process ends. */
  readonly guardian: Guardian;
}

/** A simulated gateway and its node hosts, as processes that can be harmed one by one. */
export class SimulatedSite implements Resource {
  readonly directory: string;
  readonly token = randomBytes(16).toString('hex');
  readonly gateway: SimulatedGateway;
  readonly logPaths: readonly string[];
  readonly #plans: readonly NodeHostPlan[];
  readonly #nodeHosts: ReadonlyMap<string, SimulatedNodeHost>;
  readonly #guardian: Guardian;

  private constructor({ plans, directory, guardian }: SiteOptions, port: number) {
    this.directory = directory;
    this.#plans = plans;
    this.#guardian = guardian;
    this.gateway = new SimulatedGateway({ token: this.token, port });
    this.#nodeHosts = new Map(plans.map((plan) => [plan.name, this.#create(plan, port)]));
    this.logPaths = [...this.#nodeHosts.values()].map((nodeHost) => nodeHost.place.logPath);
  }

  /** Starts the gateway, then the node hosts; resolves once all that may attach have. */
  static async start(options: SiteOptions): Promise<SimulatedSite> {
    const site = new SimulatedSite(options, await reservePort());
    try {
      await site.gateway.start();
      await Promise.all([...site.#nodeHosts.values()].map(async (nodeHost) => nodeHost.start()));
      await waitUntil(() => site.areAllAttached(), { timeoutMs: 120_000, what: 'the node hosts to attach' });
      return site;
    } catch (error: unknown) {
      await site[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Where the exporter finds those that it shall watch on this machine. */
  get localPlaces(): readonly NodeHostPlace[] {
    return this.#plans.filter((plan) => plan.isRemote !== true).map(({ name }) => this.nodeHost(name).place);
  }

  nodeHost(name: string): SimulatedNodeHost {
    const nodeHost = this.#nodeHosts.get(name);
    if (nodeHost === undefined) throw new Error(`no node host is called ${name}`);
    return nodeHost;
  }

  /** Whether every node host holds a session, but those that the gateway refuses. */
  areAllAttached(): boolean {
    const attached = this.gateway.attachedNodes;
    return this.#plans.every((plan) => plan.hasWrongToken === true || attached.includes(plan.name));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#nodeHosts.values()].map(async (nodeHost) => nodeHost.kill()));
    await this.gateway.stop();
  }

  #create({ name, hasWrongToken = false }: NodeHostPlan, gatewayPort: number): SimulatedNodeHost {
    // A name may hold anything; a directory may not.
    const home = join(this.directory, Buffer.from(name).toString('hex'));
    return new SimulatedNodeHost({
      name,
      stateDir: join(home, 'state'),
      logPath: join(home, 'node.log'),
      gatewayPort,
      token: hasWrongToken ? `not-${this.token}` : this.token,
      onStart: (pids) => {
        for (const pid of pids) this.#guardian.watch(pid);
      },
      onExit: (pids) => {
        for (const pid of pids) this.#guardian.forget(pid);
      },
    });
  }
}
