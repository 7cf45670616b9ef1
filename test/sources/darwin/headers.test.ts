import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Field, Layout } from '../../../src/sources/darwin/layouts.ts';
import { LAYOUTS } from './all-layouts.ts';
import { PROTOTYPES } from '../../../src/sources/darwin/koffi-libproc.ts';
import {
  ERRNO,
  FD_INFO,
  PID_INFO,
  SOCKET_KIND,
  STATUS,
  SUSPENDED_FOR_RESOURCES,
  SYSCTL,
  TCP,
  THREAD,
} from '../../../src/sources/darwin/libproc.ts';

/** `scripts/install-ziglang.sh` prints one. */
const PYTHON = process.env.ZIGLANG_PYTHON ?? 'python3';
const TARGETS = ['aarch64-macos', 'x86_64-macos'] as const;
const INCLUDES =
  '#include <errno.h>\n#include <stddef.h>\n#include <libproc.h>\n#include <mach/thread_info.h>\n' +
  '#include <sys/proc_info.h>\n#include <sys/sysctl.h>\n';
const WIDTH = { u8: 1, u16: 2, u32: 4, i32: 4, u64: 8, i64: 8 } as const;

const found = spawnSync(PYTHON, ['-m', 'ziglang', 'version'], { encoding: 'utf8' });
const whyNot =
  found.error !== undefined
    ? `there is no ${PYTHON}`
    : found.status === 0
      ? undefined
      : 'ziglang is not installed: ZIGLANG_PYTHON=$(scripts/install-ziglang.sh)';

/** Says in C what a layout says. */
function assertions(layouts: readonly Layout[]): string {
  return layouts
    .flatMap(({ struct, size, fields }) => [
      `_Static_assert(sizeof(${struct}) == ${size}, "${struct}");`,
      ...Object.values(fields).flatMap((field: Field) => fieldAssertions(struct, field)),
    ])
    .join('\n');
}

function fieldAssertions(struct: string, { at, kind, length, member }: Field): string[] {
  const width = kind === 'text' || kind === 'bytes' ? length : kind === 'port' ? 4 : WIDTH[kind];
  return [
    `_Static_assert(offsetof(${struct}, ${member}) == ${at}, "${struct} ${member}");`,
    `_Static_assert(sizeof(((${struct} *)0)->${member}) == ${width}, "width of ${struct} ${member}");`,
  ];
}

/** The numbers of calls and values, by their names in C; of what the adapter has, only sys/vnode.h is not there to ask. */
const VALUES: Readonly<Record<string, number | undefined>> = {
  PROC_PIDLISTFDS: PID_INFO.descriptors,
  PROC_PIDTASKALLINFO: PID_INFO.taskAll,
  PROC_PIDTHREADINFO: PID_INFO.thread,
  PROC_PIDLISTTHREADS: PID_INFO.threads,
  PROC_PIDVNODEPATHINFO: PID_INFO.directories,
  PROC_PIDFDVNODEPATHINFO: FD_INFO.file,
  PROC_PIDFDSOCKETINFO: FD_INFO.socket,
  CTL_KERN: SYSCTL.allProcesses[0],
  KERN_PROC: SYSCTL.allProcesses[1],
  KERN_PROC_ALL: SYSCTL.allProcesses[2],
  KERN_PROC_PID: SYSCTL.oneProcess(7)[2],
  KERN_PROCARGS2: SYSCTL.procArgs(7)[1],
  KERN_ARGMAX: SYSCTL.maxArgs[1],
  SSTOP: STATUS.stopped,
  SZOMB: STATUS.zombie,
  PROC_FLAG_PA_SUSP: SUSPENDED_FOR_RESOURCES,
  TH_STATE_RUNNING: THREAD.running,
  TH_STATE_STOPPED: THREAD.stopped,
  TH_STATE_WAITING: THREAD.waiting,
  TH_STATE_UNINTERRUPTIBLE: THREAD.uninterruptible,
  PROX_FDTYPE_SOCKET: SOCKET_KIND.descriptor,
  SOCKINFO_TCP: SOCKET_KIND.tcp,
  INI_IPV4: SOCKET_KIND.ipv4,
  INI_IPV6: SOCKET_KIND.ipv6,
  TSI_S_LISTEN: TCP.listen,
  TSI_S_SYN_SENT: TCP.synSent,
  TSI_S_SYN_RECEIVED: TCP.synReceived,
  TSI_S_ESTABLISHED: TCP.established,
  TSI_S__CLOSE_WAIT: TCP.closeWait,
  TSI_S_FIN_WAIT_1: TCP.finWait1,
  TSI_S_CLOSING: TCP.closing,
  TSI_S_LAST_ACK: TCP.lastAck,
  TSI_S_FIN_WAIT_2: TCP.finWait2,
  TSI_S_TIME_WAIT: TCP.timeWait,
  EPERM: ERRNO.notPermitted,
  ESRCH: ERRNO.noSuchProcess,
  EBADF: ERRNO.badDescriptor,
  ENOMEM: ERRNO.noMemory,
  EINVAL: ERRNO.invalid,
};

function valueAssertions(offBy = 0): string {
  return Object.entries(VALUES)
    .map(([name, value = NaN]) => `_Static_assert(${name} == ${value + offBy}, "${name}");`)
    .join('\n');
}

/** Every function that the adapter binds, declared once more as it binds it, and called so that a link needs it. */
const CALLS = `
#define _Inout_
${Object.values(PROTOTYPES)
  .map((prototype) => `${prototype};`)
  .join('\n')}
int main(void) { return proc_pidinfo(1, 2, 0, 0, 0) + proc_pidfdinfo(1, 1, 2, 0, 0) + sysctl(0, 0, 0, 0, 0, 0) + sysctlbyname("", 0, 0, 0, 0); }
`;

describe.skipIf(whyNot !== undefined)(
  whyNot === undefined ? 'Apple’s own headers' : `Apple’s own headers (skipped: ${whyNot})`,
  () => {
    let directory: string;
    beforeAll(() => {
      directory = mkdtempSync(join(tmpdir(), 'headers-'));
    });
    afterAll(() => {
      rmSync(directory, { recursive: true });
    });

    function compile(
      source: string,
      target: string,
      ...more: readonly string[]
    ): { ok: boolean; said: string } {
      const file = join(directory, 'layout.c');
      writeFileSync(file, INCLUDES + source);
      const args = ['-m', 'ziglang', 'cc', '-target', target, '-o', join(directory, 'out'), ...more, file];
      const { status, stderr } = spawnSync(PYTHON, args, { encoding: 'utf8' });
      return { ok: status === 0, said: stderr };
    }

    it.each(TARGETS)('say on %s what the layouts say', { timeout: 120_000 }, (target) => {
      expect(compile(`${assertions(LAYOUTS)}\n${valueAssertions()}`, target, '-c')).toEqual({
        ok: true,
        said: '',
      });
    });

    it('say so of each single number that is wrong', { timeout: 120_000 }, () => {
      const wrong = `${assertions(LAYOUTS.map(allWrong))}\n${valueAssertions(1)}`;
      const { ok, said } = compile(wrong, TARGETS[0], '-c', '-ferror-limit=0');
      expect(ok).toBe(false);
      const failures = said.match(/static assertion failed/g)?.length;
      expect(failures).toBe(wrong.match(/_Static_assert/g)?.length);
    });

    it('say so of a function that is bound with another type', { timeout: 120_000 }, () => {
      const { ok, said } = compile(CALLS.replace('uint64_t arg', 'int arg'), TARGETS[0], '-c');
      expect(ok).toBe(false);
      expect(said).toContain('conflicting types');
    });

    it.each(TARGETS)('have on %s every function that is called', { timeout: 120_000 }, (target) => {
      // Without its own run-time libraries, which zig would build first.
      const linked = compile(CALLS, target, '-O1', '-fno-sanitize=undefined', '-nodefaultlibs', '-lSystem');
      expect(linked).toEqual({ ok: true, said: '' });
    });
  },
);

/** Another size, other offsets, other widths. */
function allWrong(layout: Layout): Layout {
  const fields = Object.entries(layout.fields).map(([name, field]: [string, Field]) => [
    name,
    { ...field, at: field.at + 1, kind: 'bytes', length: 3 } as const,
  ]);
  return { ...layout, size: layout.size + 8, fields: Object.fromEntries(fields) as Layout['fields'] };
}
