import { checkPaths } from '../config/check-paths.ts';
import { realFileSystem } from '../config/file-system.ts';
import { loadConfig, type LoadResult } from '../config/load.ts';
import { tellFirst } from '../config/tell-first.ts';
import { present } from '../core/index.ts';
import type { CliDependencies } from './dependencies.ts';
import type { ConfiguredInvocation } from './program.ts';

/**
 * The configuration of a command: every mistake in it at once, and once there is none, every file that it names looked at.
 *
 * @param isReload the one before is in force and goes on being so where this one is refused
 */
export async function loadChecked(
  { command, flags }: ConfiguredInvocation,
  dependencies: Pick<CliDependencies, 'environment' | 'cwd' | 'system'>,
  isReload = false,
): Promise<LoadResult> {
  const { environment, cwd, system } = dependencies;
  const loaded = await loadConfig(present({ flags, environment, cwd, system }));
  if (!loaded.ok) return loaded;
  const { config } = loaded;
  // The demo brings its own.
  if (command === 'demo') return { ...loaded, warnings: tellFirst(loaded.warnings) };
  // Some keep nothing, so they need no directory to keep it in; some tell nobody, and may not be allowed to read whom.
  const options = {
    stateDir: command !== 'check' && command !== 'drill',
    acting:
      command === 'check' || command === 'health'
        ? 'ignored'
        : command === 'serve' && !isReload
          ? 'warning'
          : 'problem',
  } as const;
  const { problems, warnings } = await checkPaths(config, realFileSystem, options);
  if (problems.length > 0) return { ok: false, problems: tellFirst(problems) };
  return { ok: true, config, warnings: tellFirst([...loaded.warnings, ...warnings]) };
}
