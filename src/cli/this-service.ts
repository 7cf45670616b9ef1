import { realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { createInterface } from 'node:readline/promises';
import { processEnvironment, serviceManagerEnvironment } from '../config/load.ts';
import { packageVersion } from '../package-version.ts';
import type { Output } from '../runtime/terminal.ts';
import { thisMachine } from '../service/machine.ts';
import type { ServiceSurroundings } from './service.ts';

/** This machine and this program, for installing the one on the other. */
export function thisService(outputs: {
  readonly stdout: Output;
  readonly stderr: Output;
}): ServiceSurroundings {
  const environment = processEnvironment();
  const userId = process.geteuid?.() ?? 0;
  return {
    ...outputs,
    machine: thisMachine({
      // What a login sets, and `su` does not.
      XDG_RUNTIME_DIR: `/run/user/${userId}`,
      // Where its units are, for a systemctl that looks by itself.
      HOME: homedir(),
      XDG_CONFIG_HOME: environment.XDG_CONFIG_HOME,
      ...serviceManagerEnvironment(),
    }),
    confirm,
    version: packageVersion(),
    environment,
    cwd: process.cwd(),
    system: process.platform,
    home: homedir(),
    userId,
    program: [process.execPath, realpathSync(process.argv[1] ?? '')],
  };
}

async function confirm(question: string): Promise<boolean | undefined> {
  if (!process.stdin.isTTY) return undefined;
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^y(es)?$/i.test((await terminal.question(question)).trim());
  } finally {
    terminal.close();
  }
}
