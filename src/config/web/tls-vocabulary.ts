import type { ClientAuthType, TlsVersion } from '../../http/security/web-policy.ts';

/*
 * exporter-toolkit takes the names of Go's `crypto/tls`; Node takes OpenSSL's.
 * https://pkg.go.dev/crypto/tls#pkg-constants, https://docs.openssl.org/3.0/man1/openssl-ciphers/
 */

/** Suites of TLS 1.3: Go takes their names and lets nobody choose among them; so do we. */
export const TLS13_SUITES = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
] as const;

/** Those of Go's `tls.CipherSuites()` for TLS 1.2: all with forward secrecy. */
export const TLS12_SUITES: ReadonlyMap<string, string> = new Map([
  ['TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256', 'ECDHE-ECDSA-AES128-GCM-SHA256'],
  ['TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384', 'ECDHE-ECDSA-AES256-GCM-SHA384'],
  ['TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256', 'ECDHE-ECDSA-CHACHA20-POLY1305'],
  ['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', 'ECDHE-RSA-AES128-GCM-SHA256'],
  ['TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384', 'ECDHE-RSA-AES256-GCM-SHA384'],
  ['TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256', 'ECDHE-RSA-CHACHA20-POLY1305'],
  ['TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA', 'ECDHE-ECDSA-AES128-SHA'],
  ['TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA', 'ECDHE-ECDSA-AES256-SHA'],
  ['TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA', 'ECDHE-RSA-AES128-SHA'],
  ['TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA', 'ECDHE-RSA-AES256-SHA'],
]);

export const CURVES: ReadonlyMap<string, string> = new Map([
  ['X25519', 'X25519'],
  ['CurveP256', 'P-256'],
  ['CurveP384', 'P-384'],
  ['CurveP521', 'P-521'],
]);

export const TLS_VERSIONS: ReadonlyMap<string, TlsVersion> = new Map([
  ['TLS12', 'TLSv1.2'],
  ['TLS13', 'TLSv1.3'],
]);

/** The toolkit's names before Go's were taken over; still accepted by it. */
export const OLD_CLIENT_AUTH_TYPES: ReadonlyMap<string, ClientAuthType> = new Map([
  ['', 'NoClientCert'],
  ['RequireClientCert', 'RequireAnyClientCert'],
]);

/** Mozilla's "intermediate": of those above, what is encrypted and authenticated in one. */
const DEFAULT_TLS12_SUITES = [...TLS12_SUITES.keys()].filter((name) => !name.includes('_CBC_'));

/**
 * The suites in the order given, as OpenSSL wants them; where none is given, the default ones. TLS 1.3 keeps all of its own:
 * without them Node would take the list for a wish to do without TLS 1.3.
 */
export function opensslCiphers(names: readonly string[]): string {
  const older = (names.length === 0 ? DEFAULT_TLS12_SUITES : names).flatMap(
    (name) => TLS12_SUITES.get(name) ?? [],
  );
  return [...TLS13_SUITES, ...older].join(':');
}
