import type { Config } from '../config/config.ts';
import { formatEffectiveConfig } from '../config/effective.ts';
import { formatProblem, type ConfigProblem } from '../config/problem.ts';
import type { CliDependencies } from './dependencies.ts';
import { EXIT } from '../runtime/exit-code.ts';

/** Prints what is in force. Whoever gets here has a valid configuration. */
export function configCheck(
  config: Config,
  warnings: readonly ConfigProblem[],
  { stdout, stderr }: Pick<CliDependencies, 'stdout' | 'stderr'>,
): number {
  for (const warning of warnings) stderr.write(`warning: ${formatProblem(warning)}\n`);
  stdout.write(formatEffectiveConfig(config));
  return EXIT.ok;
}
