import { readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, messageOf } from '../runtime/error-parts.ts';
import { replaceFile } from '../runtime/kept-file.ts';
import { makeDirectory } from '../runtime/make-directory.ts';
import { readPause, writePause, type Pause } from './rules/pause.ts';

/** In the state directory; anybody who may write there needs no token to pause recovery. */
const PAUSE_FILE = 'recovery.pause';
/** Somebody may copy anything there. */
const MAX_BYTES = 4_096;

export function pauseFileIn(directory: string): string {
  return join(directory, PAUSE_FILE);
}

/** The pause that is in force; `undefined`: none. A file that is there and cannot be read pauses, too. */
export async function pauseInForce(directory: string, nowWallMs: number): Promise<Pause | undefined> {
  const path = pauseFileIn(directory);
  try {
    const [{ mtimeMs }, text] = await Promise.all([stat(path), readFile(path, 'utf8')]);
    const pause = readPause(text.slice(0, MAX_BYTES), Math.min(mtimeMs, nowWallMs));
    return pause.untilWallMs > nowWallMs ? pause : undefined;
  } catch (error: unknown) {
    if (codeOf(error) === 'ENOENT') return undefined;
    return { reason: `${PAUSE_FILE} cannot be read (${messageOf(error)})`, untilWallMs: nowWallMs + 60_000 };
  }
}

/** Pauses, in place of any pause before. @throws what the file system says */
export async function setPause(directory: string, pause: Pause): Promise<void> {
  await makeDirectory(directory);
  await replaceFile(pauseFileIn(directory), [writePause(pause)]);
}

/** Ends it. @throws what the file system says */
export async function endPause(directory: string): Promise<void> {
  await rm(pauseFileIn(directory), { force: true });
}
