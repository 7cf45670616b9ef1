import type { Finding } from '../judge/finding.ts';
import type { WorldResult } from '../run.ts';

interface SetTally {
  nodeHours: number;
  false503: number;
  missed: number;
  untrue: number;
  heartbeat: number;
  told: number;
  moot: number;
}

/** What many worlds come to. */
export class Tally {
  readonly #sets = new Map<string, SetTally>();
  readonly #findings: (Finding & { readonly seed: string; readonly viewpoints: string })[] = [];
  readonly #detections = new Map<string, number[]>();
  readonly #unknowable = new Map<string, number>();
  heldByBudget = 0;
  nodeHours = 0;

  get hasFailed(): boolean {
    return this.#findings.length > 0;
  }

  add(result: WorldResult): void {
    const set = this.#setOf(result.viewpoints);
    set.nodeHours += result.nodeHours;
    set.told += result.detections.length;
    set.moot += result.moot;
    this.nodeHours += result.nodeHours;
    this.heldByBudget += result.heldByBudget;
    for (const finding of result.findings) {
      this.#findings.push({ ...finding, seed: result.seed, viewpoints: result.viewpoints });
      if (finding.kind === 'false 503') set.false503 += 1;
      else if (finding.kind === 'missed fault') set.missed += 1;
      else if (finding.kind === 'untrue sentence') set.untrue += 1;
      else set.heartbeat += 1;
    }
    for (const { fault, version, undisturbedMs } of result.detections) {
      const key = `${result.viewpoints}|${fault}|${version}`;
      this.#detections.set(key, [...(this.#detections.get(key) ?? []), undisturbedMs]);
    }
    for (const [reason, count] of result.unknowable) {
      this.#unknowable.set(reason, (this.#unknowable.get(reason) ?? 0) + count);
    }
  }

  table(): string {
    const rows = [...this.#sets].map(([name, set]) => [
      name,
      String(Math.round(set.nodeHours)),
      String(set.false503),
      String(set.missed),
      String(set.untrue),
      String(set.heartbeat),
      String(set.told),
      String(set.moot),
    ]);
    return columns([
      ['viewpoints', 'node-hours', 'false 503', 'missed', 'untrue', 'heartbeat', 'told', 'moot 503'],
      ...rows,
    ]);
  }

  /** The most frequent causes first, each with a seed to replay. */
  verdict(): string {
    const causes = new Map<
      string,
      { count: number; seed: string; atMs: number; lastedMs: number; words: string }
    >();
    for (const { kind, state, reasons, truth, version, seed, atMs, lastedMs, viewpoints, why } of this
      .#findings) {
      const key = `${kind} | ${version} | ${state} (${reasons}) | ${truth.replace(/\d+/g, 'n')}`;
      const cause = causes.get(key);
      if (cause === undefined)
        causes.set(key, { count: 1, seed, atMs, lastedMs, words: `${viewpoints}: ${why}` });
      else {
        cause.count += 1;
        cause.lastedMs = Math.max(cause.lastedMs, lastedMs);
      }
    }
    const lines = [...causes]
      .sort(([, a], [, b]) => b.count - a.count)
      .map(
        ([key, { count, seed, atMs, lastedMs, words }]) =>
          `${count}x ${key}\n     at ${Math.round(atMs / 1_000)} s, up to ${Math.round(lastedMs / 1_000)} s; [${words}]\n     --replay ${seed}`,
      );
    if (this.heldByBudget > 0)
      lines.push(`${this.heldByBudget} faults were not told because the restart budget was spent`);
    return lines.length === 0 ? 'no false 503, no missed fault, no untrue sentence' : lines.join('\n');
  }

  #setOf(name: string): SetTally {
    const known = this.#sets.get(name);
    if (known !== undefined) return known;
    const fresh = { nodeHours: 0, false503: 0, missed: 0, untrue: 0, heartbeat: 0, told: 0, moot: 0 };
    this.#sets.set(name, fresh);
    return fresh;
  }
}

function columns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => (row[at] ?? '').length)));
  return rows.map((row) => row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  ')).join('\n');
}
