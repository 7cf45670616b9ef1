import { createRequire } from 'node:module';
import type * as Koffi from 'koffi';
import type { KoffiFunc } from 'koffi';
import { messageOf } from '../../runtime/error-parts.ts';
import type { Answered, Libproc } from './libproc.ts';

/** No file on disk: it lies in the shared cache of the system, and is found all the same. */
const LIBRARY = '/usr/lib/libSystem.B.dylib';

/** In C. None of them is variadic: on arm64 that would need another form. */
export const PROTOTYPES = {
  pidinfo: 'int proc_pidinfo(int pid, int flavor, uint64_t arg, void *buffer, int size)',
  pidfdinfo: 'int proc_pidfdinfo(int pid, int fd, int flavor, void *buffer, int size)',
  sysctl:
    'int sysctl(int *name, unsigned int parts, void *buffer, _Inout_ size_t *size, void *set, size_t setSize)',
  sysctlbyname:
    'int sysctlbyname(const char *name, void *buffer, _Inout_ size_t *size, void *set, size_t setSize)',
} as const;

type Size = [number];
type PidInfo = KoffiFunc<(pid: number, flavor: number, arg: bigint, buffer: Buffer, size: number) => number>;
type FdInfo = KoffiFunc<(pid: number, fd: number, flavor: number, buffer: Buffer, size: number) => number>;
type Sysctl = KoffiFunc<
  (name: Int32Array, parts: number, buffer: Buffer | null, size: Size, set: null, setSize: number) => number
>;
type SysctlByName = KoffiFunc<
  (name: string, buffer: Buffer, size: Size, set: null, setSize: number) => number
>;

export type LoadedLibproc =
  | { readonly ok: true; readonly libproc: Libproc }
  /** koffi is not installed, not built for this machine, or refuses the library. */
  | { readonly ok: false; readonly why: string };

/** @param path of a library with the same functions */
export function loadLibproc(path = LIBRARY): LoadedLibproc {
  try {
    // An optional dependency: whoever installs without it does without the pulse.
    const koffi = createRequire(import.meta.url)('koffi') as typeof Koffi;
    return { ok: true, libproc: bind(koffi, path) };
  } catch (error: unknown) {
    const [line = ''] = messageOf(error).split('\n');
    return { ok: false, why: line };
  }
}

function bind(koffi: typeof Koffi, path: string): Libproc {
  const library = koffi.load(path);
  const pidinfo = library.func(PROTOTYPES.pidinfo) as PidInfo;
  const pidfdinfo = library.func(PROTOTYPES.pidfdinfo) as FdInfo;
  const sysctl = library.func(PROTOTYPES.sysctl) as Sysctl;
  const sysctlbyname = library.func(PROTOTYPES.sysctlbyname) as SysctlByName;

  /** Of `proc_…`: how many bytes were written; 0 or less is an error. */
  const written = (buffer: Buffer, count: number): Answered =>
    count > 0 && count <= buffer.length
      ? { ok: true, bytes: buffer.subarray(0, count) }
      : { ok: false, errno: koffi.errno() };
  /** Of `sysctl…`: 0, and how many bytes in `size`. */
  const told = (buffer: Buffer, status: number, [size]: Size): Answered =>
    status === 0 && size <= buffer.length
      ? { ok: true, bytes: buffer.subarray(0, size) }
      : { ok: false, errno: koffi.errno() };

  return {
    pidInfo: (pid, flavor, size, arg = 0n) => {
      const buffer = Buffer.alloc(size);
      return written(buffer, pidinfo(pid, flavor, arg, buffer, size));
    },
    pidInfoAside: (pid, flavor, size) => {
      const buffer = Buffer.alloc(size);
      return aside(
        (done) => {
          pidinfo.async(pid, flavor, 0n, buffer, size, done);
        },
        (count) => written(buffer, count),
      );
    },
    fdInfo: (pid, fd, flavor, size) => {
      const buffer = Buffer.alloc(size);
      return written(buffer, pidfdinfo(pid, fd, flavor, buffer, size));
    },
    fdInfoAside: (pid, fd, flavor, size) => {
      const buffer = Buffer.alloc(size);
      return aside(
        (done) => {
          pidfdinfo.async(pid, fd, flavor, buffer, size, done);
        },
        (count) => written(buffer, count),
      );
    },
    sysctl: (name, size) => {
      const [buffer, length] = [Buffer.alloc(size), [size] as Size];
      return told(buffer, sysctl(Int32Array.from(name), name.length, buffer, length, null, 0), length);
    },
    sysctlAside: (name, size) => {
      const [buffer, length] = [Buffer.alloc(size), [size] as Size];
      // Held by the closures until the answer is there, as the others are: koffi hands its address to another thread.
      const parts = Int32Array.from(name);
      return aside(
        (done) => {
          sysctl.async(parts, parts.length, buffer, length, null, 0, done);
        },
        (status) => told(buffer, status, length),
      );
    },
    sysctlSize: (name) => {
      const length: Size = [0];
      const status = sysctl(Int32Array.from(name), name.length, null, length, null, 0);
      return status === 0 ? length[0] : undefined;
    },
    sysctlByName: (name, size) => {
      const [buffer, length] = [Buffer.alloc(size), [size] as Size];
      return told(buffer, sysctlbyname(name, buffer, length, null, 0), length);
    },
  };
}

/** @param read called at once: the next call of anybody overwrites errno */
function aside(
  call: (done: (error: unknown, result: number) => void) => void,
  read: (result: number) => Answered,
): Promise<Answered> {
  return new Promise((resolve, reject) => {
    call((error, result) => {
      if (error === null || error === undefined) resolve(read(result));
      else reject(error instanceof Error ? error : new Error(messageOf(error)));
    });
  });
}
