/**
 * What the exporter costs in steady state beside one attached node host, and beside that what one
 * `openclaw nodes list --json` costs: the users' own cure ran that every five minutes.
 *
 *   node scripts/bench-steady-state.ts [--minutes 10] [--version 2026.9.6]
 *
 * Uses the built program (`npm run build`), as a user would run it. Linux: reads /proc.
 */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
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
import {
  nodeBinary,
  openClawArguments,
  openClawEnvironment,
} from '../test/real/harness/openclaw-environment.ts';
import { reservePort } from '../test/real/harness/ports.ts';
import { residentMib } from '../test/real/harness/proc.ts';
import { sleep } from '../test/real/harness/wait-until.ts';

const PROGRAM = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const SCRAPE_EVERY_MS = 15_000;
const POLL_EVERY_MS = 10_000;
const WARM_UP_MS = 30_000;

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '10' }, version: { type: 'string', default: '2026.9.6' } },
});
const minutes = Number(values.minutes);
const { version } = values;
if (!isOpenClawVersion(version) || !(minutes > 0))
  throw new Error('usage: --minutes N --version 2026.4.15|2026.9.6');
if (!existsSync(PROGRAM)) throw new Error('dist/main.js is missing: npm run build');

const clockTicksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** User and system CPU seconds of a process, without its children. */
function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / clockTicksPerSecond;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

await withCleanup(async (cleanup) => {
  const gateway = cleanup.use(await startGateway({ version }));
  await gateway.waitForOperator();
  const host = cleanup.use(
    await startNodeHost({ version, endpoint: gateway.endpoint, token: gateway.token, displayName: 'bench' }),
  );
  await gateway.waitAttached('bench');
  await gateway.approveCommands('bench');

  const directory = await makeTemporaryDirectory('bench');
  const port = await reservePort();
  const token = join(directory, 'token');
  writeFileSync(token, gateway.token, { mode: 0o600 });
  const exporter = spawn(
    process.execPath,
    [
      PROGRAM,
      ...['--web.listen-address', `127.0.0.1:${port}`, '--gateway.url', gateway.url],
      ...[
        '--gateway.token-file',
        token,
        '--node.state-dir',
        host.stateDir,
        '--state.dir',
        join(directory, 'state'),
      ],
      ...['--log.level', 'warn'],
    ],
    { stdio: ['ignore', 'inherit', 'inherit'], env: { PATH: process.env.PATH, HOME: directory } },
  );
  const { pid } = exporter;
  if (pid === undefined) throw new Error('the exporter did not start');
  try {
    await sleep(WARM_UP_MS);
    const before = cpuSeconds(pid);
    const startedAt = performance.now();
    let samples = 0;
    let sumMib = 0;
    let lastScrape = -Infinity;
    while (performance.now() - startedAt < minutes * 60_000) {
      if (performance.now() - lastScrape >= SCRAPE_EVERY_MS) {
        lastScrape = performance.now();
        await (await fetch(`http://127.0.0.1:${port}/metrics`)).arrayBuffer();
      }
      await (await fetch(`http://127.0.0.1:${port}/livez`)).arrayBuffer();
      samples += 1;
      sumMib += residentMib(pid);
      await sleep(POLL_EVERY_MS);
    }
    const elapsedSeconds = (performance.now() - startedAt) / 1_000;
    const percent = ((cpuSeconds(pid) - before) / elapsedSeconds) * 100;
    const verdict = await (await fetch(`http://127.0.0.1:${port}/livez?verbose`)).text();
    say(`exporter, ${minutes} min beside one node host ${version}, scraped every 15 s, /livez every 10 s:`);
    say(`  CPU        ${percent.toFixed(2)} % of one core      (budget 0.5 %)`);
    say(
      `  memory     ${(sumMib / samples).toFixed(1)} MiB on average, ${residentMib(pid).toFixed(1)} at the end, ${residentMib(pid, 'VmHWM').toFixed(1)} at most      (budget 90 MiB)`,
    );
    say(`  it said    ${verdict.split('\n')[0] ?? ''}`);
  } finally {
    exporter.kill('SIGTERM');
    await new Promise((resolve) => exporter.once('exit', resolve));
    await removeTemporaryDirectory(directory);
  }

  const environment = openClawEnvironment(gateway.home, gateway.stateDir);
  const costs: { cpu: number; mib: number; seconds: number }[] = [];
  for (let run = 0; run < 3; run += 1) {
    const startedAt = performance.now();
    const cli = spawn(nodeBinary, openClawArguments(version, ['nodes', 'list', '--json']), {
      env: environment,
      stdio: 'ignore',
    });
    const used = await followTree(
      cli.pid ?? 0,
      new Promise<void>((resolve) =>
        cli.once('exit', () => {
          resolve();
        }),
      ),
    );
    costs.push({ ...used, seconds: (performance.now() - startedAt) / 1_000 });
  }
  const median = (key: 'cpu' | 'mib' | 'seconds'): number =>
    costs.map((cost) => cost[key]).sort((a, b) => a - b)[1] ?? NaN;
  say(`one \`openclaw nodes list --json\` of ${version}, median of 3:`);
  say(
    `  ${median('cpu').toFixed(1)} CPU seconds, ${median('mib').toFixed(0)} MiB at most, ${median('seconds').toFixed(1)} s`,
  );
});

/** CPU and peak memory of a process tree, sampled until it ends: the CLI starts a process of its own. */
async function followTree(root: number, ended: Promise<void>): Promise<{ cpu: number; mib: number }> {
  const cpu = new Map<number, number>();
  let mib = 0;
  const state = { isRunning: true };
  const done = ended.then(() => {
    state.isRunning = false;
  });
  while (state.isRunning) {
    let total = 0;
    for (const pid of treeOf(root)) {
      try {
        cpu.set(pid, cpuSeconds(pid));
        const resident = residentMib(pid);
        // One that has ended and was not waited for has none.
        if (!Number.isNaN(resident)) total += resident;
      } catch {
        // Ended between two lines.
      }
    }
    mib = Math.max(mib, total);
    await Promise.race([done, sleep(20)]);
  }
  return { cpu: [...cpu.values()].reduce((sum, seconds) => sum + seconds, 0), mib };
}

function treeOf(root: number): number[] {
  try {
    const children = readFileSync(`/proc/${root}/task/${root}/children`, 'utf8').trim();
    return [root, ...(children === '' ? [] : children.split(' ').flatMap((pid) => treeOf(Number(pid))))];
  } catch {
    return [];
  }
}
