import type { Machine } from './machine.ts';
import type { Planned } from './timeline.ts';

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

interface Due {
  happen: (() => void) | undefined;
}

/** A process with one event loop: timers first, then what came in. While its loop does not run, both wait. */
export class Process {
  readonly machine: Machine;
  readonly pid: number;
  readonly startedMonoMs: number;
  readonly startedWallMs: number;
  #plight: Plight = 'running';
  #hasEnded = false;
  /** `setTimeout` of it does nothing from now on (the lost timer of the silent zombie). */
  losesTimers = false;
  readonly #waitingTimers: Due[] = [];
  readonly #waitingInput: (() => void)[] = [];
  readonly #onEnd: (() => void)[] = [];
  #afterEach: (() => void) | undefined;
  #idleWakeMs: number;
  #wakes = 0;
  #cpuMs = 0;
  #cpuShare = 0;
  /** On the machine's monotonic clock: up to here wakes and CPU time are counted. */
  #countedMs: number;

  constructor({ machine, pid, idleWakeMs }: ProcessOptions) {
    this.machine = machine;
    this.pid = pid;
    this.startedMonoMs = machine.monoMs;
    this.startedWallMs = machine.wallMs;
    this.#countedMs = machine.monoMs;
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
    if (plight === 'running') this.#catchUp();
  }

  /** Runs `happen` as a timer of its event loop. */
  after(ms: number, happen: () => void): Planned {
    return this.losesTimers ? NOTHING : this.#timer(ms, happen);
  }

  every(ms: number, happen: () => void): Planned {
    let next: Planned;
    const beat = (): void => {
      next = this.#timer(ms, beat);
      happen();
    };
    next = this.#timer(ms, beat);
    return {
      cancel: () => {
        next.cancel();
      },
    };
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
      this.machine.defer(() => {
        if (this.#plight === 'running') this.#catchUp();
      });
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

  #timer(ms: number, happen: () => void): Planned {
    const due: Due = { happen };
    const planned = this.machine.after(ms, () => {
      if (due.happen === undefined || this.#hasEnded) return;
      if (this.#plight === 'running') this.#run(happen);
      else this.#waitingTimers.push(due);
    });
    return {
      cancel() {
        due.happen = undefined;
        planned.cancel();
      },
    };
  }

  #catchUp(): void {
    for (;;) {
      const isStopped = (): boolean => !this.isResponsive;
      const timer = this.#waitingTimers.shift();
      if (timer !== undefined) {
        if (timer.happen !== undefined) this.#run(timer.happen);
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
    const nowMs = this.machine.monoMs;
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

const NOTHING: Planned = { cancel: () => undefined };
