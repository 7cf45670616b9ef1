import type { RunningExporter, StartOptions, StartResult } from '../../src/app/port.ts';
import type { Config } from '../../src/config/config.ts';
import type { Environment } from '../../src/config/environment-layer.ts';
import type { Snapshot } from '../../src/core/model/snapshot.ts';
import type { Instant } from '../../src/core/model/time.ts';
import type { CliDependencies } from '../../src/cli/dependencies.ts';
import type { LocalRequest } from '../../src/cli/local-request.ts';
import type { NotifyServiceManager } from '../../src/runtime/notify-service-manager.ts';
import type { ServiceSurroundings } from '../../src/cli/service.ts';
import { runCli } from '../../src/cli/run-cli.ts';
import type { StopSignal } from '../../src/cli/signals.ts';
import type { Output } from '../../src/runtime/terminal.ts';
import { aSnapshot } from '../helpers/snapshots.ts';

/** Longer than a check looks at least. */
const SETTLED_AFTER_MS = 4_000;

function after(instant: Instant, ms: number): Instant {
  return { monoMs: instant.monoMs + ms, wallMs: instant.wallMs + ms };
}

/** The command line with everything around it replaced, and what it did to that. */
export class FakeCli {
  /** What the exporter sees. */
  snapshot: Snapshot = aSnapshot();
  /** What it sees later, one after the other, each time that somebody has waited. */
  later: Snapshot[] = [];
  /** Whether settling takes no time, and every wait gives the next of `later`. */
  isPatient = false;
  /** Set to have it refuse to start. */
  problem: { readonly message: string; readonly exitCode: number } | undefined;
  /** How long starting takes: until this resolves. */
  starting: Promise<void> = Promise.resolve();
  /** How long stopping takes: until this resolves. */
  stopping: Promise<void> = Promise.resolve();
  environment: Environment = { HOME: '/nonexistent', OPENCLAW_LIVENESS_STATE_DIR: '/tmp' };
  fetch: typeof globalThis.fetch = () =>
    Promise.reject(
      new TypeError('fetch failed', { cause: Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }) }),
    );
  localRequest: LocalRequest = () =>
    Promise.reject(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }));
  isTty = false;
  isHealthy = true;
  /** The service manager that waits for signs of life, if any. */
  notify: NotifyServiceManager | undefined;
  /** What is on the machine, by path. */
  readonly files = new Map<string, string>();
  /** What the machine's programs were called with. */
  readonly ran: string[] = [];
  /** Programs that fail, with what they say. */
  readonly failing = new Map<string, string>();
  /** What programs say the first times, `undefined` where they do not fail. */
  readonly first = new Map<string, (string | undefined)[]>();
  /** What whoever is asked says; `undefined` where nobody is there. */
  answer: boolean | undefined;
  userId = 1000;
  program: readonly [string, string] = ['/opt/node', '/opt/exporter/dist/main.js'];
  /** The operating system that it runs on. */
  system = 'linux';

  readonly starts: { readonly config: Config; readonly options: StartOptions }[] = [];
  readonly demos: Config[] = [];
  readonly settledFor: number[] = [];
  stops = 0;
  reloads = 0;
  out = '';
  err = '';

  #signalListeners: ((signal: StopSignal) => void)[] = [];
  readonly #hangUpListeners = new Set<() => void>();
  #deadlines: (() => void)[] = [];
  #whenListening: (() => void)[] = [];

  /** Runs the command; resolves with its exit code. */
  async run(...argv: readonly string[]): Promise<number> {
    return runCli(argv, this.#dependencies());
  }

  /** Sends the signal to whoever listens. */
  signal(signal: StopSignal): void {
    for (const listener of this.#signalListeners) listener(signal);
  }

  /** Sends SIGHUP to whoever listens; by default it would end the process. */
  hangUp(): void {
    if (this.#hangUpListeners.size === 0) throw new Error('SIGHUP ended the process');
    for (const listener of this.#hangUpListeners) listener();
  }

  /** Resolves once the exporter was started. */
  async started(): Promise<void> {
    if (this.starts.length > 0) return;
    await new Promise<void>((resolve) => this.#whenListening.push(resolve));
  }

  /** Lets every deadline pass that was set. */
  passDeadlines(): void {
    for (const deadline of this.#deadlines.splice(0)) deadline();
  }

  get isListening(): boolean {
    return this.#signalListeners.length > 0;
  }

  #dependencies(): CliDependencies {
    return {
      startExporter: (config, options) => {
        this.starts.push({ config, options });
        for (const resolve of this.#whenListening.splice(0)) resolve();
        return this.starting.then(() => this.#start());
      },
      startDemo: (options) => {
        this.demos.push(options.config);
        return options.startExporter(options.config).then((started) => {
          if (!started.ok) return started;
          let end = (): void => undefined;
          const ended = new Promise<void>((resolve) => {
            end = resolve;
          });
          if (options.durationMs !== undefined) end();
          const stop = (): Promise<void> => {
            end();
            return started.exporter.stop();
          };
          return { ok: true, demo: { ended, stop } };
        });
      },
      fetch: (...request) => this.fetch(...request),
      localRequest: (...request) => this.localRequest(...request),
      stdout: this.#output((text) => (this.out += text)),
      stderr: this.#output((text) => (this.err += text)),
      signals: {
        listen: (listener) => {
          this.#signalListeners.push(listener);
          return () => {
            this.#signalListeners = this.#signalListeners.filter((other) => other !== listener);
          };
        },
        listenForReload: (listener) => {
          this.#hangUpListeners.add(listener);
          return () => this.#hangUpListeners.delete(listener);
        },
      },
      after: (_ms, callback) => {
        if (this.isPatient) {
          this.snapshot = this.later.shift() ?? this.snapshot;
          queueMicrotask(callback);
          return () => undefined;
        }
        this.#deadlines.push(callback);
        return () => {
          this.#deadlines = this.#deadlines.filter((other) => other !== callback);
        };
      },
      version: '1.2.3',
      environment: this.environment,
      cwd: '/',
      system: this.system,
      notify: this.notify,
      service: () => this.#service(),
    };
  }

  #service(): ServiceSurroundings {
    return {
      machine: {
        read: (path) => Promise.resolve(this.files.get(path)),
        write: (path, text) => {
          this.files.set(path, text);
          return Promise.resolve();
        },
        remove: (path) => {
          this.files.delete(path);
          return Promise.resolve();
        },
        pause: () => Promise.resolve(),
        run: (argv) => {
          const command = argv.join(' ');
          this.ran.push(command);
          const first = this.first.get(command) ?? [];
          const complaint = first.length > 0 ? first.shift() : this.failing.get(command);
          return Promise.resolve({
            status: complaint === undefined ? 0 : 1,
            output: '',
            complaint: complaint ?? '',
          });
        },
      },
      confirm: () => Promise.resolve(this.answer),
      stdout: this.#output((text) => (this.out += text)),
      stderr: this.#output((text) => (this.err += text)),
      version: '1.2.3',
      environment: this.environment,
      cwd: '/work',
      system: this.system,
      home: '/home/ada',
      userId: this.userId,
      program: this.program,
    };
  }

  #start(): StartResult {
    if (this.problem !== undefined) return { ok: false, problem: this.problem };
    const exporter: RunningExporter = {
      address: { host: '127.0.0.1', port: 9789 },
      urls: ['http://127.0.0.1:9789'],
      snapshot: () => this.snapshot,
      isHealthy: () => this.isHealthy,
      settled: (timeoutMs) => {
        this.settledFor.push(timeoutMs);
        if (!this.isPatient)
          this.snapshot = { ...this.snapshot, at: after(this.snapshot.at, SETTLED_AFTER_MS) };
        return Promise.resolve(this.snapshot);
      },
      otherNodeHosts: () => [],
      onTransition: () => () => undefined,
      reload: () => {
        this.reloads += 1;
        return Promise.resolve({ ok: true, applied: [], needsRestart: [] });
      },
      stop: () => {
        this.stops += 1;
        return this.stopping;
      },
    };
    return { ok: true, exporter };
  }

  #output(write: (text: string) => void): Output {
    return { write, isTty: this.isTty, columns: 80, rows: 24 };
  }
}
