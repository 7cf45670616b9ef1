import type { FailureReason } from '../core/index.ts';

const REASON_BY_ERRNO: Readonly<Record<string, FailureReason>> = {
  ECONNREFUSED: 'refused',
  ETIMEDOUT: 'timeout',
  ENOTFOUND: 'dns',
  ENODATA: 'dns',
  // EPROTO is how OpenSSL's own errors arrive, for example TLS spoken to a plain port.
  EPROTO: 'tls',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'tls',
  SELF_SIGNED_CERT_IN_CHAIN: 'tls',
  HOSTNAME_MISMATCH: 'tls',
  INVALID_CA: 'tls',
  ECONNRESET: 'closed',
  ECONNABORTED: 'closed',
  EPIPE: 'closed',
};

const REASON_BY_CODE_PREFIX: readonly (readonly [prefix: string, reason: FailureReason])[] = [
  ['EAI_', 'dns'],
  ['ERR_TLS_', 'tls'],
  ['ERR_SSL_', 'tls'],
  ['CERT_', 'tls'],
  ['UNABLE_TO_', 'tls'],
  ['HPE_', 'protocol'],
];

/** Why a connection could not be made or broke, from the error that Node or `ws` gave. */
export function networkFailureReason(error: unknown): FailureReason {
  const code = errorCode(error);
  if (code !== undefined) {
    const known =
      REASON_BY_ERRNO[code] ?? REASON_BY_CODE_PREFIX.find(([prefix]) => code.startsWith(prefix))?.[1];
    if (known !== undefined) return known;
  }
  const text = error instanceof Error ? error.message : String(error);
  if (/timed? ?out/i.test(text)) return 'timeout';
  if (/\btls\b|certificate/i.test(text)) return 'tls';
  if (/socket hang up/i.test(text)) return 'closed';
  return 'other';
}

/** The error's code; of an `AggregateError` (one error an address) that of its first part. */
function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  if ('code' in error && typeof error.code === 'string') return error.code;
  if (error instanceof AggregateError) return errorCode(error.errors[0]);
  if ('cause' in error && error.cause !== error) return errorCode(error.cause);
  return undefined;
}
