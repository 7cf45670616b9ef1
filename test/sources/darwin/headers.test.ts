import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LAYOUTS, type Field, type Layout } from '../../../src/sources/darwin/layouts.ts';
import { FD_INFO, PID_INFO, SYSCTL } from '../../../src/sources/darwin/libproc.ts';

/** `scripts/install-ziglang.sh` prints one. */
const PYTHON = process.env.ZIGLANG_PYTHON ?? 'python3';
const TARGETS = ['aarch64-macos', 'x86_64-macos'] as const;
const INCLUDES =
  '#include <stddef.h>\n#include <libproc.h>\n#include <sys/proc_info.h>\n#include <sys/sysctl.h>\n';
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

/** The numbers of calls and values that the adapter has in its code. */
const CONSTANTS = `
_Static_assert(PROC_PIDLISTFDS == ${PID_INFO.descriptors} && PROC_PIDTASKALLINFO == ${PID_INFO.taskAll}, "");
_Static_assert(PROC_PIDTHREADINFO == ${PID_INFO.thread} && PROC_PIDLISTTHREADS == ${PID_INFO.threads}, "");
_Static_assert(PROC_PIDVNODEPATHINFO == ${PID_INFO.directories}, "");
_Static_assert(PROC_PIDFDVNODEPATHINFO == ${FD_INFO.file} && PROC_PIDFDSOCKETINFO == ${FD_INFO.socket}, "");
_Static_assert(CTL_KERN == 1 && KERN_PROC == ${SYSCTL.allProcesses[1]} && KERN_PROC_ALL == 0 && KERN_PROC_PID == 1, "");
_Static_assert(KERN_PROCARGS2 == ${SYSCTL.procArgs(1)[1] ?? 0} && KERN_ARGMAX == ${SYSCTL.maxArgs[1]}, "");
_Static_assert(PROC_FLAG_PA_SUSP == 0x1000 && PROX_FDTYPE_SOCKET == 2 && SOCKINFO_TCP == 2, "");
_Static_assert(INI_IPV4 == 1 && INI_IPV6 == 2, "");
_Static_assert(TSI_S_LISTEN == 1 && TSI_S_SYN_SENT == 2 && TSI_S_ESTABLISHED == 4 && TSI_S__CLOSE_WAIT == 5, "");
_Static_assert(TSI_S_CLOSED == 0 && TSI_S_SYN_RECEIVED == 3 && TSI_S_TIME_WAIT == 10, "");
`;

/** Every function that the adapter binds, with the types that it binds them with. */
const CALLS = `
static int (*pidinfo)(int, int, uint64_t, void *, int) = proc_pidinfo;
static int (*pidfdinfo)(int, int, int, void *, int) = proc_pidfdinfo;
static int (*ctl)(int *, unsigned int, void *, size_t *, void *, size_t) = sysctl;
static int (*byname)(const char *, void *, size_t *, void *, size_t) = sysctlbyname;
int main(void) { return pidinfo(1, 2, 0, 0, 0) + pidfdinfo(1, 1, 2, 0, 0) + ctl(0, 0, 0, 0, 0, 0) + byname("", 0, 0, 0, 0); }
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
      expect(compile(assertions(LAYOUTS) + CONSTANTS, target, '-c')).toEqual({ ok: true, said: '' });
    });

    it('say so when a number is wrong', { timeout: 120_000 }, () => {
      for (const wrong of oneWrong(LAYOUTS[0]!)) {
        const { ok, said } = compile(assertions([wrong]), TARGETS[0], '-c');
        expect(ok).toBe(false);
        expect(said).toContain('static assertion failed');
      }
    });

    it.each(TARGETS)('have on %s every function that is called', { timeout: 120_000 }, (target) => {
      // Without its own run-time libraries, which zig would build first.
      const linked = compile(CALLS, target, '-O1', '-fno-sanitize=undefined', '-nodefaultlibs', '-lSystem');
      expect(linked).toEqual({ ok: true, said: '' });
    });
  },
);

/** The layout with another size, another offset, another width. */
function oneWrong(layout: Layout): readonly Layout[] {
  const [name, field] = Object.entries(layout.fields)[2]!;
  const withField = (changed: Field): Layout => ({
    ...layout,
    fields: { ...layout.fields, [name]: changed },
  });
  return [
    { ...layout, size: layout.size + 8 },
    withField({ ...field, at: field.at + 4 }),
    withField({ ...field, kind: 'u64' }),
  ];
}
