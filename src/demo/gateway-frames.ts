import type { ErrorShape, EventFrame, ResponseFrame } from '@openclaw/gateway-protocol';
import type { AdmittedClient } from './gateway-handshake.ts';
import type { GatewayTraits, GatewayVersion } from './gateway-version.ts';
import type { PresenceEntry } from './presence.ts';

/** `policy.tickIntervalMs`: how often the gateway says that it is there; a client gives up after two without. */
export const TICK_INTERVAL_MS = 30_000;

const MAX_PAYLOAD_BYTES = 26_214_400;
const MAX_BUFFERED_BYTES = 52_428_800;

/** What the simulated gateway answers, by role. The real one lists hundreds; these are all that this one can. */
export const OPERATOR_METHODS = ['health', 'node.list', 'system-presence', 'node.invoke'] as const;
export const NODE_METHODS = [
  'node.event',
  'node.invoke.result',
  'node.runnerInventory.update',
  'node.skills.update',
  'node.pluginTools.update',
] as const;

const EVENTS = ['connect.challenge', 'presence', 'tick', 'shutdown', 'health', 'node.invoke.request'];
const EVENTS_WITH_HOST_STATS = [...EVENTS, 'node.hostStats', 'node.runnerInventory.changed'];

export interface StateVersion {
  readonly presence: number;
  readonly health: number;
}

export function challengeFrame(nonce: string, nowMs: number, traits: GatewayTraits): EventFrame {
  const capabilities = traits.protocol === 4 ? { capabilities: ['model-catalog-snapshot'] } : {};
  return { type: 'event', event: 'connect.challenge', payload: { nonce, ts: nowMs, ...capabilities } };
}

export function responseFrame(id: string, payload: unknown): ResponseFrame {
  return { type: 'res', id, ok: true, payload };
}

export function errorFrame(id: string, error: ErrorShape): ResponseFrame {
  return { type: 'res', id, ok: false, error };
}

/** The health summary of a gateway without chat channels. */
export function healthPayload(nowMs: number): Readonly<Record<string, unknown>> {
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

export interface HelloFacts {
  readonly version: GatewayVersion;
  readonly traits: GatewayTraits;
  readonly bootId: string;
  readonly connId: string;
  readonly client: AdmittedClient;
  readonly presence: readonly PresenceEntry[];
  readonly stateVersion: StateVersion;
  readonly uptimeMs: number;
  readonly nowMs: number;
}

/** The payload that ends a handshake well. */
export function helloOk(facts: HelloFacts): Readonly<Record<string, unknown>> {
  const { traits, client } = facts;
  const seesPresence = traits.protocol === 3 || client.scopes.includes('operator.read');
  return {
    type: 'hello-ok',
    protocol: client.params.maxProtocol < traits.protocol ? client.params.maxProtocol : traits.protocol,
    server: {
      version: facts.version,
      ...(traits.hasBootId
        ? {
            buildId: `${facts.version}-simulated`,
            bootId: facts.bootId,
            controlUiBuildSource: 'bundled',
          }
        : {}),
      connId: facts.connId,
    },
    features: {
      methods: [...OPERATOR_METHODS, ...NODE_METHODS],
      events: traits.knowsHostStats ? EVENTS_WITH_HOST_STATS : EVENTS,
      ...(traits.protocol === 4 ? { capabilities: [] } : {}),
    },
    snapshot: {
      ...(traits.protocol === 4 ? { suspension: { phase: 'accepting' } } : {}),
      presence: seesPresence ? facts.presence : [],
      health: healthPayload(facts.nowMs),
      stateVersion: facts.stateVersion,
      uptimeMs: facts.uptimeMs,
    },
    ...(traits.tellsAuth ? { auth: { method: 'token', role: client.role, scopes: [...client.scopes] } } : {}),
    policy: {
      maxPayload: MAX_PAYLOAD_BYTES,
      maxBufferedBytes: MAX_BUFFERED_BYTES,
      tickIntervalMs: TICK_INTERVAL_MS,
    },
  };
}

export function missingScope(scope: string, traits: GatewayTraits): ErrorShape {
  const message = `missing scope: ${scope}`;
  if (traits.protocol === 3) return { code: 'INVALID_REQUEST', message };
  return {
    code: 'FORBIDDEN',
    message,
    details: { code: 'MISSING_SCOPE', missingScope: scope, requiredScopes: [scope] },
  };
}
