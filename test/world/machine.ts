import type { Planned, Timeline } from './timeline.ts';

export interface MachineOptions {
  readonly name: string;
  /** Where its wall clock stands when the world begins. */
  readonly wallMs: number;
  /** Where its monotonic clock stands then. */
  readonly monoMs: number;
  /** Linux stops the clock of timers while the machine sleeps; macOS (as libuv reads it) does not. */
  readonly monoStopsInSleep: boolean;
}

/** A computer: its two clocks, and whether it sleeps. Its timers run on its own monotonic clock. */
export class Machine {
  readonly name: string;
  readonly timeline: Timeline;
  readonly #options: MachineOptions;
  #isAsleep = false;
  #fellAsleepMs = 0;
  /** Time that its monotonic clock did not count. */
  #lostMs = 0;
  #wallStepMs = 0;
  #deferred: Deferred[] = [];
  readonly #watchers = new Set<() => void>();

  constructor(timeline: Timeline, options: MachineOptions) {
    this.timeline = timeline;
    this.name = options.name;
    this.#options = options;
  }

  get isAsleep(): boolean {
    return this.#isAsleep;
  }

  get monoMs(): number {
    const { monoMs, monoStopsInSleep } = this.#options;
    const nowMs = this.#isAsleep && monoStopsInSleep ? this.#fellAsleepMs : this.timeline.nowMs;
    return monoMs + nowMs - this.#lostMs;
  }

  get wallMs(): number {
    return this.#options.wallMs + this.timeline.nowMs + this.#wallStepMs;
  }

  /** Somebody sets its clock. */
  stepClock(ms: number): void {
    this.#wallStepMs += ms;
  }

  after(ms: number, happen: () => void): Planned {
    return new MachineTimer(this, ms, happen);
  }

  suspend(): void {
    if (this.#isAsleep) return;
    this.#isAsleep = true;
    this.#fellAsleepMs = this.timeline.nowMs;
    for (const watch of this.#watchers) watch();
  }

  resume(): void {
    if (!this.#isAsleep) return;
    this.#isAsleep = false;
    if (this.#options.monoStopsInSleep) this.#lostMs += this.timeline.nowMs - this.#fellAsleepMs;
    const deferred = this.#deferred;
    this.#deferred = [];
    for (const { happen } of deferred) happen?.();
    for (const watch of this.#watchers) watch();
  }

  /** Called when it falls asleep, and when it wakes: after the timers that became due in its sleep. */
  onSleep(watch: () => void): void {
    this.#watchers.add(watch);
  }

  /** @internal */
  get lostMs(): number {
    return this.#lostMs;
  }

  /** @internal */
  defer(happen: () => void): Planned {
    const deferred = new Deferred(happen);
    this.#deferred.push(deferred);
    return deferred;
  }
}

/** Became due while its machine slept. */
class Deferred implements Planned {
  happen: (() => void) | undefined;

  constructor(happen: () => void) {
    this.happen = happen;
  }

  cancel(): void {
    this.happen = undefined;
  }
}

class MachineTimer implements Planned {
  readonly #machine: Machine;
  readonly #happen: () => void;
  #dueMs: number;
  #lostMs: number;
  #planned: Planned;

  constructor(machine: Machine, ms: number, happen: () => void) {
    this.#machine = machine;
    this.#happen = happen;
    this.#lostMs = machine.lostMs;
    this.#dueMs = machine.timeline.nowMs + ms;
    this.#planned = machine.timeline.at(this.#dueMs, this.#due);
  }

  cancel(): void {
    this.#planned.cancel();
  }

  readonly #due = (): void => {
    const machine = this.#machine;
    if (machine.isAsleep) {
      this.#planned = machine.defer(this.#due);
      return;
    }
    const lateMs = machine.lostMs - this.#lostMs;
    if (lateMs > 0) {
      // It slept meanwhile, and its clock stood still.
      this.#lostMs = machine.lostMs;
      this.#dueMs += lateMs;
      this.#planned = machine.timeline.at(this.#dueMs, this.#due);
      return;
    }
    this.#happen();
  };
}
