import type { ConnectParams, ErrorShape } from '@openclaw/gateway-protocol';

/** The gateway that is simulated. */
const GATEWAY_VERSION = '2026.9.6';
const PROTOCOL = 4;

/** `policy.tickIntervalMs`: how often the gateway says that it is there; a client gives up after two without. */
export const TICK_INTERVAL_MS = 30_000;

/** What it answers and tells. The real one lists hundreds; these are all that this one can. */
const METHODS = ['node.list', 'node.invoke', 'node.event', 'node.invoke.result'];
const EVENTS = [
  'connect.challenge',
  'tick',
  'shutdown',
  'node.invoke.request',
  'node.hostStats',
  'node.runnerInventory.changed',
];

/** What the client has to sign; here it only has to come with the token. */
export function challenge(nonce: string, nowMs: number): object {
  return { nonce, ts: nowMs, capabilities: ['model-catalog-snapshot'] };
}

export function invalid(message: string): ErrorShape {
  return { code: 'INVALID_REQUEST', message };
}

/** Why the gateway does not let this client in, in the words of the real one; `undefined` if it does. */
export function refusalOf({ auth, device }: ConnectParams, token: string): ErrorShape | undefined {
  if (auth?.token === token) return undefined;
  const canRetryWithDeviceToken = device !== undefined;
  return {
    ...invalid('unauthorized: gateway token mismatch (provide gateway auth token)'),
    details: {
      code: 'AUTH_TOKEN_MISMATCH',
      authReason: 'token_mismatch',
      canRetryWithDeviceToken,
      recommendedNextStep: canRetryWithDeviceToken ? 'retry_with_device_token' : 'update_auth_credentials',
    },
  };
}

export interface HelloFacts {
  readonly bootId: string;
  readonly connId: string;
  readonly params: ConnectParams;
  readonly uptimeMs: number;
  readonly nowMs: number;
}

/** The payload that ends a handshake well. */
export function helloOk({ bootId, connId, params, uptimeMs, nowMs }: HelloFacts): object {
  return {
    type: 'hello-ok',
    protocol: Math.min(params.maxProtocol, PROTOCOL),
    server: {
      version: GATEWAY_VERSION,
      buildId: `${GATEWAY_VERSION}-simulated`,
      bootId,
      controlUiBuildSource: 'bundled',
      connId,
    },
    features: { methods: METHODS, events: EVENTS, capabilities: [] },
    snapshot: {
      suspension: { phase: 'accepting' },
      presence: [],
      health: health(nowMs),
      stateVersion: { presence: 1, health: 1 },
      uptimeMs,
    },
    auth: { method: 'token', role: params.role ?? 'operator', scopes: params.scopes ?? [] },
    policy: { maxPayload: 26_214_400, maxBufferedBytes: 52_428_800, tickIntervalMs: TICK_INTERVAL_MS },
  };
}

/** That of a gateway without chat channels. */
function health(nowMs: number): object {
  return {
    ok: true,
    ts: nowMs,
    durationMs: 0,
    channels: {},
    channelOrder: [],
    channelLabels: {},
    heartbeatSeconds: 1800,
    defaultAgentId: 'main',
    agents: [],
    sessions: { path: 'sessions', count: 0, recent: [] },
  };
}
