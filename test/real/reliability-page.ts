import { cpus, release, totalmem } from 'node:os';
import type { Measurement } from './scenario.ts';

export interface Row extends Measurement {
  readonly version: string;
}

/** The table of a run, as a page of the documentation. */
export function reliabilityPage(
  rows: readonly Row[],
  run: { readonly startedAt: Date; readonly isShort: boolean },
): string {
  const failed = rows.filter((row) => !row.passed).length;
  const versions = [...new Set(rows.map((row) => row.version))].sort();
  return [
    '# Reliability',
    '',
    'Written by `npm run test:real -- --write`: the exporter beside the real OpenClaw, each fault caused for real, the',
    'time from the fault to what `/livez` answers. Do not edit.',
    '',
    `- Run: ${run.startedAt.toISOString().slice(0, 16).replace('T', ' ')} UTC${run.isShort ? ' (the short part that CI runs)' : ''}`,
    `- OpenClaw: ${versions.join(', ')}; Node.js ${process.versions.node}; Linux ${release()}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB, two scenarios side by side`,
    `- Result: ${rows.length - failed} passed, ${failed} failed`,
    '',
    ...versions.flatMap((version) => [
      `## OpenClaw ${version}`,
      '',
      '| fault | verdict | within | took | |',
      '|---|---|---|---|---|',
      ...rows.filter((row) => row.version === version).map(tableRow),
      '',
    ]),
  ].join('\n');
}

function tableRow(row: Row): string {
  const cells = [
    row.fault,
    row.verdict,
    row.withinSeconds === undefined ? '–' : `${row.withinSeconds} s`,
    row.tookSeconds === undefined ? row.seen : `${row.tookSeconds.toFixed(1)} s`,
    row.passed ? 'pass' : `**FAIL**: ${row.seen}`,
  ];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
}
