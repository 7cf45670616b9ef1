import { vi } from 'vitest';
import { isAlive } from '../real/harness/proc.ts';

/** Waits for what another process does; looks often, gives up loudly. */
export async function until(what: string, isSo: () => boolean, timeoutMs = 15_000): Promise<void> {
  await vi.waitUntil(isSo, { timeout: timeoutMs, interval: 20 }).catch((error: unknown) => {
    throw new Error(`waited ${timeoutMs} ms in vain until ${what}`, { cause: error });
  });
}

/**
 * Whether a process with this pid exists and is not dead. In a container whose first process is no init the dead stay
 * listed, since nobody waits for them.
 */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  return process.platform !== 'linux' || isAlive(pid);
}
