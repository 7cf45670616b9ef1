/** What came of one call: bytes, or why there are none. */
export type Answered =
  { readonly ok: true; readonly bytes: Buffer } | { readonly ok: false; readonly errno: number };

/**
 * libproc and sysctl of macOS, as far as they are used here. Those that return a promise may block (they touch the memory of
 * the process or a file system) and are run aside; the others answer within microseconds.
 */
export interface Libproc {
  /** `proc_pidinfo` */
  pidInfo(pid: number, flavor: number, size: number, arg?: bigint): Answered;
  pidInfoAside(pid: number, flavor: number, size: number): Promise<Answered>;
  /** `proc_pidfdinfo` */
  fdInfo(pid: number, fd: number, flavor: number, size: number): Answered;
  fdInfoAside(pid: number, fd: number, flavor: number, size: number): Promise<Answered>;
  sysctl(name: readonly number[], size: number): Answered;
  sysctlAside(name: readonly number[], size: number): Promise<Answered>;
  /** How many bytes `sysctl` would give now; `undefined`: it does not tell. */
  sysctlSize(name: readonly number[]): number | undefined;
  sysctlByName(name: string, size: number): Answered;
}

/** Of `proc_pidinfo` (sys/proc_info.h). */
export const PID_INFO = {
  descriptors: 1,
  taskAll: 2,
  thread: 5,
  threads: 6,
  directories: 9,
} as const;

/** Of `proc_pidfdinfo`. */
export const FD_INFO = { file: 2, socket: 3 } as const;

/** Of `sysctl` (sys/sysctl.h). */
export const SYSCTL = {
  allProcesses: [1, 14, 0, 0],
  oneProcess: (pid: number): readonly number[] => [1, 14, 1, pid],
  procArgs: (pid: number): readonly number[] => [1, 49, pid],
  maxArgs: [1, 8],
} as const;

/** The numbers of errors that are met here; macOS's and Linux's are the same for these. */
export const ERRNO = {
  notPermitted: 1,
  noSuchProcess: 3,
  badDescriptor: 9,
  noMemory: 12,
  invalid: 22,
} as const;
