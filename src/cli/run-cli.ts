import { formatEffectiveConfig } from '../config/effective.ts';
import { terminalPreferences } from '../config/load.ts';
import { formatProblem, type ConfigProblem } from '../config/problem.ts';
import { countMistakes } from '../config/tell-first.ts';
import { alerts } from './alerts.ts';
import { check } from './check.ts';
import { demo } from './demo.ts';
import type { CliDependencies } from './dependencies.ts';
import { drill } from './drill.ts';
import { EXIT } from '../runtime/exit-code.ts';
import { pluginExitCode } from './exit-code.ts';
import { health } from './health.ts';
import { loadChecked } from './load-checked.ts';
import { parseCommandLine, type ConfiguredInvocation } from './program.ts';
import { serve } from './serve.ts';
import { service } from './service.ts';

/**
 * Runs one command. Returns the exit code.
 *
 * @param argv without the names of node and of the script
 */
export async function runCli(argv: readonly string[], dependencies: CliDependencies): Promise<number> {
  const parsed = parseCommandLine(argv, dependencies);
  switch (parsed.kind) {
    case 'answered':
      return EXIT.ok;
    case 'refused':
      return parsed.isCheck ? pluginExitCode('unknown') : EXIT.configuration;
    case 'run': {
      const { invocation } = parsed;
      return invocation.command === 'alerts'
        ? alerts(invocation, dependencies)
        : runConfigured(invocation, dependencies);
    }
  }
}

async function runConfigured(
  invocation: ConfiguredInvocation,
  dependencies: CliDependencies,
): Promise<number> {
  // One whose configuration is broken can still be removed, and asked after.
  if (invocation.command === 'service' && invocation.action !== 'install')
    return service(invocation, dependencies.service());
  const loaded = await loadChecked(invocation, dependencies);
  if (!loaded.ok) {
    dependencies.stderr.write(formatProblems(loaded.problems));
    // To a monitoring system 2 would say that a node host is dead.
    return invocation.command === 'check' ? pluginExitCode('unknown') : EXIT.configuration;
  }
  const { config, warnings } = loaded;
  const { colour } = terminalPreferences(dependencies.environment);
  switch (invocation.command) {
    case 'serve':
      return serve(
        { config, warnings, loadAgain: () => loadChecked(invocation, dependencies, true) },
        dependencies,
      );
    case 'config check':
      tellWarnings(warnings, dependencies);
      dependencies.stdout.write(formatEffectiveConfig(config));
      return EXIT.ok;
    case 'health':
      return health(config, dependencies);
    case 'service':
      tellWarnings(warnings, dependencies);
      return service(invocation, dependencies.service());
    case 'check':
      return check(config, { ...invocation, colour }, dependencies);
    case 'drill':
      return drill(config, invocation, dependencies);
    case 'demo':
      return demo(config, { ...invocation, colour }, dependencies);
  }
}

function tellWarnings(warnings: readonly ConfigProblem[], { stderr }: Pick<CliDependencies, 'stderr'>): void {
  for (const warning of warnings) stderr.write(`warning: ${formatProblem(warning)}\n`);
}

function formatProblems(problems: readonly ConfigProblem[]): string {
  const total = countMistakes(problems);
  const count = total === 1 ? 'a mistake' : `${total} mistakes`;
  const lines = problems.map((problem) => `  ${formatProblem(problem)}`);
  return `openclaw-liveness-exporter: ${count} in the configuration\n${lines.join('\n')}\n`;
}
