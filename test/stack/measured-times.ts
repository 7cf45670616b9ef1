import { machine, minute } from '../helpers/reliability-section.ts';
import { partsOf, type PathToPage } from './path-to-page.ts';

export const BEGIN = '<!-- Written by `npm run test:stack -- --write`. Do not edit. -->';
export const END = '<!-- End of what is written. -->';

export interface Run {
  readonly paths: readonly PathToPage[];
  readonly startedAt: Date;
}

/** The page with the table between its two marks renewed. Throws when a mark is missing or nothing was measured. */
export function withMeasuredTimes(page: string, run: Run): string {
  const from = page.indexOf(BEGIN);
  const to = page.indexOf(END);
  if (from < 0 || to < from) throw new Error('docs/stack.md has lost the marks around its measured times');
  if (run.paths.length === 0) throw new Error('nothing was measured, so there is nothing to write');
  return `${page.slice(0, from)}${BEGIN}\n\n${table(run)}\n\n${page.slice(to)}`;
}

function table({ paths, startedAt }: Run): string {
  const rows = paths.map(({ fault, alertname, moments }) => {
    const { verdict, scrape, evaluation, hold, notification, total } = partsOf(moments);
    return [
      fault.replaceAll('|', '\\|'),
      `\`${alertname}\``,
      ...[verdict, scrape, evaluation, hold, notification].map((seconds) => `${seconds.toFixed(1)} s`),
      `**${total.toFixed(1)} s**`,
    ];
  });
  const header = [
    'fault',
    'alert',
    'verdict',
    'scrape',
    'evaluation',
    '`for`',
    'notification',
    'fault to page',
  ];
  const lines = [header, header.map((_, column) => (column < 2 ? '---' : '--:')), ...rows];
  const widths = header.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)));
  const aligned = lines.map(
    (line, row) =>
      `| ${line.map((cell, column) => padded(cell, widths[column] ?? 0, { row, column })).join(' | ')} |`,
  );
  return [`Run: ${minute(startedAt)}, ${machine()}, busy with other tests.`, '', ...aligned].join('\n');
}

/** Prettier's own layout of a table, so that a written page is a formatted one. */
function padded(cell: string, width: number, at: { readonly row: number; readonly column: number }): string {
  const isNumber = at.column >= 2;
  if (at.row === 1) return isNumber ? `${'-'.repeat(Math.max(1, width - 1))}:` : '-'.repeat(width);
  return isNumber ? cell.padStart(width) : cell.padEnd(width);
}
