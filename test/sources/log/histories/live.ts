import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeFileSystem, type FileSystem } from '../../../../src/sources/tail/file-system.ts';
import type { LogPosition } from '../../../../src/sources/tail/position.ts';
import { LogTail } from '../../../../src/sources/tail/tail.ts';
import { Machine, type Written } from './machine.ts';
import type { Habits, History, Step } from './steps.ts';

/** A line that the reader told of, and the look in which it did. */
interface Sighting {
  readonly number: number;
  readonly inLook: number;
}

/** What came of a history. */
export interface Outcome {
  readonly written: readonly Written[];
  readonly seen: readonly Sighting[];
  /** The looks in which the reader said that lines may be lost, and its words. */
  readonly gaps: readonly { readonly inLook: number; readonly words: string }[];
}

/** Tests run as root, whom no permission stops: the guard stands in for them. */
class Guard implements FileSystem {
  forbidden: Extract<Step, { kind: 'forbid' }>['what'] | undefined;
  readonly #path: string;
  readonly #habits: Habits;
  readonly #bornMs: (inode: number) => number;

  constructor(machine: Machine, habits: Habits) {
    this.#path = machine.path;
    this.#habits = habits;
    this.#bornMs = (inode) => machine.bornMs(inode);
  }

  async status(path: string): ReturnType<FileSystem['status']> {
    if (this.forbidden === 'all') throw refusal();
    const status = await nodeFileSystem.status(path);
    return { ...status, createdMs: this.#bornMs(Number(status.inode)) };
  }

  async open(path: string): ReturnType<FileSystem['open']> {
    const isLog = path === this.#path;
    // A file that is renamed keeps its permissions; a copy has its own.
    const isCopy = !isLog && this.#habits.rotation === 'copytruncate';
    if (this.forbidden === 'all') throw refusal();
    if (isLog && this.forbidden === 'the log') throw refusal();
    if (isCopy && this.forbidden === 'the copies') throw refusal();
    return nodeFileSystem.open(path);
  }

  async names(directory: string): ReturnType<FileSystem['names']> {
    if (this.forbidden === 'all') throw refusal();
    return nodeFileSystem.names(directory);
  }
}

function refusal(): Error {
  return Object.assign(new Error('EACCES: made up'), { code: 'EACCES' });
}

/** The real tailer, with what an exporter does with it: looks, saves, restarts, dies. */
class Reader {
  readonly #machine: Machine;
  readonly #guard: Guard;
  #tail: LogTail;
  #monoMs = 1_000;
  #seen: Sighting[] = [];
  #saved: { readonly position: LogPosition | undefined; readonly seen: readonly Sighting[] } = {
    position: undefined,
    seen: [],
  };
  #isStranger = true;
  #isNew = true;
  readonly gaps: { readonly inLook: number; readonly words: string }[] = [];

  constructor(machine: Machine, habits: Habits) {
    this.#machine = machine;
    this.#guard = new Guard(machine, habits);
    this.#tail = this.#begin(undefined);
  }

  get seen(): readonly Sighting[] {
    return this.#seen;
  }

  forbid(what: Guard['forbidden']): void {
    this.#guard.forbidden = what;
  }

  /** With the looks that follow at once while there is more. */
  async look(afterMs: number): Promise<void> {
    let turns = 0;
    while (await this.glance(turns === 0 ? afterMs : 0))
      if ((turns += 1) > 200) throw new Error('no end of it');
  }

  async glance(afterMs = 500): Promise<boolean> {
    this.#monoMs += afterMs;
    this.#machine.looks += 1;
    if (this.#isNew) this.#machine.meetsNewReader();
    this.#isNew = this.#isNew && this.#guard.forbidden !== undefined;
    const look = await this.#tail.look({ monoMs: this.#monoMs, wallMs: this.#machine.wallMs });
    for (const words of look.gaps ?? []) this.gaps.push({ inLook: this.#machine.looks, words });
    if (this.#isStranger) this.#machine.meetsStranger();
    if (look.readable || look.error.kind === 'not_found') {
      this.#isStranger = false;
      this.#machine.wasSeen();
    }
    return look.readable && look.more;
  }

  save(): void {
    this.#saved = { position: this.#tail.position(), seen: [...this.#seen] };
    this.#machine.isSaved();
  }

  async restart(): Promise<void> {
    await this.#tail.close();
    this.save();
    this.#resume();
  }

  async kill(): Promise<void> {
    // Its files are closed by the kernel.
    await this.#tail.close();
    this.#resume();
  }

  async end(): Promise<void> {
    await this.#tail.close();
  }

  #resume(): void {
    const { position, seen } = this.#saved;
    this.#seen = [...seen];
    this.#monoMs += 60_000;
    this.#machine.isForgotten();
    this.#isStranger = position === undefined;
    this.#isNew = true;
    this.#tail = this.#begin(position && (JSON.parse(JSON.stringify(position)) as LogPosition));
  }

  #begin(position: LogPosition | undefined): LogTail {
    return new LogTail({
      path: this.#machine.path,
      fileSystem: this.#guard,
      position,
      watchingSinceWallMs: this.#machine.wallMs,
      onLines: ({ lines }) => {
        for (const line of lines) {
          const number = /^<(\d+)> /.exec(line)?.[1];
          if (number !== undefined) this.#seen.push({ number: Number(number), inLook: this.#machine.looks });
        }
      },
    });
  }
}

/** Lives a history through, in a directory of its own. */
export async function live({ habits, steps }: History): Promise<Outcome> {
  const directory = mkdtempSync(join(tmpdir(), 'log-history-'));
  const machine = new Machine(directory, habits);
  const reader = new Reader(machine, habits);
  try {
    for (const step of steps) await take(step, machine, reader);
    reader.forbid(undefined);
    machine.pass(50);
    machine.finish();
    await reader.look(1_000);
    await reader.look(1_000);
    return { written: machine.written, seen: reader.seen, gaps: reader.gaps };
  } finally {
    await reader.end();
    rmSync(directory, { recursive: true, force: true });
  }
}

async function take(step: Step, machine: Machine, reader: Reader): Promise<void> {
  if ('afterMs' in step) machine.pass(step.kind === 'look' ? 50 : step.afterMs);
  switch (step.kind) {
    case 'write':
      machine.write(step);
      return;
    case 'write huge':
      machine.writeHuge();
      return;
    case 'writer restarts':
      machine.restartWriter();
      return;
    case 'rotate':
      machine.rotate();
      return;
    case 'truncate':
      machine.truncate();
      return;
    case 'delete':
      machine.delete();
      return;
    case 'forbid':
      reader.forbid(step.what);
      return;
    case 'allow':
      reader.forbid(undefined);
      return;
    case 'look':
      await reader.look(step.afterMs);
      machine.pass(50);
      return;
    case 'glance':
      await reader.glance();
      machine.pass(50);
      return;
    case 'save':
      reader.save();
      return;
    case 'exporter restarts':
      await reader.restart();
      machine.pass(50);
      return;
    case 'exporter is killed':
      await reader.kill();
      machine.pass(50);
      return;
    default:
      step satisfies never;
  }
}
