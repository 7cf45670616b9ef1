import { within } from '../../runtime/within.ts';
import type { Answered } from './libproc.ts';

/** Each call that does not come back holds one of the four threads that this process has for files and names. */
const MAX_STUCK = 2;

/** Runs calls that may block, with a deadline: never a second one of a process while the first is out. */
export class AsideCalls {
  readonly #deadlineMs: number;
  readonly #out = new Set<number>();

  constructor(deadlineMs: number) {
    this.#deadlineMs = deadlineMs;
  }

  /** `undefined`: no answer in time, or it cannot be asked for now. */
  async call(pid: number, ask: () => Promise<Answered>): Promise<Answered | undefined> {
    if (this.#out.has(pid) || this.#out.size >= MAX_STUCK) return undefined;
    this.#out.add(pid);
    const asked = ask().finally(() => this.#out.delete(pid));
    return within(this.#deadlineMs, asked);
  }
}
