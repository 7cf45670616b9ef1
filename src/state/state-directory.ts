import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { codeOf, messageOf } from '../runtime/error-parts.ts';
import { makeDirectory } from '../runtime/make-directory.ts';
import { lockFile, type FileLock } from './file-lock.ts';
import { saveState } from './state-file.ts';
import type { WrittenState } from './state-schema.ts';

const LOCK_FILE = 'exporter.lock';
/** Who holds the lock, for people: a pid, and the machine or container that it counts in. */
const OWNER_FILE = 'exporter.pid';
/** What a write leaves that was cut short, by this version (`state.json.tmp`) and earlier ones. */
const LEFTOVER =
  /^(?:state\.json|notified\.json|instance-id|device-identity\.json)(?:\.\d+)?(?:\.[\da-f]+)?\.tmp$/;

/** Errors that no retry and no free space cures: the path itself is wrong. */
const WRONG_PATH: ReadonlySet<unknown> = new Set(['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ELOOP', 'EINVAL']);

type HeldLock = Extract<FileLock, { kind: 'held' }>;

/** Whether the state directory is ours. */
export type StateClaim =
  /** `doubts`: what could not be done about it, in sentences. */
  | { readonly kind: 'ours'; readonly doubts: readonly string[] }
  /** Another exporter has it. `by`: which, where that is known: `pid 1 on 3f2a9c7d`. */
  | { readonly kind: 'taken'; readonly by?: string }
  /** There can be no such directory. */
  | { readonly kind: 'impossible'; readonly why: string };

export type SaveResult = { readonly ok: true } | { readonly ok: false; readonly why: string };

/**
 * The directory of what survives a restart, and this process's claim on it: two exporters that both rewrite the state
 * file would undo each other's counters. That something cannot be written is never thrown and keeps nobody from running:
 * it is told, and counted.
 */
export class StateDirectory {
  readonly path: string;
  #held: { readonly lock: HeldLock; readonly inode: number | undefined } | undefined;
  #failures = 0;

  constructor(path: string) {
    this.path = path;
  }

  /** Writes that failed, since the start. */
  get failures(): number {
    return this.#failures;
  }

  /**
   * Takes the directory for this process, until it is released or the process ends. Where a lock cannot be had for
   * another reason than that somebody has it, the directory is used without one, and each save tries again.
   */
  async claim(): Promise<StateClaim> {
    const claim = await this.#claim();
    if (claim.kind === 'ours') this.#failures += claim.doubts.length;
    return claim;
  }

  /** Replaces the state file. Never rejects. */
  async save(state: WrittenState): Promise<SaveResult> {
    const result = await this.#save(state);
    if (!result.ok) this.#failures += 1;
    return result;
  }

  /** Never rejects. What cannot be removed is of no consequence: the next owner replaces it. */
  async release(): Promise<void> {
    if (this.#held === undefined) return;
    await rm(join(this.path, OWNER_FILE), { force: true }).catch(() => undefined);
    this.#held.lock.release();
    this.#held = undefined;
  }

  async #claim(): Promise<StateClaim> {
    const lockPath = join(this.path, LOCK_FILE);
    if (this.#held !== undefined) {
      if (this.#held.inode === (await inodeOf(lockPath))) return { kind: 'ours', doubts: [] };
      // Somebody removed it, and whoever makes the next one can lock that.
      this.#held.lock.release();
      this.#held = undefined;
    }
    try {
      await makeDirectory(this.path);
    } catch (error: unknown) {
      if (WRONG_PATH.has(codeOf(error))) return { kind: 'impossible', why: messageOf(error) };
      return { kind: 'ours', doubts: [messageOf(error)] };
    }
    const lock = await lockFile(lockPath);
    switch (lock.kind) {
      case 'busy':
        return { kind: 'taken', ...(await readOwner(this.path)) };
      case 'impossible':
        return { kind: 'ours', doubts: [`${LOCK_FILE} cannot be locked (${lock.why})`] };
      case 'held':
        this.#held = { lock, inode: await inodeOf(lockPath) };
        await removeLeftovers(this.path);
        return { kind: 'ours', doubts: await noteOwner(this.path) };
      default:
        return lock satisfies never;
    }
  }

  async #save(state: WrittenState): Promise<SaveResult> {
    const claim = await this.#claim();
    if (claim.kind === 'taken') {
      return {
        ok: false,
        why: `another exporter has the directory now${claim.by === undefined ? '' : `, ${claim.by}`}`,
      };
    }
    try {
      await saveState(this.path, state);
      return { ok: true };
    } catch (error: unknown) {
      return { ok: false, why: messageOf(error) };
    }
  }
}

async function inodeOf(path: string): Promise<number | undefined> {
  return stat(path).then(
    ({ ino }) => ino,
    () => undefined,
  );
}

/** Returns what went wrong. */
async function noteOwner(directory: string): Promise<readonly string[]> {
  try {
    await writeFile(join(directory, OWNER_FILE), `${process.pid}\n${hostname()}\n`, { mode: 0o600 });
    return [];
  } catch (error: unknown) {
    return [`${OWNER_FILE} cannot say who has it (${messageOf(error)})`];
  }
}

async function readOwner(directory: string): Promise<{ readonly by?: string }> {
  const text = await readFile(join(directory, OWNER_FILE), 'utf8').catch(() => '');
  const [, pid, host] = /^(\d{1,10})\n([\w.-]{1,253})\n$/.exec(text) ?? [];
  return pid === undefined || host === undefined ? {} : { by: `pid ${pid} on ${host}` };
}

/** Only its owner may: another's would be a write under way. */
async function removeLeftovers(directory: string): Promise<void> {
  const names = await readdir(directory).catch(() => []);
  const leftovers = names.filter((name) => LEFTOVER.test(name));
  await Promise.all(
    leftovers.map((name) => rm(join(directory, name), { force: true }).catch(() => undefined)),
  );
}
