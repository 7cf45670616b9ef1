import { Moment, type Planned, type Timeline } from './timeline.ts';

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
  #sleptMs = 0;
  #wallStepMs = 0;
  #deferred: Moment[] = [];
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
    return new Alarm(this, happen).set(ms);
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
    const sleptMs = this.timeline.nowMs - this.#fellAsleepMs;
    this.#sleptMs += sleptMs;
    if (this.#options.monoStopsInSleep) this.#lostMs += sleptMs;
    const deferred = this.#deferred;
    this.#deferred = [];
    for (const moment of deferred) if (!moment.isCancelled) moment.come();
    for (const watch of this.#watchers) watch();
  }

  /** Called when it falls asleep, and when it wakes: after the timers that became due in its sleep. */
  onSleep(watch: () => void): void {
    this.#watchers.add(watch);
  }

  /** How long it has been awake altogether. */
  get awakeMs(): number {
    return (this.#isAsleep ? this.#fellAsleepMs : this.timeline.nowMs) - this.#sleptMs;
  }

  /** Time that its monotonic clock has not counted so far. */
  get lostMs(): number {
    return this.#lostMs;
  }

  /** It comes when the machine wakes. */
  defer(moment: Moment): void {
    this.#deferred.push(moment);
  }
}

/** A timer on the clock of a machine; a subclass says what it does. */
export abstract class MachineTimer extends Moment {
  readonly machine: Machine;
  #dueMs = 0;
  #lostMs = 0;

  constructor(machine: Machine) {
    super();
    this.machine = machine;
  }

  /** Not before it has been due, if it was set before. */
  set(ms: number): this {
    const { timeline } = this.machine;
    this.#lostMs = this.machine.lostMs;
    this.#dueMs = timeline.nowMs + ms;
    return timeline.plan(this, this.#dueMs);
  }

  come(): void {
    const { machine } = this;
    if (machine.isAsleep) {
      machine.defer(this);
      return;
    }
    const lateMs = machine.lostMs - this.#lostMs;
    if (lateMs > 0) {
      // It slept meanwhile, and its clock stood still.
      this.#lostMs = machine.lostMs;
      this.#dueMs += lateMs;
      machine.timeline.plan(this, this.#dueMs);
      return;
    }
    this.due();
  }

  protected abstract due(): void;
}

class Alarm extends MachineTimer {
  protected readonly due: () => void;

  constructor(machine: Machine, happen: () => void) {
    super(machine);
    this.due = happen;
  }
}
