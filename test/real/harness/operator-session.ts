import { randomUUID } from 'node:crypto';
import { WebSocket } from 'ws';
import { createDeviceIdentity, signConnect } from './device-identity.ts';
import type { DeviceIdentity } from './device-identity.ts';
import { asObject, asText, parseObject } from './json.ts';
import type { JsonObject } from './json.ts';

export type OperatorScope =
  'operator.read' | 'operator.write' | 'operator.pairing' | 'operator.approvals' | 'operator.admin';

const allScopes: readonly OperatorScope[] = [
  'operator.admin',
  'operator.read',
  'operator.write',
  'operator.approvals',
  'operator.pairing',
];

export interface OperatorOptions {
  readonly url: string;
  readonly token: string;
  readonly scopes?: readonly OperatorScope[];
  readonly identity?: DeviceIdentity;
  readonly timeoutMs?: number;
}

/** The gateway answered a request, or the connect itself, with an error. */
export class GatewayRefusal extends Error {
  readonly code: string;
  readonly details: JsonObject;

  constructor(error: JsonObject) {
    super(asText(error.message) ?? 'refused without a message');
    this.name = 'GatewayRefusal';
    this.code = asText(error.code) ?? '';
    this.details = asObject(error.details);
  }
}

/** The socket ended before the gateway said hello, or in the middle of a request. */
export class SessionClosed extends Error {
  readonly closeCode: number;

  constructor(closeCode: number, reason: string) {
    super(`closed (${closeCode}): ${reason}`);
    this.name = 'SessionClosed';
    this.closeCode = closeCode;
  }
}

interface Pending {
  readonly resolve: (payload: JsonObject) => void;
  readonly reject: (error: Error) => void;
}

/** An operator's session with a gateway, written out by hand so that the tests do not lean on what they test. */
export class OperatorSession implements AsyncDisposable {
  readonly hello: JsonObject;
  readonly #socket: WebSocket;
  readonly #pending: Map<string, Pending>;
  readonly #timeoutMs: number;

  private constructor(
    socket: WebSocket,
    pending: Map<string, Pending>,
    hello: JsonObject,
    timeoutMs: number,
  ) {
    this.#socket = socket;
    this.#pending = pending;
    this.hello = hello;
    this.#timeoutMs = timeoutMs;
  }

  static async open(options: OperatorOptions): Promise<OperatorSession> {
    const timeoutMs = options.timeoutMs ?? 10_000;
    const socket = new WebSocket(options.url, { handshakeTimeout: timeoutMs });
    const pending = new Map<string, Pending>();
    try {
      const hello = await within(timeoutMs, 'hello', connect(socket, pending, options));
      return new OperatorSession(socket, pending, hello, timeoutMs);
    } catch (error: unknown) {
      socket.terminate();
      throw error;
    }
  }

  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  async request(method: string, params: JsonObject = {}): Promise<JsonObject> {
    const answer = send(this.#socket, this.#pending, method, params);
    return within(this.#timeoutMs, method, answer);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.terminate();
    return Promise.resolve();
  }
}

async function connect(
  socket: WebSocket,
  pending: Map<string, Pending>,
  options: OperatorOptions,
): Promise<JsonObject> {
  const scopes = options.scopes ?? allScopes;
  const identity = options.identity ?? createDeviceIdentity();
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      reject(error);
      for (const request of pending.values()) request.reject(error);
      pending.clear();
    };
    socket.on('error', fail);
    socket.on('close', (code, reason) => {
      fail(new SessionClosed(code, reason.toString()));
    });
    socket.on('message', (data) => {
      const frame = parseObject((data as Buffer).toString('utf8'));
      if (frame.type === 'event' && frame.event === 'connect.challenge') {
        const params = connectParams(options.token, scopes, identity, asObject(frame.payload));
        send(socket, pending, 'connect', params).then(resolve, reject);
      } else if (frame.type === 'res') {
        settle(pending, frame);
      }
    });
  });
}

function connectParams(
  token: string,
  scopes: readonly OperatorScope[],
  identity: DeviceIdentity,
  challenge: JsonObject,
): JsonObject {
  const client = { id: 'gateway-client', version: '0.0.0', platform: 'linux', mode: 'backend' };
  const device = signConnect(identity, {
    clientId: client.id,
    clientMode: client.mode,
    role: 'operator',
    scopes,
    token,
    nonce: asText(challenge.nonce) ?? '',
    platform: client.platform,
    signedAtMs: Date.now(),
  });
  return {
    minProtocol: 3,
    maxProtocol: 4,
    client,
    caps: [],
    auth: { token },
    role: 'operator',
    scopes,
    device,
  };
}

async function send(
  socket: WebSocket,
  pending: Map<string, Pending>,
  method: string,
  params: JsonObject,
): Promise<JsonObject> {
  const id = randomUUID();
  return new Promise((resolve, reject) => {
    pending.set(id, { resolve, reject });
    socket.send(JSON.stringify({ type: 'req', id, method, params }), (error) => {
      if (error) reject(error);
    });
  });
}

function settle(pending: Map<string, Pending>, frame: JsonObject): void {
  const id = asText(frame.id) ?? '';
  const request = pending.get(id);
  pending.delete(id);
  if (frame.ok === true) request?.resolve(asObject(frame.payload));
  else request?.reject(new GatewayRefusal(asObject(frame.error)));
}

async function within<T>(timeoutMs: number, what: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no answer to ${what} within ${timeoutMs} ms`));
    }, timeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
