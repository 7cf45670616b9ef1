import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FakeGateway } from '../../test/helpers/fake-gateway.ts';
import { reservePort } from '../../test/real/harness/ports.ts';
import type { LoopReport } from './event-loop-probe.ts';
import { ExporterProcess } from './exporter-process.ts';
import { fleetReply, nodeIdOf } from './fleet-reply.ts';
import { gatewayLogLines } from './gateway-log-lines.ts';

const SCRAPE_EVERY_MS = 2_000;
const LIVEZ_EVERY_MS = 50;
const START_WITHIN_MS = 30_000;
/** Each node host sends host stats once a minute. */
const HOST_STATS_EVERY_MS = 60_000;

export interface FleetSize {
  readonly gateways: number;
  /** Of each gateway. */
  readonly nodes: number;
}

export interface Stretch {
  readonly seconds: number;
  /** What is done once before it. */
  readonly begin?: () => Promise<unknown>;
  readonly everySecond?: () => unknown;
}

/** What was measured in one stretch of time, in milliseconds. */
export interface Measured {
  readonly scrapesMs: readonly number[];
  readonly scrapeBytes: number;
  readonly livezMs: readonly number[];
  readonly loop: LoopReport;
}

/** The whole exporter in front of simulated gateways with many remote node hosts, the first of which has a log. */
export class FleetSite implements AsyncDisposable {
  readonly exporter: ExporterProcess;
  readonly #size: FleetSize;
  readonly #directory: string;
  readonly #ports: readonly number[];
  #gateways: readonly FakeGateway[] = [];
  #round = 0;
  #told = 0;

  private constructor(
    size: FleetSize,
    directory: string,
    ports: readonly number[],
    exporter: ExporterProcess,
  ) {
    this.#size = size;
    this.#directory = directory;
    this.#ports = ports;
    this.exporter = exporter;
  }

  static async start(size: FleetSize): Promise<FleetSite> {
    const directory = await mkdtemp(join(tmpdir(), 'bench-fleet-'));
    const ports = await Promise.all(Array.from({ length: size.gateways }, reservePort));
    const [tokenFile, configFile] = [join(directory, 'token'), join(directory, 'config.json')];
    await writeFile(logIn(directory), '');
    await writeFile(tokenFile, 'bench', { mode: 0o600 });
    const gateways = ports.map((port, index) => ({
      name: `gateway-${index}`,
      url: `ws://127.0.0.1:${port}`,
      token_file: tokenFile,
      log: index === 0 ? logIn(directory) : 'none',
    }));
    // Those that its log names and no roster lists come on top.
    const limits = { max_nodes: 2 * size.gateways * size.nodes };
    await writeFile(configFile, JSON.stringify({ limits, gateways }));
    const exporter = new ExporterProcess({
      port: await reservePort(),
      home: directory,
      flags: ['--config.file', configFile, '--state.dir', join(directory, 'state')],
    });
    const site = new FleetSite(size, directory, ports, exporter);
    try {
      await site.gatewaysCome();
      await site.#untilReady();
      return site;
    } catch (error: unknown) {
      await site[Symbol.asyncDispose]();
      throw error;
    }
  }

  async gatewaysCome(): Promise<void> {
    this.#gateways = await Promise.all(
      this.#ports.map((port, index) =>
        FakeGateway.listen({
          version: '2026.9.6',
          port,
          react: ({ method }) => (method === 'node.list' ? { payload: this.#reply(index) } : undefined),
        }),
      ),
    );
  }

  async gatewaysGo(): Promise<void> {
    await Promise.allSettled(this.#gateways.map((gateway) => gateway.close()));
  }

  /** 2 % of the sessions end, and as many begin. */
  sessionsComeAndGo(): void {
    this.#round += 1;
    for (const gateway of this.#gateways) gateway.emit('presence', {});
  }

  /** Every second line tells of a node that was refused. */
  async writeLog(count: number): Promise<void> {
    const lines = gatewayLogLines({ count, port: this.#ports[0] ?? 0, nodes: this.#size.nodes });
    await appendFile(logIn(this.#directory), lines);
  }

  async refusalsCounted(): Promise<number> {
    const page = await (await fetch(`${this.exporter.origin}/metrics`)).text();
    const counts = page.matchAll(
      /^openclaw_nodehost_(?:auth_failures|gateway_refused_connects)_total\{.*\} (\d+)$/gm,
    );
    return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
  }

  /** A scrape every 2 s, `/livez` every 50 ms, and the host stats of each node once a minute, all the while. */
  async measure({ seconds, begin, everySecond }: Stretch): Promise<Measured> {
    await this.exporter.report();
    const [scrapesMs, livezMs]: [number[], number[]] = [[], []];
    let scrapeBytes = 0;
    await begin?.();
    const endAt = performance.now() + seconds * 1_000;
    const until = async (everyMs: number, run: () => unknown): Promise<void> => {
      while (performance.now() < endAt) {
        await run();
        await sleep(everyMs);
      }
    };
    await Promise.all([
      until(SCRAPE_EVERY_MS, async () => {
        const scrape = await this.exporter.get('/metrics');
        scrapesMs.push(scrape.ms);
        scrapeBytes = scrape.bytes;
      }),
      until(LIVEZ_EVERY_MS, async () => {
        livezMs.push((await this.exporter.get('/livez')).ms);
      }),
      until(1_000, () => everySecond?.()),
      until(HOST_STATS_EVERY_MS / this.#allNodes, () => {
        this.#tellHostStats();
      }),
    ]);
    return { scrapesMs, scrapeBytes, livezMs, loop: await this.exporter.report() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.exporter.stop();
    await this.gatewaysGo();
    await rm(this.#directory, { recursive: true });
  }

  get #allNodes(): number {
    return this.#size.gateways * this.#size.nodes;
  }

  #reply(gateway: number): object {
    const { nodes } = this.#size;
    return fleetReply({
      nodes,
      first: gateway * nodes,
      wallMs: Date.now(),
      round: this.#round,
      flappingShare: 0.02,
    });
  }

  #tellHostStats(): void {
    this.#told += 1;
    const at = this.#told % this.#allNodes;
    this.#gateways[Math.floor(at / this.#size.nodes)]?.emit('node.hostStats', { nodeId: nodeIdOf(at) });
  }

  async #untilReady(): Promise<void> {
    const deadline = performance.now() + START_WITHIN_MS;
    while (performance.now() < deadline) {
      const ready = await this.exporter.get('/-/ready').catch(() => undefined);
      if (ready?.status === 200) return;
      await sleep(100);
    }
    throw new Error('the exporter is not ready');
  }
}

function logIn(directory: string): string {
  return join(directory, 'gateway.jsonl');
}
