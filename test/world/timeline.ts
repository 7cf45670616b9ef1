/** Something that will happen unless it is cancelled. */
export interface Planned {
  cancel(): void;
}

/** The time of the world, in milliseconds since it began. Jumps from event to event; events of one moment keep their order. */
export class Timeline {
  nowMs = 0;
  #order = 0;
  readonly #heap: Entry[] = [];

  at(ms: number, happen: () => void): Planned {
    const entry = new Entry(Math.max(ms, this.nowMs), this.#order, happen);
    this.#order += 1;
    this.#push(entry);
    return entry;
  }

  after(ms: number, happen: () => void): Planned {
    return this.at(this.nowMs + ms, happen);
  }

  runUntil(endMs: number): void {
    for (;;) {
      const next = this.#heap[0];
      if (next === undefined || next.atMs > endMs) break;
      this.#pop();
      if (next.happen === undefined) continue;
      this.nowMs = next.atMs;
      next.happen();
    }
    this.nowMs = endMs;
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let at = heap.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent]!;
      if (!isBefore(entry, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = entry;
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

class Entry implements Planned {
  readonly atMs: number;
  readonly order: number;
  happen: (() => void) | undefined;

  constructor(atMs: number, order: number, happen: () => void) {
    this.atMs = atMs;
    this.order = order;
    this.happen = happen;
  }

  cancel(): void {
    this.happen = undefined;
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.atMs === b.atMs ? a.order < b.order : a.atMs < b.atMs;
}
