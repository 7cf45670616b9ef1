import { Command, CommanderError, Option } from 'commander';
import { TOKEN_FLAG, type GivenFlag } from '../config/flag-layer.ts';
import { ALL_SETTINGS, CONFIG_FILE } from '../config/settings.ts';
import { suggest } from '../config/suggest.ts';
import { NODE_KINDS, type NodeKind } from '../core/index.ts';
import type { LinkBases } from './alert-links.ts';
import { AFTERWORD, DRILL_AFTERWORD, INTRODUCTION } from './help-text.ts';
import type { ServiceRequest } from './service.ts';
import type { Output } from '../runtime/terminal.ts';

/** What the command line asks for that needs settings, before any was looked at. */
export type ConfiguredInvocation =
  | { readonly command: 'serve' | 'config check' | 'health'; readonly flags: readonly GivenFlag[] }
  | ({ readonly command: 'service' } & ServiceRequest)
  | {
      readonly command: 'drill';
      readonly flags: readonly GivenFlag[];
      readonly alertmanager: string | undefined;
      /** `<name>=<value>`, as they were given. */
      readonly labels: readonly string[];
      readonly hold: string;
      readonly timeout: string;
    }
  | { readonly command: 'demo'; readonly flags: readonly GivenFlag[]; readonly duration?: string }
  | {
      readonly command: 'check';
      readonly flags: readonly GivenFlag[];
      readonly standalone: boolean;
      readonly json: boolean;
      readonly kind: NodeKind | undefined;
      readonly timeout: string;
    };

interface CheckFlags {
  readonly standalone?: true;
  readonly json?: true;
  readonly kind?: NodeKind;
  readonly timeout: string;
}

/** What the command line asks for. */
export type Invocation = ConfiguredInvocation | AlertsInvocation;

export interface AlertsInvocation extends LinkBases {
  readonly command: 'alerts';
  readonly out: string;
}

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
const COMMANDS = [
  'serve',
  'check',
  'demo',
  'config',
  'alerts',
  'service',
  'health',
  'drill',
  'help',
] as const;

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

function addCommands(
  program: Command,
  { ask, flags }: { readonly ask: (invocation: Invocation) => void; readonly flags: readonly GivenFlag[] },
): void {
  const serve = program
    .command('serve', { isDefault: true })
    .description('watch, and serve metrics and liveness (the default)')
    .allowExcessArguments()
    .action(() => {
      refuseUnknownCommand(program, serve.args);
      ask({ command: 'serve', flags });
    });
  program
    .command('check')
    .description('look once, print a table, exit with the code of a monitoring plugin')
    .option('--standalone', 'look for itself, also where a running exporter could be asked')
    .addOption(new Option('--timeout <duration>', 'how long it may look for itself').default('25s', '25s'))
    .option('--json', 'print JSON instead of a table')
    .addOption(new Option('--kind <kind>', 'of nodes of this kind alone').choices(NODE_KINDS))
    .action((options: CheckFlags) => {
      ask({
        command: 'check',
        flags,
        standalone: options.standalone ?? false,
        json: options.json ?? false,
        kind: options.kind,
        timeout: options.timeout,
      });
    });
  program
    .command('demo')
    .description('simulate a gateway and three node hosts, and watch what happens to them')
    .option('--duration <duration>', 'end by itself after this long')
    .action((options: { readonly duration?: string }) => {
      ask({ command: 'demo', flags, ...(options.duration !== undefined && { duration: options.duration }) });
    });
  program
    .command('config')
    .description('validate the configuration (config check)')
    .helpCommand(false)
    .command('check')
    .description('validate it and print what is in force, with where each value comes from')
    .action(() => {
      ask({ command: 'config check', flags });
    });
  addAlerts(program, ask);
  program
    .command('health')
    .description('ask the exporter that runs here whether it is healthy, within 2 s')
    .action(() => {
      ask({ command: 'health', flags });
    });
  addDrill(program, { ask, flags });
  addServiceCommands(program, { ask, flags });
}

interface DrillFlags {
  readonly alertmanager?: string;
  readonly label: readonly string[];
  readonly hold: string;
  readonly timeout: string;
}

function addDrill(
  program: Command,
  { ask, flags }: { readonly ask: (invocation: Invocation) => void; readonly flags: readonly GivenFlag[] },
): void {
  program
    .command('drill')
    .description('page whoever is on call for a node host called drill, say whether it arrived, and end it')
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
    .addOption(new Option('--hold <duration>', 'how long the page stands').default('10s', '10s'))
    .addOption(
      new Option(
        '--timeout <duration>',
        'with --alertmanager, how long to watch it: longer than its group_wait',
      ).default('1m', '1m'),
    )
    .action(({ alertmanager, label, hold, timeout }: DrillFlags) => {
      ask({ command: 'drill', flags, alertmanager, labels: label, hold, timeout });
    });
}

/** It needs no setting, so its help lists none. */
function addAlerts(program: Command, ask: (invocation: Invocation) => void): void {
  program
    .command('alerts')
    .description('write the alert rules with your own links into a directory of Prometheus')
    .configureHelp({ showGlobalOptions: false })
    .requiredOption('--out <dir>', 'where the rules go; files of the same name are replaced')
    .option('--runbooks <url>', 'where <AlertName>.md is found (default: the exporter’s own /runbooks/)')
    .option('--grafana <url>', 'where Grafana is (default: link to the exporter’s status page)')
    .action((options: { readonly out: string; readonly runbooks?: string; readonly grafana?: string }) => {
      ask({ command: 'alerts', out: options.out, runbooks: options.runbooks, grafana: options.grafana });
    });
}

interface ServiceOptions {
  readonly dryRun?: true;
  readonly yes?: true;
  readonly runAs?: string;
}

function addServiceCommands(
  program: Command,
  { ask, flags }: { readonly ask: (invocation: Invocation) => void; readonly flags: readonly GivenFlag[] },
): void {
  const service = program
    .command('service')
    .description('the exporter as a service of systemd or launchd')
    .helpCommand(false);
  const add = (action: ServiceRequest['action'], description: string): Command =>
    service
      .command(action)
      .description(description)
      .option('--run-as <user>', 'a service of the machine (systemd), running as the user of the node host')
      .action(({ dryRun, yes, runAs }: ServiceOptions) => {
        ask({
          command: 'service',
          action,
          dryRun: dryRun ?? false,
          yes: yes ?? false,
          ...(runAs !== undefined && { runAs }),
          flags,
        });
      });
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
    ...ALL_SETTINGS.flatMap(({ flag, argument, help, default: fallback }) => {
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
  const meant = suggest(found, COMMANDS);
  program.error(
    `error: unknown command '${found}'${meant === undefined ? '' : `\n(Did you mean ${meant}?)`}`,
  );
}
