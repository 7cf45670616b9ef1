import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '../runtime/error-parts.ts';
import { makeDirectory } from '../runtime/make-directory.ts';
import { lockFile, type FileLock } from '../state/file-lock.ts';

type Held = Extract<FileLock, { kind: 'held' }>;

/**
 * One actor a node host on this machine. Whoever has its lock keeps it until it ends, however it ends: two exporters with a
 * budget each would restart it twice as often.
 */
export class ActorLocks {
  readonly #directory: string;
  readonly #held = new Map<string, Held>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** @returns what keeps us from being the one, in words; `undefined`: we are */
  async claim(key: string): Promise<string | undefined> {
    if (this.#held.has(key)) return undefined;
    try {
      await makeDirectory(this.#directory);
    } catch (error: unknown) {
      return `who acts cannot be agreed upon (${messageOf(error)}): see recovery.lock_dir`;
    }
    const name = createHash('sha256').update(key).digest('hex').slice(0, 16);
    const lock = await lockFile(join(this.#directory, `${name}.lock`));
    switch (lock.kind) {
      case 'held':
        this.#held.set(key, lock);
        return undefined;
      case 'busy':
        return 'another exporter of this machine acts on it';
      case 'impossible':
        return `who acts cannot be agreed upon (${lock.why}): see recovery.lock_dir`;
      default:
        return lock satisfies never;
    }
  }

  release(): void {
    for (const lock of this.#held.values()) lock.release();
    this.#held.clear();
  }
}

/** Where the exporters of one user agree, whether a login or the system started them. */
export function defaultLockDirectory(): string {
  const { uid } = userInfo();
  const runtimeDirectory = `/run/user/${uid}`;
  return existsSync(runtimeDirectory)
    ? join(runtimeDirectory, 'openclaw-liveness-recovery')
    : join(tmpdir(), `openclaw-liveness-recovery-${uid}`);
}
