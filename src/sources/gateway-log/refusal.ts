import type { AuthReason } from '../../core/index.ts';
import { AUTH_REASONS } from '../../core/index.ts';
import { authReasonOfText } from '../openclaw-words.ts';

/** What a gateway's log calls differently than its answer to the client. */
const OTHER_WORDS: Readonly<Record<string, AuthReason>> = {
  token_missing_config: 'token_not_configured',
  password_missing_config: 'password_not_configured',
};

/** Causes of a close before connect that are a refusal, beside `unauthorized`, which has a reason of its own. */
const REFUSALS: Readonly<Record<string, AuthReason>> = {
  'pairing-required': 'pairing_required',
  'device-required': 'device_identity_required',
  'device-auth-invalid': 'device_auth_invalid',
  'protocol-mismatch': 'protocol_mismatch',
  'client-version-mismatch': 'client_version_mismatch',
  'origin-mismatch': 'other',
  'invalid-role': 'other',
  'invalid-client': 'other',
  'control-ui-insecure-auth': 'other',
  'control-ui-build-mismatch': 'other',
  'operator-access-denied': 'other',
};

/**
 * Why a connect was refused; `undefined` where it was not: somebody went away by himself, or was told to come back.
 *
 * @param cause the gateway's own word; absent on the console of 2026.4
 * @param closeReason what it said when it closed, which the client may have been quicker to say
 */
export function refusalOf(
  cause: string | undefined,
  authReason: string | undefined,
  closeReason: string,
): AuthReason | undefined {
  if (cause === 'unauthorized') return authReasonOf(authReason ?? '');
  if (cause !== undefined) return REFUSALS[cause];
  return authReason === undefined ? authReasonOfText(closeReason) : authReasonOf(authReason);
}

function authReasonOf(word: string): AuthReason {
  const known = AUTH_REASONS.find((reason) => reason === word) ?? OTHER_WORDS[word];
  if (known !== undefined) return known;
  if (word.startsWith('tailscale_')) return 'tailscale';
  return word.startsWith('trusted_proxy_missing_header_') ? 'identity_header_required' : 'other';
}
