import { LookFailure } from '../look-failure.ts';

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

/** `pbi_status` of a process (sys/proc.h). */
export const STATUS = { stopped: 4, zombie: 5 } as const;
/** `PROC_FLAG_PA_SUSP`: macOS ran out of memory and has stopped it. */
export const SUSPENDED_FOR_RESOURCES = 0x1000;
/** `TH_STATE_…` of a thread (mach/thread_info.h). */
export const THREAD = { running: 1, stopped: 2, waiting: 3, uninterruptible: 4 } as const;
/** `VREG`, `VCHR` (sys/vnode.h). */
export const FILE = { regular: 1, device: 4 } as const;
/** `PROX_FDTYPE_SOCKET`, `SOCKINFO_TCP`, `INI_IPV4`, `INI_IPV6` (sys/proc_info.h). */
export const SOCKET_KIND = { descriptor: 2, tcp: 2, ipv4: 1, ipv6: 2 } as const;
/** `TSI_S_…` of a TCP socket (sys/proc_info.h). */
export const TCP = {
  listen: 1,
  synSent: 2,
  synReceived: 3,
  established: 4,
  closeWait: 5,
  finWait1: 6,
  closing: 7,
  lastAck: 8,
  finWait2: 9,
  timeWait: 10,
} as const;

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

export function notTold(what: string, errno: number): LookFailure {
  return new LookFailure('other', `macOS does not tell about ${what} (errno ${errno})`);
}
