import { machine } from '../helpers/reliability-section.ts';
import type { Result } from './results.ts';
import type { Measurement } from './scenario.ts';

/** No row of a table is read further than this. */
const LONGEST_SENTENCE = 300;

/** The last result of each scenario, as a page of the documentation. */
export function reliabilityPage(results: readonly Result[], scenarioNames: readonly string[]): string {
  const rank = ({ scenario }: Result): number => scenarioNames.indexOf(scenario);
  const inOrder = results.filter((result) => rank(result) >= 0).sort((a, b) => rank(a) - rank(b));
  const versions = [...new Set(inOrder.map(({ version }) => version))].sort();
  return [
    '# Reliability',
    '',
    ...opening(inOrder, versions),
    '',
    'Written in a checkout by `npm run test:real -- --write`. Do not edit.',
    '',
    ...versions.flatMap((version) => [
      `## OpenClaw ${version}`,
      '',
      ...inOrder.filter((result) => result.version === version).flatMap(section),
    ]),
  ].join('\n');
}

function section({ scenario, at, load, rows }: Result): readonly string[] {
  return [
    `### ${scenario}`,
    '',
    `${at} UTC, at a load of ${load}.`,
    '',
    '| fault | claim | within | seen | |',
    '|---|---|---|---|---|',
    ...rows.map(tableRow),
    '',
  ];
}

function opening(results: readonly Result[], versions: readonly string[]): readonly string[] {
  const times = results.map(({ at }) => at).sort();
  return [
    `**What was run:** the exporter beside the real OpenClaw (${versions.join(', ')}), gateways and node hosts broken on purpose,`,
    'and asked five times a second. Each scenario stands below as it was run last, with the load of the machine at its end.',
    `**When:** from ${times.at(0)} to ${times.at(-1)} UTC.`,
    `**On:** ${machine()}, two scenarios side by side.`,
    '',
    `**What you may conclude:** ${outcome(results.flatMap(({ rows }) => rows))} Each row is one trial of one`,
    'fault: it shows that the real OpenClaw does what the rules believe of it, and how long the verdict then took. It does',
    'not show how rare a failure is. “Within” counts from the fault, or from the moment that the row names, to the answer of',
    '`/livez`; what has no bound is claimed of every look.',
  ];
}

function outcome(rows: readonly Measurement[]): string {
  const failed = rows.filter((row) => !row.passed).length;
  if (failed === 0) return `all ${rows.length} claims held.`;
  return `${rows.length - failed} of ${rows.length} claims held; the ${failed} that did not are marked, and each is a bug to mend.`;
}

function tableRow(row: Measurement): string {
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
