import type { RunningExporter, StartResult } from '../app/port.ts';
import type { Config } from '../config/config.ts';
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
export type DemoExporter = Pick<RunningExporter, 'urls' | 'snapshot' | 'stop'>;

type NotStarted = Extract<StartResult, { readonly ok: false }>;
type ExporterStart = { readonly ok: true; readonly exporter: DemoExporter } | NotStarted;

export interface DemoOptions {
  /** As for `serve`; the demo fills in its own gateway and node hosts. */
  readonly config: Config;
  readonly startExporter: (config: Config) => Promise<ExporterStart>;
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

/** Starts a simulated gateway, three simulated node hosts and the real exporter, and tells a story with them. */
export async function startDemo(
  options: DemoOptions,
): Promise<{ readonly ok: true; readonly demo: Demo } | NotStarted> {
  const { config } = options;
  const usual = config.web.listen.find((address) => address.kind === 'tcp') ?? DEFAULT_LISTEN;
  const isTaken = !isAddressGiven(config) && !(await isPortFree(usual.port));
  const fallbackListen = isTaken ? { ...usual, port: 0 } : usual;
  const show: { running?: RunningDemo } = {};
  const surroundings = await Surroundings.start({
    cast: DEMO_CAST,
    onDeath: (name, how) => show.running?.tell(`${name} has ended (${how}); nobody restarts it`),
  });
  let started: ExporterStart | undefined;
  try {
    started = await options.startExporter(demoConfig(config, surroundings, fallbackListen));
  } finally {
    if (started?.ok !== true) await surroundings.stop();
  }
  if (!started.ok) return started;
  const running = new RunningDemo(options, surroundings, started.exporter);
  show.running = running;
  running.begin(isTaken ? [`port ${usual.port} is in use, so a free one is taken`] : []);
  return { ok: true, demo: running };
}

class RunningDemo implements Demo {
  readonly #end = Promise.withResolvers<undefined>();
  readonly ended: Promise<undefined> = this.#end.promise;
  readonly #options: DemoOptions;
  readonly #timers: Timers;
  readonly #surroundings: Surroundings;
  readonly #exporter: DemoExporter;
  readonly #painter: Painter;
  readonly #startedAtMs: number;
  readonly #story: StoryLine[] = [];
  readonly #endings: (() => void)[] = [];
  #told: Told = new Map();
  #stopping: Promise<void> | undefined;

  constructor(options: DemoOptions, surroundings: Surroundings, exporter: DemoExporter) {
    this.#options = options;
    this.#timers = options.timers ?? systemTimers;
    this.#surroundings = surroundings;
    this.#exporter = exporter;
    this.#painter = new Painter(options.output);
    this.#startedAtMs = this.#timers.monoMs();
  }

  begin(notes: readonly string[]): void {
    const { durationMs, output } = this.#options;
    this.#write(
      'openclaw-liveness-exporter demo: the real exporter, watching a simulated gateway and three simulated node hosts',
      ...notes,
      ...(output.isTty ? [''] : this.#footer()),
    );
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

  stop(): Promise<void> {
    return (this.#stopping ??= this.#stop());
  }

  async #stop(): Promise<void> {
    for (const end of this.#endings) end();
    try {
      this.#write('', ...summaryLines(this.#exporter.snapshot()));
      await this.#exporter.stop();
    } finally {
      await this.#surroundings.stop();
      this.#end.resolve(undefined);
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
    const { output, color } = this.#options;
    const { columns, rows } = output;
    const table = {
      snapshot: this.#exporter.snapshot(),
      story: this.#story,
      elapsedMs: this.#elapsedMs(),
      footer: this.#footer(),
    };
    this.#painter.paint(renderLiveTable({ ...table, columns, rows, color }));
  }

  #writeChanges(): void {
    const now = { snapshot: this.#exporter.snapshot(), elapsedMs: this.#elapsedMs() };
    const { lines, told } = describeChanges(this.#told, now);
    this.#told = told;
    this.#write(...lines);
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

  #write(...lines: readonly string[]): void {
    for (const line of lines) this.#options.output.write(`${line}\n`);
  }
}

/** What `curl` is told to get at a page. */
function curlArguments(url: string, path: string): string {
  const isSocket = url.startsWith('unix:');
  return isSocket
    ? `--unix-socket '${url.slice('unix:'.length)}' 'http://localhost${path}'`
    : `'${url}${path}'`;
}
