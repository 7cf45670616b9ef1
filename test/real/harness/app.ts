import { createPrivateKey, createPublicKey, generateKeyPairSync, createHash, sign } from 'node:crypto';
import { GatewayClient } from '@openclaw/gateway-client';
import type { Resource } from './cleanup.ts';

export interface AppOptions {
  readonly url: string;
  readonly token: string;
  readonly displayName: string;
  readonly instanceId: string;
  /** `openclaw-macos` unless told otherwise. */
  readonly clientName?: 'openclaw-macos' | 'openclaw-ios' | 'node-host';
  readonly version?: string;
}

/** What one attempt of the app came to, as the app itself saw it. */
export type Outcome = 'attached' | 'unreachable' | `refused:${string}`;

const ATTEMPT_DEADLINE_MS = 20_000;

/** A companion app as a node: OpenClaw's own client, with a device identity that outlives its sessions. */
export class App implements Resource {
  readonly displayName: string;
  readonly deviceId: string;
  /** What its attempts came to, by outcome. */
  readonly seen = new Map<Outcome, number>();
  #options: AppOptions;
  readonly #publicKey: string;
  readonly #privateKeyPem: string;
  #client: GatewayClient | undefined;

  constructor(options: AppOptions) {
    this.#options = options;
    this.displayName = options.displayName;
    const { privateKey } = generateKeyPairSync('ed25519');
    const { x = '' } = createPublicKey(privateKey).export({ format: 'jwk' });
    this.#publicKey = x;
    this.#privateKeyPem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
    this.deviceId = createHash('sha256').update(Buffer.from(x, 'base64url')).digest('hex');
  }

  /** Another address or token from the next attempt on. */
  use(options: Partial<Pick<AppOptions, 'url' | 'token'>>): void {
    this.#options = { ...this.#options, ...options };
  }

  count(outcome: Outcome): number {
    return this.seen.get(outcome) ?? 0;
  }

  /** Tries once, and stays attached where it is let in. */
  async attempt(): Promise<Outcome> {
    await this.leave();
    const outcome = await this.#try();
    this.seen.set(outcome, this.count(outcome) + 1);
    if (outcome !== 'attached') await this.leave();
    return outcome;
  }

  async leave(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    await client?.stopAndWait({ timeoutMs: 2_000 }).catch(() => undefined);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.leave();
  }

  #try(): Promise<Outcome> {
    const { url, token, displayName, instanceId, clientName = 'openclaw-macos', version } = this.#options;
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    const deadline = setTimeout(resolve, ATTEMPT_DEADLINE_MS, 'unreachable');
    this.#client = new GatewayClient({
      url,
      token,
      clientName,
      clientDisplayName: displayName,
      clientVersion: version ?? '2026.3.8-beta.1',
      mode: 'node',
      role: 'node',
      scopes: [],
      caps: [],
      commands: ['system.notify'],
      platform: clientName === 'openclaw-macos' ? 'macos' : 'ios',
      deviceFamily: 'Mac',
      instanceId,
      minProtocol: 3,
      maxProtocol: 4,
      env: {},
      deviceIdentity: { deviceId: this.deviceId, publicKeyPem: this.#publicKey, privateKeyPem: '' },
      hostDeps: {
        signDevicePayload: (_pem: string, payload: string) =>
          sign(null, Buffer.from(payload), createPrivateKey(this.#privateKeyPem)).toString('base64url'),
        publicKeyRawBase64UrlFromPem: (publicKey: string) => publicKey,
      },
      onHelloOk: () => {
        resolve('attached');
      },
      onConnectError: (error) => {
        resolve(outcomeOf(error));
      },
      onClose: () => {
        // The error of a refused connect comes first; what only closes did not get that far.
        resolve('unreachable');
      },
    });
    this.#client.start();
    return promise.finally(() => {
      clearTimeout(deadline);
    });
  }
}

/** `refused:token_mismatch`: by the gateway's own word for it. */
function outcomeOf(error: unknown): Outcome {
  const details: unknown = error instanceof Error && 'details' in error ? error.details : undefined;
  const { authReason, code } = (details ?? {}) as { authReason?: string; code?: string };
  if (code === 'PAIRING_REQUIRED') return 'refused:pairing_required';
  return authReason === undefined ? 'unreachable' : `refused:${authReason}`;
}
