/** Something that will happen unless it is cancelled. */
export interface Planned {
  cancel(): void;
}

/** A moment on the timeline. Not to be planned again before it has come. */
export abstract class Moment implements Planned {
  /** @internal */
  atMs = 0;
  /** @internal */
  order = 0;
  #isCancelled = false;

  cancel(): void {
    this.#isCancelled = true;
  }

  get isCancelled(): boolean {
    return this.#isCancelled;
  }

  /** It has come. */
  abstract come(): void;
}

/** The time of the world, in milliseconds since it began. Jumps from event to event; events of one moment keep their order. */
export class Timeline {
  nowMs = 0;
  #order = 0;
  readonly #heap: Moment[] = [];

  at(ms: number, happen: () => void): Planned {
    return this.plan(new Event(happen), ms);
  }

  after(ms: number, happen: () => void): Planned {
    return this.plan(new Event(happen), this.nowMs + ms);
  }

  plan<M extends Moment>(moment: M, atMs: number): M {
    moment.atMs = Math.max(atMs, this.nowMs);
    moment.order = this.#order;
    this.#order += 1;
    this.#push(moment);
    return moment;
  }

  runUntil(endMs: number): void {
    for (;;) {
      const next = this.#heap[0];
      if (next === undefined || next.atMs > endMs) break;
      this.#pop();
      if (next.isCancelled) continue;
      this.nowMs = next.atMs;
      next.come();
    }
    this.nowMs = endMs;
  }

  #push(moment: Moment): void {
    const heap = this.#heap;
    let at = heap.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent]!;
      if (!isBefore(moment, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = moment;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    const size = heap.length;
    if (size === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= size) break;
      if (child + 1 < size && isBefore(heap[child + 1]!, heap[child]!)) child += 1;
      if (!isBefore(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
  }
}

/** A moment at which something happens. */
export class Event extends Moment {
  readonly come: () => void;

  constructor(happen: () => void) {
    super();
    this.come = happen;
  }
}

function isBefore(a: Moment, b: Moment): boolean {
  return a.atMs === b.atMs ? a.order < b.order : a.atMs < b.atMs;
}
