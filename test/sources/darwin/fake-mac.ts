import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type * as Koffi from 'koffi';
import type { LibraryHandle } from 'koffi';
import {
  DESCRIPTOR,
  LISTED_PROCESS,
  OPEN_FILE,
  SOCKET,
  TASK_ALL_INFO,
  THREAD_INFO,
  type Layout,
} from '../../../src/sources/darwin/layouts.ts';
import { FD_INFO, PID_INFO } from '../../../src/sources/darwin/libproc.ts';
import { golden } from './fixtures.ts';

const PATHS = {
  source: fileURLToPath(new URL('fake-libproc.c', import.meta.url)),
  install: fileURLToPath(new URL('../../../scripts/install-debian-packages.sh', import.meta.url)),
};

/** Of `fake-libproc.c`. */
const CALL = { pidInfo: 1, fdInfo: 2, sysctl: 3, byName: 4 } as const;
/** `sysctl` is asked for a size first. */
const SIZE = 0n;
const BYTES = 1n;
const KERN = { all: 1400, one: 1401, procArgs: 4900 } as const;

/** What is put instead of bytes, or how they are given. */
export interface Manner {
  readonly errno?: number;
  /** After so many times the next answer to the same question is given; 0: never. */
  readonly times?: number;
  readonly blocks?: boolean;
  /** What was put for the same question before is forgotten. */
  readonly instead?: boolean;
}

/** The processes of a Mac, as a libproc of our own answers for them. */
export class FakeMac {
  readonly library: string;
  readonly #put: (...args: unknown[]) => unknown;
  readonly #forget: (...args: unknown[]) => unknown;
  readonly reset: () => void;
  readonly release: () => void;
  readonly asked: () => number;
  #handle: LibraryHandle;

  constructor(library: string) {
    this.library = library;
    const koffi = createRequire(import.meta.url)('koffi') as typeof Koffi;
    this.#handle = koffi.load(library);
    this.#put = this.#handle.func(
      'void fake_put(int call, int pid, int flavor, uint64_t arg, void *bytes, int length, int error, int times, int blocks)',
    ) as (...args: unknown[]) => unknown;
    this.#forget = this.#handle.func('void fake_forget(int call, int pid, int flavor, uint64_t arg)') as (
      ...args: unknown[]
    ) => unknown;
    this.reset = this.#handle.func('void fake_reset()') as () => void;
    this.release = this.#handle.func('void fake_release()') as () => void;
    this.asked = this.#handle.func('int fake_asked()') as () => number;
  }

  /** Of `proc_pidinfo`. */
  pidInfo(pid: number, flavor: number, bytes: Buffer, manner: Manner & { arg?: bigint } = {}): void {
    this.#answer([CALL.pidInfo, pid, flavor, manner.arg ?? 0n], bytes, manner);
  }

  fdInfo(pid: number, fd: number, flavor: number, bytes: Buffer, manner: Manner = {}): void {
    this.#answer([CALL.fdInfo, pid, flavor, BigInt(fd)], bytes, manner);
  }

  list(bytes: Buffer, manner: Manner = {}): void {
    const { instead = false } = manner;
    this.#answer([CALL.sysctl, 0, KERN.all, SIZE], bytes, { instead });
    this.#answer([CALL.sysctl, 0, KERN.all, BYTES], bytes, manner);
  }

  /** As `list`, of a machine that has forked by the time of the second call. */
  growingList(before: Buffer, after: Buffer): void {
    this.#answer([CALL.sysctl, 0, KERN.all, SIZE], before, { times: 1 });
    this.#answer([CALL.sysctl, 0, KERN.all, SIZE], after, {});
    this.#answer([CALL.sysctl, 0, KERN.all, BYTES], after, {});
  }

  listed(pid: number, bytes: Buffer, manner: Manner = {}): void {
    this.#answer([CALL.sysctl, pid, KERN.one, BYTES], bytes, manner);
  }

  procArgs(pid: number, bytes: Buffer, manner: Manner = {}): void {
    this.#answer([CALL.sysctl, pid, KERN.procArgs, BYTES], bytes, manner);
  }

  forgetProcArgs(pid: number): void {
    this.#forget(CALL.sysctl, pid, KERN.procArgs, BYTES);
  }

  tickRate(perSecond: number): void {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(BigInt(perSecond));
    this.#answer([CALL.byName, 0, 0, 0n], bytes, {});
  }

  forgetPidInfo(pid: number, flavor: number, arg = 0n): void {
    this.#forget(CALL.pidInfo, pid, flavor, arg);
  }

  forgetFdInfo(pid: number, fd: number, flavor: number): void {
    this.#forget(CALL.fdInfo, pid, flavor, BigInt(fd));
  }

  forgetLists(...pids: readonly number[]): void {
    for (const arg of [SIZE, BYTES]) this.#forget(CALL.sysctl, 0, KERN.all, arg);
    for (const pid of pids) this.#forget(CALL.sysctl, pid, KERN.one, BYTES);
  }

  #answer(
    question: readonly unknown[],
    bytes: Buffer,
    { errno = 0, times = 0, blocks = false, instead = false }: Manner,
  ): void {
    if (instead) this.#forget(...question);
    this.#put(...question, bytes, bytes.length, errno, times, blocks ? 1 : 0);
  }
}

/** The golden bytes of a structure with some of its fields changed. */
export function patched<L extends Layout>(
  layout: L,
  template: Buffer,
  changes: Partial<Record<keyof L['fields'], number | bigint | string | Buffer>>,
): Buffer {
  const bytes = Buffer.from(template.subarray(0, layout.size));
  for (const [name, value] of Object.entries(changes)) {
    const field = layout.fields[name];
    if (field === undefined || value === undefined) continue;
    const { at, kind, length = 0 } = field;
    if (typeof value === 'string') {
      bytes.fill(0, at, at + length);
      bytes.write(value, at, length - 1);
    } else if (Buffer.isBuffer(value)) value.copy(bytes, at);
    else if (kind === 'u64') bytes.writeBigUInt64LE(BigInt(value), at);
    else if (kind === 'i64') bytes.writeBigInt64LE(BigInt(value), at);
    else if (kind === 'port') bytes.writeUInt16BE(Number(value), at);
    else if (kind === 'u8') bytes.writeUInt8(Number(value), at);
    else if (kind === 'i32') bytes.writeInt32LE(Number(value), at);
    else bytes.writeUInt32LE(Number(value), at);
  }
  return bytes;
}

/** One process as a test describes it. */
export interface MacProcess {
  readonly pid: number;
  readonly parentPid?: number;
  readonly userId?: number;
  readonly startedWallMs: number;
  readonly command?: string;
  readonly args: readonly string[];
  /** Its title, where it has set one. */
  readonly title?: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly output?: { readonly path: string; readonly inode: number };
  readonly errors?: { readonly path: string; readonly inode: number } | '/dev/null';
}

/** A process that is gone: libproc and the list know nothing of it. */
export function removeProcess(mac: FakeMac, pid: number): void {
  for (const flavor of [PID_INFO.taskAll, PID_INFO.threads, PID_INFO.descriptors])
    mac.forgetPidInfo(pid, flavor);
  mac.forgetLists(pid);
}

/** Puts a sleeping process with one thread, which bears its title, and the list of all that there are. */
export function putProcesses(mac: FakeMac, processes: readonly MacProcess[]): void {
  mac.forgetLists(...processes.map(({ pid }) => pid));
  const list = processes.map((it) => {
    const listed = listedBytes(it);
    mac.listed(it.pid, listed);
    return listed;
  });
  mac.list(Buffer.concat(list));
  for (const it of processes) putProcess(mac, it);
}

function putProcess(mac: FakeMac, it: MacProcess): void {
  const { pid } = it;
  mac.forgetPidInfo(pid, PID_INFO.taskAll);
  mac.pidInfo(pid, PID_INFO.taskAll, taskBytes(it));
  putThread(mac, pid, { name: it.title ?? '' });
  mac.procArgs(pid, procArgsBytes(it));
  mac.forgetPidInfo(pid, PID_INFO.descriptors);
  mac.pidInfo(pid, PID_INFO.descriptors, descriptorBytes([]));
  if (it.output !== undefined) mac.fdInfo(pid, 1, FD_INFO.file, fileBytes(it.output));
  if (it.errors !== undefined) mac.fdInfo(pid, 2, FD_INFO.file, fileBytes(it.errors));
}

const MAIN = 0x1001n;

export function putThread(
  mac: FakeMac,
  pid: number,
  thread: { name: string; runState?: number; cpuSeconds?: number },
): void {
  const { name, runState = 3, cpuSeconds = 1 } = thread;
  const handles = Buffer.alloc(8);
  handles.writeBigUInt64LE(MAIN);
  mac.forgetPidInfo(pid, PID_INFO.threads);
  mac.forgetPidInfo(pid, PID_INFO.thread, MAIN);
  mac.pidInfo(pid, PID_INFO.threads, handles);
  const bytes = patched(THREAD_INFO, golden('threadinfo_waiting'), {
    name,
    runState,
    userNanoseconds: Math.round(cpuSeconds * 1e9),
    systemNanoseconds: 0,
  });
  mac.pidInfo(pid, PID_INFO.thread, bytes, { arg: MAIN });
}

function start(startedWallMs: number): { startSeconds: number; startMicroseconds: number } {
  return {
    startSeconds: Math.floor(startedWallMs / 1_000),
    startMicroseconds: Math.round((startedWallMs % 1_000) * 1_000),
  };
}

export function taskBytes(
  { pid, parentPid = 1, userId = 501, startedWallMs, command = 'node' }: MacProcess,
  changes: Parameters<typeof patched<typeof TASK_ALL_INFO>>[2] = {},
): Buffer {
  return patched(TASK_ALL_INFO, golden('taskallinfo_running'), {
    flags: 0,
    status: 2,
    pid,
    parentPid,
    userId,
    command,
    runningThreads: 0,
    ...start(startedWallMs),
    ...changes,
  });
}

export function listedBytes(
  { pid, parentPid = 1, userId = 501, startedWallMs, command = 'node' }: MacProcess,
  status = 2,
): Buffer {
  return patched(LISTED_PROCESS, golden('kinfo_proc_list'), {
    status,
    pid,
    parentPid,
    userId,
    command,
    ...start(startedWallMs),
  });
}

/** As the kernel has them: a title lies over the arguments, and the rest of those is NULs. */
export function procArgsBytes({ args, title, environment }: MacProcess): Buffer {
  const argc = Buffer.alloc(4);
  argc.writeInt32LE(args.length);
  const own = args.map((arg) => `${arg}\0`).join('');
  const shown = title === undefined ? own : title.padEnd(own.length, '\0');
  const pairs = Object.entries(environment).map(([name, value]) => `${name}=${value}\0`);
  return Buffer.concat([
    argc,
    Buffer.from(`${args[0] ?? ''}\0\0\0\0${shown}${pairs.join('')}\0ptr_munge=\0main_stack=\0`),
  ]);
}

export function fileBytes(file: NonNullable<MacProcess['errors']>): Buffer {
  if (file === '/dev/null') return golden('vnode_dev_null');
  return patched(OPEN_FILE, golden('vnode_stderr_log'), { ...file, type: 1 });
}

export function descriptorBytes(sockets: readonly number[]): Buffer {
  return Buffer.concat([
    golden('fdlist').subarray(0, DESCRIPTOR.size),
    ...sockets.map((fd) => patched(DESCRIPTOR, golden('fdlist'), { fd, type: 2 })),
  ]);
}

/** Puts a process's sockets, each a connection to an IPv4 address. */
export function putConnections(
  mac: FakeMac,
  pid: number,
  sockets: readonly { fd: number; port: number; tcpState?: number; unreadBytes?: number }[],
): void {
  mac.forgetPidInfo(pid, PID_INFO.descriptors);
  mac.pidInfo(pid, PID_INFO.descriptors, descriptorBytes(sockets.map(({ fd }) => fd)));
  for (const { fd, port, tcpState = 4, unreadBytes = 0 } of sockets) {
    mac.forgetFdInfo(pid, fd, FD_INFO.socket);
    mac.fdInfo(
      pid,
      fd,
      FD_INFO.socket,
      patched(SOCKET, golden('socket_established_v4_unread'), {
        remotePort: port,
        remoteAddress: Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 127, 0, 0, 1]),
        generation: 1000 + fd,
        tcpState,
        unreadBytes,
      }),
    );
  }
}

export type BuiltLibrary =
  { readonly ok: true; readonly path: string; remove(): void } | { readonly ok: false; readonly why: string };

/** Builds the library; in CI the compiler is installed first, and must be there. */
export function buildFakeLibproc(): BuiltLibrary {
  const isRequired = process.env.CI !== undefined && process.env.CI !== '';
  const hasCompiler = (): boolean => spawnSync('cc', ['--version']).status === 0;
  if (!hasCompiler() && isRequired)
    spawnSync('bash', [PATHS.install, 'gcc', 'libc6-dev'], { stdio: 'inherit' });
  if (!hasCompiler()) {
    const why = 'there is no C compiler (Debian: apt-get install gcc libc6-dev)';
    if (isRequired) throw new Error(why);
    return { ok: false, why };
  }
  const directory = mkdtempSync(join(tmpdir(), 'fake-libproc-'));
  const path = join(directory, 'libfakeproc.so');
  const args = ['-std=gnu11', '-Wall', '-Werror', '-shared', '-fPIC', '-pthread', '-o', path, PATHS.source];
  const { status, stderr } = spawnSync('cc', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`fake-libproc.c: ${stderr}`);
  return {
    ok: true,
    path,
    remove: () => {
      rmSync(directory, { recursive: true });
    },
  };
}
