import { RULES } from '../judge/deadlines.ts';
import type { Finding } from '../judge/finding.ts';
import type { WorldResult } from '../run.ts';
import { DetectionTimes } from './detection-table.ts';

interface SetTally {
  nodeHours: number;
  false503: number;
  missed: number;
  untrue: number;
  heartbeat: number;
  told: number;
  moot: number;
}

interface Cause {
  count: number;
  longestMs: number;
  readonly first: Finding & { readonly seed: string; readonly viewpoints: string };
}

/** What many worlds come to. */
export class Tally {
  readonly #sets = new Map<string, SetTally>();
  readonly #causes = new Map<string, Cause>();
  readonly #times = new DetectionTimes();
  readonly #unknowable = new Map<string, number>();
  readonly failedSeeds: string[] = [];
  worlds = 0;
  heldByBudget = 0;
  nodeHours = 0;

  add(result: WorldResult): void {
    const { viewpoints, seed, findings, detections, unknowable, nodeHours, heldByBudget, moot } = result;
    const set = this.#setOf(viewpoints);
    this.worlds += 1;
    set.nodeHours += nodeHours;
    set.told += detections.length;
    set.moot += moot;
    this.nodeHours += nodeHours;
    this.heldByBudget += heldByBudget;
    if (findings.length > 0) this.failedSeeds.push(seed);
    for (const finding of findings) {
      count(set, finding);
      this.#noteCause({ ...finding, seed, viewpoints });
    }
    for (const { fault, undisturbedMs } of detections) this.#times.add(viewpoints, fault, undisturbedMs);
    for (const [reason, times] of unknowable) {
      this.#unknowable.set(reason, (this.#unknowable.get(reason) ?? 0) + times);
    }
  }

  /** Findings by viewpoints, as a table for a terminal. */
  table(): string {
    const head = [
      'viewpoints',
      'node-hours',
      'false 503',
      'missed',
      'untrue',
      'heartbeat',
      'told',
      'moot 503',
    ];
    return columns([head, ...this.#rows()]);
  }

  /** The most frequent causes first, each with a seed that shows it. */
  causes(): string {
    const lines = [...this.#causes]
      .sort(([, a], [, b]) => b.count - a.count)
      .map(
        ([cause, { count: times, longestMs, first }]) =>
          `${times}x ${cause}\n     first at ${seconds(first.atMs)}, up to ${seconds(longestMs)} long [${first.viewpoints}] “${first.why}”\n     --replay ${first.seed}`,
      );
    if (this.heldByBudget > 0) {
      lines.push(`${this.heldByBudget} faults were not told because the restart budget was spent`);
    }
    return lines.join('\n');
  }

  /** The section of docs/reliability.md. */
  markdown(run: {
    readonly seed: string;
    readonly versions: string;
    readonly trouble: string;
    readonly at: Date;
  }): readonly string[] {
    const sum = (of: (set: SetTally) => number): number =>
      [...this.#sets.values()].reduce((a, set) => a + of(set), 0);
    const head = ['viewpoints', 'node-hours', 'false 503', 'missed', 'untrue', 'heartbeat', 'told'];
    return [
      '## In simulated time',
      '',
      'Written in a checkout by `npm run simulate -- --write`: the core in a world of its own (`test/world`), in trouble all the time, its',
      'verdicts held against what is so. Times are seconds of undisturbed time from the fault to the 503.',
      '',
      `- Run: ${run.at.toISOString().slice(0, 10)}, OpenClaw ${run.versions}, seeds \`${run.seed}-0\` to \`${run.seed}-${this.worlds - 1}\`, ${run.trouble}`,
      `- ${Math.round(this.nodeHours)} node-hours: ${sum((set) => set.false503)} false 503s, ${sum((set) => set.missed)} missed faults, ${sum((set) => set.untrue)} untrue sentences`,
      '',
      ...markdownTable([head, ...this.#rows().map((row) => row.slice(0, -1))]),
      '',
      ...this.#times.markdown(),
      '',
      'What a set of viewpoints cannot know, and then never says:',
      '',
      ...unknowableRules(),
    ];
  }

  #rows(): string[][] {
    return [...this.#sets]
      .sort(([, a], [, b]) => b.nodeHours - a.nodeHours)
      .map(([name, set]) => [
        name,
        String(Math.round(set.nodeHours)),
        String(set.false503),
        String(set.missed),
        String(set.untrue),
        String(set.heartbeat),
        String(set.told),
        String(set.moot),
      ]);
  }

  #noteCause(finding: Cause['first']): void {
    const { kind, version, state, reasons, truth, lastedMs } = finding;
    const key = `${kind} | ${version} | ${state} (${reasons}) | ${truth.replace(/\d+/g, 'n')}`;
    const cause = this.#causes.get(key);
    if (cause === undefined) this.#causes.set(key, { count: 1, longestMs: lastedMs, first: finding });
    else {
      cause.count += 1;
      cause.longestMs = Math.max(cause.longestMs, lastedMs);
    }
  }

  #setOf(name: string): SetTally {
    const known = this.#sets.get(name);
    if (known !== undefined) return known;
    const fresh = { nodeHours: 0, false503: 0, missed: 0, untrue: 0, heartbeat: 0, told: 0, moot: 0 };
    this.#sets.set(name, fresh);
    return fresh;
  }
}

function count(set: SetTally, { kind }: Finding): void {
  switch (kind) {
    case 'false 503':
      set.false503 += 1;
      return;
    case 'missed fault':
      set.missed += 1;
      return;
    case 'untrue sentence':
      set.untrue += 1;
      return;
    case 'wrong heartbeat':
      set.heartbeat += 1;
      return;
    default:
      kind satisfies never;
  }
}

function unknowableRules(): readonly string[] {
  return RULES.flatMap(({ faults, lacks = [], exitsAfterClose, within }) => {
    if (typeof within === 'number') return [];
    const what = faults === 'any' ? 'any fault' : faults.join(', ');
    const which = exitsAfterClose === undefined ? '' : exitsAfterClose ? ' (2026.4)' : ' (2026.9)';
    return [`- without ${lacks.join(' and ')}: ${what}${which}; ${within.unknowable}`];
  });
}

function seconds(ms: number): string {
  return `${Math.round(ms / 1_000)} s`;
}

function columns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map((row) => (row[at] ?? '').length)));
  return rows.map((row) => row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join('  ')).join('\n');
}

function markdownTable([head = [], ...rows]: readonly (readonly string[])[]): readonly string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)];
}
