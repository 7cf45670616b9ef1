import { appendFileSync, chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { temporaryDirectory } from './log-bench.ts';

/**
 * A program that behaves as journalctl does, as far as the reader uses it, over a journal that a test writes. Its
 * behaviour was compared with systemd 252: cursors, `--lines`, `--since`, `--follow`, what it says and how it ends.
 */
export class FakeJournal {
  readonly program: string;
  readonly #directory = temporaryDirectory();
  #entries = 0;

  constructor() {
    this.program = join(this.#directory, 'journalctl');
    writeFileSync(this.#path('journal'), '');
    writeFileSync(this.#path('calls'), '');
    writeFileSync(
      this.program,
      `#!${process.execPath}\nconst directory = ${JSON.stringify(this.#directory)};\n${PROGRAM}`,
    );
    chmodSync(this.program, 0o755);
  }

  write(message: unknown, at: { readonly wallMs: number; readonly fields?: object }): void {
    this.#entries += 1;
    const entry = {
      __CURSOR: this.cursor(this.#entries),
      __REALTIME_TIMESTAMP: String(Math.round(at.wallMs * 1000)),
      MESSAGE: message,
      ...at.fields,
    };
    appendFileSync(this.#path('journal'), `${JSON.stringify(entry)}\n`);
  }

  cursor(entry: number): string {
    return `s=5eed;i=${entry.toString(16)}`;
  }

  /** From now on every run fails at once with these words; `undefined`: no longer. */
  breakWith(stderr: string | undefined, code = 1): void {
    writeFileSync(this.#path('broken'), stderr === undefined ? '' : JSON.stringify({ stderr, code }));
  }

  /** Arguments of each run so far. */
  get calls(): string[][] {
    return this.#linesOf('calls').map((line) => (JSON.parse(line) as { args: string[] }).args);
  }

  /** Process ids of the runs so far. */
  get pids(): number[] {
    return this.#linesOf('calls').map((line) => (JSON.parse(line) as { pid: number }).pid);
  }

  #linesOf(name: string): string[] {
    return readFileSync(this.#path(name), 'utf8')
      .split('\n')
      .filter((line) => line !== '');
  }

  #path(name: string): string {
    return join(this.#directory, name);
  }
}

export function isRunning(pid: number): boolean {
  if (!existsSync(`/proc/${pid}/stat`)) return false;
  return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
}

const PROGRAM = String.raw`
const fs = require('node:fs');
const path = require('node:path');
const args = process.argv.slice(2);
fs.appendFileSync(path.join(directory, 'calls'), JSON.stringify({ pid: process.pid, args }) + '\n');
const option = (name) => args.find((arg) => arg.startsWith(name + '='))?.slice(name.length + 1);
const brokenPath = path.join(directory, 'broken');
const broken = fs.existsSync(brokenPath) ? fs.readFileSync(brokenPath, 'utf8') : '';
if (broken !== '') {
  const { stderr, code } = JSON.parse(broken);
  process.stderr.write(stderr + '\n');
  process.exit(code);
}
const entries = () => fs.readFileSync(path.join(directory, 'journal'), 'utf8').split('\n').slice(0, -1);
let shown = 0;
const after = option('--after-cursor');
const since = option('--since');
const all = entries();
if (after !== undefined) {
  if (!after.startsWith('s=5eed')) {
    process.stderr.write('Failed to seek to cursor: Invalid argument\n');
    process.exit(1);
  }
  shown = all.findIndex((line) => JSON.parse(line).__CURSOR === after) + 1;
} else if (since !== undefined) {
  const from = Number(since.slice(1)) * 1e6;
  const first = all.findIndex((line) => Number(JSON.parse(line).__REALTIME_TIMESTAMP) >= from);
  shown = first === -1 ? all.length : first;
} else {
  shown = Math.max(0, all.length - Number(option('--lines') ?? 'NaN'));
}
const show = () => {
  const now = entries();
  for (; shown < now.length; shown += 1) process.stdout.write(now[shown] + '\n');
};
show();
if (args.includes('--follow')) setInterval(show, 10);
`;
