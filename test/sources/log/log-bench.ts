import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { onTestFinished } from 'vitest';

import type {
  LogEvent,
  LogObservation,
  LogStatusObservation,
  Observation,
  Recency,
  SourceReport,
} from '../../../src/core/model/observation.ts';
import type { Instant } from '../../../src/core/model/time.ts';
import type { KnownSecrets } from '../../../src/sources/known-secrets.ts';
import type { FileSystem } from '../../../src/sources/tail/file-system.ts';
import { LogSource, type LogTarget } from '../../../src/sources/log/log-source.ts';
import type { LogPositions } from '../../../src/sources/tail/position.ts';
import type { Clock, Ticker } from '../../../src/sources/source.ts';

/** A clock that stands still until it is moved. */
export class HandClock implements Clock {
  #monoMs = 1000;
  #wallMs: number;

  constructor(wallMs = Date.now()) {
    this.#wallMs = wallMs;
  }

  now(): Instant {
    return { monoMs: this.#monoMs, wallMs: this.#wallMs };
  }

  advance(ms: number): void {
    this.#monoMs += ms;
    this.#wallMs += ms;
  }
}

/** A ticker cranked by hand. */
export class HandTicker implements Ticker {
  #look: (() => Promise<void>) | undefined;
  #isPoked = false;

  every(_intervalMs: number, look: () => Promise<void>): { stop(): void; poke(): void } {
    this.#look = look;
    return {
      stop: () => {
        this.#look = undefined;
      },
      poke: () => {
        this.#isPoked = true;
      },
    };
  }

  get isStopped(): boolean {
    return this.#look === undefined;
  }

  /** One look; whether the source asked for another at once. */
  async once(): Promise<boolean> {
    this.#isPoked = false;
    await this.#look?.();
    return this.#isPoked;
  }
}

export interface Seen {
  readonly recency: Recency;
  readonly event: LogEvent;
}

export interface BenchOptions {
  readonly clock?: HandClock;
  readonly positions?: LogPositions;
  readonly fileSystem?: FileSystem;
  readonly journalctl?: string;
  readonly secrets?: KnownSecrets;
}

/** A log source under a hand-cranked ticker, and what it said. */
export class LogBench {
  readonly clock: HandClock;
  readonly ticker = new HandTicker();
  readonly observations: Observation[] = [];
  readonly reports: SourceReport[] = [];
  readonly source: LogSource;

  constructor(targets: readonly LogTarget[], options: BenchOptions = {}) {
    this.clock = options.clock ?? new HandClock();
    this.source = new LogSource({
      targets,
      clock: this.clock,
      ticker: this.ticker,
      sink: {
        observe: (observation) => this.observations.push(observation),
        report: (report) => this.reports.push(report),
      },
      // As the state file gives it back.
      positions: JSON.parse(JSON.stringify(options.positions ?? {})) as LogPositions,
      ...(options.fileSystem === undefined ? {} : { fileSystem: options.fileSystem }),
      ...(options.journalctl === undefined ? {} : { journalctl: options.journalctl }),
      ...(options.secrets === undefined ? {} : { secrets: options.secrets }),
    });
    this.source.start();
    onTestFinished(() => this.source.stop());
  }

  /** One poll, with the looks that the source asks for at once. */
  async poll(elapsedMs = 500): Promise<number> {
    this.clock.advance(elapsedMs);
    let looks = 1;
    while (await this.ticker.once()) looks += 1;
    return looks;
  }

  /** Ends this run and begins another that goes on from its positions. */
  async restart(targets: readonly LogTarget[], downMs = 60_000): Promise<LogBench> {
    await this.source.stop();
    this.clock.advance(downMs);
    return new LogBench(targets, { clock: this.clock, positions: this.source.positions() });
  }

  get lines(): LogObservation[] {
    return this.observations.filter((it) => it.source === 'log').filter((it) => it.kind === 'line');
  }

  get statuses(): LogStatusObservation[] {
    return this.observations.filter((it) => it.source === 'log').filter((it) => it.kind === 'status');
  }

  /** What was seen since the last call: the recency and, as the text of a line, the reason of `closed (1000): text`. */
  take(): string[] {
    const taken = this.lines.map(({ recency, event }) => `${recency} ${textOf(event)}`);
    this.observations.length = 0;
    return taken;
  }

  /** What was said of lines that may be lost. */
  get gaps(): string[] {
    return this.reports.flatMap((report) => report.gaps ?? []);
  }

  get error(): string | undefined {
    const error = this.reports.at(-1)?.error;
    return error === undefined ? undefined : `${error.kind}: ${error.message}`;
  }
}

function textOf(event: LogEvent): string {
  return event.kind === 'closed' ? event.reason : event.kind;
}

/** A line of a node host's log that says `text` and can be told from every other. */
export function line(text: string | number): string {
  return `node host gateway closed (1000): ${text}\n`;
}

export function lines(...texts: readonly (string | number)[]): string {
  return texts.map(line).join('');
}

export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'log-source-'));
  onTestFinished(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  return directory;
}

export function fileTarget(...paths: string[]): LogTarget[] {
  return [{ target: 'node', where: { kind: 'file', paths } }];
}
