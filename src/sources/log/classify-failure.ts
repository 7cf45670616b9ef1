import type { AuthReason, FailureReason } from '../../core/index.ts';

/** Why one attempt to connect failed, as far as its text tells. */
export interface FailureClass {
  readonly reason: FailureReason;
  /** Set when the gateway refused the credential or the device. */
  readonly auth?: AuthReason;
}

/**
 * Refusals by text, since the log shows no `error.details.code` for a failed attempt. Texts: `formatGatewayAuthFailureMessage`,
 * `CONNECT_PAIRING_REQUIRED_MESSAGE_BY_REASON` and the device checks of the gateways 2026.3.13 to 2026.9.6.
 * First match wins, so the narrower text stands above the wider one.
 */
const REFUSALS: readonly (readonly [RegExp, AuthReason])[] = [
  [/\btoo many failed authentication attempts\b/, 'rate_limited'],
  [/\bgateway token missing\b/, 'token_missing'],
  [/\bgateway token mismatch\b/, 'token_mismatch'],
  [/\bgateway token not configured\b/, 'token_not_configured'],
  [/\bgateway password missing\b/, 'password_missing'],
  [/\bgateway password mismatch\b/, 'password_mismatch'],
  [/\bgateway password not configured\b/, 'password_not_configured'],
  [/\b(?:bootstrap token|setup code) invalid\b/, 'bootstrap_token_invalid'],
  [/\bdevice token scope mismatch\b/, 'scope_mismatch'],
  [/\bdevice token (?:mismatch|rejected)\b/, 'device_token_mismatch'],
  [/\bunauthorized: tailscale\b/, 'tailscale'],
  [/\bidentity-header authentication is required\b/, 'identity_header_required'],
  [/\brequire a verified user identity\b/, 'verified_user_required'],
  [/\bpairing required\b/, 'pairing_required'],
  [/\b(?:role upgrade|scope upgrade|device metadata change) pending approval\b/, 'pairing_required'],
  [/\bdevice identity required\b/, 'device_identity_required'],
  [
    /\bdevice (?:identity mismatch|signature (?:expired|invalid)|nonce (?:required|mismatch)|public key invalid|auth invalid)\b/,
    'device_auth_invalid',
  ],
  [/\bprotocol mismatch\b/, 'protocol_mismatch'],
  [/\bclient version mismatch\b/, 'client_version_mismatch'],
  [/^unauthorized\b/, 'other'],
  [/^gateway credential is a redaction sentinel\b/, 'other'],
];

/** What a gateway's words say about a credential or a device; `undefined` when they say nothing about it. */
export function authReasonOfText(text: string): AuthReason | undefined {
  const lowered = text.trim().toLowerCase();
  return REFUSALS.find(([pattern]) => pattern.test(lowered))?.[1];
}

/** An errno stands first in Node's messages (`connect ECONNREFUSED …`); elsewhere it may be anybody's words. */
const ERRNO = /^(?:[a-z]+ )?(E[A-Z][A-Z0-9_]+)\b/;

const REASON_BY_ERRNO: Readonly<Record<string, FailureReason>> = {
  ECONNREFUSED: 'refused',
  // The network itself refused; no peer was met, and none hung up.
  EHOSTUNREACH: 'refused',
  ENETUNREACH: 'refused',
  EHOSTDOWN: 'refused',
  ENETDOWN: 'refused',
  EADDRNOTAVAIL: 'refused',
  // A peer was met, and hung up before the handshake was through.
  ECONNRESET: 'closed',
  ECONNABORTED: 'closed',
  EPIPE: 'closed',
  ETIMEDOUT: 'timeout',
  ESOCKETTIMEDOUT: 'timeout',
  ENOTFOUND: 'dns',
  EAI_AGAIN: 'dns',
  EPROTO: 'tls',
};

const HTTP_STATUS =
  /^(?:gateway rejected websocket upgrade \(HTTP (\d{3}|unknown)\)|Unexpected server response: (\d{3})\b)/;
const GATEWAY_CLOSED = /^gateway closed \(\d{1,5}\):/;
const TIMED_OUT =
  /^(?:gateway connect challenge timeout|Opening handshake has timed out|gateway request timeout|connect timeout)\b/;
const TLS =
  /^SECURITY ERROR:|\btls fingerprint\b|\bcertificate\b|\bSSL routines\b|\bbefore secure TLS connection\b|\baltnames\b/i;
const HANDSHAKE =
  /^(?:gateway connect challenge (?:missing nonce|timestamp invalid)|invalid (?:connect params|handshake|role|request frame)\b|Invalid (?:Sec-WebSocket|Upgrade header|WebSocket frame)|Parse Error:|Server sent )/;

/**
 * Classifies the text after `connect failed: `. Texts that only the node host itself can have written are tried before
 * the gateway's and the proxy's words, so that a page served by a proxy cannot pass for a refused credential.
 */
export function classifyFailure(message: string): FailureClass {
  const text = message.trim();

  // Node reports several refused addresses of one name as an AggregateError, and that has no message at all.
  if (text === '') return { reason: 'refused' };

  const http = HTTP_STATUS.exec(text);
  if (http !== null) return { reason: httpReason(http[1] ?? http[2] ?? '') };

  const closed = GATEWAY_CLOSED.exec(text);
  if (closed !== null) return withAuth('closed', authReasonOfText(text.slice(closed[0].length)));

  if (text.startsWith('getaddrinfo ')) return { reason: 'dns' };
  const errno = REASON_BY_ERRNO[ERRNO.exec(text)?.[1] ?? ''];
  if (errno !== undefined) return { reason: errno };
  if (/^socket hang up\b/.test(text)) return { reason: 'closed' };
  if (TIMED_OUT.test(text)) return { reason: 'timeout' };
  if (HANDSHAKE.test(text)) return { reason: 'protocol' };

  const auth = authReasonOfText(text);
  if (auth !== undefined) return { reason: reasonOfAuth(auth), auth };
  // A node host that will not send its token in the clear wants what a broken certificate wants: TLS put right.
  if (TLS.test(text)) return { reason: 'tls' };
  return { reason: 'other' };
}

function withAuth(reason: FailureReason, auth: AuthReason | undefined): FailureClass {
  return auth === undefined ? { reason } : { reason, auth };
}

function reasonOfAuth(auth: AuthReason): FailureReason {
  if (auth === 'pairing_required') return 'pairing';
  return auth === 'protocol_mismatch' || auth === 'client_version_mismatch' ? 'protocol' : 'auth';
}

function httpReason(status: string): FailureReason {
  if (status.startsWith('4')) return 'http_4xx';
  if (status.startsWith('5')) return 'http_5xx';
  // A redirect or a page: something answered that does not speak WebSocket there.
  return 'protocol';
}
