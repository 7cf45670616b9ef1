/**
 * The bounded words of this program: every label value that can appear in a metric and every reason a verdict can
 * give is listed here once, so that each can be initialised to zero, documented and tested.
 */

export const SOURCE_NAMES = [
  'process',
  'socket',
  'log',
  'gateway-http',
  'gateway-ws',
  'gateway-session',
  'gateway-log',
  'probe',
  'supervisor',
] as const;
/** One viewpoint on a node host. */
export type SourceName = (typeof SOURCE_NAMES)[number];

export const SOURCE_ERROR_KINDS = [
  'permission',
  'not_found',
  'timeout',
  'refused',
  'auth',
  'protocol',
  'parse',
  'unsupported',
  'other',
] as const;
/** Why a source could not look, bounded for metrics. */
export type SourceErrorKind = (typeof SOURCE_ERROR_KINDS)[number];

export const PROOF_SOURCES = ['pulse', 'host_stats', 'probe', 'log', 'connect'] as const;
/** What gave a proof of life: something that only a running event loop could cause. */
export type ProofSource = (typeof PROOF_SOURCES)[number];

export const CLOSE_CODES = [
  '1000',
  '1001',
  '1002',
  '1005',
  '1006',
  '1008',
  '1009',
  '1011',
  '1012',
  '1013',
  '4000',
  '4001',
  'other',
] as const;
/** WebSocket close codes that OpenClaw uses; anything else is `other`. */
export type CloseCode = (typeof CLOSE_CODES)[number];

/** Maps a numeric close code to its bounded label. */
export function closeCodeLabel(code: number): CloseCode {
  const text = String(code);
  return (CLOSE_CODES as readonly string[]).includes(text) ? (text as CloseCode) : 'other';
}

export const FAILURE_REASONS = [
  'refused',
  'timeout',
  'dns',
  'tls',
  'http_4xx',
  'http_5xx',
  'closed',
  'auth',
  'pairing',
  'protocol',
  'other',
] as const;
/** Why one attempt to connect failed. */
export type FailureReason = (typeof FAILURE_REASONS)[number];

/**
 * Why a gateway refused a credential or a device. Taken from `error.details.code`
 * (`AUTH_TOKEN_MISMATCH` → `token_mismatch`), or from the refusal's text where a version gives no code.
 */
export const AUTH_REASONS = [
  'token_missing',
  'token_mismatch',
  'token_not_configured',
  'password_missing',
  'password_mismatch',
  'password_not_configured',
  'bootstrap_token_invalid',
  'device_token_mismatch',
  'scope_mismatch',
  'rate_limited',
  'pairing_required',
  'device_identity_required',
  'device_auth_invalid',
  'identity_header_required',
  'verified_user_required',
  'tailscale',
  'protocol_mismatch',
  'client_version_mismatch',
  'other',
] as const;
export type AuthReason = (typeof AUTH_REASONS)[number];

/** Why somebody was not let in, as far as nobody can be named whose refusal it would be. */
export const CONNECT_REFUSALS = [...AUTH_REASONS, 'handshake_timeout'] as const;
export type ConnectRefusal = (typeof CONNECT_REFUSALS)[number];

/** Maps `error.details.code` of a refused connect to its bounded reason. */
export function authReasonOfDetailCode(detailCode: string): AuthReason {
  if (detailCode.startsWith('DEVICE_AUTH_')) return 'device_auth_invalid';
  if (detailCode.startsWith('AUTH_TAILSCALE_')) return 'tailscale';
  return bounded(detailCode.replace(/^(?:AUTH|CONTROL_UI)_/, '').toLowerCase(), AUTH_REASONS, 'other');
}

/** Turns any unexpected value into the bounded `other`. */
export function bounded<T extends string>(value: string, known: readonly T[], fallback: T): T {
  return (known as readonly string[]).includes(value) ? (value as T) : fallback;
}
