import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';

/** A throw-away Ed25519 identity. Gateways of 2026.4 grant no scope to a client without one. */
export interface DeviceIdentity {
  readonly id: string;
  readonly publicKey: string;
  readonly privateKeyPem: string;
}

export function createDeviceIdentity(): DeviceIdentity {
  const { privateKey } = generateKeyPairSync('ed25519');
  const { x } = createPublicKey(privateKey).export({ format: 'jwk' });
  if (x === undefined) throw new Error('an Ed25519 key without a public part');
  return {
    id: createHash('sha256').update(Buffer.from(x, 'base64url')).digest('hex'),
    publicKey: x,
    privateKeyPem: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
  };
}

export interface ConnectClaims {
  readonly clientId: string;
  readonly clientMode: string;
  readonly role: string;
  readonly scopes: readonly string[];
  readonly token: string;
  readonly nonce: string;
  readonly platform: string;
  readonly signedAtMs: number;
}

/** The `device` member of a `connect` request (payload version 3, understood by 2026.4 and 2026.9). */
export function signConnect(identity: DeviceIdentity, claims: ConnectClaims): Record<string, unknown> {
  const payload = [
    'v3',
    identity.id,
    claims.clientId,
    claims.clientMode,
    claims.role,
    claims.scopes.join(','),
    String(claims.signedAtMs),
    claims.token,
    claims.nonce,
    claims.platform,
    '',
  ].join('|');
  return {
    id: identity.id,
    publicKey: identity.publicKey,
    signature: sign(null, Buffer.from(payload), createPrivateKey(identity.privateKeyPem)).toString(
      'base64url',
    ),
    signedAt: claims.signedAtMs,
    nonce: claims.nonce,
  };
}
