import type { Config } from '../config/config.ts';
import type { TcpAddress } from '../config/listen-address.ts';
import type { Snapshot } from '../core/index.ts';
import { demoConfig, givenAddress } from './demo-config.ts';
import { Surroundings } from './demo-surroundings.ts';
import { isPortFree } from './free-port.ts';
import { renderLiveTable, storyText } from './live-table.ts';
import { Painter, type Output } from './painter.ts';
import { describeChanges, summaryLines, type Told } from './plain-lines.ts';
import {
  DEMO_CAST,
  DEMO_TIMINGS,
  demoScenario,
  playScenario,
  type StoryLine,
  type Timings,
} from './scenario.ts';
import { systemTimers, type Timers } from './timers.ts';

/** How often the verdicts are looked at, `/livez` is asked and the table is redrawn. */
const REFRESH_MS = 1_000;
/** `/livez` promises to answer within 50 ms. */
const LIVEZ_TIMEOUT_MS = 900;
/** Where the exporter serves unless told otherwise. */
const DEFAULT_LISTEN = { kind: 'tcp', host: '127.0.0.1', port: 9789 } as const;
const DEFAULT_COLUMNS = 80;
const DEFAULT_ROWS = 24;

/** What the demo needs of the exporter that it starts: the real one. */
export interface DemoExporter {
  /** Where it serves. */
  readonly address: { readonly host?: string; readonly port: number };
  snapshot(): Snapshot;
  stop(): Promise<void>;
}

export type ExporterStart<Problem> =
  { readonly ok: true; readonly exporter: DemoExporter } | { readonly ok: false; readonly problem: Problem };

export interface DemoOptions<Problem> {
  /** As for `serve`; the demo fills in its own gateway and node hosts. */
  readonly config: Config;
  readonly startExporter: (config: Config) => Promise<ExporterStart<Problem>>;
  readonly output: Output;
  readonly color: boolean;
  /** Ends by itself after this long; runs until `stop` when absent. */
  readonly durationMs?: number;
  readonly timings?: Timings;
  readonly timers?: Timers;
}

export interface Demo {
  /** Base URL of the exporter's pages. */
  readonly url: string;
  /** Resolves when the demo has ended and everything it started is gone. */
  readonly ended: Promise<void>;
  /** Says how each node host fared, ends every child and removes what was written. Idempotent. */
  stop(): Promise<void>;
}

export type DemoStart<Problem> =
  { readonly ok: true; readonly demo: Demo } | { readonly ok: false; readonly problem: Problem };

/** Starts a simulated gateway, three simulated node hosts and the real exporter, and tells a story with them. */
export async function startDemo<Problem>(options: DemoOptions<Problem>): Promise<DemoStart<Problem>> {
  const notes: string[] = [];
  const usual = options.config.web.listen.find((address) => address.kind === 'tcp') ?? DEFAULT_LISTEN;
  const isTaken = givenAddress(options.config) === undefined && !(await isPortFree(usual.port));
  if (isTaken) notes.push(`port ${usual.port} is in use, so a free one is taken`);
  if (options.config.web.configFile !== undefined)
    notes.push('the demo serves plain HTTP, whatever the web config file says');
  const show: { running?: RunningDemo } = {};
  const surroundings = await Surroundings.start({
    cast: DEMO_CAST,
    onDeath: (name, how) => show.running?.tell(`${name} has ended (${how}); nobody restarts it`),
  });
  const started = await startOrStop(surroundings, options, isTaken ? { ...usual, port: 0 } : usual);
  if (!started.ok) return started;
  const running = new RunningDemo({ options, surroundings, exporter: started.exporter, notes });
  show.running = running;
  running.begin();
  return { ok: true, demo: running };
}

async function startOrStop<Problem>(
  surroundings: Surroundings,
  { config, startExporter }: DemoOptions<Problem>,
  fallbackListen: TcpAddress,
): Promise<ExporterStart<Problem>> {
  try {
    const { gatewayUrl, tokenFile, nodeHosts, exporterStateDir } = surroundings;
    const started = await startExporter(
      demoConfig(config, { gatewayUrl, tokenFile, nodeHosts, exporterStateDir, fallbackListen }),
    );
    if (!started.ok) await surroundings.stop();
    return started;
  } catch (error: unknown) {
    await surroundings.stop();
    throw error;
  }
}

class RunningDemo implements Demo {
  readonly url: string;
  readonly ended: Promise<void>;
  readonly #output: Output;
  readonly #color: boolean;
  readonly #timers: Timers;
  readonly #surroundings: Surroundings;
  readonly #exporter: DemoExporter;
  readonly #painter: Painter;
  readonly #startedAtMs: number;
  readonly #notes: readonly string[];
  readonly #options: { readonly timings: Timings; readonly durationMs?: number };
  readonly #livez = new Map<string, number>();
  readonly #story: StoryLine[] = [];
  readonly #endings: (() => void)[] = [];
  #told: Told = new Map();
  #isAsking = false;
  #stopping: Promise<void> | undefined;
  #end!: () => void;

  constructor(parts: {
    readonly options: Omit<DemoOptions<unknown>, 'startExporter'>;
    readonly surroundings: Surroundings;
    readonly exporter: DemoExporter;
    readonly notes: readonly string[];
  }) {
    const { options } = parts;
    this.#output = options.output;
    this.#color = options.color;
    this.#timers = options.timers ?? systemTimers;
    this.#surroundings = parts.surroundings;
    this.#exporter = parts.exporter;
    this.#notes = parts.notes;
    this.#painter = new Painter(options.output);
    this.#startedAtMs = this.#timers.monoMs();
    this.#options = {
      timings: options.timings ?? DEMO_TIMINGS,
      ...(options.durationMs === undefined ? {} : { durationMs: options.durationMs }),
    };
    this.url = baseUrl(parts.exporter.address);
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  begin(): void {
    for (const line of this.#introduction()) this.#write(line);
    const { timings, durationMs } = this.#options;
    this.#endings.push(
      playScenario({
        acts: demoScenario(DEMO_CAST, timings),
        stage: this.#surroundings,
        timers: this.#timers,
        tell: (line) => {
          this.#add(line);
        },
      }),
      this.#timers.every(REFRESH_MS, () => void this.#refresh()),
    );
    if (durationMs !== undefined) this.#endings.push(this.#timers.after(durationMs, () => void this.stop()));
    void this.#refresh();
  }

  tell(text: string): void {
    this.#add({ atMs: this.#elapsedMs(), text });
  }

  async stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    for (const end of this.#endings) end();
    try {
      this.#write('');
      for (const line of summaryLines(this.#exporter.snapshot())) this.#write(line);
      await this.#exporter.stop();
    } finally {
      await this.#surroundings.stop();
      this.#end();
    }
  }

  #elapsedMs(): number {
    return this.#timers.monoMs() - this.#startedAtMs;
  }

  #add(line: StoryLine): void {
    if (this.#stopping !== undefined) return;
    this.#story.push(line);
    if (this.#output.isTTY === true) this.#paint();
    else this.#write(storyText(line));
  }

  async #refresh(): Promise<void> {
    if (this.#isAsking) return;
    this.#isAsking = true;
    await Promise.all(this.#exporter.snapshot().nodes.map(async ({ name }) => this.#askLivez(name)));
    this.#isAsking = false;
    if (this.#stopping !== undefined) return;
    if (this.#output.isTTY === true) this.#paint();
    else this.#writeChanges();
  }

  /** Asks the way that anybody would, so that what is shown is what a supervisor gets. */
  async #askLivez(name: string): Promise<void> {
    try {
      const answer = await fetch(`${this.url}/livez/${encodeURIComponent(name)}`, {
        signal: AbortSignal.timeout(LIVEZ_TIMEOUT_MS),
      });
      await answer.arrayBuffer();
      this.#livez.set(name, answer.status);
    } catch {
      this.#livez.delete(name);
    }
  }

  #paint(): void {
    this.#painter.paint(
      renderLiveTable({
        snapshot: this.#exporter.snapshot(),
        livez: this.#livez,
        story: this.#story,
        elapsedMs: this.#elapsedMs(),
        footer: this.#footer(),
        columns: this.#output.columns ?? DEFAULT_COLUMNS,
        rows: this.#output.rows ?? DEFAULT_ROWS,
        color: this.#color,
      }),
    );
  }

  #writeChanges(): void {
    const { lines, told } = describeChanges(this.#told, {
      snapshot: this.#exporter.snapshot(),
      livez: this.#livez,
      elapsedMs: this.#elapsedMs(),
    });
    this.#told = told;
    for (const line of lines) this.#write(line);
  }

  #introduction(): readonly string[] {
    return [
      'openclaw-liveness-exporter demo: the real exporter, watching a simulated gateway and three simulated node hosts',
      ...this.#notes,
      ...(this.#output.isTTY === true ? [''] : this.#footer()),
    ];
  }

  #footer(): readonly string[] {
    const pids = this.#surroundings.nodeHosts.map(({ name, pid }) => `${name} ${pid ?? 'not running'}`);
    return [
      `try: curl '${this.url}/livez?verbose'`,
      `     curl ${this.url}/metrics`,
      `pid: ${pids.join(', ')}`,
      '     (kill -STOP, -CONT or -KILL them as you like)',
    ];
  }

  #write(line: string): void {
    this.#output.write(`${line}\n`);
  }
}

function baseUrl({ host, port }: { readonly host?: string; readonly port: number }): string {
  const name = host === undefined || host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
}
