import { randomUUID } from 'node:crypto';
import { buildDeviceAuthPayloadV3 } from '@openclaw/gateway-client';
import { WebSocket } from 'ws';
import {
  createDeviceIdentity,
  rawPublicKey,
  signDevicePayload,
  type DeviceIdentity,
} from '../../src/demo/device-identity.ts';
import { parseObject, type JsonObject } from '../../src/runtime/json-object.ts';

export interface Introduction {
  readonly role: 'operator' | 'node';
  readonly token: string | undefined;
  readonly scopes?: readonly string[];
  readonly protocols?: readonly [min: number, max: number];
  /** `null`: connects without a device. */
  readonly identity?: DeviceIdentity | null;
  readonly displayName?: string;
  readonly signedAtMs: number;
  /** Signs for this instead of the gateway's nonce. */
  readonly nonce?: string;
}

export interface Close {
  readonly code: number;
  readonly reason: string;
}

/** A client that shows every frame as it came. */
export class WireClient {
  readonly frames: JsonObject[] = [];
  readonly socket: WebSocket;
  readonly closed: Promise<Close>;
  #waiting: { isIt: (frame: JsonObject) => boolean; resolve: (frame: JsonObject) => void }[] = [];

  constructor(url: string) {
    this.socket = new WebSocket(url);
    this.socket.on('message', (data) => {
      const frame = parseObject((data as Buffer).toString('utf8')) ?? {};
      this.frames.push(frame);
      for (const { isIt, resolve } of this.#waiting) if (isIt(frame)) resolve(frame);
      this.#waiting = this.#waiting.filter(({ isIt }) => !isIt(frame));
    });
    this.closed = new Promise((resolve, reject) => {
      this.socket.once('close', (code, reason) => {
        resolve({ code, reason: reason.toString() });
      });
      this.socket.once('error', reject);
    });
    this.closed.catch(() => undefined);
  }

  /** The first frame that is so, already here or yet to come. */
  async frame(isIt: (frame: JsonObject) => boolean): Promise<JsonObject> {
    const here = this.frames.find(isIt);
    if (here !== undefined) return here;
    return new Promise((resolve) => {
      this.#waiting.push({ isIt, resolve });
    });
  }

  async event(name: string): Promise<JsonObject> {
    return this.frame((frame) => frame.event === name);
  }

  async request(method: string, params: JsonObject = {}): Promise<JsonObject> {
    const id = randomUUID();
    this.socket.send(JSON.stringify({ type: 'req', id, method, params }));
    return this.frame((frame) => frame.type === 'res' && frame.id === id);
  }

  /** Answers the challenge; resolves with the gateway's answer. */
  async introduce(who: Introduction): Promise<JsonObject> {
    const challenge = await this.event('connect.challenge');
    const nonce = who.nonce ?? String((challenge.payload as JsonObject).nonce);
    const isNode = who.role === 'node';
    const [minProtocol, maxProtocol] = who.protocols ?? [3, 4];
    const client = {
      id: isNode ? ('node-host' as const) : ('gateway-client' as const),
      displayName: who.displayName ?? who.role,
      version: '2026.9.6',
      platform: 'linux',
      mode: isNode ? ('node' as const) : ('backend' as const),
      // Node hosts of 2026.4 do not tell.
      ...(isNode && maxProtocol === 4 ? { deviceFamily: 'Linux' } : {}),
    };
    const identity = who.identity === undefined ? createDeviceIdentity() : who.identity;
    const scopes = [...(who.scopes ?? [])];
    return this.request('connect', {
      minProtocol,
      maxProtocol,
      client,
      caps: isNode ? ['system'] : [],
      ...(isNode ? { commands: ['system.which'], pathEnv: '/usr/bin:/bin' } : {}),
      ...(who.token === undefined ? {} : { auth: { token: who.token } }),
      role: who.role,
      scopes,
      ...(identity === null ? {} : { device: signed(identity, { who, client, scopes, nonce }) }),
    });
  }

  end(): void {
    this.socket.terminate();
  }
}

function signed(
  identity: DeviceIdentity,
  claim: {
    readonly who: Introduction;
    readonly client: { id: string; mode: string; platform: string; deviceFamily?: string };
    readonly scopes: string[];
    readonly nonce: string;
  },
): JsonObject {
  const { who, client, scopes, nonce } = claim;
  const payload = buildDeviceAuthPayloadV3({
    deviceId: identity.deviceId,
    clientId: client.id,
    clientMode: client.mode,
    role: who.role,
    scopes,
    signedAtMs: who.signedAtMs,
    token: who.token ?? null,
    nonce,
    platform: client.platform,
    deviceFamily: client.deviceFamily ?? null,
  });
  return {
    id: identity.deviceId,
    publicKey: rawPublicKey(identity.publicKeyPem),
    signature: signDevicePayload(identity.privateKeyPem, payload),
    signedAt: who.signedAtMs,
    nonce,
  };
}
