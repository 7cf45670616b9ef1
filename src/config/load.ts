import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { Secret } from '../core/index.ts';
import { explainCode, realFileSystem, type FileSystem } from './check-paths.ts';
import type { Config } from './config.ts';
import { deepFreeze } from './deep-freeze.ts';
import { describeMistake, mistakesIn } from './describe-issue.ts';
import { openclawConfigPath, viewOpenclawConfig } from './discover.ts';
import { readEnvironmentLayer, type Environment } from './environment-layer.ts';
import { parseConfigFile, type ConfigFile, type KeyPath } from './file.ts';
import { readFlagLayer, type GivenFlag } from './flag-layer.ts';
import { readInheritedSockets } from './inherited-sockets.ts';
import { formatKey, mergeLayers, type Layer } from './layer.ts';
import { OriginIndex } from './origin-index.ts';
import { findDoubtfulGateways } from './doubtful-gateways.ts';
import { findForeignSettings } from './foreign-settings.ts';
import { findGatewayProblems } from './gateway-list.ts';
import type { OpenclawConfigView, OpenclawEnvironment } from './openclaw.ts';
import { formatOrigin, type Origin } from './origin.ts';
import { otlpSettingsOf } from './otlp-settings-of.ts';
import { formatShortKey, type ConfigProblem } from './problem.ts';
import { defaultStateDir, findDuplicateNodes, resolveConfig } from './resolve-config.ts';
import { soundPartOf } from './remainder.ts';
import { configSchema } from './schema.ts';
import { MAX_TOLD, tellFirst } from './tell-first.ts';

export type LoadResult =
  | { readonly ok: true; readonly config: Config; readonly warnings: readonly ConfigProblem[] }
  | {
      readonly ok: false;
      readonly problems: readonly ConfigProblem[];
      /** What can still be looked at, so that every mistake is told at once. */
      readonly sound?: SoundPart;
    };

/** The part of a faulty configuration that its schema accepts. */
export interface SoundPart {
  readonly config: Config;
  /** Whether a value is what was meant: a default may only stand in for what could not be read. */
  isMeant(key: string): boolean;
}

/** Where the configuration is taken from; what is absent is taken from the process. */
export interface LoadInput {
  readonly flags: readonly GivenFlag[];
  readonly environment?: Environment;
  readonly cwd?: string;
  readonly fileSystem?: FileSystem;
  /** As `process.platform` has it. */
  readonly system?: string;
}

/**
 * Joins file, environment and flags (the later one wins) into a validated, frozen configuration, or gives every
 * mistake in them at once. This file is the only reader of the process's environment.
 */
export async function loadConfig(input: LoadInput): Promise<LoadResult> {
  const { flags, environment = process.env, cwd = process.cwd(), fileSystem = realFileSystem } = input;
  const { system = process.platform } = input;
  const environmentLayer = readEnvironmentLayer(environment);
  const flagLayer = readFlagLayer(flags);
  const named = flagLayer.configFile ?? environmentLayer.configFile;
  const read = await readConfigFile(named, cwd, fileSystem);
  // Without a file the other two are still worth checking: all mistakes are told at once.
  const file = read.ok ? read.file : undefined;
  const layers = [environmentLayer, flagLayer];
  const tree = mergeLayers(file?.content, layers);
  const origins = new OriginIndex(file, layers);
  const originOf = (path: KeyPath): Origin => origins.of(path);
  const validated = configSchema.safeParse(tree);
  const issues = validated.success ? [] : validated.error.issues;
  const mistakes = mistakesIn(issues);
  const problems: ConfigProblem[] = [
    ...(read.ok ? [] : read.problems),
    ...layers.flatMap((layer) => layer.problems),
    ...mistakes
      .slice(0, MAX_TOLD)
      .map((mistake) => locate(mistake.path, describeMistake(mistake, tree), originOf)),
  ];
  const untold = Math.max(0, mistakes.length - MAX_TOLD);
  const remainder = validated.success
    ? { settings: validated.data, faults: [] }
    : soundPartOf(tree, validated.error.issues);
  if (remainder === undefined) return { ok: false, problems: tellFirst(problems, untold) };
  const { settings, faults } = remainder;
  const openclaw = readOpenclawEnvironment(environment);
  const openclawConfig = await readOpenclawConfig(openclaw, fileSystem);
  const config = resolveConfig(settings, {
    cwd,
    environment: openclaw,
    openclawConfig,
    defaultStateDir: defaultStateDir(
      {
        stateDirectory: environment.STATE_DIRECTORY ?? '',
        xdgStateHome: environment.XDG_STATE_HOME ?? '',
      },
      openclaw.home,
    ),
    inheritedSockets: readInheritedSockets(environment, process.pid),
    originOf,
    origins: origins.all({ gateways: settings.gateways.length, nodes: settings.nodes.length }),
  });
  // An entry that lost what was wrong with it may look like another one.
  if (!faults.some(([section]) => section === 'nodes')) {
    problems.push(...findDuplicateNodes(config.nodes, originOf));
  }
  problems.push(...findGatewayProblems(settings.gateways, { faults, origins }));
  if (problems.length > 0) {
    return {
      ok: false,
      problems: tellFirst(problems, untold),
      sound: { config, isMeant: isMeant(config, { faults, hasFile: read.ok }) },
    };
  }
  const { settings: otlp, warnings } = await otlpSettingsOf(environment, cwd);
  return {
    ok: true,
    config: deepFreeze({ ...config, ...(otlp !== undefined && { otlp }) }),
    warnings: [...warnAbout(config, system), ...warnings],
  };
}

function isMeant(
  { origins }: Config,
  { faults, hasFile }: { readonly faults: readonly KeyPath[]; readonly hasFile: boolean },
): SoundPart['isMeant'] {
  return (key) => {
    if (origins[key] !== undefined) return !faults.some((fault) => isWithin(key, formatKey(fault)));
    const [section] = key.split(/[.[]/);
    return hasFile && !faults.some(([first]) => first === undefined || first === section);
  };
}

function isWithin(key: string, outer: string): boolean {
  return outer === '' || key === outer || key.startsWith(`${outer}.`) || key.startsWith(`${outer}[`);
}

function locate(path: KeyPath, message: string, originOf: (path: KeyPath) => Origin): ConfigProblem {
  const origin = originOf(path);
  // The root itself has no key.
  return {
    where: formatOrigin(origin),
    ...(path.length > 0 && { key: formatShortKey(formatKey(path)) }),
    message,
  };
}

type ConfigFileRead =
  | { readonly ok: true; readonly file: ConfigFile | undefined }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

async function readConfigFile(
  named: Layer['configFile'],
  cwd: string,
  fileSystem: FileSystem,
): Promise<ConfigFileRead> {
  if (named === undefined) return { ok: true, file: undefined };
  const read = await fileSystem.readText(resolve(cwd, named.path));
  if ('text' in read) return parseConfigFile(named.path, read.text);
  const why = {
    ENOENT: 'does not exist',
    EISDIR: 'is a directory',
    EACCES: 'cannot be read (permission denied)',
  }[read.error];
  const message = `${named.path} ${why ?? `cannot be read (${explainCode(read.error)})`}; correct the path, or leave it out to run on defaults.`;
  return { ok: false, problems: [{ where: formatOrigin(named.origin), message }] };
}

/** OpenClaw's own variables; blank ones and the words `undefined` and `null` are absent, as for OpenClaw. */
function readOpenclawEnvironment(environment: Environment): OpenclawEnvironment {
  const read = (name: string): string | undefined => {
    const text = environment[name]?.trim();
    return text === undefined || text === '' || text === 'undefined' || text === 'null' ? undefined : text;
  };
  const accountHome = read('HOME') ?? homedir();
  const openclawHome = read('OPENCLAW_HOME');
  const home =
    openclawHome === undefined ? accountHome : resolve(openclawHome.replace(/^~(?=$|\/)/, accountHome));
  const stateDir = read('OPENCLAW_STATE_DIR');
  const configPath = read('OPENCLAW_CONFIG_PATH');
  const profile = read('OPENCLAW_PROFILE');
  const gatewayPort = read('OPENCLAW_GATEWAY_PORT');
  const gatewayTokenFile = read('OPENCLAW_GATEWAY_TOKEN_FILE');
  const gatewayToken = read('OPENCLAW_GATEWAY_TOKEN');
  const gatewayPassword = read('OPENCLAW_GATEWAY_PASSWORD');
  return {
    home,
    ...(stateDir !== undefined && { stateDir }),
    ...(configPath !== undefined && { configPath }),
    ...(profile !== undefined && { profile }),
    ...(gatewayPort !== undefined && { gatewayPort }),
    ...(gatewayTokenFile !== undefined && { gatewayTokenFile }),
    ...(gatewayToken !== undefined && { gatewayToken: new Secret(gatewayToken) }),
    ...(gatewayPassword !== undefined && { gatewayPassword: new Secret(gatewayPassword) }),
  };
}

async function readOpenclawConfig(
  environment: OpenclawEnvironment,
  fileSystem: FileSystem,
): Promise<OpenclawConfigView> {
  const path = openclawConfigPath(environment);
  const read = await fileSystem.readText(path);
  if ('text' in read) return viewOpenclawConfig(path, { kind: 'text', text: read.text });
  if (read.error === 'ENOENT' || read.error === 'ENOTDIR')
    return viewOpenclawConfig(path, { kind: 'absent' });
  return viewOpenclawConfig(path, { kind: 'unreadable', reason: read.error });
}

/** What will work, but perhaps not as meant. Whether there is a credential is told at run time: it may come and go. */
function warnAbout(config: Config, system: string): readonly ConfigProblem[] {
  return [
    ...warnAboutOpenclawConfig(config),
    ...findDoubtfulGateways(config),
    ...findForeignSettings(config, system),
  ];
}

function warnAboutOpenclawConfig({ gateway, gateways, openclaw }: Config): readonly ConfigProblem[] {
  // The list says all that there is to know of each.
  if (gateways.length > 0) return [];
  const { gatewayToken, gatewayTokenFile, gatewayPassword } = openclaw.environment;
  const credentials = [gateway.tokenFile, gatewayToken, gatewayTokenFile, gatewayPassword];
  const asksOpenclaw =
    gateway.target.kind === 'discover' || credentials.every((credential) => credential === undefined);
  if (!asksOpenclaw) return [];
  return openclaw.config.problems.map((message) => ({ where: 'openclaw.json', message }));
}

/** What a variable holds that `openclaw.json` names instead of a credential. */
export function secretVariable(name: string, environment: Environment = process.env): Secret | undefined {
  const value = environment[name];
  return value === undefined || value.trim() === '' ? undefined : new Secret(value);
}

/** All of it, for what tells the service manager, or is told of it. */
export function processEnvironment(): Environment {
  return process.env;
}

/** What of our environment leads to the service manager; a credential in it is none of the business of systemctl. */
export function serviceManagerEnvironment(environment: Environment = process.env): Environment {
  const { PATH, XDG_RUNTIME_DIR, DBUS_SESSION_BUS_ADDRESS } = environment;
  return {
    ...(PATH !== undefined && { PATH }),
    ...(XDG_RUNTIME_DIR !== undefined && { XDG_RUNTIME_DIR }),
    ...(DBUS_SESSION_BUS_ADDRESS !== undefined && { DBUS_SESSION_BUS_ADDRESS }),
  };
}

/** What the terminal's environment says about how to print. */
export function terminalPreferences(environment: Environment = process.env): { readonly colour: boolean } {
  // https://no-color.org: any value but the empty one turns colours off.
  const refused = (environment.NO_COLOR ?? '') !== '' || environment.TERM === 'dumb';
  return { colour: !refused };
}
