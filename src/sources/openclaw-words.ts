import { type AuthReason, type FailureReason, present } from '../core/index.ts';
import { networkReasonOfText } from './network-failure.ts';

/** Why one attempt to connect failed, as far as its text tells. */
export interface FailureClass {
  readonly reason: FailureReason;
  /** Set when the gateway refused the credential or the device. */
  readonly auth?: AuthReason;
}

/**
 * Refusals by text, since a log shows no `error.details.code` for a failed attempt, nor does every gateway send one. Texts:
 * `formatGatewayAuthFailureMessage`, `CONNECT_PAIRING_REQUIRED_MESSAGE_BY_REASON` and the device checks of the gateways
 * 2026.3.13 to 2026.9.6. First match wins, so the narrower text stands above the wider one.
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

/** A refusal is a sentence; a gateway may send megabytes. */
const MAX_EXAMINED_CHARS = 4096;

/** What a gateway's words say about a credential or a device; `undefined` when they say nothing about it. */
export function authReasonOfText(text: string): AuthReason | undefined {
  const lowered = text.slice(0, MAX_EXAMINED_CHARS).trim().toLowerCase();
  return REFUSALS.find(([pattern]) => pattern.test(lowered))?.[1];
}

/** The gateway answers the upgrade itself with it while it has locked the address out. */
const TOO_MANY_REQUESTS = 429;

/** What an HTTP answer says that should have been a WebSocket, or a gateway's health; `status` is none of 2xx. */
export function classifyHttpStatus(status: number): FailureClass {
  if (status === TOO_MANY_REQUESTS) return { reason: 'http_4xx', auth: 'rate_limited' };
  if (status >= 500) return { reason: 'http_5xx' };
  if (status >= 400) return { reason: 'http_4xx' };
  // A redirect or a page: something answered that does not speak WebSocket there.
  return { reason: 'protocol' };
}

/** In the words of 2026.9, of `ws` (2026.4) and of Node where a proxy of its environment stands in between. */
const HTTP_STATUS =
  /^(?:gateway rejected websocket upgrade \(HTTP (\d{3}|unknown)\)|Unexpected server response: (\d{3})\b|Failed to establish tunnel to \S{1,300} via \S{1,300} HTTP\/1\.[01] (\d{3})\b)/;
const GATEWAY_CLOSED = /^gateway closed \(\d{1,5}\):/;
const TIMED_OUT =
  /^(?:gateway connect challenge timeout|Opening handshake has timed out|gateway request timeout|connect timeout|Connection to establish proxy tunnel timed out)\b/;
const HANDSHAKE =
  /^(?:gateway connect challenge (?:missing nonce|timestamp invalid)|Invalid (?:Sec-WebSocket|Upgrade header|WebSocket frame)|Max payload size exceeded|Server sent )/;
const MISUNDERSTOOD = /^invalid (?:connect params|handshake|role|request frame)\b/;
/**
 * The node host's own refusals to dial: in the clear to a host that is not private, or a fingerprint that is none or is
 * another. It wants what a broken certificate wants: TLS put right. After the first two it never dials again.
 */
const WILL_NOT_DIAL = /^(?:SECURITY ERROR:|gateway tls fingerprint )/;
const TLS = /\btls fingerprint\b|\bcertificate\b|\bSSL routines\b/i;

/**
 * Classifies the text of a failed attempt: a node host's log has it after `connect failed: `, our own client gives it as an
 * error's message. Texts that only the client itself can have written are tried before the gateway's and the proxy's
 * words, so that a page served by a proxy cannot pass for a refused credential.
 */
export function classifyFailure(message: string): FailureClass {
  const text = message.trim();

  // Node reports several refused addresses of one name as an AggregateError, and that has no message at all.
  if (text === '') return { reason: 'refused' };

  const http = HTTP_STATUS.exec(text);
  if (http !== null) return classifyHttpStatus(Number(http[1] ?? http[2] ?? http[3]));

  const closed = GATEWAY_CLOSED.exec(text);
  if (closed !== null)
    return { reason: 'closed', ...present({ auth: authReasonOfText(text.slice(closed[0].length)) }) };

  const network = networkReasonOfText(text);
  if (network !== undefined) return { reason: network };
  if (TIMED_OUT.test(text)) return { reason: 'timeout' };
  if (HANDSHAKE.test(text)) return { reason: 'protocol' };
  if (WILL_NOT_DIAL.test(text)) return { reason: 'tls' };
  if (MISUNDERSTOOD.test(text)) return { reason: 'protocol' };

  const auth = authReasonOfText(text);
  if (auth !== undefined) return { reason: reasonOfAuth(auth), auth };
  if (TLS.test(text)) return { reason: 'tls' };
  return { reason: 'other' };
}

function reasonOfAuth(auth: AuthReason): FailureReason {
  if (auth === 'pairing_required') return 'pairing';
  return auth === 'protocol_mismatch' || auth === 'client_version_mismatch' ? 'protocol' : 'auth';
}
