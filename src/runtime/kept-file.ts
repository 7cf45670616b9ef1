import { open, rename, rm } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** How many broken files are kept aside for a look. */
const KEPT_ASIDE = 3;

/** The last that was asked for, by path. */
const underWay = new Map<string, Promise<void>>();

/**
 * Replaces a file in one step, for its owner alone: a reader, or a crash, sees the old one or the new one and nothing
 * between. What a crash leaves has one name, so that the next write replaces it; so one waits for the one before it.
 */
export async function replaceFile(path: string, pieces: Iterable<string>): Promise<void> {
  const before = underWay.get(path)?.catch(() => undefined);
  const own = Promise.resolve(before).then(() => replaceNow(path, pieces));
  underWay.set(path, own);
  try {
    await own;
  } finally {
    if (underWay.get(path) === own) underWay.delete(path);
  }
}

async function replaceNow(path: string, pieces: Iterable<string>): Promise<void> {
  const temporary = `${path}.tmp`;
  try {
    const file = await open(temporary, 'w', 0o600);
    try {
      for (const piece of pieces) {
        await file.appendFile(piece);
        // A large file takes longer to write down than anybody who asks meanwhile should wait.
        await nextTurn();
      }
      // Without it a power cut may leave an empty file under the final name.
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error: unknown) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
}

/** Keeps an unusable file for a look, instead of overwriting it. Returns where it is now; the newest is `.broken-1`. */
export async function setAside(path: string): Promise<string> {
  for (let n = KEPT_ASIDE; n > 1; n -= 1) {
    await rename(`${path}.broken-${n - 1}`, `${path}.broken-${n}`).catch(() => undefined);
  }
  const aside = `${path}.broken-1`;
  await rename(path, aside);
  return aside;
}
