import { checkFiles } from '../config/check-files.ts';
import { realFileSystem, type PathFindings } from '../config/check-paths.ts';
import type { Config } from '../config/config.ts';
import { loadConfig } from '../config/load.ts';
import type { ConfigProblem } from '../config/problem.ts';
import { tellFirst } from '../config/tell-first.ts';
import type { CliDependencies } from './dependencies.ts';
import type { ConfiguredInvocation } from './program.ts';

export type LoadedChecked =
  | { readonly ok: true; readonly config: Config; readonly warnings: readonly ConfigProblem[] }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

/** The configuration of a command with every file that it names looked at, or every mistake in it at once. */
export async function loadChecked(
  { command, flags }: ConfiguredInvocation,
  dependencies: Pick<CliDependencies, 'environment' | 'cwd' | 'fileSystem' | 'system'>,
): Promise<LoadedChecked> {
  const { environment, cwd, fileSystem, system } = dependencies;
  const loaded = await loadConfig({
    flags,
    ...(environment !== undefined && { environment }),
    ...(cwd !== undefined && { cwd }),
    ...(fileSystem !== undefined && { fileSystem }),
    ...(system !== undefined && { system }),
  });
  const checkPathsOf = (config: Config): Promise<PathFindings> =>
    command === 'demo'
      ? // It brings its own.
        Promise.resolve({ problems: [], warnings: [] })
      : checkFiles(config, fileSystem ?? realFileSystem, {
          // A check keeps nothing, so it needs no directory to keep it in.
          stateDir: command !== 'check',
        });
  if (!loaded.ok) {
    const { sound } = loaded;
    if (sound === undefined) return { ok: false, problems: loaded.problems };
    const { problems } = await checkPathsOf(sound.config);
    const meant = problems.filter(({ key }) => key !== undefined && sound.isMeant(key));
    return { ok: false, problems: tellFirst([...loaded.problems, ...meant]) };
  }
  const { problems, warnings } = await checkPathsOf(loaded.config);
  if (problems.length > 0) return { ok: false, problems: tellFirst(problems) };
  return { ok: true, config: loaded.config, warnings: tellFirst([...loaded.warnings, ...warnings]) };
}
