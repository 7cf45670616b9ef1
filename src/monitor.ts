import {
  type Directive,
  type CoreSettings,
  elapsedMs,
  type Instant,
  type LivenessCore,
  type NodeTransition,
  type Observation,
  type Snapshot,
  type SourceReport,
} from './core/index.ts';
import type { Clock, SourceSink } from './sources/source.ts';

/** A timer that runs something again and again; injected, so that tests own the time. */
export interface Metronome {
  every(intervalMs: number, beat: () => void): { stop(): void };
  /** Runs `task` soon, after what is happening now. */
  soon(task: () => void): void;
}

/** What the shell passes on; each is called with the state already updated. */
export interface MonitorEvents {
  /** Those of one assessment together: a gateway's outage is one for each of its node hosts. Never empty. */
  onTransitions(transitions: readonly NodeTransition[]): void;
  /** What the core wants done from now on. */
  onDirective(directive: Directive): void;
  onReport(report: SourceReport): void;
  onObservation(observation: Observation): void;
}

export interface MonitorOptions {
  readonly core: LivenessCore;
  readonly clock: Clock;
  readonly metronome: Metronome;
  readonly events: MonitorEvents;
}

/**
 * The shell around the core: observations in, verdicts recomputed on every tick and right after any news, snapshots out. It owns the tick and decides nothing.
 */
export class Monitor implements SourceSink {
  readonly #core: LivenessCore;
  readonly #clock: Clock;
  readonly #metronome: Metronome;
  readonly #events: MonitorEvents;
  #tick: { stop(): void } | undefined;
  #lastTick: Instant | undefined;
  #isTickPlanned = false;
  #isWarm = false;

  constructor(options: MonitorOptions) {
    this.#core = options.core;
    this.#clock = options.clock;
    this.#metronome = options.metronome;
    this.#events = options.events;
  }

  start(): void {
    this.#tick ??= this.#metronome.every(this.#core.options.limits.tickMs, () => {
      this.#assess();
    });
  }

  /** Other settings for the core from now on; the tick follows them. */
  reconfigure(settings: CoreSettings): void {
    const { tickMs } = this.#core.options.limits;
    // By the settings it was due by: a tick that would be late by the new ones only is not.
    if (this.#tick !== undefined) this.#assess();
    this.#core.reconfigure(settings, this.#clock.now());
    if (this.#tick === undefined || settings.limits.tickMs === tickMs) return;
    this.stop();
    this.start();
  }

  stop(): void {
    this.#tick?.stop();
    this.#tick = undefined;
  }

  observe(observation: Observation): void {
    const isNews = this.#core.observe(observation);
    this.#events.onObservation(observation);
    if (isNews) this.#assessSoon();
  }

  report(report: SourceReport): void {
    this.#core.report(report);
    this.#events.onReport(report);
  }

  /** Everything known now. Reads memory only: it answers while any source hangs. */
  snapshot(): Snapshot {
    return this.#core.snapshot(this.#clock.now());
  }

  /** Whether every viewpoint had looked once when the verdicts were last made, so that they are no longer provisional. */
  isWarm(): boolean {
    return this.#isWarm;
  }

  /** Milliseconds since verdicts were last recomputed; `undefined` before the first time. */
  tickAgeMs(): number | undefined {
    return this.#lastTick === undefined ? undefined : elapsedMs(this.#lastTick, this.#clock.now());
  }

  /** Many observations of one moment are worth one assessment. */
  #assessSoon(): void {
    if (this.#isTickPlanned || this.#tick === undefined) return;
    this.#isTickPlanned = true;
    this.#metronome.soon(() => {
      this.#isTickPlanned = false;
      if (this.#tick !== undefined) this.#assess();
    });
  }

  /** Recomputes the verdicts now, unless nothing runs yet. */
  assess(): void {
    if (this.#tick !== undefined) this.#assess();
  }

  #assess(): void {
    const now = this.#clock.now();
    this.#lastTick = now;
    this.#isWarm = this.#core.isWarm(now);
    const { transitions, directives } = this.#core.tick(now);
    for (const directive of directives) this.#events.onDirective(directive);
    if (transitions.length > 0) this.#events.onTransitions(transitions);
  }
}
