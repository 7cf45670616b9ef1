import { stat } from 'node:fs/promises';
import { uptime } from 'node:os';
import { basename } from 'node:path';
import type { KernelState, LaunchdJob } from '../../core/index.ts';
import { within } from '../../runtime/within.ts';
import {
  mapAnswer,
  pickVariables,
  valueOf,
  type Answer,
  type ProcessStat,
  type ProcessTable,
} from '../process/process-table.ts';
import { isSuspectName } from '../process/recognise.ts';
import type { JobEnvironment } from './job-environment.ts';
import { jobOf, JOB_VARIABLES, noLog } from './job.ts';
import {
  DIRECTORIES,
  LISTED_PROCESS,
  OPEN_FILE,
  readLayout,
  strange,
  TASK_ALL_INFO,
  THREAD_INFO,
  whole,
  wholeList,
  type Reading,
} from './layouts.ts';
import {
  ERRNO,
  FD_INFO,
  FILE,
  notTold,
  PID_INFO,
  STATUS,
  SUSPENDED_FOR_RESOURCES,
  SYSCTL,
  THREAD,
  type Answered,
  type Libproc,
} from './libproc.ts';
import { parseProcArgs, type ProcArgs } from './proc-args.ts';
import { feelThread, type ThreadLook, type ThreadPulse } from './thread-pulse.ts';

export interface DarwinProcessOptions {
  readonly libproc: Libproc;
  /** Milliseconds since 1970; processes have the wall-clock time of their start. */
  readonly wallMs?: () => number;
  /** Milliseconds since the machine booted, time asleep included. */
  readonly sinceBootMs?: () => number;
  /** How long to wait for what lies in the memory of a process or in a file system. */
  readonly deadlineMs?: number;
  /** Our own user id. */
  readonly userId?: number | undefined;
  /** What is known of the environment of a process that launchd started, where the kernel withholds it. */
  readonly jobEnvironment?: JobEnvironment;
}

/** A young process may title itself at any moment; a settled one is asked this often whether it did. */
const YOUNG_MS = 60_000;
const TITLE_EVERY_MS = 30_000;
/** Each call that does not come back holds one of the four threads that this process has for files and names. */
const MAX_STUCK = 2;
/** A node host has about a dozen. */
const MAX_THREADS = 256;
/** What Node calls its main thread where no title is set. */
const NODE_MAIN_THREADS: readonly string[] = ['node-MainThread', 'MainThread'];
/** What the times of a process are counted in where the system does not tell: that of each kind of machine. */
const USUAL_TICKS_PER_SECOND = process.arch === 'arm64' ? 24_000_000 : 1_000_000_000;

const STATE_OF_THREAD: Readonly<Record<number, KernelState>> = {
  [THREAD.running]: 'running',
  [THREAD.stopped]: 'stopped',
  [THREAD.waiting]: 'sleeping',
  [THREAD.uninterruptible]: 'disk-wait',
};

interface Known {
  readonly startKey: string;
  title: string | undefined;
  titleReadAtMs: number;
  pulse: ThreadPulse | undefined;
}

/** Continuous, sleep included; `os.uptime()` alone comes in whole seconds and moves with the wall clock. */
function sinceBoot(): () => number {
  const bootedAt = performance.now() - uptime() * 1_000;
  return () => performance.now() - bootedAt;
}

/** `ProcessTable` on libproc and sysctl of macOS. Nothing is spawned, and nothing needs more than the same user. */
export class DarwinProcessTable implements ProcessTable {
  readonly serviceManager = 'launchd';
  readonly #options: Required<DarwinProcessOptions>;
  readonly #libproc: Libproc;
  /** Processes of which a call has not come back. */
  readonly #stuck = new Set<number>();
  readonly #known = new Map<number, Known>();
  /** Of those whose output was looked at: why there is no log to read, in words. */
  readonly #unwritten = new Map<number, string>();
  #ticksPerSecond: number | undefined;
  #maxArgs: number | undefined;

  constructor(options: DarwinProcessOptions) {
    this.#options = {
      wallMs: () => Date.now(),
      sinceBootMs: sinceBoot(),
      deadlineMs: 1_000,
      userId: process.geteuid?.(),
      jobEnvironment: () => Promise.resolve(undefined),
      ...options,
    };
    this.#libproc = options.libproc;
  }

  sinceBootMs(): Promise<number> {
    return Promise.resolve(Math.round(this.#options.sinceBootMs()));
  }

  pids(): Promise<readonly number[]> {
    const pids = this.#listAll().map(({ pid }) => pid);
    const present = new Set(pids);
    for (const known of [this.#known, this.#unwritten]) {
      for (const pid of known.keys()) if (!present.has(pid)) known.delete(pid);
    }
    return Promise.resolve(pids);
  }

  async stat(pid: number): Promise<Answer<ProcessStat>> {
    const read = this.#libproc.pidInfo(pid, PID_INFO.taskAll, TASK_ALL_INFO.size);
    if (!read.ok) return this.#statFromList(pid, read.errno);
    const task = whole(TASK_ALL_INFO, read.bytes);
    if (task.pid !== pid) throw strange(TASK_ALL_INFO, `it answered for process ${task.pid}`);
    const startKey = startKeyOf(task);
    const known = this.#knownAs(pid, startKey);
    const startedMs = this.#startedMs(task);
    const name = await this.#nameOf(pid, known, { command: task.command, startedMs });
    if (name === undefined) return { kind: 'slow' };
    return {
      kind: 'value',
      value: {
        pid,
        parentPid: task.parentPid,
        name,
        state: this.#stateOf(pid, known, task),
        startKey,
        startedMs,
        usage: {
          cpuSeconds: (task.userTicks + task.systemTicks) / this.#tickRate(),
          residentBytes: task.residentBytes,
        },
      },
    };
  }

  voluntarySwitches(pid: number): Promise<number | undefined> {
    const known = this.#known.get(pid);
    const look = known === undefined ? undefined : this.#lookAtThreads(pid, known);
    if (known === undefined || look === undefined) return Promise.resolve(undefined);
    known.pulse = feelThread(known.pulse, look);
    return Promise.resolve(known.pulse.beats);
  }

  mainThreadCpuSeconds(pid: number): Promise<number | undefined> {
    // Of the look that felt the pulse: what it used since then would count twice.
    const last = this.#known.get(pid)?.pulse?.last;
    return Promise.resolve(last?.of === 'main' ? last.cpuSeconds : undefined);
  }

  owner(pid: number): Promise<number | undefined> {
    return Promise.resolve(this.#listed(pid)?.userId);
  }

  async commandLine(pid: number): Promise<Answer<readonly string[]>> {
    return mapAnswer(await this.#procArgs(pid), ({ args }) => args);
  }

  async environment(pid: number, names: readonly string[]): Promise<Answer<ReadonlyMap<string, string>>> {
    return mapAnswer(await this.#environment(pid), (pairs) => pickVariables(pairs, names));
  }

  async workingDirectory(pid: number): Promise<string | undefined> {
    const read = await this.#aside(pid, () =>
      this.#libproc.pidInfoAside(pid, PID_INFO.directories, DIRECTORIES.size),
    );
    const path = read?.ok === true ? readLayout(DIRECTORIES, read.bytes)?.workingDirectory : undefined;
    return path?.startsWith('/') === true ? path : undefined;
  }

  async service(pid: number): Promise<Answer<LaunchdJob | undefined>> {
    const userId = this.#listed(pid)?.userId;
    return mapAnswer(await this.environment(pid, JOB_VARIABLES), (variables) => jobOf(variables, userId));
  }

  /** Standard error has the failures, and 2026.5.18 to 9.3 throw it away: what is left would look like silence. */
  async outputFiles(pid: number): Promise<readonly string[]> {
    const [output, errors] = [await this.#openFile(pid, 1), await this.#openFile(pid, 2)];
    if (errors?.type === FILE.device && errors.path === '/dev/null') {
      this.#unwritten.set(pid, noLog(pid));
    } else this.#unwritten.delete(pid);
    if (errors === undefined || !(await this.#isWhereItSays(errors))) return [];
    const isOutputThere = output !== undefined && (await this.#isWhereItSays(output));
    return [...new Set(isOutputThere ? [output.path, errors.path] : [errors.path])];
  }

  /** They are listed, but what they run is in their arguments, and those are shown to nobody else. */
  hidesOtherUsers(): Promise<boolean> {
    return Promise.resolve(this.#options.userId !== 0);
  }

  blindSpots(): readonly string[] {
    return [...this.#unwritten.values()];
  }

  #listAll(): readonly Reading<typeof LISTED_PROCESS>[] {
    // More may come between the two calls; at the third try of a machine that forks so fast the list is read as it is.
    for (const spare of [1.1, 1.5, 3]) {
      const size = this.#libproc.sysctlSize(SYSCTL.allProcesses);
      if (size === undefined) break;
      const read = this.#libproc.sysctl(SYSCTL.allProcesses, Math.ceil(size * spare) + LISTED_PROCESS.size);
      if (!read.ok && read.errno === ERRNO.noMemory) continue;
      if (!read.ok) throw notTold('the list of processes', read.errno);
      return wholeList(LISTED_PROCESS, read.bytes);
    }
    throw notTold('the list of processes', ERRNO.noMemory);
  }

  /** Also of another user, and one that nobody has waited for; `undefined`: there is none. */
  #listed(pid: number): Reading<typeof LISTED_PROCESS> | undefined {
    const read = this.#libproc.sysctl(SYSCTL.oneProcess(pid), LISTED_PROCESS.size);
    if (!read.ok) throw notTold(`process ${pid}`, read.errno);
    if (read.bytes.length === 0) return undefined;
    const listed = whole(LISTED_PROCESS, read.bytes);
    return listed.pid === pid ? listed : undefined;
  }

  #statFromList(pid: number, errno: number): Answer<ProcessStat> {
    if (errno !== ERRNO.noSuchProcess && errno !== ERRNO.notPermitted) throw notTold(`process ${pid}`, errno);
    const listed = this.#listed(pid);
    if (listed === undefined) return { kind: 'gone' };
    const isDefunct = listed.status === STATUS.zombie;
    // It ended between the two calls, and is being taken out of the list.
    if (errno === ERRNO.noSuchProcess && !isDefunct) return { kind: 'gone' };
    return {
      kind: 'value',
      value: {
        pid,
        parentPid: listed.parentPid,
        name: listed.command,
        state: isDefunct ? 'defunct' : listed.status === STATUS.stopped ? 'stopped' : 'other',
        startKey: startKeyOf(listed),
        startedMs: this.#startedMs(listed),
        usage: undefined,
      },
    };
  }

  #knownAs(pid: number, startKey: string): Known {
    const before = this.#known.get(pid);
    if (before?.startKey === startKey) return before;
    const known = { startKey, title: undefined, titleReadAtMs: -Infinity, pulse: undefined };
    this.#known.set(pid, known);
    return known;
  }

  #startedMs(start: { readonly startSeconds: number; readonly startMicroseconds: number }): number {
    const ageMs = this.#options.wallMs() - start.startSeconds * 1_000 - start.startMicroseconds / 1_000;
    return Math.round(this.#options.sinceBootMs() - Math.max(0, ageMs));
  }

  /**
   * A title is written over the arguments and nowhere else: the kernel's own name of it stays `node`. `undefined`: they could
   * never be read. Then it may be a node host, and under the name of its program it would be taken for something else.
   */
  async #nameOf(
    pid: number,
    known: Known,
    { command, startedMs }: { readonly command: string; readonly startedMs: number },
  ): Promise<string | undefined> {
    if (!isSuspectName(command)) return command;
    const nowMs = this.#options.sinceBootMs();
    const everyMs = nowMs - startedMs < YOUNG_MS ? 0 : TITLE_EVERY_MS;
    if (nowMs - known.titleReadAtMs >= everyMs) {
      const read = await this.#procArgs(pid);
      // One that cannot be read now is what it was.
      if (read.kind === 'slow' && known.titleReadAtMs === -Infinity) return undefined;
      known.titleReadAtMs = nowMs;
      if (read.kind === 'value') known.title = titleIn(read.value.args);
    }
    return known.title ?? command;
  }

  #stateOf(pid: number, known: Known, task: Reading<typeof TASK_ALL_INFO>): KernelState | 'defunct' {
    if (task.status === STATUS.zombie) return 'defunct';
    const isSuspended = (task.flags & SUSPENDED_FOR_RESOURCES) !== 0;
    if (task.status === STATUS.stopped || isSuspended) return 'stopped';
    // A scan asks for every process, and only of few it is wanted.
    const isWanted = known.title !== undefined || isSuspectName(task.command);
    const main = isWanted ? this.#mainThread(pid, known) : undefined;
    if (main === undefined) return task.runningThreads > 0 ? 'running' : 'sleeping';
    return STATE_OF_THREAD[main.runState] ?? 'other';
  }

  #lookAtThreads(pid: number, known: Known): ThreadLook | undefined {
    const atMs = this.#options.sinceBootMs();
    const main = this.#mainThread(pid, known);
    if (main !== undefined) {
      const cpuSeconds = (main.userNanoseconds + main.systemNanoseconds) / 1e9;
      return { of: 'main', state: threadState(main.runState), cpuSeconds, atMs };
    }
    const read = this.#libproc.pidInfo(pid, PID_INFO.taskAll, TASK_ALL_INFO.size);
    const task = read.ok ? readLayout(TASK_ALL_INFO, read.bytes) : undefined;
    if (task === undefined || startKeyOf(task) !== known.startKey) return undefined;
    const cpuSeconds = (task.userTicks + task.systemTicks) / this.#tickRate();
    return { of: 'any', state: task.runningThreads > 0 ? 'running' : 'waiting', cpuSeconds, atMs };
  }

  /**
   * The thread that bears the process's title, or Node's own name for it: that is what the title is written to besides argv.
   * It is the first of the list, says the kernel's code; where no name confirms that, nobody knows, and it is not guessed.
   */
  #mainThread(pid: number, known: Known): Reading<typeof THREAD_INFO> | undefined {
    const list = this.#libproc.pidInfo(pid, PID_INFO.threads, MAX_THREADS * 8);
    if (!list.ok) return undefined;
    for (let at = 0; at + 8 <= list.bytes.length; at += 8) {
      const handle = list.bytes.readBigUInt64LE(at);
      const read = this.#libproc.pidInfo(pid, PID_INFO.thread, THREAD_INFO.size, handle);
      const thread = read.ok ? readLayout(THREAD_INFO, read.bytes) : undefined;
      if (thread === undefined) continue;
      if (thread.name === known.title || NODE_MAIN_THREADS.includes(thread.name)) return thread;
    }
    return undefined;
  }

  async #procArgs(pid: number): Promise<Answer<ProcArgs>> {
    const size = this.#argsSize();
    const read = await this.#aside(pid, () => this.#libproc.sysctlAside(SYSCTL.procArgs(pid), size));
    if (read === undefined) return { kind: 'slow' };
    if (read.ok) {
      const parsed = parseProcArgs(read.bytes);
      // The process was about to start another program, or to end.
      return parsed === undefined ? { kind: 'slow' } : { kind: 'value', value: parsed };
    }
    const listed = this.#listed(pid);
    if (listed === undefined || listed.status === STATUS.zombie) return { kind: 'gone' };
    return { kind: this.#isOurs(listed.userId) ? 'slow' : 'denied' };
  }

  /** The kernel withholds that of programs of the system. A launcher's, then launchd's, is handed down to what it starts. */
  async #environment(pid: number): Promise<Answer<readonly string[]>> {
    const own = await this.#procArgs(pid);
    if (own.kind !== 'value') return own;
    if (own.value.environment !== undefined) return { kind: 'value', value: own.value.environment };
    const parent = this.#listed(pid)?.parentPid ?? 0;
    const launcher = parent > 1 ? await this.#procArgs(parent) : undefined;
    const handedDown =
      (launcher && valueOf(launcher)?.environment) ?? (await this.#options.jobEnvironment([pid, parent]));
    return handedDown === undefined ? { kind: 'denied' } : { kind: 'value', value: handedDown };
  }

  async #openFile(pid: number, fd: number): Promise<Reading<typeof OPEN_FILE> | undefined> {
    const read = await this.#aside(pid, () =>
      this.#libproc.fdInfoAside(pid, fd, FD_INFO.file, OPEN_FILE.size),
    );
    return read?.ok === true ? readLayout(OPEN_FILE, read.bytes) : undefined;
  }

  /** A file that was renamed or removed under the process has another in its place, or none. */
  async #isWhereItSays({ path, type, inode }: Reading<typeof OPEN_FILE>): Promise<boolean> {
    if (type !== FILE.regular || !path.startsWith('/')) return false;
    const there = await within(
      this.#options.deadlineMs,
      stat(path).catch(() => undefined),
    );
    return there?.isFile() === true && there.ino === inode;
  }

  /** A call that may block, within the deadline; `undefined`: no answer in time, or it cannot be asked for now. */
  async #aside(pid: number, ask: () => Promise<Answered>): Promise<Answered | undefined> {
    if (this.#stuck.has(pid) || this.#stuck.size >= MAX_STUCK) return undefined;
    this.#stuck.add(pid);
    const asked = ask().finally(() => this.#stuck.delete(pid));
    return within(this.#options.deadlineMs, asked);
  }

  #isOurs(userId: number): boolean {
    return this.#options.userId === 0 || this.#options.userId === userId;
  }

  #tickRate(): number {
    if (this.#ticksPerSecond === undefined) {
      const read = this.#libproc.sysctlByName('hw.tbfrequency', 8);
      const rate = read.ok && read.bytes.length === 8 ? Number(read.bytes.readBigUInt64LE()) : 0;
      this.#ticksPerSecond = rate > 0 ? rate : USUAL_TICKS_PER_SECOND;
    }
    return this.#ticksPerSecond;
  }

  #argsSize(): number {
    if (this.#maxArgs === undefined) {
      const read = this.#libproc.sysctl(SYSCTL.maxArgs, 4);
      const size = read.ok && read.bytes.length === 4 ? read.bytes.readInt32LE() : 0;
      this.#maxArgs = size > 0 && size <= 16 * 1024 * 1024 ? size : 1024 * 1024;
    }
    return this.#maxArgs;
  }
}

function startKeyOf(start: { readonly startSeconds: number; readonly startMicroseconds: number }): string {
  return `${start.startSeconds}.${String(start.startMicroseconds).padStart(6, '0')}`;
}

function titleIn([first = '']: readonly string[]): string | undefined {
  const name = basename(first);
  return name.startsWith('openclaw') ? name : undefined;
}

function threadState(runState: number): ThreadLook['state'] {
  if (runState === THREAD.running) return 'running';
  return runState === THREAD.waiting ? 'waiting' : 'neither';
}
