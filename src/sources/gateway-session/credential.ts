import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { Secret } from '../../core/index.ts';
import { knownSecrets, type KnownSecrets } from '../known-secrets.ts';
import { parseOpenClawAuth } from './openclaw-auth.ts';
import type { ConfiguredAuth } from './openclaw-auth.ts';
import { codeOf, messageOf } from '../../runtime/error-parts.ts';

/** Larger files are not what they were taken for; reading them each few seconds would cost more than they can tell. */
const MAX_TOKEN_FILE_BYTES = 64 * 1024;
const MAX_CONFIG_FILE_BYTES = 8 * 1024 * 1024;

/** Where a credential may come from, first to last. A file that was named by hand is meant: nothing after it is tried. */
export interface CredentialSources {
  /** `--gateway.token-file` */
  readonly tokenFile?: string;
  readonly env?: {
    /** `OPENCLAW_GATEWAY_TOKEN` */
    readonly token?: Secret;
    /** `OPENCLAW_GATEWAY_TOKEN_FILE` */
    readonly tokenFile?: string;
    /** `OPENCLAW_GATEWAY_PASSWORD` */
    readonly password?: Secret;
  };
  /** The user's `openclaw.json`. */
  readonly openclawConfigPath?: string;
  /** What an environment variable that `openclaw.json` names holds. */
  variable?(name: string): Secret | undefined;
}

/** Something to log in with. `not-needed`: the gateway's configuration says that it asks for nothing. */
export type UsableCredential =
  | {
      readonly kind: 'token' | 'password';
      readonly value: Secret;
      /** Where it came from, for people. */
      readonly origin: string;
      /** Changes when the credential does. For comparing only: never print it. */
      readonly fingerprint: string;
    }
  | { readonly kind: 'not-needed'; readonly origin: string; readonly fingerprint: 'not-needed' };

export type Credential =
  | UsableCredential
  /** One sentence for each place that was looked at. */
  | { readonly kind: 'none'; readonly why: readonly string[] };

export interface CredentialReader {
  /** Reads every source. */
  read(): Promise<Credential>;
  /** Reads a file only when its size, times or identity changed since the last read. */
  readIfChanged(): Promise<Credential>;
}

/**
 * Reads the credential whenever asked, so that a rotated token needs no restart, and once at once: whatever it finds is
 * made known to `secrets`. Nothing rejects.
 */
export function createCredentialReader(
  sources: CredentialSources,
  secrets: KnownSecrets = knownSecrets,
): CredentialReader {
  const files = new Map<string, CachedFile>();
  const resolveWith = async (trustStat: boolean): Promise<Credential> => {
    const credential = await resolveCredential(sources, (path, maxBytes) =>
      readThrough({ files, path, maxBytes, trustStat }),
    );
    if (credential.kind === 'token' || credential.kind === 'password') secrets.learn(credential.value);
    return credential;
  };
  // Both are secrets of this process, whichever of them is used.
  for (const secret of [sources.env?.password, sources.env?.token]) if (secret) secrets.learn(secret);
  secrets.expect(resolveWith(false));
  return { read: () => resolveWith(false), readIfChanged: () => resolveWith(true) };
}

type FileContent = { readonly text: string } | { readonly problem: string };

interface CachedFile {
  readonly stamp: string;
  readonly content: FileContent;
}

interface ReadThrough {
  readonly files: Map<string, CachedFile>;
  readonly path: string;
  readonly maxBytes: number;
  readonly trustStat: boolean;
}

async function readThrough({ files, path, maxBytes, trustStat }: ReadThrough): Promise<FileContent> {
  try {
    const found = await stat(path, { bigint: true });
    if (!found.isFile()) return { problem: 'is not a regular file' };
    if (found.size > maxBytes) return { problem: `is larger than ${maxBytes} bytes` };
    const stamp = `${found.dev}:${found.ino}:${found.size}:${found.mtimeNs}:${found.ctimeNs}`;
    const cached = files.get(path);
    if (trustStat && cached?.stamp === stamp) return cached.content;
    const content = { text: await readFile(path, 'utf8') };
    files.set(path, { stamp, content });
    return content;
  } catch (error: unknown) {
    files.delete(path);
    return { problem: describeFileError(error) };
  }
}

type ReadFile = (path: string, maxBytes: number) => Promise<FileContent>;

async function resolveCredential(sources: CredentialSources, read: ReadFile): Promise<Credential> {
  if (sources.tokenFile !== undefined) return await fromTokenFile(sources.tokenFile, read);
  const why: string[] = [];
  if (sources.env !== undefined) {
    const { token, tokenFile, password } = sources.env;
    if (token !== undefined && token.reveal().trim() !== '') {
      return usable('token', token.reveal(), 'OPENCLAW_GATEWAY_TOKEN');
    }
    if (tokenFile !== undefined) return await fromTokenFile(tokenFile, read);
    if (password !== undefined && password.reveal().trim() !== '') {
      return usable('password', password.reveal(), 'OPENCLAW_GATEWAY_PASSWORD');
    }
  }
  why.push('OPENCLAW_GATEWAY_TOKEN, OPENCLAW_GATEWAY_TOKEN_FILE and OPENCLAW_GATEWAY_PASSWORD are not set');
  if (sources.openclawConfigPath === undefined) return { kind: 'none', why };
  const path = sources.openclawConfigPath;
  const content = await read(path, MAX_CONFIG_FILE_BYTES);
  if ('problem' in content) return { kind: 'none', why: [...why, `${path} ${content.problem}`] };
  return fromConfig(
    parseOpenClawAuth(content.text, (name) => sources.variable?.(name)),
    path,
    why,
  );
}

async function fromTokenFile(path: string, read: ReadFile): Promise<Credential> {
  const content = await read(path, MAX_TOKEN_FILE_BYTES);
  if ('problem' in content) return { kind: 'none', why: [`token file ${path} ${content.problem}`] };
  if (content.text.trim() === '') return { kind: 'none', why: [`token file ${path} is empty`] };
  return usable('token', content.text, path);
}

function fromConfig(auth: ConfiguredAuth, path: string, why: readonly string[]): Credential {
  switch (auth.kind) {
    case 'token':
    case 'password':
      return usable(auth.kind, auth.value.reveal(), `${auth.key} of ${path}`);
    case 'not-needed':
      return { kind: 'not-needed', origin: `gateway.auth.mode of ${path}`, fingerprint: 'not-needed' };
    case 'none':
      return {
        kind: 'none',
        why: [...why, `${path}${auth.position === undefined ? '' : `:${auth.position}`}: ${auth.why}`],
      };
    default:
      return auth satisfies never;
  }
}

function usable(kind: 'token' | 'password', raw: string, origin: string): Credential {
  const value = raw.trim();
  const fingerprint = createHash('sha256').update(`${kind}:${value}`).digest('hex').slice(0, 16);
  return { kind, value: new Secret(value), origin, fingerprint };
}

function describeFileError(error: unknown): string {
  switch (codeOf(error)) {
    case 'ENOENT':
      return 'does not exist';
    case 'EACCES':
    case 'EPERM':
      return 'may not be read by this user';
    default:
      return `could not be read: ${messageOf(error)}`;
  }
}
