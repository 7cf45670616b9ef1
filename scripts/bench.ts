import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, release, tmpdir, totalmem, loadavg } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { withSection } from '../test/world/report/marked-section.ts';
import { timeLogReaders, type LogCost } from './bench/log.ts';
import { timeScrapes, type ScrapeCost } from './bench/scrape.ts';
import { timeStarts, type StartCost } from './bench/start.ts';

/*
 * `npm run bench [-- --mib 100 --write]`: what the exporter costs beside others that do the same, by turns in one run, in
 * medians. Only ratios mean anything on another machine. `--write` writes them into docs/performance.md.
 */
const { values } = parseArgs({
  options: { mib: { type: 'string', default: '100' }, write: { type: 'boolean', default: false } },
});
const PROGRAM = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const PAGE = fileURLToPath(new URL('../docs/performance.md', import.meta.url));
const FLEETS = [1, 100, 1_000, 10_000];

if (!existsSync(PROGRAM)) throw new Error('dist/main.js is missing: npm run build');
const directory = mkdtempSync(join(tmpdir(), 'bench-'));
try {
  const scrapes: ScrapeCost[] = [];
  for (const nodes of FLEETS) scrapes.push(await timeScrapes(nodes));
  const log = timeLogReaders(directory, Number(values.mib));
  const start = await timeStarts(PROGRAM, directory);
  const section = [...machine(), ...ofScrapes(scrapes), ...ofLog(log), ...ofStart(start)];
  process.stdout.write(`${section.join('\n')}\n`);
  if (values.write) writeFileSync(PAGE, withSection(readFileSync(PAGE, 'utf8'), 'bench', section));
} finally {
  rmSync(directory, { recursive: true, force: true });
}

function machine(): readonly string[] {
  const gib = (totalmem() / 2 ** 30).toFixed(0);
  const load = loadavg()[0]?.toFixed(1) ?? '';
  return [
    `- Run: ${new Date().toISOString().slice(0, 10)}, Node.js ${process.versions.node}, Linux ${release()}, ${cpus().length} cores, ${gib} GiB, load ${load}`,
    '',
  ];
}

function ofScrapes(costs: readonly ScrapeCost[]): readonly string[] {
  return [
    '## A scrape',
    '',
    'From a snapshot to text, beside bare prom-client with the same series, which holds every value ready and only writes it down.',
    '',
    '| remote nodes | series | KiB | ours, ms | prom-client, ms | ratio |',
    '|---|---|---|---|---|---|',
    ...costs.map(({ nodes, series, bytes, oursMs, theirsMs }) =>
      row(
        nodes,
        series,
        (bytes / 1_024).toFixed(0),
        oursMs.toFixed(1),
        theirsMs.toFixed(1),
        ratio(oursMs, theirsMs),
      ),
    ),
    '',
  ];
}

function ofLog({ lines, mib, ours, mtail }: LogCost): readonly string[] {
  const of = (name: string, cost: { readonly seconds: number; readonly cpuSeconds: number }): string =>
    row(
      name,
      Math.round(lines / cost.seconds).toLocaleString('en'),
      cost.seconds.toFixed(2),
      cost.cpuSeconds.toFixed(2),
    );
  return [
    '## A log',
    '',
    `${mib} MiB of a node host's attempts (${lines.toLocaleString('en')} lines), read once from its start, the start of the program included.`,
    '',
    '| reader | lines a second | seconds | CPU seconds |',
    '|---|---|---|---|',
    of('ours', ours),
    ...(mtail === undefined ? [] : [of("mtail (Debian's), the same patterns", mtail)]),
    ...(mtail === undefined
      ? []
      : [
          '',
          `Ours reads ${ratio(mtail.seconds, ours.seconds)} × as many lines a second, for ${ratio(ours.cpuSeconds, mtail.cpuSeconds)} × the CPU.`,
        ]),
    '',
  ];
}

function ofStart({ toMetrics, toReady }: StartCost): readonly string[] {
  return [
    '## A start',
    '',
    `From the start of the process to \`/metrics\`: ${toMetrics.toFixed(2)} s; to \`/-/ready\`, when every source has looked once: ${toReady.toFixed(2)} s.`,
  ];
}

function row(...cells: readonly (string | number)[]): string {
  return `| ${cells.join(' | ')} |`;
}

function ratio(one: number, other: number): string {
  return (one / other).toFixed(2);
}
