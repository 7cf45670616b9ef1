import { checkPaths, type FileSystem, type PathCheckOptions, type PathFindings } from './check-paths.ts';
import type { Config } from './config.ts';
import { loadWebConfig } from './web/load-web-config.ts';

/** Looks at every path that was configured, and into the web config file and what it names. Creates nothing. */
export async function checkFiles(
  config: Config,
  fs: FileSystem,
  options: PathCheckOptions,
): Promise<PathFindings> {
  const [paths, web] = await Promise.all([checkPaths(config, fs, options), checkWebConfig(config, fs)]);
  return {
    problems: [...paths.problems, ...web.problems],
    warnings: [...paths.warnings, ...web.warnings],
  };
}

async function checkWebConfig({ web }: Config, fs: FileSystem): Promise<PathFindings> {
  if (web.configFile === undefined) return { problems: [], warnings: [] };
  const loaded = await loadWebConfig(web.configFile, fs, Date.now());
  return loaded.ok
    ? { problems: [], warnings: loaded.warnings }
    : { problems: loaded.problems, warnings: [] };
}
