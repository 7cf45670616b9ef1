import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { parseDuration } from '../config/duration.ts';
import { TOKEN_FLAG, type GivenFlag } from '../config/flag-layer.ts';
import { ALL_SETTINGS, CONFIG_FILE } from '../config/settings.ts';
import { suggest } from '../config/suggest.ts';
import { NODE_KINDS, type NodeKind } from '../core/index.ts';
import type { AlertsRequest } from './alerts.ts';
import type { CheckOptions } from './check.ts';
import type { DemoCommandOptions } from './demo.ts';
import type { DrillRequest } from './drill.ts';
import { AFTERWORD, DRILL_AFTERWORD, INTRODUCTION } from './help-text.ts';
import type { ServiceRequest } from './service.ts';
import type { Output } from '../runtime/terminal.ts';

/** What the command line asks for that needs settings, before any was looked at. */
export type ConfiguredInvocation = { readonly flags: readonly GivenFlag[] } & (
  | { readonly command: 'serve' | 'config check' | 'health' }
  | ({ readonly command: 'service' } & ServiceRequest)
  | ({ readonly command: 'drill' } & DrillRequest)
  | ({ readonly command: 'demo' } & Pick<DemoCommandOptions, 'durationMs'>)
  | ({ readonly command: 'check' } & Omit<CheckOptions, 'colour'>)
);

/** What the command line asks for. */
export type Invocation = ConfiguredInvocation | ({ readonly command: 'alerts' } & AlertsRequest);

export type ParseResult =
  | { readonly kind: 'run'; readonly invocation: Invocation }
  /** Help or the version was asked for, and printed. */
  | { readonly kind: 'answered' }
  /** The mistake was printed. */
  | { readonly kind: 'refused'; readonly isCheck: boolean };

interface ParseOutputs {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly version: string;
}

const HELP_WIDTH = 80;

/** @param argv without the names of node and of the script */
export function parseCommandLine(argv: readonly string[], outputs: ParseOutputs): ParseResult {
  const flags: GivenFlag[] = [];
  let invocation: Invocation | undefined;
  const program = buildProgram(outputs, flags, (asked) => {
    invocation = asked;
  });
  try {
    program.parse(argv, { from: 'user' });
  } catch (error: unknown) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { kind: 'answered' };
    // Which command was meant is only known once all of it was understood; the word itself is the best guess.
    return { kind: 'refused', isCheck: argv.includes('check') && !argv.includes('config') };
  }
  if (invocation === undefined) return { kind: 'answered' };
  return { kind: 'run', invocation };
}

/** The program as commander knows it; also for the test that compares its help. */
export function buildProgram(
  { stdout, stderr, version }: ParseOutputs,
  flags: GivenFlag[] = [],
  ask: (invocation: Invocation) => void = () => undefined,
): Command {
  const program = new Command('openclaw-liveness-exporter')
    .description(INTRODUCTION)
    .usage('[command] [flags]')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .configureOutput({
      writeOut: stdout.write,
      writeErr: stderr.write,
      getOutHelpWidth: () => HELP_WIDTH,
      getErrHelpWidth: () => HELP_WIDTH,
    })
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('(openclaw-liveness-exporter --help lists all flags)')
    .exitOverride();
  for (const option of settingOptions()) {
    program.addOption(option);
    // Commander keeps the last value of each; which --node.name belongs to which --node.state-dir is in the order.
    program.on(`option:${option.name()}`, (value: string | null | undefined) => {
      if (option.negate) flags.push({ flag: `--${option.name().replace(/^no-/, '')}`, value: false });
      else flags.push({ flag: option.long ?? '', value: value ?? true });
    });
  }
  program.addHelpText('after', AFTERWORD);
  addCommands(program, { ask, flags });
  return program;
}

interface Asking {
  readonly ask: (invocation: Invocation) => void;
  readonly flags: readonly GivenFlag[];
}

function addCommands(program: Command, { ask, flags }: Asking): void {
  const serve = program
    .command('serve', { isDefault: true })
    .description('watch, and serve metrics and liveness (the default)')
    .allowExcessArguments()
    .action(() => {
      refuseUnknownCommand(program, serve.args);
      ask({ command: 'serve', flags });
    });
  addCheck(program, { ask, flags });
  program
    .command('demo')
    .description('simulate a gateway and three node hosts, and watch what happens to them')
    .addOption(durationOption('--duration', 'end by itself after this long'))
    .action(({ duration }: { readonly duration?: number }) =>
      ask({ command: 'demo', flags, ...(duration !== undefined && { durationMs: duration }) }),
    );
  program
    .command('config')
    .description('validate the configuration (config check)')
    .helpCommand(false)
    .command('check')
    .description('validate it and print what is in force, with where each value comes from')
    .action(() => ask({ command: 'config check', flags }));
  addAlerts(program, ask);
  program
    .command('health')
    .description('ask the exporter that runs here whether it is healthy, within 2 s')
    .action(() => ask({ command: 'health', flags }));
  addDrill(program, { ask, flags });
  addServiceCommands(program, { ask, flags });
}

/** In milliseconds. @param fallback as somebody would write it */
function durationOption(flag: string, description: string, fallback?: string, least = 1): Option {
  const option = new Option(`${flag} <duration>`, description).argParser((text) => {
    const ms = parseDuration(text);
    if (ms !== undefined && ms >= least) return ms;
    throw new InvalidArgumentError(
      'Allowed: a duration such as 90s, 10m, 1h30m or 500ms, or a number of seconds.',
    );
  });
  return fallback === undefined ? option : option.default(parseDuration(fallback), fallback);
}

interface CheckFlags {
  readonly standalone?: boolean;
  readonly json?: boolean;
  readonly kind?: NodeKind;
  readonly timeout: number;
}

function addCheck(program: Command, { ask, flags }: Asking): void {
  program
    .command('check')
    .description('look once, print a table, exit with the code of a monitoring plugin')
    .option('--standalone', 'look for itself, also where a running exporter could be asked')
    .addOption(durationOption('--timeout', 'how long it may look for itself', '25s'))
    .option('--json', 'print JSON instead of a table')
    .addOption(new Option('--kind <kind>', 'of nodes of this kind alone').choices(NODE_KINDS))
    .action(({ standalone = false, json = false, kind, timeout }: CheckFlags) =>
      ask({ command: 'check', flags, standalone, json, kind, timeoutMs: timeout }),
    );
}

interface DrillFlags {
  readonly alertmanager?: string;
  readonly label: readonly string[];
  readonly hold: number;
  readonly timeout: number;
}

function addDrill(program: Command, { ask, flags }: Asking): void {
  program
    .command('drill')
    .description(
      'page whoever is on call, for a made-up node host called drill, say whether it arrived, and end it',
    )
    .addHelpText('after', DRILL_AFTERWORD)
    .option(
      '--alertmanager <url>',
      'by this Alertmanager (default: the webhook and the program in the configuration)',
    )
    .addOption(
      new Option('--label <name=value>', 'a label of the page, for routes that go by one; repeatable')
        .default([], '')
        .argParser((label: string, before: readonly string[]) => [...before, label]),
    )
    .addOption(durationOption('--hold', 'how long the page stands', '10s', 0))
    .addOption(
      durationOption(
        '--timeout',
        'with --alertmanager, how long to watch it: longer than its group_wait',
        '1m',
      ),
    )
    .action(({ alertmanager, label, hold, timeout }: DrillFlags) =>
      ask({ command: 'drill', flags, alertmanager, labels: label, holdMs: hold, timeoutMs: timeout }),
    );
}

/** It needs no setting, so its help lists none. */
function addAlerts(program: Command, ask: Asking['ask']): void {
  program
    .command('alerts')
    .description('write the alert rules with your own links into a directory of Prometheus')
    .configureHelp({ showGlobalOptions: false })
    .requiredOption('--out <dir>', 'where the rules go; files of the same name are replaced')
    .option('--runbooks <url>', 'where <AlertName>.md is found (default: the exporter’s own /runbooks/)')
    .option('--grafana <url>', 'where Grafana is (default: link to the exporter’s status page)')
    .action((options: AlertsRequest) => ask({ command: 'alerts', ...options }));
}

function addServiceCommands(program: Command, { ask, flags }: Asking): void {
  const service = program
    .command('service')
    .description('the exporter as a service of systemd or launchd')
    .helpCommand(false);
  const add = (action: ServiceRequest['action'], description: string): Command =>
    service
      .command(action)
      .description(description)
      .option('--run-as <user>', 'a service of the machine (systemd), running as the user of the node host')
      .action((options: Partial<Omit<ServiceRequest, 'action' | 'flags'>>) =>
        ask({ command: 'service', action, dryRun: false, yes: false, ...options, flags }),
      );
  const change = (action: ServiceRequest['action'], description: string): Command =>
    add(action, description)
      .option('--dry-run', 'print what would be done, and do nothing')
      .option('--yes', 'do it without asking');
  change('install', 'write and start it, with the flags that are given here');
  change('uninstall', 'stop and remove it, and what it has counted');
  add('status', 'whether it runs');
}

function settingOptions(): readonly Option[] {
  const options = [
    new Option(`${CONFIG_FILE.flag} ${CONFIG_FILE.argument}`, CONFIG_FILE.help),
    ...ALL_SETTINGS.flatMap(({ flag, form: { argument }, help, default: fallback }) => {
      if (flag === undefined) return [];
      const shown =
        fallback === undefined || fallback === false ? help : `${help} (default: ${String(fallback)})`;
      return [new Option(argument === undefined ? flag : `${flag} ${argument}`, shown)];
    }),
  ];
  const hidden = [
    // Whoever tries it is told what to do instead; its value is never shown.
    new Option(`${TOKEN_FLAG} [token]`).hideHelp(),
    // Undoes what the file says.
    new Option('--no-probe').hideHelp(),
  ];
  return [...options, ...hidden];
}

function refuseUnknownCommand(program: Command, [found]: readonly string[]): void {
  if (found === undefined) return;
  const meant = suggest(found, [...program.commands.map((command) => command.name()), 'help']);
  program.error(
    `error: unknown command '${found}'${meant === undefined ? '' : `\n(Did you mean ${meant}?)`}`,
  );
}
