import { homedir } from 'node:os';
import { delimiter, resolve } from 'node:path';
import { present, Secret } from '../core/index.ts';
import { explainRefusal, realFileSystem, type FileSystem } from './file-system.ts';
import type { Config } from './config.ts';
import { openclawConfigPath, viewOpenclawConfig } from './discover.ts';
import { readEnvironmentLayer, type Environment } from './environment-layer.ts';
import { parseConfigFile, type ConfigFile } from './file.ts';
import { readFlagLayer, type GivenFlag } from './flag-layer.ts';
import { readInheritedSockets } from './inherited-sockets.ts';
import { mergeLayers, type Layer } from './layer.ts';
import { describeMistakes, type Vocabulary } from './mistakes.ts';
import { findGatewayProblems } from './gateway-list.ts';
import type { OpenclawConfigView, OpenclawEnvironment } from './openclaw.ts';
import { formatOrigin, problemAt } from './origin.ts';
import { otlpSettingsOf } from './otlp-settings-of.ts';
import { formatFound, formatFoundPath, type ConfigProblem } from './problem.ts';
import { defaultStateDir, findDuplicateNodes, resolveConfig } from './resolve-config.ts';
import { configSchema } from './schema.ts';
import { ALL_SETTINGS } from './settings.ts';
import { tellFirst } from './tell-first.ts';
import { warnAbout } from './warnings.ts';

export type LoadResult =
  | { readonly ok: true; readonly config: Config; readonly warnings: readonly ConfigProblem[] }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

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
  const { tree, said } = mergeLayers(file, layers);
  const validated = configSchema.safeParse(tree);
  const mistakes = validated.success ? undefined : describeMistakes(validated.error, tree, VOCABULARY);
  const misread: readonly ConfigProblem[] = [
    ...(read.ok ? [] : read.problems),
    ...layers.flatMap((layer) => layer.problems),
    ...(mistakes?.told.map(({ path, message }) => problemAt(said, path, message)) ?? []),
  ];
  if (!validated.success || misread.length > 0) {
    return { ok: false, problems: tellFirst(misread, mistakes?.untold) };
  }
  const settings = validated.data;
  const openclaw = readOpenclawEnvironment(environment);
  const openclawConfig = await readOpenclawConfig(openclaw, fileSystem);
  const config = resolveConfig(settings, {
    cwd,
    environment: openclaw,
    openclawConfig,
    defaultStateDir: defaultStateDir(environment, openclaw.home),
    inheritedSockets: readInheritedSockets(environment, process.pid),
    said,
  });
  const problems = [
    ...findDuplicateNodes(config.nodes, said),
    ...findGatewayProblems(settings.gateways, said),
  ];
  if (problems.length > 0) return { ok: false, problems: tellFirst(problems) };
  const { settings: otlp, warnings } = await otlpSettingsOf(environment, cwd);
  return {
    ok: true,
    config: deepFreeze({ ...config, ...(otlp !== undefined && { otlp }) }),
    warnings: [...warnAbout(config, system), ...warnings],
  };
}

/** Freezes `value` and everything in it. */
function deepFreeze<T>(value: T): T {
  if (value !== null && typeof value === 'object' && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) deepFreeze(inner as unknown);
  }
  return value;
}

const VOCABULARY: Vocabulary = {
  keys: ALL_SETTINGS.map(({ key }) => key),
  show: (found, path) => (path.at(-1) === 'token_file' ? formatFoundPath(found) : formatFound(found)),
  onCredential: ([section]) =>
    `a credential does not belong in this file. Put the token in a file of its own (mode 0600) and set ${section === 'gateways' ? 'token_file' : 'gateway.token_file'}.`,
};

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
  const message = `${named.path} ${explainRefusal(read.error)}; correct the path, or leave it out to run on defaults.`;
  return { ok: false, problems: [{ where: formatOrigin(named.origin), message }] };
}

/** OpenClaw's own variables; blank ones and the words `undefined` and `null` are absent, as for OpenClaw. */
function readOpenclawEnvironment(environment: Environment): OpenclawEnvironment {
  const read = (name: string): string | undefined => {
    const text = environment[name]?.trim();
    return text === undefined || text === '' || text === 'undefined' || text === 'null' ? undefined : text;
  };
  const accountHome = read('HOME') ?? homeOfAccount();
  const openclawHome = read('OPENCLAW_HOME');
  const home =
    openclawHome === undefined ? accountHome : resolve(openclawHome.replace(/^~(?=$|\/)/, accountHome));
  const secret = (name: string): Secret | undefined => {
    const text = read(name);
    return text === undefined ? undefined : new Secret(text);
  };
  return present({
    home,
    stateDir: read('OPENCLAW_STATE_DIR'),
    configPath: read('OPENCLAW_CONFIG_PATH'),
    profile: read('OPENCLAW_PROFILE'),
    gatewayPort: read('OPENCLAW_GATEWAY_PORT'),
    gatewayTokenFile: read('OPENCLAW_GATEWAY_TOKEN_FILE'),
    gatewayToken: secret('OPENCLAW_GATEWAY_TOKEN'),
    gatewayPassword: secret('OPENCLAW_GATEWAY_PASSWORD'),
    allowsPlainNames: read('OPENCLAW_ALLOW_INSECURE_PRIVATE_WS') === '1' ? (true as const) : undefined,
  });
}

async function readOpenclawConfig(
  environment: OpenclawEnvironment,
  fileSystem: FileSystem,
): Promise<OpenclawConfigView> {
  const path = openclawConfigPath(environment);
  return viewOpenclawConfig(path, await fileSystem.readText(path), environment.home);
}

/** What a variable holds that `openclaw.json` names instead of a credential. */
export function secretVariable(name: string, environment: Environment = process.env): Secret | undefined {
  const value = environment[name];
  return value === undefined || value.trim() === '' ? undefined : new Secret(value);
}

/** Where a program is looked for that is named without a path. */
export function searchPath(environment: Environment = process.env): readonly string[] {
  return (environment.PATH ?? '').split(delimiter).filter((directory) => directory !== '');
}

/** A container may run as a user that has no account; its runtime would say `/`. */
function homeOfAccount(): string {
  try {
    return homedir();
  } catch {
    return '/';
  }
}

/** All of it, for what tells the service manager, or is told of it. */
export function processEnvironment(): Environment {
  return process.env;
}

/** What of our environment leads to the service manager; a credential in it is none of the business of systemctl. */
export function serviceManagerEnvironment(environment: Environment = process.env): Environment {
  const { PATH, XDG_RUNTIME_DIR, DBUS_SESSION_BUS_ADDRESS } = environment;
  return present({ PATH, XDG_RUNTIME_DIR, DBUS_SESSION_BUS_ADDRESS });
}

/** What the terminal's environment says about how to print. */
export function terminalPreferences(environment: Environment = process.env): { readonly colour: boolean } {
  // https://no-color.org: any value but the empty one turns colours off.
  const refused = (environment.NO_COLOR ?? '') !== '' || environment.TERM === 'dumb';
  return { colour: !refused };
}
