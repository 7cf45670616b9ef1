import { spawn, type ChildProcess } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readdirSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { loadState } from '../../../src/state/state-file.ts';

const MAIN = fileURLToPath(new URL('../../../src/main.ts', import.meta.url));
/** Every look of ours ends in an error by then, and not in a wait for ever. */
const PATIENCE_MS = 120_000;

export interface KillsOptions {
  readonly kills: number;
  /** An empty directory for all that is made here. */
  readonly directory: string;
  /** 0 to 1, the same sequence for the same seed. */
  readonly random: () => number;
  /** Told after each kill. */
  readonly onKill?: (done: number) => void;
}

/** What came of it, to be held against what should. */
export interface KillsOutcome {
  /** Kills that left a half-written file. */
  readonly inTheWrite: number;
  readonly linesWritten: number;
  /** As the exporter counts them in the end. */
  readonly linesCounted: number;
  /** What a state file said after a kill that it may not, in words. */
  readonly wrong: readonly string[];
  /** What lies in the state directory after it ended of its own accord. */
  readonly files: readonly string[];
}

/** Kills the real program again and again, every other time as soon as it writes its state, while its node host's log grows. */
export async function killAgainAndAgain(options: KillsOptions): Promise<KillsOutcome> {
  const { kills, directory, random, onKill } = options;
  const run = new Run(directory);
  const wrong: string[] = [];
  let inTheWrite = 0;
  let counted = 0;
  // Until a position is saved once, a log is looked at as if for the first time.
  const first = await run.start();
  await run.until(() => existsSync(join(run.state, 'state.json')));
  await first.end('SIGTERM');
  for (let done = 0; done < kills; done += 1) {
    const exporter = await run.start();
    run.write(1 + Math.floor(4 * random()));
    await run.untilItWrites();
    // One that never came to the end of a write would stand where it was.
    if (done % 2 === 1) await sleep(3_000 * random());
    run.write(1);
    await exporter.end('SIGKILL');
    if (existsSync(join(run.state, 'state.json.tmp'))) inTheWrite += 1;
    const saved = await run.saved();
    if (saved === undefined) wrong.push(`after kill ${done} the state file cannot be used`);
    else if (saved < counted || saved > run.lines)
      wrong.push(`after kill ${done} ${saved} lines are saved; before it were ${counted}, of ${run.lines}`);
    counted = saved ?? counted;
    onKill?.(done + 1);
  }
  const last = await run.start();
  await run.untilSettled(() => last.counted());
  const linesCounted = await last.counted();
  await last.end('SIGTERM');
  const files = readdirSync(run.state).toSorted();
  return { inTheWrite, linesWritten: run.lines, linesCounted, wrong, files };
}

interface Exporter {
  counted(): Promise<number>;
  /** Resolves once it is gone. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

class Run {
  readonly state: string;
  readonly #log: string;
  readonly #config: string;
  readonly #home: string;
  lines = 0;

  constructor(directory: string) {
    this.state = join(directory, 'state');
    this.#log = join(directory, 'node.log');
    this.#config = join(directory, 'exporter.json');
    this.#home = join(directory, 'home');
    mkdirSync(this.#home);
    mkdirSync(this.state);
    writeFileSync(this.#log, '');
    const nodes = [{ name: 'a', state_dir: this.#home, log: this.#log }];
    // Nobody listens there.
    writeFileSync(this.#config, JSON.stringify({ gateway: { url: 'ws://127.0.0.1:9' }, nodes }));
  }

  /** Attempts of the node host that failed: each is counted. */
  write(count: number): void {
    for (let n = 0; n < count; n += 1)
      appendFileSync(this.#log, 'node host gateway connect failed: connect ECONNREFUSED 127.0.0.1:9\n');
    this.lines += count;
  }

  async start(): Promise<Exporter> {
    const flags = ['--config.file', this.#config, '--state.dir', this.state];
    const child = spawn(
      process.execPath,
      ['--no-warnings', MAIN, 'serve', '--web.listen-address', '127.0.0.1:0', ...flags],
      { stdio: ['ignore', 'ignore', 'pipe'], env: { PATH: process.env.PATH, HOME: this.#home } },
    );
    const exited = new Promise<void>((resolve) =>
      child.once('exit', () => {
        resolve();
      }),
    );
    const url = await listening(child);
    return {
      async counted() {
        const page = await (await fetch(`${url}/metrics`)).text();
        const counts = page.matchAll(/^openclaw_nodehost_reconnect_failures_total\{.*\} (\d+)$/gm);
        return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
      },
      async end(signal) {
        child.kill(signal);
        await exited;
      },
    };
  }

  /** How many lines the state file has counted; `undefined` when it cannot be used. */
  async saved(): Promise<number | undefined> {
    const loaded = await loadState(this.state, Date.now());
    if (loaded.kind !== 'restored') return undefined;
    const [node] = Object.values(loaded.state.locals);
    return Object.values(node?.counters.reconnectFailures ?? {}).reduce((sum, count) => sum + count, 0);
  }

  async until(holds: () => boolean | Promise<boolean>): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    while (!(await holds())) {
      if (performance.now() > deadline) throw new Error('it does not come to pass');
      await sleep(50);
    }
  }

  /** A log is looked at every second: what is not counted after five looks never will be. */
  async untilSettled(counted: () => Promise<number>): Promise<void> {
    for (let looks = 0; looks < 5 && (await counted()) < this.lines; looks += 1) await sleep(1_000);
  }

  untilItWrites(): Promise<void> {
    return new Promise((resolve, reject) => {
      const watcher = watch(this.state, (_event, name) => {
        if (name !== 'state.json.tmp') return;
        clearTimeout(timer);
        watcher.close();
        resolve();
      });
      const timer = setTimeout(() => {
        watcher.close();
        reject(new Error('it does not save its state'));
      }, PATIENCE_MS);
    });
  }
}

function listening(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let stderr = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      stderr += chunk.toString('utf8');
      const url = /listening on (http:\/\/[\d.]+:\d+)/.exec(stderr)?.[1];
      if (url !== undefined) resolve(url);
    });
    child.once('exit', () => {
      reject(new Error(`the exporter ended: ${stderr}`));
    });
  });
}
