import { cpus, release, totalmem } from 'node:os';
import type { Measurement } from './scenario.ts';

export interface Row extends Measurement {
  readonly version: string;
}

/** No row of a table is read further than this. */
const LONGEST_SENTENCE = 300;

export interface Run {
  readonly startedAt: Date;
  readonly endedAt: Date;
  readonly isShort: boolean;
}

/** The table of a run, as a page of the documentation. */
export function reliabilityPage(rows: readonly Row[], run: Run): string {
  const versions = [...new Set(rows.map((row) => row.version))].sort();
  return [
    '# Reliability',
    '',
    ...opening(rows, versions, run),
    '',
    'Written in a checkout by `npm run test:real -- --write`. Do not edit.',
    '',
    ...versions.flatMap((version) => [
      `## OpenClaw ${version}`,
      '',
      '| fault | claim | within | seen | |',
      '|---|---|---|---|---|',
      ...rows.filter((row) => row.version === version).map(tableRow),
      '',
    ]),
  ].join('\n');
}

function opening(rows: readonly Row[], versions: readonly string[], run: Run): readonly string[] {
  const minutes = Math.round((run.endedAt.getTime() - run.startedAt.getTime()) / 60_000);
  return [
    `**What was run:** the exporter beside the real OpenClaw (${versions.join(', ')}), gateways and node hosts broken on purpose,`,
    `and asked five times a second${run.isShort ? '; the short part, which CI runs, its bounds doubled' : ''}. **When:** ${minuteOf(run.startedAt)} UTC, ${minutes} min.`,
    `**On:** Linux ${release()}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, Node.js ${process.versions.node}, two scenarios side by side.`,
    '',
    `**What you may conclude:** ${outcome(rows)} Each row is one trial of one`,
    'fault: it shows that the real OpenClaw does what the rules believe of it, and how long the verdict then took. It does',
    'not show how rare a failure is. “Within” counts from the fault, or from the moment that the row names, to the answer of',
    '`/livez`; what has no bound is claimed of every look.',
  ];
}

function outcome(rows: readonly Row[]): string {
  const failed = rows.filter((row) => !row.passed).length;
  if (failed === 0) return `all ${rows.length} claims held.`;
  return `${rows.length - failed} of ${rows.length} claims held; the ${failed} that did not are marked, and each is a bug to mend.`;
}

function minuteOf(date: Date): string {
  return date.toISOString().slice(0, 16).replace('T', ' ');
}

function tableRow(row: Row): string {
  const took = row.tookSeconds === undefined ? undefined : `after ${row.tookSeconds.toFixed(1)} s`;
  const cells = [
    row.fault,
    row.verdict,
    row.withinSeconds === undefined ? '–' : `${row.withinSeconds} s`,
    row.passed
      ? (took ?? row.seen)
      : [took, sentence(row.seen)].filter((part) => part !== undefined).join(': '),
    row.passed ? 'held' : '**missed**',
  ];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
}

/** A page is for readers: what an exception says beyond its first line stays in the run's own output. */
function sentence(text: string): string {
  const [first = ''] = text.split('\n');
  return first.length <= LONGEST_SENTENCE ? first : `${first.slice(0, LONGEST_SENTENCE)}…`;
}
