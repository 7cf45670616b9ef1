import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, readSync, statSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { SystemdUnit } from '../../core/index.ts';
import { messageOf } from '../../runtime/error-parts.ts';
import { within } from '../../runtime/within.ts';
import {
  hidesPids,
  pageBytesOf,
  parseCommandLine,
  parsePids,
  parseStat,
  parseUnit,
  parseVoluntarySwitches,
  TICKS_PER_SECOND,
  type StatLine,
} from './parse-proc.ts';
import {
  mapAnswer,
  pickVariables,
  valueOf,
  type Answer,
  type ProcessStat,
  type ProcessTable,
} from '../process/process-table.ts';
import { refusalOf } from './refusal.ts';

/** A node host starts one program at a time; one that builds something for an agent starts hundreds, and is not starting. */
const MAX_FAMILY = 20;

export interface LinuxProcOptions {
  /** Where proc is mounted; tests point it at a tree of their own. */
  readonly root?: string;
  /** How long to wait for a process's memory (arguments, environment). Healthy ones answer within a millisecond. */
  readonly memoryDeadlineMs?: number;
  /** Whether we see everything anyway. */
  readonly isSuperuser?: boolean;
}

/**
 * `ProcessTable` on Linux's /proc.
 *
 * `stat`, `status`, `cgroup` and links are answered by the kernel out of its own tables within microseconds and are
 * read in place. `cmdline` and `environ` lie in the process's memory: such a read can hang for as long as the kernel
 * holds that memory locked (it is what makes `ps` hang), so it is done aside, with a deadline.
 */
export class LinuxProcessTable implements ProcessTable {
  readonly serviceManager = 'systemd';
  readonly #options: Required<LinuxProcOptions>;
  /** Reads that have not come back; asking again would only block another thread. */
  readonly #stuck = new Set<string>();
  #pageBytes: number | undefined;
  #buffer = Buffer.allocUnsafe(8192);

  constructor(options: LinuxProcOptions = {}) {
    const isSuperuser = process.geteuid?.() === 0;
    this.#options = { root: '/proc', memoryDeadlineMs: 1000, isSuperuser, ...options };
  }

  /** `status` has its state, threads and signals; `wchan` where in the kernel it sleeps. */
  kernelWords(pid: number): Promise<string> {
    const parts = ['status', 'wchan', 'stat'].map((name) => {
      try {
        return `${name}:\n${readFileSync(join(this.#options.root, String(pid), name), 'utf8')}`;
      } catch (error: unknown) {
        return `${name}: ${messageOf(error)}`;
      }
    });
    return Promise.resolve(parts.join('\n'));
  }

  pids(): Promise<readonly number[]> {
    const pids = readdirSync(this.#options.root).flatMap((name) =>
      /^[1-9]\d*$/.test(name) ? [Number(name)] : [],
    );
    return Promise.resolve(pids);
  }

  sinceBootMs(): Promise<number> {
    const seconds = Number.parseFloat(valueOf(this.#read('uptime')) ?? '');
    if (!Number.isFinite(seconds))
      throw new Error(`${this.#options.root}/uptime does not tell how long the machine has been up`);
    return Promise.resolve(Math.round(seconds * 1000));
  }

  stat(pid: number): Promise<Answer<ProcessStat>> {
    const read = this.#read(`${pid}/stat`);
    if (read.kind !== 'value') return Promise.resolve(read);
    const line = parseStat(read.value);
    return Promise.resolve(
      line === undefined ? { kind: 'gone' } : { kind: 'value', value: this.#describe(line) },
    );
  }

  voluntarySwitches(pid: number): Promise<number | undefined> {
    // The main thread has the pid as its id. The process's own `status` would do today; `task` says what is meant.
    const status = valueOf(this.#read(`${pid}/task/${pid}/status`)) ?? '';
    return Promise.resolve(parseVoluntarySwitches(status));
  }

  mainThreadCpuSeconds(pid: number): Promise<number | undefined> {
    const line = parseStat(valueOf(this.#read(`${pid}/task/${pid}/stat`)) ?? '');
    return Promise.resolve(line && line.cpuTicks / TICKS_PER_SECOND);
  }

  childrenCpuSeconds(pid: number): Promise<number | undefined> {
    const own = parseStat(valueOf(this.#read(`${pid}/stat`)) ?? '');
    if (own === undefined) return Promise.resolve(undefined);
    let ticks = own.endedChildrenTicks;
    const waiting = this.#children(pid);
    for (let count = 0; count < MAX_FAMILY; count += 1) {
      const member = waiting.shift();
      if (member === undefined) break;
      const line = parseStat(valueOf(this.#read(`${member}/stat`)) ?? '');
      if (line === undefined) continue;
      ticks += line.cpuTicks + line.endedChildrenTicks;
      waiting.push(...this.#children(member));
    }
    return Promise.resolve(ticks / TICKS_PER_SECOND);
  }

  /** Node starts programs from its main thread. A kernel without this list tells of those that have ended alone. */
  #children(pid: number): number[] {
    return parsePids(valueOf(this.#read(`${pid}/task/${pid}/children`)) ?? '');
  }

  owner(pid: number): Promise<number | undefined> {
    const directory = statSync(join(this.#options.root, String(pid)), { throwIfNoEntry: false });
    return Promise.resolve(directory?.uid);
  }

  async commandLine(pid: number): Promise<Answer<readonly string[]>> {
    return mapAnswer(await this.#readMemory(`${pid}/cmdline`), parseCommandLine);
  }

  async environment(pid: number, names: readonly string[]): Promise<Answer<ReadonlyMap<string, string>>> {
    return mapAnswer(await this.#readMemory(`${pid}/environ`), (text) =>
      pickVariables(text.split('\0'), names),
    );
  }

  workingDirectory(pid: number): Promise<string | undefined> {
    return Promise.resolve(this.#link(`${pid}/cwd`));
  }

  service(pid: number): Promise<Answer<SystemdUnit | undefined>> {
    return Promise.resolve(mapAnswer(this.#read(`${pid}/cgroup`), parseUnit));
  }

  async outputFiles(pid: number): Promise<readonly string[]> {
    const files: string[] = [];
    for (const path of new Set([this.#link(`${pid}/fd/1`), this.#link(`${pid}/fd/2`)])) {
      // The file may lie on a network disk that hangs; where it is must not hold up whether the process runs.
      if (path !== undefined && (await within(this.#options.memoryDeadlineMs, isRegularFile(path))) === true)
        files.push(path);
    }
    return files;
  }

  hidesOtherUsers(): Promise<boolean> {
    if (this.#options.isSuperuser) return Promise.resolve(false);
    return Promise.resolve(hidesPids(valueOf(this.#read('mounts')) ?? ''));
  }

  #describe(line: StatLine): ProcessStat {
    this.#pageBytes ??= pageBytesOf({
      status: valueOf(this.#read('self/status')) ?? '',
      statm: valueOf(this.#read('self/statm')) ?? '',
    });
    return {
      pid: line.pid,
      parentPid: line.parentPid,
      name: line.comm,
      state: line.state,
      startKey: String(line.startTicks),
      startedMs: Math.round((line.startTicks * 1000) / TICKS_PER_SECOND),
      usage: {
        cpuSeconds: line.cpuTicks / TICKS_PER_SECOND,
        residentBytes: line.residentPages * this.#pageBytes,
      },
    };
  }

  /** Reads a file of a few KiB, in four system calls: a scan does this for every process. */
  #read(path: string): Answer<string> {
    try {
      const fd = openSync(`${this.#options.root}/${path}`, 'r');
      try {
        let length = 0;
        for (;;) {
          const read = readSync(fd, this.#buffer, length, this.#buffer.length - length, null);
          length += read;
          if (read === 0) break;
          if (length === this.#buffer.length) this.#buffer = Buffer.concat([this.#buffer], 2 * length);
        }
        return { kind: 'value', value: this.#buffer.toString('latin1', 0, length) };
      } finally {
        closeSync(fd);
      }
    } catch (error: unknown) {
      return { kind: refusalOf(error) };
    }
  }

  async #readMemory(path: string): Promise<Answer<string>> {
    if (this.#stuck.has(path)) return { kind: 'slow' };
    this.#stuck.add(path);
    const reading = readFile(join(this.#options.root, path), 'utf8')
      .then(
        (value): Answer<string> => ({ kind: 'value', value }),
        (error: unknown): Answer<string> => ({ kind: refusalOf(error) }),
      )
      .finally(() => {
        this.#stuck.delete(path);
      });
    return (await within(this.#options.memoryDeadlineMs, reading)) ?? { kind: 'slow' };
  }

  #link(path: string): string | undefined {
    try {
      return readlinkSync(`${this.#options.root}/${path}`);
    } catch {
      // Gone, or not ours to see; both leave it unknown.
      return undefined;
    }
  }
}

async function isRegularFile(path: string): Promise<boolean> {
  // Pipes and sockets read `pipe:[…]`; a removed file ends in ` (deleted)` and is found by nobody any more.
  if (!path.startsWith('/') || path.startsWith('/dev/')) return false;
  try {
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
