import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findLeaks, readPages } from '../helpers/secret-leaks.ts';
import { makeTemporaryDirectory, removeTemporaryDirectory, type Resource } from './harness/cleanup.ts';
import { hasEnded, lastWords, readLog } from './harness/last-words.ts';
import { reservePort } from './harness/ports.ts';
import { Hopeless, monotonicMs, sleep, waitUntil } from './harness/wait-until.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
/** Fine against promises in seconds, and cheap. */
const SAMPLE_EVERY_MS = 200;

export interface ExporterOptions {
  readonly gatewayUrl: string;
  /** Absent: the exporter has no credential. */
  readonly token?: string;
  readonly nodes: readonly { readonly name: string; readonly stateDir: string; readonly log?: string }[];
  readonly probe?: boolean;
  /** Thresholds in the configuration file's words, e.g. `futile_after: 20s`. */
  readonly thresholds?: Readonly<Record<string, string>>;
}

/** What was to be seen of one node host at one moment. */
export interface Sample {
  readonly atMs: number;
  readonly livez: number;
  readonly state: string;
  readonly reasons: readonly string[];
  readonly why: string;
  readonly heartbeatAgeSeconds: number | undefined;
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
      env: { PATH: process.env.PATH ?? '', HOME: join(this.directory, 'home') },
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    await waitUntil(() => this.#isReady(), { timeoutMs: 60_000, what: 'the exporter to be ready' });
    this.#isSampling = true;
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
      throw new Error(`${String(error)}; last seen: ${JSON.stringify(last)}`, { cause: error });
    });
    const sample = found as unknown as Sample;
    return { elapsedMs: sample.atMs - sinceMs, sample };
  }

  /** A page's text. */
  async page(path: string): Promise<string> {
    return (await fetch(`${this.url}${path}`)).text();
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
    const { gatewayUrl, token, nodes, probe = false, thresholds = {} } = this.#options;
    mkdirSync(join(this.directory, 'home'), { recursive: true });
    if (token !== undefined) this.writeToken(token);
    const config = {
      web: { listen_address: `127.0.0.1:${this.port}` },
      gateway: { url: gatewayUrl, ...(token !== undefined && { token_file: this.tokenPath }) },
      nodes: nodes.map(({ name, stateDir, log }) => ({
        name,
        state_dir: stateDir,
        ...(log !== undefined && { log }),
      })),
      probe: { enabled: probe },
      state: { dir: join(this.directory, 'state') },
      thresholds,
    };
    mkdirSync(dirname(join(this.directory, 'config.yml')), { recursive: true });
    // JSON is YAML.
    writeFileSync(join(this.directory, 'config.yml'), JSON.stringify(config, null, 2));
  }

  async #sample(): Promise<void> {
    while (this.#isSampling) {
      await Promise.all(this.#options.nodes.map(({ name }) => this.#sampleOne(name)));
      await sleep(SAMPLE_EVERY_MS);
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
      const body = (await api.json()) as {
        readonly state: string;
        readonly reasons: readonly string[];
        readonly why: string;
        readonly heartbeat: { readonly agoSeconds: number } | null;
      };
      const samples = this.#samples.get(name) ?? [];
      this.#samples.set(name, samples);
      samples.push({
        atMs: monotonicMs(),
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
