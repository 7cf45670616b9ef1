import { parseDuration } from '../config/duration.ts';
import { terminalPreferences } from '../config/load.ts';
import { formatProblem, type ConfigProblem } from '../config/problem.ts';
import { countMistakes } from '../config/tell-first.ts';
import { alerts } from './alerts.ts';
import { check } from './check.ts';
import { configCheck } from './config-check.ts';
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
        ? alerts(invocation.out, invocation, dependencies)
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
  const durations = readDurations(invocation);
  const loaded = await loadChecked(invocation, dependencies);
  const problems = [...durations.problems, ...(loaded.ok ? [] : loaded.problems)];
  if (!loaded.ok || problems.length > 0) {
    dependencies.stderr.write(formatProblems(problems));
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
      return configCheck(config, warnings, dependencies);
    case 'health':
      return health(config, dependencies);
    case 'service':
      for (const warning of warnings) dependencies.stderr.write(`warning: ${formatProblem(warning)}\n`);
      return service(invocation, dependencies.service());
    case 'check': {
      const { standalone, json, kind } = invocation;
      const { timeoutMs } = durations;
      return check(config, { standalone, json, kind, timeoutMs, colour }, dependencies);
    }
    case 'drill': {
      const { alertmanager, labels } = invocation;
      const { timeoutMs, holdMs } = durations;
      return drill(
        config,
        { ...(alertmanager !== undefined && { alertmanager }), labels, timeoutMs, holdMs },
        dependencies,
      );
    }
    case 'demo': {
      const { durationMs } = durations;
      return demo(config, { ...(durationMs !== undefined && { durationMs }), colour }, dependencies);
    }
  }
}

/** What the commands' own flags say, in milliseconds. */
function readDurations(invocation: ConfiguredInvocation): {
  readonly timeoutMs: number;
  readonly holdMs: number;
  readonly durationMs?: number;
  readonly problems: readonly ConfigProblem[];
} {
  const given = durationsIn(invocation);
  const read = (['timeout', 'hold', 'duration'] as const).flatMap((name) => {
    const text = given[name];
    return text === undefined ? [] : [{ name, text, ms: parseDuration(text) }];
  });
  const { timeout = 0, hold = 0, duration } = Object.fromEntries(read.map(({ name, ms }) => [name, ms]));
  const problems = read
    .filter(({ name, ms }) => ms === undefined || (ms === 0 && name !== 'hold'))
    .map(({ name, text }) => ({
      where: `flag --${name}`,
      message: `found ${JSON.stringify(text)}; allowed: a duration such as 90s, 10m, 1h30m or 500ms, or a number of seconds.`,
    }));
  return {
    timeoutMs: timeout,
    holdMs: hold,
    ...(duration !== undefined && { durationMs: duration }),
    problems,
  };
}

function durationsIn(
  invocation: ConfiguredInvocation,
): Readonly<Partial<Record<'timeout' | 'hold' | 'duration', string>>> {
  switch (invocation.command) {
    case 'check':
      return { timeout: invocation.timeout };
    case 'drill':
      return { timeout: invocation.timeout, hold: invocation.hold };
    case 'demo':
      return invocation.duration === undefined ? {} : { duration: invocation.duration };
    default:
      return {};
  }
}

function formatProblems(problems: readonly ConfigProblem[]): string {
  const total = countMistakes(problems);
  const count = total === 1 ? 'a mistake' : `${total} mistakes`;
  const lines = problems.map((problem) => `  ${formatProblem(problem)}`);
  return `openclaw-liveness-exporter: ${count} in the configuration\n${lines.join('\n')}\n`;
}
