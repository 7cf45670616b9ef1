import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import {
  makeTemporaryDirectory,
  removeTemporaryDirectory,
  withCleanup,
} from '../test/real/harness/cleanup.ts';
import { startGateway } from '../test/real/harness/gateway.ts';
import { isOpenClawVersion } from '../test/real/harness/installation.ts';
import { startNodeHost } from '../test/real/harness/node-host.ts';
import { residentMib } from '../test/real/harness/proc.ts';
import { sleep } from '../test/real/harness/wait-until.ts';
import { withSection } from '../test/world/report/marked-section.ts';
import { timeCommandLine, type CommandCost } from './bench-steady/command-line.ts';
import { cpuSeconds } from './bench-steady/cpu-seconds.ts';
import { startOurs, startPeers, type Watcher } from './bench-steady/watchers.ts';

/*
 * `npm run bench:steady [-- --minutes 10 --version 2026.9.6 --write]`: what watching one attached node host costs in steady
 * state: this exporter, Debian's four exporters that do what they can of the same job, all in the same minutes, and one poll of
 * the CLI. Uses the built program. Linux: reads /proc. `--write` keeps the table in docs/performance.md.
 */
const SCRAPE_EVERY_MS = 15_000;
const WARM_UP_MS = 30_000;
/** The script of openclaw#69800. */
const POLL_EVERY_SECONDS = 300;
const PAGE = fileURLToPath(new URL('../docs/performance.md', import.meta.url));

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    version: { type: 'string', default: '2026.9.6' },
    write: { type: 'boolean', default: false },
  },
});
const minutes = Number(values.minutes);
const { version } = values;
if (!isOpenClawVersion(version) || !(minutes > 0))
  throw new Error('usage: --minutes N --version 2026.4.15|2026.9.6');
if (!existsSync(fileURLToPath(new URL('../dist/main.js', import.meta.url))))
  throw new Error('dist/main.js is missing: npm run build');

/** What one watcher took in the same minutes as the others; memory on average. */
interface Cost {
  readonly name: string;
  readonly percent: number;
  readonly mib: number;
  readonly bytes: number;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function measure(watchers: readonly Watcher[]): Promise<readonly Cost[]> {
  await sleep(WARM_UP_MS);
  const before = watchers.map(({ process: { pid = 0 } }) => cpuSeconds(pid));
  const mib = watchers.map((): number[] => []);
  const bytes = watchers.map(() => 0);
  const startedAt = performance.now();
  while (performance.now() - startedAt < minutes * 60_000) {
    for (const [index, { url, process: watcher }] of watchers.entries()) {
      bytes[index] = (await (await fetch(url)).arrayBuffer()).byteLength;
      mib[index]?.push(residentMib(watcher.pid ?? 0));
    }
    await sleep(SCRAPE_EVERY_MS);
  }
  const seconds = (performance.now() - startedAt) / 1_000;
  return watchers.map(({ name, process: { pid = 0 } }, index) => {
    const samples = mib[index] ?? [];
    return {
      name,
      percent: ((cpuSeconds(pid) - (before[index] ?? NaN)) / seconds) * 100,
      mib: samples.reduce((sum, sample) => sum + sample, 0) / samples.length,
      bytes: bytes[index] ?? 0,
    };
  });
}

function section(costs: readonly Cost[], command: CommandCost): readonly string[] {
  const row = (name: string, { percent, mib, bytes }: Omit<Cost, 'name'>): string =>
    `| ${name} | ${percent.toFixed(2)} | ${mib.toFixed(0)} | ${(bytes / 1024).toFixed(0)} |`;
  const peers = costs.slice(1);
  const sum = (of: (cost: Cost) => number): number => peers.reduce((total, cost) => total + of(cost), 0);
  const together = {
    percent: sum((it) => it.percent),
    mib: sum((it) => it.mib),
    bytes: sum((it) => it.bytes),
  };
  return [
    '## What watching costs',
    '',
    `Written in a checkout by \`npm run bench:steady -- --write\`: ${minutes} min beside one attached node host of OpenClaw ${version}, each`,
    'scraped every 15 s, all in the same minutes.',
    '',
    `- Run: ${new Date().toISOString().slice(0, 10)}, Node.js ${process.versions.node}, Linux ${release()}, ${cpus().length} cores, load ${loadavg()[0]?.toFixed(1) ?? ''}`,
    '',
    '| program | CPU, % of a core | resident, MiB | a scrape, KiB |',
    '|---|---|---|---|',
    ...costs.map(({ name, ...cost }) => row(name, cost)),
    ...(peers.length > 1 ? [row(`these ${peers.length} together`, together)] : []),
    `| \`openclaw nodes list --json\` every 5 min | ${((command.cpuSeconds / POLL_EVERY_SECONDS) * 100).toFixed(2)} | ${command.mib.toFixed(0)}, for ${command.seconds.toFixed(1)} s | – |`,
    '',
    'The four tell what the machine and the process use, whether `/health` answers and which closes the log names. None of them tells whether',
    'the node host is attached, whether its event loop runs, or whether a restart would help.',
  ];
}

await withCleanup(async (cleanup) => {
  const gateway = cleanup.use(await startGateway({ version }));
  await gateway.waitForOperator();
  const { endpoint, token } = gateway;
  const host = cleanup.use(await startNodeHost({ version, endpoint, token, displayName: 'bench' }));
  await gateway.waitAttached('bench');
  await gateway.approveCommands('bench');
  const directory = await makeTemporaryDirectory('bench');
  const scene = { gateway, host, directory };
  const watchers = [await startOurs(scene), ...(await startPeers(scene, say))];
  try {
    const costs = await measure(watchers);
    const lines = section(costs, await timeCommandLine(version, gateway));
    say(lines.join('\n'));
    if (values.write) writeFileSync(PAGE, withSection(readFileSync(PAGE, 'utf8'), 'steady', lines));
  } finally {
    for (const { process: watcher } of watchers) {
      watcher.kill('SIGTERM');
      await new Promise((resolve) =>
        watcher.exitCode === null ? watcher.once('exit', resolve) : resolve(0),
      );
    }
    await removeTemporaryDirectory(directory);
  }
});
