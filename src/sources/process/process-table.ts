import type { KernelState, Service } from '../../core/index.ts';

/**
 * What came of asking the system one thing about one process. A process may end between any two questions, so
 * `gone` is an ordinary answer. `slow`: no answer within the deadline (the kernel holds the process's memory locked).
 */
export type Answer<T> =
  | { readonly kind: 'value'; readonly value: T }
  | { readonly kind: 'gone' }
  | { readonly kind: 'denied' }
  | { readonly kind: 'slow' };

/** What was answered, as something else. */
export function mapAnswer<T, U>(answer: Answer<T>, change: (value: T) => U): Answer<U> {
  return answer.kind === 'value' ? { kind: 'value', value: change(answer.value) } : answer;
}

/** What was answered, where that is enough. */
export function valueOf<T>(answer: Answer<T>): T | undefined {
  return answer.kind === 'value' ? answer.value : undefined;
}

/** One process as the kernel sees it now. */
export interface ProcessStat {
  readonly pid: number;
  readonly parentPid: number;
  /** The title that the process gave itself, else the name of its program; Linux cuts it to 15 bytes. */
  readonly name: string;
  /** `defunct`: dead, and not yet waited for by its parent. */
  readonly state: KernelState | 'defunct';
  /** Tells this process from a later one with the same pid. */
  readonly startKey: string;
  /** Since the machine booted. */
  readonly startedMs: number;
  /** What it uses; absent for a process of another user where the system keeps that to itself. */
  readonly usage: ProcessUsage | undefined;
}

/** The letters of Linux's /proc and of `ps`, wherever it runs. */
const STATE_BY_LETTER: Readonly<Record<string, ProcessStat['state']>> = {
  R: 'running',
  S: 'sleeping',
  I: 'sleeping',
  D: 'disk-wait',
  U: 'disk-wait',
  T: 'stopped',
  t: 'stopped',
  Z: 'defunct',
  X: 'defunct',
  x: 'defunct',
};

export function kernelStateOf(letter: string): ProcessStat['state'] {
  return STATE_BY_LETTER[letter] ?? 'other';
}

/** The variables among `names` in `NAME=value`; of two the first, as getenv(3) has it. Others hold secrets, and are not kept. */
export function pickVariables(
  environment: readonly string[],
  names: readonly string[],
): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const pair of environment) {
    const [name = '', ...value] = pair.split('=');
    if (value.length > 0 && names.includes(name) && !found.has(name)) found.set(name, value.join('='));
  }
  return found;
}

export interface ProcessUsage {
  readonly cpuSeconds: number;
  readonly residentBytes: number;
}

/** `pid:startKey` */
export function incarnationOf(stat: Pick<ProcessStat, 'pid' | 'startKey'>): string {
  return `${stat.pid}:${stat.startKey}`;
}

/**
 * The processes of this machine, one adapter a platform (`../platform.ts`). Every call ends within a deadline of its own.
 * Throws only where the table itself cannot be read (no /proc, a layout that is not known); a `LookFailure` says of which
 * kind that is.
 */
export interface ProcessTable {
  /** Which services there can be on this system. */
  readonly serviceManager: Service['manager'];
  /** Milliseconds since the machine booted, time asleep included. */
  sinceBootMs(): Promise<number>;
  pids(): Promise<readonly number[]>;
  stat(pid: number): Promise<Answer<ProcessStat>>;
  /** Voluntary context switches of the main thread. Absent where the system does not count them. */
  voluntarySwitches?(pid: number): Promise<number | undefined>;
  /** CPU time of the main thread alone, without that of workers. Absent where the system does not tell. */
  mainThreadCpuSeconds?(pid: number): Promise<number | undefined>;
  /** CPU time of what it started: of what has ended, and of what runs. Absent where the system does not tell. */
  childrenCpuSeconds?(pid: number): Promise<number | undefined>;
  /** The effective user id. */
  owner(pid: number): Promise<number | undefined>;
  /** The arguments as they stand now: a process that titled itself shows the title and nothing else. */
  commandLine(pid: number): Promise<Answer<readonly string[]>>;
  /** The variables among `names` that the process was started with. Others are not kept: they hold secrets. */
  environment(pid: number, names: readonly string[]): Promise<Answer<ReadonlyMap<string, string>>>;
  workingDirectory?(pid: number): Promise<string | undefined>;
  /** The service of a service manager that it runs in; `undefined`: in none. */
  service(pid: number): Promise<Answer<Service | undefined>>;
  /** The regular files that standard output and standard error go to; none where they would hold only half of it. */
  outputFiles(pid: number): Promise<readonly string[]>;
  /** Whether the system hides the processes of other users from us (`hidepid`). Absent where none does. */
  hidesOtherUsers?(): Promise<boolean>;
  /** What the kernel says of a process in its own words, for people; absent where it has none. */
  kernelWords?(pid: number): Promise<string | undefined>;
  /** What it cannot see although each look works, for a person; as of the last calls. */
  blindSpots?(): readonly string[];
}
