import { readdirSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { median } from '../../helpers/quantile.ts';
import { readStat, residentMib } from '../harness/proc.ts';
import { monotonicMs, sleep } from '../harness/wait-until.ts';

const SAMPLE_EVERY_MS = 5_000;
const TICKS_PER_SECOND = 100;
/** More processes than this want each core: then a bound may take twice its length, as on CI's machine. */
const BUSY_LOAD_PER_CORE = 2;
const BUSY_ROOM = 2;

export interface ResourceSample {
  readonly atMs: number;
  readonly rssMib: number;
  readonly descriptors: number;
  /** Of one core, since the sample before. */
  readonly cpuPercent: number;
  readonly load: number;
}

/** What a process takes, and how busy the machine is. */
export class Resources {
  readonly samples: ResourceSample[] = [];
  readonly #pid: number;
  #isSampling = true;
  #sampling: Promise<void> | undefined;
  #before: { readonly atMs: number; readonly ticks: number } | undefined;

  constructor(pid: number) {
    this.#pid = pid;
  }

  start(): void {
    this.#sampling = this.#sample();
  }

  async end(): Promise<void> {
    this.#isSampling = false;
    await this.#sampling;
  }

  room(fromMs: number, toMs: number): number {
    const meanwhile = this.samples.filter(
      ({ atMs }) => atMs >= fromMs - SAMPLE_EVERY_MS && atMs <= toMs + SAMPLE_EVERY_MS,
    );
    const isBusy = meanwhile.some(({ load }) => load > BUSY_LOAD_PER_CORE * cpus().length);
    return isBusy ? BUSY_ROOM : 1;
  }

  async #sample(): Promise<void> {
    while (this.#isSampling) {
      const atMs = monotonicMs();
      const ticks = readStat(this.#pid)?.cpuTicks ?? 0;
      const before = this.#before;
      this.#before = { atMs, ticks };
      if (before !== undefined) {
        const cpuSeconds = (ticks - before.ticks) / TICKS_PER_SECOND;
        this.samples.push({
          atMs,
          rssMib: residentMib(this.#pid),
          descriptors: readdirSync(`/proc/${this.#pid}/fd`).length,
          cpuPercent: (100_000 * cpuSeconds) / (atMs - before.atMs),
          load: loadavg()[0] ?? 0,
        });
      }
      await sleep(SAMPLE_EVERY_MS);
    }
  }
}

export interface Flatness {
  readonly what: string;
  readonly unit: string;
  /** Medians of the first and the last quarter. */
  readonly from: number;
  readonly to: number;
  /** What the last may be at most. */
  readonly limit: number;
}

/** Whether an hour made it bigger: the medians of its first and of its last quarter. */
export function flatness(samples: readonly ResourceSample[]): readonly Flatness[] {
  const quarter = Math.ceil(samples.length / 4);
  const [first, last] = [samples.slice(0, quarter), samples.slice(-quarter)];
  const compare = (
    what: string,
    unit: string,
    of: (sample: ResourceSample) => number,
    room: { readonly factor: number; readonly more: number },
  ): Flatness => {
    const [from, to] = [median(first.map(of)), median(last.map(of))];
    return { what, unit, from, to, limit: from * room.factor + room.more };
  };
  return [
    compare('resident memory', 'MiB', ({ rssMib }) => rssMib, { factor: 1.1, more: 8 }),
    compare('open descriptors', '', ({ descriptors }) => descriptors, { factor: 1, more: 4 }),
    compare('CPU', '% of a core', ({ cpuPercent }) => cpuPercent, { factor: 1.5, more: 1 }),
  ];
}
