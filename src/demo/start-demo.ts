import type { Config } from '../config/config.ts';
import type { TcpAddress } from '../config/listen-address.ts';
import type { Snapshot } from '../core/index.ts';
import type { Output } from '../runtime/terminal.ts';
import { demoConfig, isAddressGiven } from './demo-config.ts';
import { Surroundings } from './demo-surroundings.ts';
import { isPortFree } from './free-port.ts';
import { renderLiveTable, storyText } from './live-table.ts';
import { Painter } from './painter.ts';
import { describeChanges, summaryLines, type Told } from './plain-lines.ts';
import { DEMO_CAST, demoScenario, playScenario, type StoryLine } from './scenario.ts';
import { systemTimers, type Timers } from './timers.ts';

/** How often the verdicts are looked at and the table is redrawn. */
const REFRESH_MS = 1_000;
/** Where the exporter serves unless told otherwise. */
const DEFAULT_LISTEN = { kind: 'tcp', host: '127.0.0.1', port: 9789 } as const;

/** What the demo needs of the exporter that it starts: the real one. */
export interface DemoExporter {
  /** Where it serves: `http://127.0.0.1:9789`, `https://…`, `unix:/path`. */
  readonly urls: readonly string[];
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
  readonly timers?: Timers;
}

export interface Demo {
  /** Resolves when the demo has ended and everything it started is gone. */
  readonly ended: Promise<void>;
  /** Says how each node host fared, ends every child and removes what was written. Idempotent. */
  stop(): Promise<void>;
}

export type DemoStart<Problem> =
  { readonly ok: true; readonly demo: Demo } | { readonly ok: false; readonly problem: Problem };

/** Starts a simulated gateway, three simulated node hosts and the real exporter, and tells a story with them. */
export async function startDemo<Problem>(options: DemoOptions<Problem>): Promise<DemoStart<Problem>> {
  const usual = options.config.web.listen.find((address) => address.kind === 'tcp') ?? DEFAULT_LISTEN;
  const isTaken = !isAddressGiven(options.config) && !(await isPortFree(usual.port));
  const show: { running?: RunningDemo } = {};
  const surroundings = await Surroundings.start({
    cast: DEMO_CAST,
    onDeath: (name, how) => show.running?.tell(`${name} has ended (${how}); nobody restarts it`),
  });
  const started = await startOrStop(surroundings, options, isTaken ? { ...usual, port: 0 } : usual);
  if (!started.ok) return started;
  const running = new RunningDemo(options, surroundings, started.exporter);
  show.running = running;
  running.begin(isTaken ? [`port ${usual.port} is in use, so a free one is taken`] : []);
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
  readonly ended: Promise<void>;
  readonly #options: Omit<DemoOptions<unknown>, 'startExporter'>;
  readonly #timers: Timers;
  readonly #surroundings: Surroundings;
  readonly #exporter: DemoExporter;
  readonly #painter: Painter;
  readonly #startedAtMs: number;
  readonly #story: StoryLine[] = [];
  readonly #endings: (() => void)[] = [];
  #told: Told = new Map();
  #stopping: Promise<void> | undefined;
  #end!: () => void;

  constructor(
    options: Omit<DemoOptions<unknown>, 'startExporter'>,
    surroundings: Surroundings,
    exporter: DemoExporter,
  ) {
    this.#options = options;
    this.#timers = options.timers ?? systemTimers;
    this.#surroundings = surroundings;
    this.#exporter = exporter;
    this.#painter = new Painter(options.output);
    this.#startedAtMs = this.#timers.monoMs();
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  begin(notes: readonly string[]): void {
    for (const line of this.#introduction(notes)) this.#write(line);
    const { durationMs } = this.#options;
    this.#endings.push(
      playScenario({
        acts: demoScenario(DEMO_CAST),
        stage: this.#surroundings,
        timers: this.#timers,
        tell: (line) => this.#add(line),
      }),
      this.#timers.every(REFRESH_MS, () => this.#refresh()),
    );
    if (durationMs !== undefined) this.#endings.push(this.#timers.after(durationMs, () => void this.stop()));
    this.#refresh();
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
    if (this.#options.output.isTty) this.#paint();
    else this.#write(storyText(line));
  }

  #refresh(): void {
    if (this.#stopping !== undefined) return;
    if (this.#options.output.isTty) this.#paint();
    else this.#writeChanges();
  }

  #paint(): void {
    this.#painter.paint(
      renderLiveTable({
        snapshot: this.#exporter.snapshot(),
        story: this.#story,
        elapsedMs: this.#elapsedMs(),
        footer: this.#footer(),
        columns: this.#options.output.columns,
        rows: this.#options.output.rows,
        color: this.#options.color,
      }),
    );
  }

  #writeChanges(): void {
    const { lines, told } = describeChanges(this.#told, {
      snapshot: this.#exporter.snapshot(),
      elapsedMs: this.#elapsedMs(),
    });
    this.#told = told;
    for (const line of lines) this.#write(line);
  }

  #introduction(notes: readonly string[]): readonly string[] {
    return [
      'openclaw-liveness-exporter demo: the real exporter, watching a simulated gateway and three simulated node hosts',
      ...notes,
      ...(this.#options.output.isTty ? [''] : this.#footer()),
    ];
  }

  #footer(): readonly string[] {
    const [url = 'http://127.0.0.1'] = this.#exporter.urls;
    const pids = this.#surroundings.nodeHosts.map(({ name, pid }) => `${name} ${pid ?? 'not running'}`);
    return [
      `try: curl ${curlArguments(url, '/livez?verbose')}`,
      `     curl ${curlArguments(url, '/metrics')}`,
      `pid: ${pids.join(', ')}`,
      '     (kill -STOP, -CONT or -KILL them as you like)',
    ];
  }

  #write(line: string): void {
    this.#options.output.write(`${line}\n`);
  }
}

/** What `curl` is told to get at a page. */
function curlArguments(url: string, path: string): string {
  const isSocket = url.startsWith('unix:');
  return isSocket
    ? `--unix-socket '${url.slice('unix:'.length)}' 'http://localhost${path}'`
    : `'${url}${path}'`;
}
