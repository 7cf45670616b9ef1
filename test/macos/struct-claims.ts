import { createServer } from 'node:net';
import { once } from 'node:events';
import { readSocket } from '../../src/sources/darwin/connection-table.ts';
import {
  DESCRIPTOR,
  DIRECTORIES,
  LISTED_PROCESS,
  OPEN_FILE,
  readLayout,
  readLayouts,
  SOCKET,
  TASK_ALL_INFO,
  THREAD_INFO,
} from '../../src/sources/darwin/layouts.ts';
import { FD_INFO, PID_INFO, SYSCTL, type Answered, type Libproc } from '../../src/sources/darwin/libproc.ts';
import { parseProcArgs } from '../../src/sources/darwin/proc-args.ts';
import { expectThat, type Claims } from './claims.ts';
import type { Machine } from './machine.ts';

/** Every call answers for this very process, with the size that the layouts have. */
export async function structClaims(claims: Claims, { libproc: loaded }: Machine): Promise<void> {
  await claims.claim('koffi loads libproc', () => {
    if (!loaded.ok) throw new Error(loaded.why);
    return Promise.resolve(`koffi in Node ${process.version} for ${process.arch}`);
  });
  if (!loaded.ok) return;
  const { libproc } = loaded;
  const { pid } = process;
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');

  await claims.claim('a process', () => {
    const task = readLayout(
      TASK_ALL_INFO,
      bytesOf(libproc.pidInfo(pid, PID_INFO.taskAll, TASK_ALL_INFO.size), TASK_ALL_INFO.size),
    );
    expectThat(task?.pid === pid, `answered for ${task?.pid ?? 'nobody'}`);
    const ageMs = Date.now() - (task?.startSeconds ?? 0) * 1_000;
    expectThat(ageMs > 0 && ageMs < 3_600_000, `started ${ageMs} ms ago`);
    return Promise.resolve(`${task?.threads ?? 0} threads, command ${task?.command ?? ''}`);
  });
  await claims.claim('its threads', () => Promise.resolve(threadNames(libproc, pid)));
  await claims.claim('its descriptors, and a socket among them', () => {
    const list = libproc.pidInfo(pid, PID_INFO.descriptors, 4_096);
    expectThat(list.ok && list.bytes.length % DESCRIPTOR.size === 0, 'no list of whole entries');
    const sockets = list.ok ? readLayouts(DESCRIPTOR, list.bytes).filter(({ type }) => type === 2) : [];
    const read = sockets.map(({ fd }) =>
      bytesOf(libproc.fdInfo(pid, fd, FD_INFO.socket, SOCKET.size), SOCKET.size),
    );
    const tcp = read.map(readSocket).filter((socket) => typeof socket === 'object');
    expectThat(tcp.length > 0, 'no TCP socket among them');
    return Promise.resolve(`${sockets.length} sockets, ${tcp.length} of TCP`);
  });
  await claims.claim('its working directory and standard error', async () => {
    const directories = await libproc.pidInfoAside(pid, PID_INFO.directories, DIRECTORIES.size);
    const path = readLayout(DIRECTORIES, bytesOf(directories, DIRECTORIES.size))?.workingDirectory;
    expectThat(path?.startsWith('/') === true, `directory ${path ?? ''}`);
    const errors = await libproc.fdInfoAside(pid, 2, FD_INFO.file, OPEN_FILE.size);
    // A terminal or a file; a pipe has another answer, and is refused.
    if (errors.ok) bytesOf(errors, OPEN_FILE.size);
    return path;
  });
  await claims.claim('its arguments and environment', async () => {
    const read = await libproc.sysctlAside(SYSCTL.procArgs(pid), 1024 * 1024);
    const parsed = read.ok ? parseProcArgs(read.bytes) : undefined;
    expectThat(parsed !== undefined, 'not to be read');
    return `${parsed?.args.length ?? 0} arguments, ${parsed?.environment?.length ?? 'no'} variables`;
  });
  await claims.claim('the list of processes', () => {
    const size = libproc.sysctlSize(SYSCTL.allProcesses) ?? 0;
    const read = libproc.sysctl(SYSCTL.allProcesses, size + 100 * LISTED_PROCESS.size);
    expectThat(read.ok && read.bytes.length % LISTED_PROCESS.size === 0, 'no list of whole entries');
    const list = read.ok ? readLayouts(LISTED_PROCESS, read.bytes) : [];
    expectThat(
      list.some((it) => it.pid === pid),
      'we are not in it',
    );
    return Promise.resolve(`${list.length} processes`);
  });
  await claims.claim('ticks a second', () => {
    const rate = bytesOf(libproc.sysctlByName('hw.tbfrequency', 8), 8).readBigUInt64LE();
    return Promise.resolve(String(rate));
  });
  server.close();
}

function threadNames(libproc: Libproc, pid: number): string {
  const list = libproc.pidInfo(pid, PID_INFO.threads, 4_096);
  expectThat(list.ok && list.bytes.length % 8 === 0, 'no list of handles');
  const handles = list.ok
    ? Array.from({ length: list.bytes.length / 8 }, (_, at) => list.bytes.readBigUInt64LE(at * 8))
    : [];
  const threads = handles.map((handle) => {
    const bytes = bytesOf(libproc.pidInfo(pid, PID_INFO.thread, THREAD_INFO.size, handle), THREAD_INFO.size);
    return readLayout(THREAD_INFO, bytes);
  });
  // Whether the first one is the main thread, as the kernel's code has it, is for a person to see.
  return threads.map((thread) => `${thread?.name ?? ''}(${thread?.runState ?? ''})`).join(' ');
}

function bytesOf(answer: Answered, size: number): Buffer {
  if (!answer.ok) throw new Error(`errno ${answer.errno}`);
  expectThat(answer.bytes.length === size, `${answer.bytes.length} bytes instead of ${size}`);
  return answer.bytes;
}
