import { monotonicMs } from '../harness/wait-until.ts';

/** From when until when, on the monotonic clock; without an end it lasts. */
export interface Span {
  readonly fromMs: number;
  toMs?: number;
}

export interface Expectation {
  readonly state: string;
  readonly withinSeconds: number;
  /** For an exporter that began to watch while it was so already; absent: as long. */
  readonly firstSightSeconds?: number;
}

/** What was done to a node host, or to what it needs. While none holds, nothing is wrong with it. */
export interface Condition extends Span {
  readonly node: string;
  readonly fault: string;
  /** Then, and only then, `/livez` may say 503. */
  readonly restartHelps: boolean;
  /** What is to be said of it; absent: anything but an accusation. */
  readonly expects?: Expectation;
}

/** What is so, as far as the soak itself did it or was told by a gateway: the exporters are held against this. */
export class Truth {
  readonly conditions: Condition[] = [];
  readonly #attached = new Map<string, Span[]>();

  begin(condition: Omit<Condition, 'fromMs' | 'toMs'>): Condition {
    const begun: Condition = { ...condition, fromMs: monotonicMs() };
    this.conditions.push(begun);
    return begun;
  }

  end(...conditions: readonly Condition[]): void {
    for (const condition of conditions) condition.toMs = monotonicMs();
  }

  /** The node host is attached by a connection of its own, as its gateway says. */
  attachedFrom(node: string, fromMs: number): Span {
    const span: Span = { fromMs, toMs: fromMs };
    const spans = this.#attached.get(node);
    if (spans === undefined) this.#attached.set(node, [span]);
    else spans.push(span);
    return span;
  }

  get attached(): ReadonlyMap<string, readonly Span[]> {
    return this.#attached;
  }
}
