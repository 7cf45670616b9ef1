import { readFileSync } from 'node:fs';
import { uptime } from 'node:os';

/** Which start of this machine this is, and how long ago that was; `undefined` where the system does not tell. */
export function machineBoot(): { readonly id: string; readonly uptimeMs: number } | undefined {
  try {
    const id = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return { id, uptimeMs: Math.round(uptime() * 1_000) };
  } catch {
    // Not Linux, or a container that hides it: then a clock that was set cannot be told from time that went by.
    return undefined;
  }
}
