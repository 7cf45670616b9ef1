import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheDirectory, entryPoint } from './installation.ts';
import type { OpenClawVersion } from './installation.ts';

/** OpenClaw runs on the Node that runs the harness (24, from the dev dependency), whatever the machine's `node` is. */
export const nodeBinary = process.execPath;

/**
 * The whole environment of an OpenClaw process: nothing of ours leaks in, and nothing of it reaches the user's home or
 * the network (update checks, service announcements). `home` and `stateDir` are its own.
 */
export function openClawEnvironment(home: string, stateDir: string): Record<string, string> {
  const temporary = join(cacheDirectory(), 'tmp');
  mkdirSync(home, { recursive: true });
  mkdirSync(temporary, { recursive: true });
  return {
    PATH: `${dirname(nodeBinary)}:/usr/local/bin:/usr/bin:/bin`,
    HOME: home,
    LANG: 'C.UTF-8',
    // Shared, because 2026.4 keeps its transpiled plugins there and needs seconds to make them again.
    TMPDIR: temporary,
    OPENCLAW_STATE_DIR: stateDir,
    OPENCLAW_DISABLE_BONJOUR: '1',
    OPENCLAW_NO_AUTO_UPDATE: '1',
    // 2026.4.15 fetches an agent runtime with npm at every start, and leaves npm behind when it is stopped meanwhile.
    OPENCLAW_SKIP_ACPX_RUNTIME: '1',
    // Compiled code is shared between scenarios: the second start of a version takes half as long as the first.
    NODE_COMPILE_CACHE: join(cacheDirectory(), 'compile-cache'),
  };
}

export function openClawArguments(version: OpenClawVersion, args: readonly string[]): string[] {
  return [entryPoint(version), ...args];
}
