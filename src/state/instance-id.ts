import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile } from '../runtime/kept-file.ts';
import { makeDirectory } from '../runtime/make-directory.ts';

const FILE_NAME = 'instance-id';
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * The exporter's own id, the same after every restart: a random UUID that is kept in the state directory. To be called
 * by the owner of the directory only. Where it cannot be kept, the id holds for this run.
 */
export async function instanceId(directory: string): Promise<string> {
  const path = join(directory, FILE_NAME);
  const kept = (await readFile(path, 'utf8').catch(() => '')).trim();
  if (UUID.test(kept)) return kept;
  const fresh = randomUUID();
  try {
    await makeDirectory(directory);
    await replaceFile(path, [`${fresh}\n`]);
  } catch {
    // That the directory cannot be written is told by the state file, which needs it more.
  }
  return fresh;
}
