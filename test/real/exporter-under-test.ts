import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { NodeDocument, NodesDocument } from '../../src/document/nodes-document.ts';
import { findLeaks, readPages } from '../helpers/secret-leaks.ts';
import { makeTemporaryDirectory, removeTemporaryDirectory, type Resource } from './harness/cleanup.ts';
import { hasEnded, lastWords, readLog } from './harness/last-words.ts';
import { reservePort } from './harness/ports.ts';
import { Hopeless, monotonicMs, sleep, waitUntil } from './harness/wait-until.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
/** Fine against promises in seconds, and cheap. */
const SAMPLE_EVERY_MS = 200;
/** Rounds of samples between two looks at the list of all nodes. */
const LIST_EVERY = 5;

export interface ExporterOptions {
  /** Absent: `gateways`. */
  readonly gatewayUrl?: string;
  /** The configuration file's list; each gets a token file of its own. */
  readonly gateways?: readonly { readonly name: string; readonly url: string; readonly token: string }[];
  /** Absent: the exporter has no credential. */
  readonly token?: string;
  /** Where the gateway logs; absent: found. */
  readonly gatewayLog?: string;
  readonly nodes: readonly { readonly name: string; readonly stateDir: string; readonly log?: string }[];
  readonly probe?: boolean;
  /** Thresholds in the configuration file's words, e.g. `futile_after: 20s`. */
  readonly thresholds?: Readonly<Record<string, string>>;
  /** The configuration file's section; absent: off. */
  readonly recovery?: Readonly<Record<string, unknown>>;
  /** Absent: true. False where somebody else asks it all the time. */
  readonly isSampled?: boolean;
  /** Beside PATH and HOME. */
  readonly environment?: NodeJS.ProcessEnv;
}

/** What was to be seen of one node host at one moment. */
export interface Sample {
  readonly atMs: number;
  readonly gateway: string;
  readonly livez: number;
  readonly state: string;
  readonly reasons: readonly string[];
  readonly why: string;
  readonly heartbeatAgeSeconds: number | undefined;
}

/** Who was listed at one moment. */
export interface Listing {
  readonly atMs: number;
  readonly nodes: readonly Pick<NodeDocument, 'key' | 'name' | 'scope' | 'state' | 'nodeId'>[];
}

/** The real exporter as a process of its own, asked over HTTP by its users' means, five times a second. */
export class ExporterUnderTest implements Resource {
  readonly port: number;
  readonly directory: string;
  readonly logPath: string;
  readonly logPaths: readonly string[];
  readonly tokenPath: string;
  readonly #options: ExporterOptions;
  readonly #samples = new Map<string, Sample[]>();
  readonly #listings: Listing[] = [];
  /** Every token that it was given: none of them may be seen anywhere. */
  readonly #secrets = new Set<string>();
  #child: ChildProcess | undefined;
  #isSampling = false;
  #sampling: Promise<void> | undefined;

  private constructor(options: ExporterOptions, directory: string, port: number) {
    this.#options = options;
    this.directory = directory;
    this.port = port;
    this.logPath = join(directory, 'exporter.log');
    this.logPaths = [this.logPath];
    this.tokenPath = join(directory, 'token');
  }

  static async start(options: ExporterOptions): Promise<ExporterUnderTest> {
    const exporter = new ExporterUnderTest(
      options,
      await makeTemporaryDirectory('exporter'),
      await reservePort(),
    );
    try {
      exporter.#configure();
      await exporter.launch();
      return exporter;
    } catch (error: unknown) {
      await exporter[Symbol.asyncDispose]();
      throw error;
    }
  }

  get pid(): number {
    const pid = this.#child?.pid;
    if (pid === undefined) throw new Error('the exporter does not run');
    return pid;
  }

  /** Starts (again), with the state of the run before. */
  async launch(): Promise<void> {
    const log = openSync(this.logPath, 'a');
    this.#child = spawn(process.execPath, [MAIN, '--config.file', join(this.directory, 'config.yml')], {
      env: {
        PATH: process.env.PATH ?? '',
        HOME: join(this.directory, 'home'),
        ...this.#options.environment,
      },
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    await waitUntil(() => this.#isReady(), { timeoutMs: 60_000, what: 'the exporter to be ready' });
    this.#isSampling = this.#options.isSampled ?? true;
    this.#sampling = this.#sample();
  }

  async #isReady(): Promise<boolean> {
    if (this.#child !== undefined && hasEnded(this.#child)) {
      throw new Hopeless(lastWords('the exporter', this.#child, readLog(this.logPath)));
    }
    return (await fetch(`${this.url}/-/ready`)).ok;
  }

  /** Ends it by pid and waits. */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    this.#isSampling = false;
    await this.#sampling;
    const child = this.#child;
    if (child?.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => {
      child.once('exit', () => {
        resolve();
      });
    });
    child.kill(signal);
    await ended;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  writeToken(token: string): void {
    this.#secrets.add(token);
    writeFileSync(this.tokenPath, `${token}\n`, { mode: 0o600 });
  }

  latest(name: string): Sample | undefined {
    return this.#samples.get(name)?.at(-1);
  }

  /** Everything sampled of a node host from `sinceMs` on. */
  since(name: string, sinceMs: number): readonly Sample[] {
    return (this.#samples.get(name) ?? []).filter((sample) => sample.atMs >= sinceMs);
  }

  /** Every listing of all nodes from `sinceMs` on. */
  listingsSince(sinceMs: number): readonly Listing[] {
    return this.#listings.filter((listing) => listing.atMs >= sinceMs);
  }

  /** Waits for a sample after `sinceMs` that fits; answers how long after `sinceMs` it was taken. */
  async waitFor(
    name: string,
    { fits, sinceMs, timeoutMs, what }: WaitForOptions,
  ): Promise<{ readonly elapsedMs: number; readonly sample: Sample }> {
    let found: Sample | undefined;
    await waitUntil(
      () => {
        found = this.since(name, sinceMs).find(fits);
        return found !== undefined;
      },
      { timeoutMs: Math.max(0, sinceMs + timeoutMs - monotonicMs()), what: `${name} ${what}` },
    ).catch((error: unknown) => {
      const last = this.latest(name);
      const found = last === undefined ? 'was never seen' : `was ${last.state}, ${last.livez}: ${last.why}`;
      throw new Error(`${messageOf(error)}; it ${found}`, { cause: error });
    });
    const sample = found as unknown as Sample;
    return { elapsedMs: sample.atMs - sinceMs, sample };
  }

  /** A page's text. */
  async page(path: string): Promise<string> {
    return (await fetch(`${this.url}${path}`)).text();
  }

  /** One series of one node host as a scrape sees it; `undefined` where there is none. */
  async metric(name: string, node: string): Promise<number | undefined> {
    const line = (await this.page('/metrics'))
      .split('\n')
      .find((text) => text.startsWith(`${name}{`) && text.includes(`node_host="${node}"`));
    return line === undefined ? undefined : Number(line.slice(line.lastIndexOf('}') + 1).trim());
  }

  /** Ends it. @throws where one of its tokens was to be seen in a page, a metric, its log or its state file */
  async [Symbol.asyncDispose](): Promise<void> {
    const pages = await this.#pages();
    await this.end('SIGTERM');
    const files = [this.logPath, join(this.directory, 'state', 'state.json')]
      .filter((path) => existsSync(path))
      .map((path) => [path, readFileSync(path, 'utf8')] as const);
    await removeTemporaryDirectory(this.directory);
    const leaks = findLeaks([...this.#secrets], new Map([...pages, ...files]));
    if (leaks.length > 0) throw new Error(`a token was to be seen in ${leaks.join(', ')}`);
  }

  async #pages(): Promise<ReadonlyMap<string, string>> {
    try {
      return await readPages((path) => fetch(`${this.url}${path}`));
    } catch {
      // A scenario may have ended it; its log is still there.
      return new Map();
    }
  }

  #configure(): void {
    const {
      gatewayUrl,
      gatewayLog,
      gateways,
      token,
      nodes,
      probe = false,
      thresholds = {},
      recovery,
    } = this.#options;
    mkdirSync(join(this.directory, 'home'), { recursive: true });
    if (token !== undefined) this.writeToken(token);
    const config = {
      web: { listen_address: `127.0.0.1:${this.port}` },
      ...(gatewayUrl !== undefined && {
        gateway: {
          url: gatewayUrl,
          ...(token !== undefined && { token_file: this.tokenPath }),
          ...(gatewayLog !== undefined && { log: gatewayLog }),
        },
      }),
      ...(gateways !== undefined && {
        gateways: gateways.map((gateway) => ({
          name: gateway.name,
          url: gateway.url,
          token_file: this.#writeTokenOf(gateway.name, gateway.token),
        })),
      }),
      nodes: nodes.map(({ name, stateDir, log }) => ({
        name,
        state_dir: stateDir,
        ...(log !== undefined && { log }),
      })),
      probe: { enabled: probe },
      state: { dir: join(this.directory, 'state') },
      thresholds,
      ...(recovery !== undefined && { recovery }),
    };
    mkdirSync(dirname(join(this.directory, 'config.yml')), { recursive: true });
    // JSON is YAML.
    writeFileSync(join(this.directory, 'config.yml'), JSON.stringify(config, null, 2));
  }

  #writeTokenOf(gateway: string, token: string): string {
    const path = join(this.directory, `${gateway}.token`);
    this.#secrets.add(token);
    writeFileSync(path, `${token}\n`, { mode: 0o600 });
    return path;
  }

  async #sample(): Promise<void> {
    for (let round = 0; this.#isSampling; round += 1) {
      await Promise.all([
        ...this.#options.nodes.map(({ name }) => this.#sampleOne(name)),
        ...(round % LIST_EVERY === 0 ? [this.#sampleAll()] : []),
      ]);
      await sleep(SAMPLE_EVERY_MS);
    }
  }

  async #sampleAll(): Promise<void> {
    try {
      const { nodes } = JSON.parse(await this.page('/api/v1/nodes')) as Pick<NodesDocument, 'nodes'>;
      this.#listings.push({ atMs: monotonicMs(), nodes });
    } catch {
      // As below.
    }
  }

  async #sampleOne(name: string): Promise<void> {
    try {
      const node = encodeURIComponent(name);
      const [livez, api] = await Promise.all([
        fetch(`${this.url}/livez/${node}`),
        fetch(`${this.url}/api/v1/nodes/${node}`),
      ]);
      await livez.arrayBuffer();
      if (!api.ok) return;
      const body = (await api.json()) as NodeDocument;
      const samples = this.#samples.get(name) ?? [];
      this.#samples.set(name, samples);
      samples.push({
        atMs: monotonicMs(),
        gateway: body.gateway,
        livez: livez.status,
        state: body.state,
        reasons: body.reasons,
        why: body.why,
        heartbeatAgeSeconds: body.heartbeat?.agoSeconds,
      });
    } catch {
      // It is being restarted; a scenario that needs a sample waits for one.
    }
  }
}

export interface WaitForOptions {
  readonly fits: (sample: Sample) => boolean;
  readonly sinceMs: number;
  readonly timeoutMs: number;
  readonly what: string;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
