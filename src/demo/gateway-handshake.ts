import { timingSafeEqual } from 'node:crypto';
import { buildDeviceAuthPayloadV3 } from '@openclaw/gateway-client';
import type { ConnectParams, ErrorShape } from '@openclaw/gateway-protocol';
import { isDeviceIdOf, isSignedBy } from './device-identity.ts';
import type { GatewayTraits } from './gateway-version.ts';

/** How a gateway refuses a `connect`: an error in reply, then the close. */
export interface Refusal {
  readonly error: ErrorShape;
  readonly closeCode: number;
  readonly closeReason: string;
  /** The gateway takes its time before it says so. */
  readonly delayMs: number;
}

export interface AdmittedClient {
  readonly role: 'operator' | 'node';
  readonly scopes: readonly string[];
  readonly params: ConnectParams;
}

export type Judgement =
  { readonly admitted: true; readonly client: AdmittedClient } | ({ readonly admitted: false } & Refusal);

export interface HandshakeFacts {
  readonly traits: GatewayTraits;
  readonly token: string;
  readonly nonce: string;
  readonly nowMs: number;
}

/** A signature older or younger than this is refused (2026.9). */
const MAX_SIGNATURE_SKEW_MS = 120_000;

type DeviceClaim = NonNullable<ConnectParams['device']>;

/** Decides on a `connect`, with the errors that the real gateway of that version answers with. */
export function judgeConnect(params: ConnectParams, facts: HandshakeFacts): Judgement {
  return (
    refuseProtocol(params, facts.traits) ??
    refuseRole(params) ??
    refuseToken(params, facts) ??
    refuseDevice(params, facts) ?? { admitted: true, client: admit(params, facts.traits) }
  );
}

function admit(params: ConnectParams, traits: GatewayTraits): AdmittedClient {
  if (params.role === 'node') return { role: 'node', scopes: [], params };
  const keepsScopes = params.device !== undefined || traits.grantsScopesWithoutDevice;
  return { role: 'operator', scopes: keepsScopes ? (params.scopes ?? []) : [], params };
}

function refuseProtocol(params: ConnectParams, traits: GatewayTraits): Judgement | undefined {
  const { minProtocol, maxProtocol } = params;
  const speaksIt = minProtocol <= traits.protocol && maxProtocol >= traits.protocol;
  const isOlderNode = traits.protocol === 4 && params.role === 'node' && minProtocol <= 3 && maxProtocol >= 3;
  if (speaksIt || isOlderNode) return undefined;
  const details =
    traits.protocol === 4
      ? {
          code: 'PROTOCOL_MISMATCH',
          clientMinProtocol: minProtocol,
          clientMaxProtocol: maxProtocol,
          expectedProtocol: 4,
          minimumProbeProtocol: 3,
        }
      : { expectedProtocol: 3 };
  return {
    admitted: false,
    error: { code: 'INVALID_REQUEST', message: 'protocol mismatch', details },
    closeCode: 1002,
    closeReason: 'protocol mismatch',
    delayMs: 0,
  };
}

function refuseRole(params: ConnectParams): Judgement | undefined {
  const role = params.role ?? 'operator';
  if (role === 'operator' || role === 'node') return undefined;
  return refused({ code: 'INVALID_REQUEST', message: 'invalid role' });
}

function refuseToken(params: ConnectParams, { token, traits }: HandshakeFacts): Judgement | undefined {
  const given = params.auth?.token;
  if (given === undefined || given === '') {
    return refused({
      code: 'INVALID_REQUEST',
      message: 'unauthorized: gateway token missing (provide gateway auth token)',
      details: {
        code: 'AUTH_TOKEN_MISSING',
        authReason: 'token_missing',
        canRetryWithDeviceToken: false,
        recommendedNextStep: 'update_auth_configuration',
      },
    });
  }
  if (isSameSecret(given, token)) return undefined;
  const canRetryWithDeviceToken = params.device !== undefined;
  return refused(
    {
      code: 'INVALID_REQUEST',
      message: 'unauthorized: gateway token mismatch (provide gateway auth token)',
      details: {
        code: 'AUTH_TOKEN_MISMATCH',
        authReason: 'token_mismatch',
        canRetryWithDeviceToken,
        recommendedNextStep: canRetryWithDeviceToken ? 'retry_with_device_token' : 'update_auth_credentials',
      },
    },
    traits.refusalDelayMs,
  );
}

function refuseDevice(params: ConnectParams, facts: HandshakeFacts): Judgement | undefined {
  const { device } = params;
  if (device === undefined) {
    if (params.role !== 'node') return undefined;
    return refused({
      code: 'NOT_PAIRED',
      message: 'device identity required',
      details: { code: 'DEVICE_IDENTITY_REQUIRED' },
    });
  }
  const flaw = findDeviceFlaw(params, device, facts);
  if (flaw === undefined) return undefined;
  return refused({
    code: 'INVALID_REQUEST',
    message: flaw.message,
    details: { code: flaw.code, reason: flaw.reason },
  });
}

function findDeviceFlaw(
  params: ConnectParams,
  device: DeviceClaim,
  facts: HandshakeFacts,
): { readonly message: string; readonly code: string; readonly reason: string } | undefined {
  if (!isDeviceIdOf(device.id, device.publicKey)) {
    return {
      message: 'device identity mismatch',
      code: 'DEVICE_AUTH_DEVICE_ID_MISMATCH',
      reason: 'device-id-mismatch',
    };
  }
  if (Math.abs(facts.nowMs - device.signedAt) > MAX_SIGNATURE_SKEW_MS) {
    return {
      message: 'device signature expired',
      code: 'DEVICE_AUTH_SIGNATURE_EXPIRED',
      reason: 'device-signature-stale',
    };
  }
  if (device.nonce !== facts.nonce) {
    return {
      message: 'device nonce mismatch',
      code: 'DEVICE_AUTH_NONCE_MISMATCH',
      reason: 'device-nonce-mismatch',
    };
  }
  const payload = buildDeviceAuthPayloadV3({
    deviceId: device.id,
    clientId: params.client.id,
    clientMode: params.client.mode,
    role: params.role ?? 'operator',
    scopes: [...(params.scopes ?? [])],
    signedAtMs: device.signedAt,
    token: params.auth?.token ?? null,
    nonce: facts.nonce,
    platform: params.client.platform,
    deviceFamily: params.client.deviceFamily ?? null,
  });
  if (isSignedBy(device.publicKey, payload, device.signature)) return undefined;
  return {
    message: 'device signature invalid',
    code: 'DEVICE_AUTH_SIGNATURE_INVALID',
    reason: 'device-signature',
  };
}

function refused(error: ErrorShape, delayMs = 0): Judgement {
  return { admitted: false, error, closeCode: 1008, closeReason: error.message, delayMs };
}

function isSameSecret(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}
