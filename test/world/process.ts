import { MachineTimer, type Machine } from './machine.ts';
import { Event, type Planned } from './timeline.ts';

/**
 * What a process's main thread does. `stopped`: SIGSTOP. `spinning`: a loop that never ends. `hung`: waits in the kernel
 * for something that does not come. In all three nothing of its event loop runs.
 */
export type Plight = 'running' | 'stopped' | 'spinning' | 'hung';

export interface ProcessOptions {
  readonly machine: Machine;
  readonly pid: number;
  /** How often an idle event loop wakes for timers of its own; `Infinity`: never. */
  readonly idleWakeMs: number;
}

/** A process with one event loop: timers first, then what came in. While its loop does not run, both wait. */
export class Process {
  readonly machine: Machine;
  readonly pid: number;
  readonly startedMonoMs: number;
  /** `pid:startTime`: a pid alone is used again. */
  readonly incarnation: string;
  #plight: Plight = 'running';
  #hasEnded = false;
  /** `setTimeout` of it does nothing from now on (the lost timer of the silent zombie). */
  losesTimers = false;
  readonly #waitingTimers: LoopTimer[] = [];
  readonly #waitingInput: (() => void)[] = [];
  readonly #onEnd: (() => void)[] = [];
  #afterEach: (() => void) | undefined;
  #idleWakeMs: number;
  #wakes = 0;
  #cpuMs = 0;
  #cpuShare = 0;
  /** Up to here, in time that the machine was awake, wakes and CPU time are counted. */
  #countedMs: number;

  constructor({ machine, pid, idleWakeMs }: ProcessOptions) {
    this.machine = machine;
    this.pid = pid;
    this.startedMonoMs = machine.monoMs;
    this.incarnation = `${pid}:${machine.monoMs}`;
    this.#countedMs = machine.awakeMs;
    this.#idleWakeMs = idleWakeMs;
  }

  get plight(): Plight {
    return this.#plight;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Whether its event loop runs now. */
  get isResponsive(): boolean {
    return this.#plight === 'running' && !this.#hasEnded && !this.machine.isAsleep;
  }

  get uptimeMs(): number {
    return this.machine.monoMs - this.startedMonoMs;
  }

  /** Times that the main thread went to sleep by itself. */
  get wakes(): number {
    this.#count();
    return Math.floor(this.#wakes);
  }

  get cpuMs(): number {
    this.#count();
    return this.#cpuMs;
  }

  /** From now on its loop wakes that often, and computes that share of the time. */
  setPace(idleWakeMs: number, cpuShare: number): void {
    this.#count();
    this.#idleWakeMs = idleWakeMs;
    this.#cpuShare = cpuShare;
  }

  setPlight(plight: Plight): void {
    if (plight === this.#plight || this.#hasEnded) return;
    this.#count();
    this.#plight = plight;
    if (plight !== 'running') return;
    this.#catchUp();
    // Then there is nothing left to do, and it goes to sleep.
    this.#wakes += 1;
  }

  /** Runs `happen` as a timer of its event loop. */
  after(ms: number, happen: () => void): Planned {
    return this.losesTimers ? NOTHING : new LoopTimer(this, happen).set(ms);
  }

  every(ms: number, happen: () => void): Planned {
    return this.repeat(() => {
      happen();
      return ms;
    }, ms);
  }

  /** Runs `happen` in `ms`, and again as long after each time as it then says. */
  repeat(happen: () => number, ms: number): Planned {
    const timer: LoopTimer = new LoopTimer(this, () => {
      const nextMs = happen();
      if (!timer.isCancelled) timer.set(nextMs);
    });
    return timer.set(ms);
  }

  /** A timer of it is due. */
  ring(timer: LoopTimer): void {
    if (this.#hasEnded) return;
    if (this.#plight === 'running') this.#run(timer.happen);
    else this.#waitingTimers.push(timer);
  }

  /** Something came in from outside: handled at once, or when its loop runs again. */
  input(happen: () => void): void {
    if (this.#hasEnded) return;
    if (this.isResponsive) {
      this.#run(happen);
      return;
    }
    this.#waitingInput.push(happen);
    if (this.machine.isAsleep && this.#waitingInput.length === 1) {
      this.machine.defer(
        new Event(() => {
          if (this.#plight === 'running') this.#catchUp();
        }),
      );
    }
  }

  /** Called after each thing that its loop did, for what `setImmediate` would do. */
  afterEach(happen: () => void): void {
    this.#afterEach = happen;
  }

  onEnd(happen: () => void): void {
    this.#onEnd.push(happen);
  }

  end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    for (const happen of this.#onEnd) happen();
  }

  #catchUp(): void {
    for (;;) {
      const isStopped = (): boolean => !this.isResponsive;
      const timer = this.#waitingTimers.shift();
      if (timer !== undefined) {
        if (!timer.isCancelled) this.#run(timer.happen);
        if (isStopped()) return;
        continue;
      }
      const input = this.#waitingInput.shift();
      if (input === undefined) return;
      this.#run(input);
      if (isStopped()) return;
    }
  }

  #run(happen: () => void): void {
    this.#wakes += 1;
    happen();
    this.#afterEach?.();
  }

  #count(): void {
    const nowMs = this.machine.awakeMs;
    const passedMs = nowMs - this.#countedMs;
    this.#countedMs = nowMs;
    if (passedMs <= 0 || this.#hasEnded) return;
    switch (this.#plight) {
      case 'running':
        this.#wakes += passedMs / this.#idleWakeMs;
        this.#cpuMs += passedMs * this.#cpuShare;
        return;
      case 'spinning':
        this.#cpuMs += passedMs;
        return;
      case 'stopped':
      case 'hung':
        return;
      default:
        this.#plight satisfies never;
    }
  }
}

class LoopTimer extends MachineTimer {
  readonly happen: () => void;
  readonly #process: Process;

  constructor(process: Process, happen: () => void) {
    super(process.machine);
    this.#process = process;
    this.happen = happen;
  }

  protected due(): void {
    this.#process.ring(this);
  }
}

const NOTHING: Planned = { cancel: () => undefined };
