import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  verify,
} from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The Ed25519 key pair that a node host introduces itself with. `deviceId` is its node id on the wire. */
export interface DeviceIdentity {
  readonly deviceId: string;
  readonly publicKeyPem: string;
  readonly privateKeyPem: string;
}

function deviceIdOfRawKey(rawBase64Url: string): string {
  return createHash('sha256').update(Buffer.from(rawBase64Url, 'base64url')).digest('hex');
}

/** The 32 raw bytes of an Ed25519 public key, base64url, as `connect` carries them. */
export function rawPublicKey(publicKeyPem: string): string {
  const { x } = createPublicKey(publicKeyPem).export({ format: 'jwk' });
  if (x === undefined) throw new TypeError('a device identity must be an Ed25519 key');
  return x;
}

/** A new key pair, held in memory only. */
export function createDeviceIdentity(): DeviceIdentity {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519', {
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  return {
    deviceId: deviceIdOfRawKey(rawPublicKey(publicKey)),
    publicKeyPem: publicKey,
    privateKeyPem: privateKey,
  };
}

function isIdentity(value: unknown): value is DeviceIdentity {
  return (
    typeof value === 'object' &&
    value !== null &&
    'deviceId' in value &&
    typeof value.deviceId === 'string' &&
    'publicKeyPem' in value &&
    typeof value.publicKeyPem === 'string' &&
    'privateKeyPem' in value &&
    typeof value.privateKeyPem === 'string'
  );
}

/** The identity kept in `stateDir`, so that a node host that is restarted is the same node; made on first use. */
export function persistentDeviceIdentity(stateDir: string): DeviceIdentity {
  const directory = join(stateDir, 'identity');
  const path = join(directory, 'device.json');
  try {
    const stored: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (isIdentity(stored)) return stored;
  } catch (error: unknown) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
  const identity = createDeviceIdentity();
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  writeFileSync(path, JSON.stringify({ version: 1, ...identity }), { mode: 0o600 });
  return identity;
}

/** Signs a device payload, base64url. */
export function signDevicePayload(privateKeyPem: string, payload: string): string {
  return sign(null, Buffer.from(payload), createPrivateKey(privateKeyPem)).toString('base64url');
}

/** Whether `deviceId` belongs to the raw public key. */
export function isDeviceIdOf(deviceId: string, rawBase64Url: string): boolean {
  return deviceIdOfRawKey(rawBase64Url) === deviceId;
}

/** Whether the holder of the raw public key signed the payload. A key that is none verifies nothing. */
export function isSignedBy(rawBase64Url: string, payload: string, signature: string): boolean {
  try {
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: rawBase64Url }, format: 'jwk' });
    return verify(null, Buffer.from(payload), key, Buffer.from(signature, 'base64url'));
  } catch {
    return false;
  }
}
