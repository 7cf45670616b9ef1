import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { chmod, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { replaceFile, setAside } from '../../runtime/kept-file.ts';
import { makeDirectory } from '../../runtime/make-directory.ts';
import { codeOf, messageOf } from '../../runtime/error-parts.ts';
import { parseJson } from '../../runtime/json-object.ts';

const FILE_NAME = 'device-identity.json';
const FILE_MODE = 0o600;

/** Who we are to a gateway. The private key does not leave this object. */
export interface DeviceIdentity {
  /** SHA-256 of the raw public key, in hex: OpenClaw's own rule. */
  readonly deviceId: string;
  /** The raw public key in base64url, as the wire has it. */
  readonly publicKey: string;
  /** Ed25519 signature of `payload` in UTF-8, in base64url. */
  sign(payload: string): string;
}

export interface LoadedIdentity {
  /** `undefined`: none is kept, and one of our own would only leave a request for approval behind. */
  readonly identity: DeviceIdentity | undefined;
  /** What a person should know: a file set aside, permissions tightened, nothing kept. */
  readonly warnings: readonly string[];
}

const storedIdentity = z.object({
  version: z.literal(1),
  deviceId: z.string(),
  privateKeyPem: z.string(),
});

/** SHA-256 of a raw public key in base64url: the id that OpenClaw gives a device. */
export function deviceIdOf(publicKey: string): string {
  return createHash('sha256').update(Buffer.from(publicKey, 'base64url')).digest('hex');
}

type KeptIdentity = LoadedIdentity & { readonly identity: DeviceIdentity };

/** Of directories that are being read now: the sessions with several gateways begin at once, and are one device. */
const loading = new Map<string, Promise<KeptIdentity>>();

/**
 * The identity kept in `directory`, made on first use. Never rejects: where nothing can be kept the identity lives as
 * long as the process, which is enough for a gateway on the same machine.
 */
export function loadDeviceIdentity(directory: string): Promise<KeptIdentity> {
  const loaded = loading.get(directory) ?? load(directory).finally(() => loading.delete(directory));
  loading.set(directory, loaded);
  return loaded;
}

async function load(directory: string): Promise<KeptIdentity> {
  const path = join(directory, FILE_NAME);
  const warnings: string[] = [];
  const { privateKey } = generateKeyPairSync('ed25519');
  const identity = identityOf(privateKey);
  try {
    await makeDirectory(directory);
    const found = await readIdentity(path);
    if (found.kind === 'valid') {
      return { identity: found.identity, warnings: await tighten(path) };
    }
    if (found.kind === 'broken') {
      const aside = await setAside(path);
      warnings.push(
        `${path} is no device identity (${found.why}); it was set aside as ${aside} and a new one made`,
      );
    }
    const privateKeyPem = privateKey.export({ type: 'pkcs8', format: 'pem' });
    const content = { version: 1, deviceId: identity.deviceId, privateKeyPem, createdAtMs: Date.now() };
    await replaceFile(path, [`${JSON.stringify(content, null, 2)}\n`]);
    return { identity, warnings };
  } catch (error: unknown) {
    warnings.push(
      `no device identity can be kept in ${directory} (${messageOf(error)}); this run uses one of its own, which a gateway on another machine will ask to approve again`,
    );
    return { identity, warnings };
  }
}

/**
 * The identity kept in `directory`, for a look that must leave nothing behind: reads, and writes nothing. Never rejects.
 *
 * @param throwAway make one for this look where none is kept. A gateway on the same machine lets any signed device of a
 *   backend client in and remembers none of them; on another machine each would leave a request for approval behind
 */
export async function borrowDeviceIdentity(
  directory: string,
  { throwAway }: { readonly throwAway: boolean },
): Promise<LoadedIdentity> {
  const found = await readIdentity(join(directory, FILE_NAME)).catch((error: unknown) => ({
    kind: 'unreadable' as const,
    why: messageOf(error),
  }));
  if (found.kind === 'valid') return { identity: found.identity, warnings: [] };
  const why = found.kind === 'absent' ? '' : ` that can be used (${found.why})`;
  return {
    identity: throwAway ? identityOf(generateKeyPairSync('ed25519').privateKey) : undefined,
    warnings: throwAway ? [] : [`${directory} holds no device identity${why}, and none is made for one look`],
  };
}

type ReadIdentity =
  | { readonly kind: 'valid'; readonly identity: DeviceIdentity }
  | { readonly kind: 'absent' }
  | { readonly kind: 'broken'; readonly why: string };

async function readIdentity(path: string): Promise<ReadIdentity> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error: unknown) {
    if (codeOf(error) === 'ENOENT') return { kind: 'absent' };
    throw error;
  }
  return parseIdentity(text);
}

/** Says what is wrong without quoting the file: it may hold a key. */
function parseIdentity(text: string): ReadIdentity {
  const json = parseJson(text);
  if (json === undefined) return { kind: 'broken', why: 'not JSON' };
  const stored = storedIdentity.safeParse(json);
  if (!stored.success) return { kind: 'broken', why: 'not of its form' };
  let identity: DeviceIdentity;
  try {
    const key = createPrivateKey(stored.data.privateKeyPem);
    if (key.asymmetricKeyType !== 'ed25519') return { kind: 'broken', why: 'not an Ed25519 key' };
    identity = identityOf(key);
  } catch {
    return { kind: 'broken', why: 'no readable private key' };
  }
  if (identity.deviceId !== stored.data.deviceId)
    return { kind: 'broken', why: 'device id and key do not belong together' };
  return { kind: 'valid', identity };
}

function identityOf(privateKey: KeyObject): DeviceIdentity {
  // Of an Ed25519 key `x` is all.
  const { x: publicKey = '' } = createPublicKey(privateKey).export({ format: 'jwk' });
  return {
    deviceId: deviceIdOf(publicKey),
    publicKey,
    sign: (payload) => sign(null, Buffer.from(payload, 'utf8'), privateKey).toString('base64url'),
  };
}

/** The directory is left as it is: it may be one that others use too. */
async function tighten(path: string): Promise<string[]> {
  if (process.platform === 'win32') return [];
  const mode = (await stat(path)).mode & 0o777;
  if ((mode & 0o077) === 0) return [];
  const was = `${path} was readable by others (mode 0${mode.toString(8)})`;
  try {
    await chmod(path, FILE_MODE);
    return [
      `${was}; its mode is now 0600. Whoever read it can pose as this exporter: delete it for a new identity`,
    ];
  } catch (error: unknown) {
    return [`${was} and could not be changed: ${messageOf(error)}`];
  }
}
