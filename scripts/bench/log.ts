import { spawnSync } from 'node:child_process';
import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { median } from '../../test/helpers/quantile.ts';

/** How a reader fared with one file: seconds on the clock and of CPU, in the median, its start included. */
export interface ReaderCost {
  readonly seconds: number;
  readonly cpuSeconds: number;
}

export interface LogCost {
  readonly lines: number;
  readonly mib: number;
  readonly ours: ReaderCost;
  /** Absent where it cannot be had. */
  readonly mtail: ReaderCost | undefined;
}

const ROUNDS = 3;
const READER = fileURLToPath(new URL('read-log.ts', import.meta.url));
const UNPACK = fileURLToPath(new URL('../unpack-debian-package.sh', import.meta.url));

/** Attempts as a node host writes them while its gateway is away. */
const LINES = [
  'node host gateway connect failed: connect ECONNREFUSED 127.0.0.1:18789',
  'node host gateway closed (1006): ',
  'node host gateway connect failed: Opening handshake has timed out',
  'node host gateway closed (1012): service restart',
  'node host gateway connected',
];

/** The same questions, put in mtail's language. */
const PROGRAM = `counter failures by reason
counter closes by code
counter connects
/^node host gateway connect failed: .*ECONNREFUSED/ {
  failures["refused"]++
}
/^node host gateway connect failed: .*timed out/ {
  failures["timeout"]++
}
/^node host gateway closed \\((?P<code>\\d+)\\)/ {
  closes[$code]++
}
/^node host gateway connected/ {
  connects++
}
`;

/** Reads a log of `mib` with each reader, by turns. */
export function timeLogReaders(directory: string, mib: number): LogCost {
  const path = join(directory, 'node.log');
  const lines = writeLog(path, mib);
  const program = join(directory, 'node-host.mtail');
  writeFileSync(program, PROGRAM);
  const bin = spawnSync('bash', [UNPACK, 'mtail', 'mtail'], { encoding: 'utf8' });
  const mtail = bin.status === 0 ? join(bin.stdout.trim(), 'mtail') : undefined;
  const ours: ReaderCost[] = [];
  const theirs: ReaderCost[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    ours.push(run([process.execPath, '--no-warnings', READER, path]));
    if (mtail !== undefined)
      theirs.push(run([mtail, '--one_shot', '--progs', program, '--logs', path, '--logtostderr=false']));
  }
  return { lines, mib, ours: medianOf(ours), mtail: mtail === undefined ? undefined : medianOf(theirs) };
}

function writeLog(path: string, mib: number): number {
  const piece = `${Array.from({ length: 2_000 }, () => LINES.join('\n')).join('\n')}\n`;
  const times = Math.ceil((mib * 2 ** 20) / piece.length);
  const fd = openSync(path, 'w');
  for (let n = 0; n < times; n += 1) writeSync(fd, piece);
  closeSync(fd);
  return times * 2_000 * LINES.length;
}

function run(argv: readonly string[]): ReaderCost {
  const script = 'TIMEFORMAT="took %R %U %S"; time "$@" >/dev/null';
  const { stderr, status } = spawnSync('bash', ['-c', script, 'bash', ...argv], { encoding: 'utf8' });
  const [, real, user, system] = /took ([\d.]+) ([\d.]+) ([\d.]+)\s*$/.exec(stderr) ?? [];
  if (status !== 0 || real === undefined) throw new Error(`${argv[0] ?? ''}: ${stderr.slice(-2_000)}`);
  return { seconds: Number(real), cpuSeconds: Number(user) + Number(system) };
}

function medianOf(costs: readonly ReaderCost[]): ReaderCost {
  return {
    seconds: median(costs.map(({ seconds }) => seconds)),
    cpuSeconds: median(costs.map(({ cpuSeconds }) => cpuSeconds)),
  };
}
