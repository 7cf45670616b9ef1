import json5 from 'json5';
import { dirname, join, resolve } from 'node:path';
import type { GatewayLocator } from './config.ts';
import { parseGatewayUrl } from './gateway-url.ts';
import type { OpenclawConfigView, OpenclawEnvironment } from './openclaw.ts';

/** What became of reading the file. */
export type OpenclawConfigRead =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable'; readonly reason: string };

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

const UNREAD = { credential: 'absent', setsUpGateway: false } as const;

/** Reads the few keys we use. Whatever is wrong with the file becomes a problem in words. */
export function viewOpenclawConfig(path: string, read: OpenclawConfigRead, home = '/'): OpenclawConfigView {
  switch (read.kind) {
    case 'absent':
      return { path, state: 'absent', ...UNREAD, problems: [] };
    case 'unreadable':
      return {
        path,
        state: 'unreadable',
        ...UNREAD,
        problems: [
          `${path} cannot be read (${read.reason}); run as the user of OpenClaw, or set gateway.url and gateway.token_file.`,
        ],
      };
    case 'text':
      return interpret(path, read.text, home);
  }
}

function interpret(path: string, text: string, home: string): OpenclawConfigView {
  let content: unknown;
  try {
    content = json5.parse(text);
  } catch (error: unknown) {
    const at = error instanceof SyntaxError ? / at (\d+:\d+)$/.exec(error.message)?.[1] : undefined;
    // The parser's own message quotes the file, which holds the token.
    const where = at === undefined ? path : `${path}:${at}`;
    return { path, state: 'broken', ...UNREAD, problems: [`${where} is not valid JSON5; it was ignored.`] };
  }
  const gateway = child(content, 'gateway');
  const auth = child(gateway, 'auth');
  const remote = child(gateway, 'remote');
  const isRemote = child(gateway, 'mode') === 'remote';
  const credentials = isRemote ? remote : auth;
  const problems: string[] = [];
  const url = isRemote ? remoteUrl(path, remote, problems) : localUrl(path, gateway, problems);
  const fingerprint = child(remote, 'tlsFingerprint');
  const logFile = child(child(content, 'logging'), 'file');
  if (gateway === undefined && child(content, '$include') !== undefined) {
    problems.push(
      `${path} includes other files, which are not read here; set gateway.url and gateway.token_file.`,
    );
  }
  return {
    path,
    state: 'read',
    mode: isRemote ? 'remote' : 'local',
    setsUpGateway: !isRemote && (child(gateway, 'mode') === 'local' || auth !== undefined),
    ...url,
    ...(isRemote && typeof fingerprint === 'string' && { tlsFingerprint: fingerprint }),
    ...(typeof logFile === 'string' &&
      logFile.trim() !== '' && { logFile: expandPath(logFile.trim(), { home, directory: dirname(path) }) }),
    credential: !isRemote && child(auth, 'mode') === 'none' ? 'not-needed' : credentialIn(credentials),
    problems,
  };
}

type FoundUrl = Pick<OpenclawConfigView, 'gatewayUrl' | 'gatewayUrlKey'>;

function remoteUrl(path: string, remote: unknown, problems: string[]): FoundUrl {
  const written = child(remote, 'url');
  if (written === undefined) return {};
  const parsed = typeof written === 'string' ? parseGatewayUrl(written) : { ok: false as const };
  if (parsed.ok) return { gatewayUrl: parsed.url, gatewayUrlKey: 'gateway.remote.url' };
  problems.push(`gateway.remote.url in ${path} is not a URL that can be used here; set gateway.url.`);
  return {};
}

function localUrl(path: string, gateway: unknown, problems: string[]): FoundUrl {
  const port = child(gateway, 'port');
  const scheme = child(child(gateway, 'tls'), 'enabled') === true ? 'wss' : 'ws';
  if (port === undefined) {
    if (scheme === 'ws') return {};
    return { gatewayUrl: `wss://127.0.0.1:${DEFAULT_PORT}`, gatewayUrlKey: 'gateway.tls.enabled' };
  }
  if (isPort(port)) return { gatewayUrl: `${scheme}://127.0.0.1:${port}`, gatewayUrlKey: 'gateway.port' };
  problems.push(`gateway.port in ${path} is not a port; set gateway.url.`);
  return {};
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
  const { gatewayUrl, gatewayUrlKey = '', path, setsUpGateway } = view;
  const written = gatewayUrl === undefined ? undefined : found(gatewayUrl, `${gatewayUrlKey} in ${path}`);
  if (view.mode === 'remote' && written !== undefined) return written;
  const scheme = gatewayUrl?.startsWith('wss:') === true ? 'wss' : 'ws';
  const port = Number(environment.gatewayPort);
  if (environment.gatewayPort !== undefined && isPort(port)) {
    return found(`${scheme}://127.0.0.1:${port}`, 'OPENCLAW_GATEWAY_PORT');
  }
  if (written !== undefined) return written;
  return environment.profile === 'dev'
    ? found(`ws://127.0.0.1:${DEV_PROFILE_PORT}`, 'OpenClaw’s default for the profile dev', !setsUpGateway)
    : found(`ws://127.0.0.1:${DEFAULT_PORT}`, 'OpenClaw’s default', !setsUpGateway);
}
