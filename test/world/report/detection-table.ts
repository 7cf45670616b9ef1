import { FAULTS, type Fault } from '../truth.ts';

/** How long each fault took to be told, by viewpoint set and version. */
export class DetectionTimes {
  readonly #times = new Map<string, number[]>();
  readonly #sets = new Map<string, number>();

  add(viewpoints: string, fault: Fault, undisturbedMs: number): void {
    const key = `${fault}|${viewpoints}`;
    const times = this.#times.get(key);
    if (times === undefined) this.#times.set(key, [undisturbedMs]);
    else times.push(undisturbedMs);
    this.#sets.set(viewpoints, (this.#sets.get(viewpoints) ?? 0) + 1);
  }

  /** A table in Markdown: a row for each fault and set of viewpoints that told it at least once. */
  markdown(): readonly string[] {
    const sets = [...this.#sets.keys()].sort((a, b) => (this.#sets.get(b) ?? 0) - (this.#sets.get(a) ?? 0));
    const rows = FAULTS.flatMap((fault) =>
      sets.flatMap((set) => {
        const times = this.#times.get(`${fault}|${set}`);
        return times === undefined ? [] : [row(fault, set, times)];
      }),
    );
    return ['| fault | viewpoints | p50 | p99 | max | told |', '|---|---|---|---|---|---|', ...rows];
  }
}

function row(fault: string, set: string, times: readonly number[]): string {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number): string => {
    const ms = sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? 0;
    return (Math.max(0, ms) / 1_000).toFixed(1);
  };
  return `| ${fault} | ${set} | ${at(0.5)} | ${at(0.99)} | ${at(1)} | ${sorted.length} |`;
}
