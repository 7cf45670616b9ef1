import { join, resolve } from 'node:path';

/** The variables that decide where OpenClaw keeps its state. */
export const STATE_DIR_VARIABLES = ['OPENCLAW_STATE_DIR', 'OPENCLAW_HOME', 'HOME', 'USERPROFILE'] as const;

/** `~/.openclaw`, and the name it had before; the old one is used where only that exists. */
const DIRECTORY = '.openclaw';
const LEGACY_DIRECTORY = '.clawdbot';

/**
 * Where a process with this environment keeps its state, as `resolveStateDir` of OpenClaw 2026.4.15 and 2026.9.6 has
 * it: the first of the paths that exists, else the first. Empty when not even a home directory is known.
 *
 * `OPENCLAW_PROFILE` in the environment decides nothing there; only the flag `--profile` does.
 */
export function stateDirCandidates({
  environment,
  workingDirectory,
  profile,
}: {
  environment: ReadonlyMap<string, string>;
  /** Relative paths start here; `undefined`: not known. */
  workingDirectory: string | undefined;
  /** The flag `--profile`. */
  profile?: string | undefined;
}): string[] {
  const at = (path: string): string => resolve(workingDirectory ?? '/', path);
  const home = homeOf(environment, at);

  const stated = environment.get('OPENCLAW_STATE_DIR')?.trim();
  if (stated !== undefined && stated !== '') return [at(expandTilde(stated, home))];
  if (home === undefined) return [];
  if (profile !== undefined && profile.toLowerCase() !== 'default')
    return [join(home, `${DIRECTORY}-${profile}`)];
  return [join(home, DIRECTORY), join(home, LEGACY_DIRECTORY)];
}

function homeOf(environment: ReadonlyMap<string, string>, at: (path: string) => string): string | undefined {
  const systemHome = pathIn(environment, 'HOME') ?? pathIn(environment, 'USERPROFILE');
  const explicit = pathIn(environment, 'OPENCLAW_HOME');
  if (explicit !== undefined) return at(expandTilde(explicit, systemHome));
  return systemHome === undefined ? undefined : at(systemHome);
}

/** OpenClaw takes the texts `undefined` and `null` for unset: shells and templates leave them behind. */
function pathIn(environment: ReadonlyMap<string, string>, name: string): string | undefined {
  const value = environment.get(name)?.trim();
  return value === undefined || value === '' || value === 'undefined' || value === 'null' ? undefined : value;
}

function expandTilde(path: string, home: string | undefined): string {
  return home === undefined ? path : path.replace(/^~(?=$|\/)/, () => home);
}
