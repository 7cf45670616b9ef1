import { randomBytes } from 'node:crypto';
import { mkdtempSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findLastingPort } from './free-port.ts';
import { Guardian } from './guardian.ts';
import type { Cast, Stage } from './scenario.ts';
import { SimulatedGateway } from './simulated-gateway.ts';
import { SimulatedNodeHost, type NodeHostPlace } from './simulated-node-host.ts';

export interface SurroundingsOptions {
  readonly cast: Cast;
  /** Told when a node host ends that the story did not end: somebody plays along. */
  readonly onDeath: (name: string, how: string) => void;
}

/**
 * A gateway and the node hosts of a cast, in a fresh directory that goes with them. However this process ends, its
 * guardian ends the node hosts and removes the directory.
 */
export class Surroundings implements Stage {
  readonly #directory: string;
  readonly #token: string;
  readonly #guardian: Guardian;
  readonly #gateway: SimulatedGateway;
  readonly #nodeHosts: ReadonlyMap<string, SimulatedNodeHost>;
  /** Node hosts that the story itself is ending just now. */
  readonly #restarting = new Map<string, Promise<void>>();
  #isStopping = false;

  private constructor({ cast, onDeath }: SurroundingsOptions, port: number) {
    // The real path: that is what the exporter finds in the environment of a process (macOS links its temp directory).
    this.#directory = realpathSync(mkdtempSync(join(tmpdir(), 'openclaw-liveness-demo-')));
    this.#guardian = new Guardian(this.#directory);
    this.#token = randomBytes(16).toString('hex');
    writeFileSync(this.tokenFile, `${this.#token}\n`, { mode: 0o600 });
    this.#gateway = new SimulatedGateway({ token: this.#token, port });
    this.#nodeHosts = new Map(
      Object.values(cast).map((name: string) => [name, this.#createNodeHost(name, port, onDeath)]),
    );
  }

  /** Starts the gateway and then the node hosts. Rejects, with everything taken down again, when that fails. */
  static async start(options: SurroundingsOptions): Promise<Surroundings> {
    const surroundings = new Surroundings(options, await findLastingPort());
    try {
      await surroundings.#gateway.start();
      for (const nodeHost of surroundings.#nodeHosts.values()) await nodeHost.start();
      return surroundings;
    } catch (error: unknown) {
      await surroundings.stop();
      throw error;
    }
  }

  get directory(): string {
    return this.#directory;
  }

  get gatewayUrl(): string {
    return this.#gateway.url;
  }

  get tokenFile(): string {
    return join(this.#directory, 'gateway-token');
  }

  get exporterStateDir(): string {
    return join(this.#directory, 'exporter');
  }

  get nodeHosts(): readonly (NodeHostPlace & { readonly pid: number | undefined })[] {
    return [...this.#nodeHosts.values()].map((nodeHost) => ({ ...nodeHost.place, pid: nodeHost.pid }));
  }

  loseTimers(who: string): void {
    this.#find(who).loseTimers();
  }

  freeze(who: string): void {
    this.#find(who).freeze();
  }

  continue(who: string): void {
    this.#find(who).continue();
  }

  async restartNodeHost(who: string): Promise<void> {
    const restart = this.#find(who).restart();
    this.#restarting.set(who, restart);
    try {
      await restart;
    } finally {
      this.#restarting.delete(who);
    }
  }

  async restartGateway(options: { readonly outageMs: number }): Promise<void> {
    await this.#gateway.restart(options);
  }

  /** Ends every child, the gateway, and removes the directory. Idempotent. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    // One that is just being restarted would be started after it was killed.
    await Promise.allSettled(this.#restarting.values());
    await Promise.all([...this.#nodeHosts.values()].map(async (nodeHost) => nodeHost.kill()));
    await this.#gateway.stop();
    await this.#guardian.dismiss();
  }

  #find(who: string): SimulatedNodeHost {
    const nodeHost = this.#nodeHosts.get(who);
    if (nodeHost === undefined) throw new Error(`no node host is called ${who}`);
    return nodeHost;
  }

  #createNodeHost(
    name: string,
    gatewayPort: number,
    onDeath: SurroundingsOptions['onDeath'],
  ): SimulatedNodeHost {
    const home = join(this.#directory, name);
    return new SimulatedNodeHost({
      name,
      stateDir: join(home, 'state'),
      logPath: join(home, 'node.log'),
      gatewayPort,
      token: this.#token,
      onStart: (pids) => {
        for (const pid of pids) this.#guardian.watch(pid);
      },
      onExit: (pids, how) => {
        for (const pid of pids) this.#guardian.forget(pid);
        if (!this.#isStopping && !this.#restarting.has(name)) onDeath(name, how);
      },
    });
  }
}
