import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadLibproc } from '../../src/sources/darwin/koffi-libproc.ts';
import type { Libproc } from '../../src/sources/darwin/libproc.ts';
import { createDarwinPlatform } from '../../src/sources/darwin/platform.ts';
import { oneProgramAtATime, type RunProgram } from '../../src/sources/darwin/run-program.ts';
import { linuxPlatform, type Platform } from '../../src/sources/platform.ts';
import { buildFakeLibproc } from '../sources/darwin/fake-mac.ts';
import { FakePrograms } from './fake-programs.ts';
import { putOurselves, rehearseLaunchctl } from './rehearsal.ts';

/** Where the claims are tried. */
export interface Machine {
  readonly isMac: boolean;
  readonly platform: Platform;
  /** `undefined` and why: koffi or libproc is missing. */
  readonly libproc:
    { readonly ok: true; readonly libproc: Libproc } | { readonly ok: false; readonly why: string };
  readonly run: RunProgram;
  readonly directory: string;
  /** How long an idle event loop is watched. */
  readonly idleMs: number;
  /** How long an event loop that hangs is watched. */
  readonly hangMs: number;
  /** Name and content of what describes this machine and its programs. */
  describe(): Promise<readonly (readonly [name: string, output: string])[]>;
  close(): void;
}

export function openMac(): Machine {
  const run = oneProgramAtATime({ deadlineMs: 15_000 });
  const directory = aDirectory();
  return {
    isMac: true,
    platform: createDarwinPlatform({ run }),
    libproc: loadLibproc(),
    run,
    directory,
    idleMs: 120_000,
    hangMs: 15_000,
    describe: async () => [
      ['sw_vers.txt', await printed(run, '/usr/bin/sw_vers', [])],
      [
        'uname.txt',
        `${await printed(run, '/usr/bin/uname', ['-a'])}node ${process.version} ${process.arch} ${process.execPath}\n`,
      ],
      ['netstat.txt', await printed(run, '/usr/sbin/netstat', ['-anvW', '-p', 'tcp'])],
    ],
    close: () => {
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

export function openRehearsal(): Machine {
  const directory = aDirectory();
  const programs = new FakePrograms(directory);
  rehearseLaunchctl(programs, directory);
  const built = buildFakeLibproc();
  if (built.ok) putOurselves(built.path);
  const platform = createDarwinPlatform({ run: programs.run, userId: process.getuid?.() });
  return {
    isMac: false,
    platform: { ...linuxPlatform(process.env), askServiceManager: platform.askServiceManager },
    libproc: built.ok ? loadLibproc(built.path) : built,
    run: programs.run,
    directory,
    idleMs: 6_000,
    hangMs: 3_000,
    describe: () => Promise.resolve([]),
    close: () => {
      rmSync(directory, { recursive: true, force: true });
      if (built.ok) built.remove();
    },
  };
}

export async function printed(run: RunProgram, program: string, args: readonly string[]): Promise<string> {
  const answer = await run(program, args);
  return answer.kind === 'ended' ? answer.output : `${answer.kind}\n`;
}

function aDirectory(): string {
  return realpathSync(mkdtempSync(join(tmpdir(), 'test-macos-')));
}
