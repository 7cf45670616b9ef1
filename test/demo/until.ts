import { vi } from 'vitest';

/** Waits for what another process does; looks often, gives up loudly. */
export async function until(what: string, isSo: () => boolean, timeoutMs = 15_000): Promise<void> {
  await vi.waitUntil(isSo, { timeout: timeoutMs, interval: 20 }).catch((error: unknown) => {
    throw new Error(`waited ${timeoutMs} ms in vain until ${what}`, { cause: error });
  });
}

/** Whether a process with this pid exists. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
