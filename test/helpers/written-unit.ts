import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const SOURCE = fileURLToPath(new URL('../../src/main.ts', import.meta.url));

/** The unit as `service install` would write it: of the machine with `--run-as`, else of the user. */
export function unitAsWritten(...flags: readonly string[]): string {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [SOURCE, 'service', 'install', '--dry-run', ...flags],
    {
      encoding: 'utf8',
      env: { PATH: process.env.PATH, HOME: '/nonexistent' },
    },
  );
  const unit = /^ {2}# Written[^]*?(?=^would)/m.exec(stdout)?.[0];
  if (unit === undefined) throw new Error(stderr);
  return unit.replace(/^ {2}/gm, '');
}

/** Somebody without any privilege. */
export const NOBODY = 65534;

/** A checkout below somebody's home is for that user alone; and only root may start a program as another. */
export const mayRunAsNobody =
  process.geteuid?.() === 0 &&
  spawnSync(process.execPath, [SOURCE, '--version'], { uid: NOBODY, gid: NOBODY }).status === 0;
