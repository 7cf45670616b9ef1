import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { codeOf } from './error-parts.ts';

/** For its owner alone. */
const PRIVATE = 0o700;

/**
 * Makes a directory and those above it that are missing; one that is there stays as it is. Node's own `recursive` never
 * ends where the kernel answers ENOENT below a directory that exists, as /proc does.
 *
 * @throws what the file system says, ENOTDIR where something else has its name
 */
export async function makeDirectory(path: string, mode = PRIVATE): Promise<void> {
  const missing: string[] = [];
  for (let at = path; !(await madeOrThere(at, mode)); at = dirname(at)) missing.push(at);
  for (const directory of missing.reverse()) await mkdir(directory, { mode }).catch(unlessThere);
}

/** `false`: the directory above it is missing too. */
async function madeOrThere(path: string, mode: number): Promise<boolean> {
  try {
    await mkdir(path, { mode });
    return true;
  } catch (error: unknown) {
    if (codeOf(error) === 'ENOENT' && dirname(path) !== path) return false;
    // A read-only file system says so before it says that the directory is there.
    if (await isDirectory(path)) return true;
    throw codeOf(error) === 'EEXIST' ? notADirectory(path) : error;
  }
}

function unlessThere(error: unknown): void {
  // Another process was faster.
  if (codeOf(error) !== 'EEXIST') throw error;
}

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

function notADirectory(path: string): Error {
  return Object.assign(new Error(`ENOTDIR: ${path} is not a directory`), { code: 'ENOTDIR' });
}
