import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf } from '../runtime/error-parts.ts';

/** The Ed25519 key pair that a node host introduces itself with. `deviceId` is its node id on the wire. */
export interface DeviceIdentity {
  readonly deviceId: string;
  readonly publicKeyPem: string;
  readonly privateKeyPem: string;
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
    deviceId: createHash('sha256')
      .update(Buffer.from(rawPublicKey(publicKey), 'base64url'))
      .digest('hex'),
    publicKeyPem: publicKey,
    privateKeyPem: privateKey,
  };
}

/** The identity kept in `stateDir`, so that a node host that is restarted is the same node; made on first use. */
export function persistentDeviceIdentity(stateDir: string): DeviceIdentity {
  const directory = join(stateDir, 'identity');
  const path = join(directory, 'device.json');
  try {
    // Written below; nobody else writes in the directory of a demo.
    return JSON.parse(readFileSync(path, 'utf8')) as DeviceIdentity;
  } catch (error: unknown) {
    if (codeOf(error) !== 'ENOENT') throw error;
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
