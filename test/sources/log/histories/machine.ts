import {
  closeSync,
  copyFileSync,
  existsSync,
  fstatSync,
  futimesSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Habits, Step } from './steps.ts';

type Write = Extract<Step, { kind: 'write' }>;

/** More than a look reads. */
const HUGE = 'huge '.repeat(500_000);
const FILLINGS: Readonly<Record<Write['of'], string>> = {
  words: 'node host gateway connected',
  'utf-8': 'Grüße aus 東京 🦞🦞🦞',
  crlf: 'ended as on Windows\r',
  nul: 'with \0 in it',
  long: 'long '.repeat(15_000),
};

/** A line that was written. Its number, at its beginning, is its place among all. */
export interface Written {
  /** Nobody can know all of it: torn in two, or written where no reader that is new could find it. */
  mayBeMissed: boolean;
  /** How many looks came before it. */
  readonly afterLooks: number;
}

/**
 * A log's writer, and what rotates the log, on a real file system: they know the truth. Modification times are made,
 * since what takes days elsewhere happens here within milliseconds.
 */
export class Machine {
  readonly path: string;
  readonly written: Written[] = [];
  looks = 0;
  /** The last look that saw whether there is a log, and the file with lines in it that was there. */
  #seen: { readonly inLook: number; readonly inode: number | undefined } = { inLook: 0, inode: undefined };
  /** The same, as of the state that a killed reader goes back to. */
  #seenWhenSaved = this.#seen;
  #isBegunAnewSinceSaved = false;
  #wipesWhenSaved = 0;
  /** How often a file went without a copy. */
  #wipes = 0;
  readonly #directory: string;
  readonly #habits: Habits;
  #wallMs = Date.now();
  /** When each file was created, by inode. */
  readonly #bornMs = new Map<number, number>();
  #fd: number | undefined;
  /** What is still to be written of a line that was begun. */
  #rest: Buffer | undefined;
  /** The next line stands behind one that was never ended. */
  #isNextTorn = false;
  /** A reader that is new cannot find the file that is written to, for no name leads to it. */
  #isLostToReader = false;
  #days = 0;
  /** Names of rotated files without `.gz`, the newest first. */
  #rotated: string[] = [];

  constructor(directory: string, habits: Habits) {
    this.#directory = directory;
    this.path = join(directory, 'node.log');
    this.#habits = habits;
    if (habits.rotation === 'symlink') this.#switchLink();
    if (habits.atFirst === 'absent') return;
    this.#open();
    if (habits.atFirst === 'written')
      this.write({ kind: 'write', lines: 3, of: 'words', begun: 0, afterMs: 5 });
  }

  get wallMs(): number {
    return this.#wallMs;
  }

  /** A file system would say, if its time were ours. */
  bornMs(inode: number): number {
    return this.#bornMs.get(inode) ?? 0;
  }

  pass(ms: number): void {
    this.#wallMs += ms;
  }

  write({ lines, of, begun }: Write): void {
    this.#finishLine();
    for (let count = 0; count < lines; count += 1) this.#put(this.#line(FILLINGS[of]));
    if (begun === 0) return;
    const line = this.#line(FILLINGS[of]);
    const cut = Math.min(begun, line.length - 1);
    this.#put(line.subarray(0, cut));
    this.#rest = line.subarray(cut);
  }

  writeHuge(): void {
    this.#finishLine();
    this.#put(this.#line(HUGE));
  }

  /** The line that it was in is not ended by anybody. */
  restartWriter(): void {
    this.#tear();
    if (this.#rest !== undefined) this.#isNextTorn = true;
    this.#rest = undefined;
    this.#close();
  }

  rotate(): void {
    if (!existsSync(this.path)) return;
    this.pass(1);
    const { rotation, compress, reopens } = this.#habits;
    // What is compressed while somebody writes to it is lost to everybody.
    const opens = rotation !== 'copytruncate' && (reopens || compress !== 'never');
    if (opens) this.#finishLine();
    if (opens) this.#close();
    const { ino } = statSync(this.path);
    if (rotation === 'symlink') this.#switchLink();
    else this.#moveAway();
    if (rotation === 'symlink') this.#leaveNoTrace(ino);
    // No two rotations are within one tick of the file system's clock.
    this.pass(1);
  }

  truncate(): void {
    if (!existsSync(this.path)) return;
    this.#tear();
    this.#leaveNoTrace(statSync(this.path).ino);
    truncateSync(this.path, 0);
    this.#touch(this.path);
  }

  delete(): void {
    if (!existsSync(this.path)) return;
    if (this.#habits.reopens) this.#finishLine();
    if (this.#habits.reopens) this.#close();
    const { ino } = statSync(this.path);
    rmSync(this.path);
    // A person is no quicker.
    this.pass(20);
    if (this.#habits.rotation === 'symlink') this.#switchLink();
    this.#leaveNoTrace(ino);
  }

  /** A look has seen whether there is a log. */
  wasSeen(): void {
    const hasLines = existsSync(this.path) && readFileSync(this.path).includes('\n');
    this.#seen = { inLook: this.looks, inode: hasLines ? statSync(this.path).ino : undefined };
  }

  /** Whatever the reader knows now, it will know if it is killed. */
  isSaved(): void {
    this.#seenWhenSaved = this.#seen;
    this.#isBegunAnewSinceSaved = false;
    this.#wipesWhenSaved = this.#wipes;
  }

  /** The reader goes back to what it knew when it was saved. */
  isForgotten(): void {
    this.#seen = this.#seenWhenSaved;
    if (this.#isBegunAnewSinceSaved) this.#seen = { ...this.#seen, inode: undefined };
    if (this.#wipes > this.#wipesWhenSaved) this.#leaveNoTrace(undefined);
  }

  /** A reader begins that has no file open. */
  meetsNewReader(): void {
    if (this.#fd !== undefined && !this.#canBeFound(this.#fd)) this.#isLostToReader = true;
  }

  /** A reader begins that does not know of anything before. */
  meetsStranger(): void {
    this.meetsNewReader();
    for (const line of this.written) line.mayBeMissed = true;
  }

  /** The writer ends what it began, and another writes to the log as it is then. */
  finish(): void {
    if (this.#rest !== undefined) this.#finishLine();
    this.#close();
    this.write({ kind: 'write', lines: 1, of: 'words', begun: 0, afterMs: 0 });
    this.#close();
  }

  #line(filling: string): Buffer {
    this.written.push({
      mayBeMissed: this.#isNextTorn || this.#isLostToReader,
      afterLooks: this.looks,
    });
    this.#isNextTorn = false;
    return Buffer.from(`<${this.written.length - 1}> ${filling}\n`);
  }

  #open(): number {
    if (this.#fd !== undefined) return this.#fd;
    const isNew = !existsSync(this.path);
    this.#fd = openSync(this.path, 'a');
    if (isNew) this.#isBorn(this.path);
    return this.#fd;
  }

  #close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
    this.#isLostToReader = false;
  }

  #put(bytes: Buffer): void {
    const fd = this.#open();
    writeSync(fd, bytes);
    futimesSync(fd, this.#wallMs / 1_000, this.#wallMs / 1_000);
  }

  #finishLine(): void {
    if (this.#rest !== undefined) this.#put(this.#rest);
    this.#rest = undefined;
    this.#open();
  }

  /** The line that was begun, if one was, is torn in two by what happens now. */
  #tear(): void {
    const last = this.written.at(-1);
    if (this.#rest !== undefined && last !== undefined) last.mayBeMissed = true;
  }

  /**
   * The file at the path goes without a copy. What was written to it is beyond knowing where the last look saw another,
   * or nothing in it yet.
   */
  #leaveNoTrace(inode: number | undefined): void {
    this.#wipes += 1;
    if (inode !== undefined && inode === this.#seen.inode) return;
    for (const line of this.written) line.mayBeMissed ||= line.afterLooks >= this.#seen.inLook;
    this.#isLostToReader = this.#fd !== undefined && !this.#canBeFound(this.#fd);
  }

  #create(path: string): void {
    writeFileSync(path, '');
    this.#isBorn(path);
  }

  #isBorn(path: string): void {
    this.#touch(path);
    this.#bornMs.set(statSync(path).ino, this.#wallMs);
  }

  #touch(path: string): void {
    utimesSync(path, this.#wallMs / 1_000, this.#wallMs / 1_000);
  }

  /** By the log's name, or one that a rotation gave. */
  #canBeFound(fd: number): boolean {
    const { nlink, ino } = fstatSync(fd);
    if (this.#habits.rotation !== 'symlink') return nlink > 0;
    return existsSync(this.path) && statSync(this.path).ino === ino;
  }

  #switchLink(): void {
    this.#days += 1;
    const day = `day-${this.#days}`;
    if (this.#habits.creates) {
      this.#create(join(this.#directory, day));
    }
    rmSync(this.path, { force: true });
    symlinkSync(day, this.path);
  }

  /** To a rotated name, by renaming or by copying; names that are too old go. */
  #moveAway(): void {
    const { names, keep, rotation, compress, creates, reopens } = this.#habits;
    this.#days += 1;
    if (names === 'stamps') this.#rotated.unshift(`node.log-${20_260_000 + this.#days}`);
    else this.#shift();
    for (const name of this.#rotated.splice(keep)) this.#removeRotated(name);
    const [newest, older] = this.#rotated;
    if (newest === undefined) return;
    const target = join(this.#directory, newest);
    if (rotation === 'copytruncate') {
      this.#tear();
      copyFileSync(this.path, target);
      this.#isBorn(target);
      truncateSync(this.path, 0);
      this.#touch(this.path);
      this.#seen = { ...this.#seen, inode: undefined };
      this.#isBegunAnewSinceSaved = true;
    } else {
      renameSync(this.path, target);
      if (creates || !reopens) this.#create(this.path);
    }
    if (compress === 'at once') this.#compress(newest);
    if (compress === 'next time' && older !== undefined) this.#compress(older);
  }

  /** `.1` becomes `.2`, and so on. */
  #shift(): void {
    for (const name of this.#rotated.toReversed())
      for (const ending of ['', '.gz'])
        if (existsSync(join(this.#directory, name + ending)))
          renameSync(join(this.#directory, name + ending), join(this.#directory, nextOf(name) + ending));
    this.#rotated = ['node.log.1', ...this.#rotated.map(nextOf)];
  }

  #removeRotated(name: string): void {
    for (const ending of ['', '.gz']) rmSync(join(this.#directory, name + ending), { force: true });
  }

  #compress(name: string): void {
    const path = join(this.#directory, name);
    if (!existsSync(path)) return;
    const { atimeMs, mtimeMs } = statSync(path);
    writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 1 }));
    utimesSync(`${path}.gz`, atimeMs / 1_000, mtimeMs / 1_000);
    rmSync(path);
  }
}

function nextOf(generation: string): string {
  return generation.replace(/\d+$/, (number) => String(Number(number) + 1));
}
