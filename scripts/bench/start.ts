import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { reservePort } from '../../test/real/harness/ports.ts';
import { median } from '../../test/helpers/quantile.ts';

/** Seconds from the start of the process, in the median of several. */
export interface StartCost {
  readonly toMetrics: number;
  /** Until every source has looked once, and there are verdicts. */
  readonly toReady: number;
}

const ROUNDS = 5;
const PATIENCE_MS = 60_000;

/** Starts the built program again and again, beside no gateway and with one process and its log to watch. */
export async function timeStarts(program: string, directory: string): Promise<StartCost> {
  const home = join(directory, 'home');
  mkdirSync(home, { recursive: true });
  const [config, log, pidFile] = ['exporter.json', 'node.log', 'node.pid'].map((name) =>
    join(directory, name),
  ) as [string, string, string];
  const watched = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  writeFileSync(log, '');
  writeFileSync(pidFile, String(watched.pid));
  const nodes = [{ name: 'a', pid_file: pidFile, log }];
  writeFileSync(config, JSON.stringify({ gateway: { url: 'ws://127.0.0.1:9' }, nodes }));
  const starts: StartCost[] = [];
  try {
    for (let round = 0; round < ROUNDS; round += 1) starts.push(await timeStart({ program, config, home }));
  } finally {
    watched.kill();
  }
  return {
    toMetrics: median(starts.map((start) => start.toMetrics)),
    toReady: median(starts.map((start) => start.toReady)),
  };
}

async function timeStart({
  program,
  config,
  home,
}: Record<'program' | 'config' | 'home', string>): Promise<StartCost> {
  const port = await reservePort();
  const begun = performance.now();
  const flags = ['--web.listen-address', `127.0.0.1:${port}`, '--config.file', config];
  const child = spawn(process.execPath, [program, 'serve', ...flags, '--state.dir', join(home, 'state')], {
    stdio: 'ignore',
    env: { PATH: process.env.PATH, HOME: home },
  });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  try {
    const toMetrics = await answers(`http://127.0.0.1:${port}/metrics`, begun);
    const toReady = await answers(`http://127.0.0.1:${port}/-/ready`, begun);
    return { toMetrics, toReady };
  } finally {
    child.kill('SIGTERM');
    await exited;
  }
}

/** Seconds until it answers 200. */
async function answers(url: string, begun: number): Promise<number> {
  while (performance.now() - begun < PATIENCE_MS) {
    const response = await fetch(url).catch(() => undefined);
    await response?.arrayBuffer();
    if (response?.ok === true) return (performance.now() - begun) / 1_000;
    await sleep(5);
  }
  throw new Error(`${url} does not answer`);
}
