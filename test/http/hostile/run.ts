import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { quantile } from '../../helpers/quantile.ts';
import { load, machine, minute, reportSection } from '../../helpers/reliability-section.ts';
import { reservePort } from '../../real/harness/ports.ts';
import { residentMib } from '../../real/harness/proc.ts';
import { ATTACKS, type Attack } from './attacks.ts';

/*
 * `npm run hostile -- --seconds N [--write]`: the real program under hostile clients, and how long a probe of `/livez` on a
 * connection of its own takes meanwhile. `--write` keeps what was seen in docs/reliability.md. Ends with 1 if a single probe was
 * not answered.
 */
const { values } = parseArgs({
  options: { seconds: { type: 'string', default: '20' }, write: { type: 'boolean', default: false } },
});
const seconds = Number(values.seconds);
const MAIN = fileURLToPath(new URL('../../../src/main.ts', import.meta.url));
const ATTACKER = fileURLToPath(new URL('attacker.ts', import.meta.url));
const NODE_HOSTS = 20;
const PROBE_EVERY_MS = 20;

const directory = mkdtempSync(join(tmpdir(), 'hostile-'));
const nodes = Array.from({ length: NODE_HOSTS }, (_, n) => ({
  name: `n${n}`,
  state_dir: join(directory, `n${n}`),
}));
const config = join(directory, 'exporter.json');
writeFileSync(config, JSON.stringify({ gateway: { url: 'ws://127.0.0.1:9' }, nodes }));
const port = await reservePort();
const flags = ['--config.file', config, '--state.dir', join(directory, 'state')];
const exporter = spawn(
  process.execPath,
  ['--no-warnings', MAIN, 'serve', '--web.listen-address', `127.0.0.1:${port}`, ...flags],
  { stdio: 'ignore', env: { PATH: process.env.PATH, HOME: directory } },
);
let unanswered = 0;
const rows: string[] = [];
try {
  while ((await probe()) === undefined) await sleep(100);
  for (const attack of Object.keys(ATTACKS) as Attack[]) {
    const times = await probesUnder(attack);
    const missed = times.filter((time) => time === undefined).length;
    unanswered += missed;
    const answered = times.filter((time) => time !== undefined);
    const at = (share: number): string => `${quantile(answered, share).toFixed(1)} ms`;
    const mib = residentMib(exporter.pid ?? 0).toFixed(0);
    const cells = [attack, times.length, missed, at(0.5), at(0.99), at(1), `${mib} MiB`];
    rows.push(`| ${cells.join(' | ')} |`);
    process.stdout.write(`${rows.at(-1) ?? ''}\n`);
  }
} finally {
  exporter.kill('SIGTERM');
  rmSync(directory, { recursive: true, force: true });
}
reportSection('hostile', section(), values.write);
process.exitCode = unanswered === 0 ? 0 : 1;

function section(): readonly string[] {
  return [
    '## Hostile clients',
    '',
    `Written in a checkout by \`npm run hostile -- --seconds ${seconds} --write\`: the real program with ${NODE_HOSTS} node hosts under one attack after`,
    `another, while \`/livez\` is asked every ${PROBE_EVERY_MS} ms, each time on a connection of its own. Attacker and prober run on the same machine.`,
    '',
    `- Run: ${minute(new Date())}, ${machine()}, load at the end ${load()}`,
    '',
    '| attack | probes | not answered | p50 | p99 | longest | memory |',
    '|---|---|---|---|---|---|---|',
    ...rows,
  ];
}

async function probesUnder(attack: Attack): Promise<(number | undefined)[]> {
  const attacker = spawn(process.execPath, [
    '--no-warnings',
    ATTACKER,
    attack,
    String(port),
    String(seconds + 1),
  ]);
  const gone = new Promise((resolve) => attacker.once('exit', resolve));
  await sleep(1_000);
  const times: (number | undefined)[] = [];
  for (const endMs = performance.now() + seconds * 1_000; performance.now() < endMs;) {
    times.push(await probe());
    await sleep(PROBE_EVERY_MS);
  }
  attacker.kill('SIGTERM');
  await gone;
  return times;
}

/** Milliseconds until the answer was whole; `undefined`: there was none. */
function probe(): Promise<number | undefined> {
  const beganMs = performance.now();
  return new Promise((resolve) => {
    const asking = request({ host: '127.0.0.1', port, path: '/livez', agent: false }, (response) => {
      response.resume().on('end', () => {
        resolve(performance.now() - beganMs);
      });
    });
    asking.on('error', () => {
      resolve(undefined);
    });
    asking.end();
  });
}
