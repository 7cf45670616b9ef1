import type { FailureReason } from '../core/index.ts';
import { messageOf } from '../runtime/error-parts.ts';

/**
 * What Node gives as `error.code` when a connection could not be made or broke. The same words stand in a node host's
 * log, so that both viewpoints are read by this one table.
 */
export const REASON_BY_CODE: Readonly<Record<string, FailureReason>> = {
  ECONNREFUSED: 'refused',
  // The network itself refused; no peer was met, and none hung up.
  EHOSTUNREACH: 'refused',
  ENETUNREACH: 'refused',
  EHOSTDOWN: 'refused',
  ENETDOWN: 'refused',
  EADDRNOTAVAIL: 'refused',
  // A packet filter of this machine.
  EACCES: 'refused',
  EPERM: 'refused',
  // A peer was met, and hung up before the handshake was through.
  ECONNRESET: 'closed',
  ECONNABORTED: 'closed',
  EPIPE: 'closed',
  ETIMEDOUT: 'timeout',
  ESOCKETTIMEDOUT: 'timeout',
  ERR_SOCKET_CONNECTION_TIMEOUT: 'timeout',
  ERR_TLS_HANDSHAKE_TIMEOUT: 'timeout',
  ENOTFOUND: 'dns',
  ENODATA: 'dns',
  // EPROTO is how OpenSSL's own errors arrive, for example TLS spoken to a plain port.
  EPROTO: 'tls',
};

/**
 * Names are `dns` also where only the resolver failed (`EAI_AGAIN`): that heals by itself, but a restart meets it again
 * for as long as it lasts.
 */
const REASON_BY_CODE_PREFIX: readonly (readonly [prefix: string, reason: FailureReason])[] = [
  ['EAI_', 'dns'],
  ['ERR_TLS_', 'tls'],
  ['ERR_SSL_', 'tls'],
  ['CERT_', 'tls'],
  ['CRL_', 'tls'],
  ['UNABLE_TO_', 'tls'],
  ['HPE_', 'protocol'],
  ['WS_ERR_', 'protocol'],
];

/** Certificates that Node refuses: its code and, since the code is in no log, the words that OpenSSL has for it. */
export const CERTIFICATE_FAILURES: Readonly<Record<string, string>> = {
  CERT_CHAIN_TOO_LONG: 'certificate chain too long',
  CERT_HAS_EXPIRED: 'certificate has expired',
  CERT_NOT_YET_VALID: 'certificate is not yet valid',
  CERT_REJECTED: 'certificate rejected',
  CERT_REVOKED: 'certificate revoked',
  CERT_SIGNATURE_FAILURE: 'certificate signature failure',
  CERT_UNTRUSTED: 'certificate not trusted',
  CRL_HAS_EXPIRED: 'CRL has expired',
  CRL_NOT_YET_VALID: 'CRL is not yet valid',
  CRL_SIGNATURE_FAILURE: 'CRL signature failure',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'self-signed certificate',
  ERROR_IN_CERT_NOT_AFTER_FIELD: "format error in certificate's notAfter field",
  ERROR_IN_CERT_NOT_BEFORE_FIELD: "format error in certificate's notBefore field",
  ERROR_IN_CRL_LAST_UPDATE_FIELD: "format error in CRL's lastUpdate field",
  ERROR_IN_CRL_NEXT_UPDATE_FIELD: "format error in CRL's nextUpdate field",
  ERR_TLS_CERT_ALTNAME_INVALID: "Hostname/IP does not match certificate's altnames",
  HOSTNAME_MISMATCH: 'hostname mismatch',
  INVALID_CA: 'invalid CA certificate',
  INVALID_PURPOSE: 'unsuitable certificate purpose',
  PATH_LENGTH_EXCEEDED: 'path length constraint exceeded',
  SELF_SIGNED_CERT_IN_CHAIN: 'self-signed certificate in certificate chain',
  UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY: 'unable to decode issuer public key',
  UNABLE_TO_DECRYPT_CERT_SIGNATURE: "unable to decrypt certificate's signature",
  UNABLE_TO_DECRYPT_CRL_SIGNATURE: "unable to decrypt CRL's signature",
  UNABLE_TO_GET_CRL: 'unable to get certificate CRL',
  UNABLE_TO_GET_ISSUER_CERT: 'unable to get issuer certificate',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'unable to get local issuer certificate',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'unable to verify the first certificate',
};
const CERTIFICATE_WORDS = [
  ...Object.values(CERTIFICATE_FAILURES),
  // What Node has no code for, and what OpenSSL 1 said.
  'self signed certificate',
  'unsupported certificate purpose',
  'EE certificate key too weak',
  'CA certificate key too weak',
  'CA signature digest algorithm too weak',
  'IP address mismatch',
];

/** An errno stands first in Node's messages (`connect ECONNREFUSED …`); elsewhere it may be anybody's words. */
const CODE_FIRST = /^(?:[a-zA-Z]+ )?(E[A-Z][A-Z0-9_]+)\b/;
/** The names of what is asked of a resolver: `getaddrinfo ENOTFOUND …`, `queryA ESERVFAIL …`. */
const RESOLVER_FIRST = /^(?:getaddrinfo|query[A-Z][A-Za-z]{0,8}) E/;

/** `40E7…:error:0A00010B:SSL routines:…` */
const OPENSSL_FIRST = /^(?:[0-9A-Fa-f]{1,32}:)?error:[0-9A-Fa-f]{1,16}:/;

/** Why a connection could not be made or broke, from the error that Node or `ws` gave. */
export function networkFailureReason(error: unknown): FailureReason {
  const byCode = reasonByErrorCode(error);
  if (byCode !== undefined) return byCode;
  const text = messageOf(error);
  const byText = networkReasonOfText(text);
  if (byText !== undefined) return byText;
  if (/timed? ?out/i.test(text)) return 'timeout';
  if (/\btls\b|certificate/i.test(text)) return 'tls';
  return 'other';
}

/** The same from the error's message alone; `undefined` where these are not the words of Node or OpenSSL. */
export function networkReasonOfText(text: string): FailureReason | undefined {
  if (RESOLVER_FIRST.test(text)) return 'dns';
  const code = CODE_FIRST.exec(text)?.[1];
  const byCode = code === undefined ? undefined : reasonOfCode(code);
  if (byCode !== undefined) return byCode;
  if (CERTIFICATE_WORDS.some((words) => text.startsWith(words))) return 'tls';
  if (OPENSSL_FIRST.test(text)) return 'tls';
  // No word of a certificate: it hung up, as a tunnel does whose other end is down.
  if (text.startsWith('Client network socket disconnected before secure TLS')) return 'closed';
  if (text.startsWith('socket hang up')) return 'closed';
  if (text.startsWith('TLS handshake timeout')) return 'timeout';
  if (text.startsWith('Parse Error:')) return 'protocol';
  return undefined;
}

/** The same from the error's code alone; `undefined` where it has none that we know. */
export function reasonByErrorCode(error: unknown): FailureReason | undefined {
  const code = errorCode(error);
  return code === undefined ? undefined : reasonOfCode(code);
}

function reasonOfCode(code: string): FailureReason | undefined {
  if (Object.hasOwn(CERTIFICATE_FAILURES, code)) return 'tls';
  return REASON_BY_CODE[code] ?? REASON_BY_CODE_PREFIX.find(([prefix]) => code.startsWith(prefix))?.[1];
}

/** The error's code; of an `AggregateError` (one error an address) that of its first part. */
function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  if ('code' in error && typeof error.code === 'string') return error.code;
  if (error instanceof AggregateError) return errorCode(error.errors[0]);
  if ('cause' in error && error.cause !== error) return errorCode(error.cause);
  return undefined;
}
