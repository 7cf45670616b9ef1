import json5 from 'json5';
import { dirname, join, resolve } from 'node:path';
import type { GatewayLocator } from './config.ts';
import { parseGatewayUrl } from './gateway-url.ts';
import type { OpenclawConfigView, OpenclawEnvironment } from './openclaw.ts';

/** `OPENCLAW_STATE_DIR`, else `~/.openclaw-<profile>`, else `~/.openclaw`; as OpenClaw itself decides. */
export function openclawStateDir(environment: OpenclawEnvironment): string {
  if (environment.stateDir !== undefined)
    return expandPath(environment.stateDir, { home: environment.home, directory: '.' });
  const profile = environment.profile ?? 'default';
  return join(environment.home, profile.toLowerCase() === 'default' ? '.openclaw' : `.openclaw-${profile}`);
}

/** `OPENCLAW_CONFIG_PATH`, else `openclaw.json` in the state directory. */
export function openclawConfigPath(environment: OpenclawEnvironment): string {
  if (environment.configPath !== undefined)
    return expandPath(environment.configPath, { home: environment.home, directory: '.' });
  return join(openclawStateDir(environment), 'openclaw.json');
}

/** What a path may be relative to. */
export interface PathBase {
  readonly home: string;
  /** Directory of relative paths. */
  readonly directory: string;
}

/** Makes `~`, `~/…` and relative paths absolute. */
export function expandPath(path: string, { home, directory }: PathBase): string {
  if (path === '~') return home;
  if (path.startsWith('~/')) return join(home, path.slice(2));
  return resolve(directory, path);
}

/**
 * Reads the few keys we use. Whatever is wrong with the file becomes a problem in words.
 *
 * @param read what became of reading it
 */
export function viewOpenclawConfig(
  path: string,
  read: { readonly text: string } | { readonly error: string },
  home = '/',
): OpenclawConfigView {
  const unread = (...problems: readonly string[]): OpenclawConfigView => ({
    path,
    setsUpGateway: false,
    credential: 'absent',
    problems,
  });
  if ('error' in read) {
    if (read.error === 'ENOENT' || read.error === 'ENOTDIR') return unread();
    return unread(
      `${path} cannot be read (${read.error}); run as the user of OpenClaw, or set gateway.url and gateway.token_file.`,
    );
  }
  try {
    return interpret(path, json5.parse(read.text), home);
  } catch (error: unknown) {
    if (!(error instanceof SyntaxError)) throw error;
    const at = / at (\d+:\d+)$/.exec(error.message)?.[1];
    // The parser's own message quotes the file, which holds the token.
    return unread(`${at === undefined ? path : `${path}:${at}`} is not valid JSON5; it was ignored.`);
  }
}

function interpret(path: string, content: unknown, home: string): OpenclawConfigView {
  const gateway = child(content, 'gateway');
  const auth = child(gateway, 'auth');
  const remote = child(gateway, 'remote');
  const isRemote = child(gateway, 'mode') === 'remote';
  const fingerprint = child(remote, 'tlsFingerprint');
  const logFile = child(child(content, 'logging'), 'file');
  const found = isRemote ? remoteUrl(remote) : localUrl(gateway);
  return {
    path,
    isRemote,
    setsUpGateway: !isRemote && (child(gateway, 'mode') === 'local' || auth !== undefined),
    ...(found?.url !== undefined && { gateway: { url: found.url, from: `${found.key} in ${path}` } }),
    ...(isRemote && typeof fingerprint === 'string' && { tlsFingerprint: fingerprint }),
    ...(typeof logFile === 'string' &&
      logFile.trim() !== '' && { logFile: expandPath(logFile.trim(), { home, directory: dirname(path) }) }),
    credential:
      !isRemote && child(auth, 'mode') === 'none' ? 'not-needed' : credentialIn(isRemote ? remote : auth),
    problems: [
      ...(found?.mistake === undefined
        ? []
        : [`${found.key} in ${path} is ${found.mistake}; set gateway.url.`]),
      ...(gateway === undefined && child(content, '$include') !== undefined
        ? [`${path} includes other files, which are not read here; set gateway.url and gateway.token_file.`]
        : []),
    ],
  };
}

/** Where the gateway is by one key, or what is wrong with that; absent where nothing is said of it. */
type FoundUrl = { readonly key: string; readonly url?: string; readonly mistake?: string } | undefined;

function remoteUrl(remote: unknown): FoundUrl {
  const written = child(remote, 'url');
  if (written === undefined) return undefined;
  const key = 'gateway.remote.url';
  const parsed = typeof written === 'string' ? parseGatewayUrl(written) : { ok: false as const };
  return parsed.ok ? { key, url: parsed.url } : { key, mistake: 'not a URL that can be used here' };
}

function localUrl(gateway: unknown): FoundUrl {
  const port = child(gateway, 'port');
  const scheme = child(child(gateway, 'tls'), 'enabled') === true ? 'wss' : 'ws';
  if (port === undefined)
    return scheme === 'ws'
      ? undefined
      : { key: 'gateway.tls.enabled', url: `wss://127.0.0.1:${DEFAULT_PORT}` };
  const key = 'gateway.port';
  return isPort(port) ? { key, url: `${scheme}://127.0.0.1:${port}` } : { key, mistake: 'not a port' };
}

function isPort(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 65_535;
}

function credentialIn(keys: unknown): 'present' | 'reference' | 'absent' {
  const found = ['token', 'password'].map((kind) => presence(child(keys, kind)));
  return found.find((presence) => presence !== 'absent') ?? 'absent';
}

function presence(value: unknown): 'present' | 'reference' | 'absent' {
  if (typeof value !== 'string') return value !== null && typeof value === 'object' ? 'reference' : 'absent';
  if (value.trim() === '') return 'absent';
  // OpenClaw fills in ${NAME} and $NAME from its own environment.
  return /^\$[A-Z_]|\$\{[^}]+\}/.test(value.trim()) ? 'reference' : 'present';
}

function child(value: unknown, key: string): unknown {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return undefined;
  return Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;
}

/** Where an OpenClaw gateway listens unless told otherwise, and where that of the profile `dev` does. */
const DEFAULT_PORT = 18_789;
const DEV_PROFILE_PORT = 19_001;

/** Where the gateway is when nobody said so: remote URL, then port variable, then the file's port, then the default. */
export function discoverGateway(
  view: OpenclawConfigView,
  environment: OpenclawEnvironment,
): Extract<GatewayLocator, { kind: 'discover' }> {
  const found = (fallback: string, from: string, isGuess = false) =>
    ({ kind: 'discover', fallback, from, isGuess }) as const;
  const { gateway, isRemote, setsUpGateway } = view;
  const written = gateway && found(gateway.url, gateway.from);
  if (isRemote === true && written !== undefined) return written;
  const scheme = gateway?.url.startsWith('wss:') === true ? 'wss' : 'ws';
  const port = Number(environment.gatewayPort);
  if (environment.gatewayPort !== undefined && isPort(port)) {
    return found(`${scheme}://127.0.0.1:${port}`, 'OPENCLAW_GATEWAY_PORT');
  }
  if (written !== undefined) return written;
  return environment.profile === 'dev'
    ? found(`ws://127.0.0.1:${DEV_PROFILE_PORT}`, 'OpenClaw’s default for the profile dev', !setsUpGateway)
    : found(`ws://127.0.0.1:${DEFAULT_PORT}`, 'OpenClaw’s default', !setsUpGateway);
}
