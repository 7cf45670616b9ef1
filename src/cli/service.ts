import { resolve } from 'node:path';
import type { GivenFlag } from '../config/flag-layer.ts';
import { ALL_SETTINGS, CONFIG_FILE } from '../config/settings.ts';
import { carryOut, describeStep } from '../service/carry-out.ts';
import { launchdPlan } from '../service/launchd.ts';
import type { Machine } from '../service/machine.ts';
import type { Found, ServicePlan, Step } from '../service/plan.ts';
import { systemdPlan } from '../service/systemd.ts';
import { EXIT } from '../runtime/exit-code.ts';
import type { Output } from '../runtime/terminal.ts';

export interface ServiceRequest {
  readonly action: 'install' | 'uninstall' | 'status';
  /** Says what would be done, and does nothing. */
  readonly dryRun: boolean;
  /** Does not ask. */
  readonly yes: boolean;
  /** A service of the machine that runs as this user; absent: one of the user's own. */
  readonly runAs?: string;
  /** What the service is to be started with. */
  readonly flags: readonly GivenFlag[];
}

/** Everything about this machine that a service depends on. */
export interface ServiceSurroundings {
  readonly machine: Machine;
  /** `undefined`: there is nobody to ask. */
  readonly confirm: (question: string) => Promise<boolean | undefined>;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly version: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** As `process.platform` has it. */
  readonly system: string;
  readonly home: string;
  readonly userId: number;
  /** Node and the script of this program, as they are to be started. */
  readonly program: readonly [node: string, script: string];
}

/** Installs, removes or tells of the exporter as a service. Returns the exit code. */
export async function service(request: ServiceRequest, around: ServiceSurroundings): Promise<number> {
  const { stderr } = around;
  const planned = planFor(request, around);
  if (typeof planned === 'string') {
    stderr.write(`openclaw-liveness-exporter: ${planned}\n`);
    return EXIT.configuration;
  }
  const { machine } = around;
  for (const { argv, advice } of request.dryRun ? [] : planned.reach) {
    const { status, complaint } = await machine.run(argv);
    if (status === 0) continue;
    stderr.write(`openclaw-liveness-exporter: ${argv.join(' ')}: ${complaint}\n${advice}\n`);
    return EXIT.failed;
  }
  switch (request.action) {
    case 'install':
      return install(planned, request, around);
    case 'uninstall':
      return uninstall(planned, request, around);
    case 'status':
      return status(planned, around);
  }
}

function planFor(request: ServiceRequest, around: ServiceSurroundings): ServicePlan | string {
  const { system, home, userId, version, environment, cwd, program } = around;
  const { runAs } = request;
  if (program[1].includes('/_npx/'))
    return 'npx keeps a program only for a while; install it first: npm install --global openclaw-liveness-exporter';
  const command = [program[0], '--disable-sigusr1', program[1], 'serve', ...argumentsOf(request.flags, cwd)];
  const facts = { command, version, home };
  switch (system) {
    case 'linux': {
      if (runAs !== undefined && userId !== 0 && !request.dryRun)
        return 'a service of the machine takes root: sudo it, or leave out --run-as for one of your own';
      if (runAs !== undefined && !/^[a-z_][\w-]*\$?$/i.test(runAs))
        return `--run-as: found ${JSON.stringify(runAs)}; allowed: the name of a user.`;
      const configHome = environment.XDG_CONFIG_HOME ?? `${home}/.config`;
      return systemdPlan(
        facts,
        runAs === undefined ? { kind: 'user', configHome } : { kind: 'system', runAs },
      );
    }
    case 'darwin':
      return runAs === undefined
        ? launchdPlan(facts, userId)
        : '--run-as is for systemd; a LaunchAgent runs as the user who installs it';
    default:
      return `services of systemd and launchd can be installed, and ${system} has neither`;
  }
}

const PATH_FLAGS: ReadonlySet<string> = new Set([
  CONFIG_FILE.flag,
  ...ALL_SETTINGS.flatMap(({ flag, form }) =>
    flag !== undefined && form.argument === '<path>' ? [flag] : [],
  ),
]);

/** The flags as they are given again to a process that starts elsewhere. */
function argumentsOf(flags: readonly GivenFlag[], cwd: string): readonly string[] {
  return flags.flatMap(({ flag, value }) => {
    if (value === true) return [flag];
    if (value === false) return [flag.replace(/^--/, '--no-')];
    return [flag, PATH_FLAGS.has(flag) ? resolve(cwd, value) : value];
  });
}

async function install(
  plan: ServicePlan,
  request: ServiceRequest,
  around: ServiceSurroundings,
): Promise<number> {
  const { stdout, stderr, machine } = around;
  const there = await machine.read(plan.path);
  const found: Found = there === undefined ? 'absent' : there === plan.text ? 'same' : 'other';
  const steps = plan.install(found);
  for (const warning of leftBehind(around.environment)) stderr.write(`warning: ${warning}\n`);
  if (found === 'same') stdout.write(`${plan.path} is as it should be.\n`);
  else if (!request.yes || request.dryRun) stdout.write(`${describeFile(plan, found)}\n`);
  const ended = await perform(steps, request, around, `Its log: ${plan.log}\n`);
  if (ended !== undefined) return ended;
  stdout.write(`It runs, and starts by itself from now on. Its log: ${plan.log}\n`);
  return EXIT.ok;
}

function describeFile({ path, what, text }: ServicePlan, found: Found): string {
  const is = found === 'absent' ? 'does not exist yet' : 'exists, and is replaced';
  return `${path} ${is}. It becomes ${what}:\n\n${text.replace(/^(?=.)/gm, '  ')}`;
}

/** Variables of this shell that a service never sees, by which the exporter would behave otherwise. */
function leftBehind(environment: ServiceSurroundings['environment']): readonly string[] {
  const names = Object.keys(environment).filter((name) => /^(OPENCLAW|OTEL)_/.test(name));
  if (names.length === 0) return [];
  const instead = names.includes('OPENCLAW_GATEWAY_TOKEN')
    ? ' (a token in a file of mode 0600, with --gateway.token-file)'
    : '';
  return [
    `the service does not know this shell’s ${names.join(', ')}; say the same by flags or in a --config.file${instead}`,
  ];
}

async function uninstall(
  plan: ServicePlan,
  request: ServiceRequest,
  around: ServiceSurroundings,
): Promise<number> {
  const { stdout, machine } = around;
  if ((await machine.read(plan.path)) === undefined) {
    stdout.write(`${plan.path} is not there: nothing to do.\n`);
    return EXIT.ok;
  }
  stdout.write('The service goes, and with it what it has counted and its device identity.\n');
  return (await perform(plan.uninstall, request, around)) ?? EXIT.ok;
}

async function status(plan: ServicePlan, { machine, stdout }: ServiceSurroundings): Promise<number> {
  const there = await machine.read(plan.path);
  if (there === undefined) {
    stdout.write(`${plan.path} is not there: the service is not installed\n`);
    return EXIT.failed;
  }
  const asked = await machine.run(plan.status);
  const isRunning = asked.status === 0 && plan.isRunning(asked.output);
  stdout.write(
    `${isRunning ? 'running' : 'not running'}: ${plan.path}\n${asked.output}Its log: ${plan.log}\n`,
  );
  return isRunning ? EXIT.ok : EXIT.failed;
}

/** Names the steps, asks, and does them. @returns what to end with where they were not all done */
async function perform(
  steps: readonly Step[],
  request: ServiceRequest,
  around: ServiceSurroundings,
  hint = '',
): Promise<number | undefined> {
  const { stdout, stderr, machine } = around;
  if (!(await mayDo(steps, request, around))) return EXIT.failed;
  if (request.dryRun) return EXIT.ok;
  const outcome = await carryOut(steps, machine, (line) => stdout.write(`done: ${line}\n`));
  if (outcome.ok) return undefined;
  stderr.write(`openclaw-liveness-exporter: ${outcome.why}\n${hint}`);
  return EXIT.failed;
}

async function mayDo(
  steps: readonly Step[],
  { dryRun, yes }: ServiceRequest,
  { stdout, stderr, confirm }: ServiceSurroundings,
): Promise<boolean> {
  if (dryRun || !yes) stdout.write(steps.map((step) => `would: ${describeStep(step)}\n`).join(''));
  if (dryRun || yes) return true;
  const answer = await confirm('Do it? [y/N] ');
  if (answer === undefined)
    stderr.write('openclaw-liveness-exporter: nobody is there to ask; --yes does it without\n');
  else if (!answer) stdout.write('Nothing was done.\n');
  return answer ?? false;
}
