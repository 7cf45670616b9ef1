import { createHash } from 'node:crypto';
import { Secret } from '../../core/index.ts';
import { readSmallFile } from '../files.ts';
import { knownSecrets, type KnownSecrets } from '../known-secrets.ts';
import { parseOpenClawAuth } from './openclaw-auth.ts';

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

/** Reads every source. Never rejects. */
export type CredentialReader = () => Promise<Credential>;

/**
 * Reads the credential whenever asked, so that a rotated token needs no restart, and once at once: whatever it finds is
 * made known to `secrets`.
 */
export function createCredentialReader(
  sources: CredentialSources,
  secrets: KnownSecrets = knownSecrets,
): CredentialReader {
  const read = async (): Promise<Credential> => {
    const credential = await resolveCredential(sources);
    if (credential.kind === 'token' || credential.kind === 'password') secrets.learn(credential.value);
    return credential;
  };
  // Both are secrets of this process, whichever of them is used.
  for (const secret of [sources.env?.password, sources.env?.token]) if (secret) secrets.learn(secret);
  secrets.expect(read());
  return read;
}

async function resolveCredential(sources: CredentialSources): Promise<Credential> {
  if (sources.tokenFile !== undefined) return await fromTokenFile(sources.tokenFile);
  const { token, tokenFile, password } = sources.env ?? {};
  if (token !== undefined && token.reveal().trim() !== '')
    return usable('token', token.reveal(), 'OPENCLAW_GATEWAY_TOKEN');
  if (tokenFile !== undefined) return await fromTokenFile(tokenFile);
  if (password !== undefined && password.reveal().trim() !== '')
    return usable('password', password.reveal(), 'OPENCLAW_GATEWAY_PASSWORD');
  const unset =
    'OPENCLAW_GATEWAY_TOKEN, OPENCLAW_GATEWAY_TOKEN_FILE and OPENCLAW_GATEWAY_PASSWORD are not set';
  const path = sources.openclawConfigPath;
  if (path === undefined) return { kind: 'none', why: [unset] };
  const content = await read(path, MAX_CONFIG_FILE_BYTES);
  if ('problem' in content) return { kind: 'none', why: [unset, `${path} ${content.problem}`] };
  const auth = parseOpenClawAuth(content.text, (name) => sources.variable?.(name));
  switch (auth.kind) {
    case 'token':
    case 'password':
      return usable(auth.kind, auth.value.reveal(), `${auth.key} of ${path}`);
    case 'not-needed':
      return { kind: 'not-needed', origin: `gateway.auth.mode of ${path}`, fingerprint: 'not-needed' };
    case 'none': {
      const place = auth.position === undefined ? path : `${path}:${auth.position}`;
      return { kind: 'none', why: [unset, `${place}: ${auth.why}`] };
    }
    default:
      return auth satisfies never;
  }
}

async function fromTokenFile(path: string): Promise<Credential> {
  const content = await read(path, MAX_TOKEN_FILE_BYTES);
  if ('problem' in content) return { kind: 'none', why: [`token file ${path} ${content.problem}`] };
  if (content.text.trim() === '') return { kind: 'none', why: [`token file ${path} is empty`] };
  return usable('token', content.text, path);
}

function usable(kind: 'token' | 'password', raw: string, origin: string): Credential {
  const value = raw.trim();
  const fingerprint = createHash('sha256').update(`${kind}:${value}`).digest('hex').slice(0, 16);
  return { kind, value: new Secret(value), origin, fingerprint };
}

/** What is in a file, or why nothing can be. */
async function read(
  path: string,
  maxBytes: number,
): Promise<{ readonly text: string } | { readonly problem: string }> {
  const file = await readSmallFile(path, maxBytes);
  switch (file.kind) {
    case 'value':
      return file;
    case 'missing':
      return { problem: 'does not exist' };
    case 'denied':
      return { problem: 'may not be read by this user' };
    case 'unusable':
      return { problem: `cannot be read: ${file.why}` };
    default:
      return file satisfies never;
  }
}
