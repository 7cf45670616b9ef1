import { present } from '../../core/index.ts';

/** Whether a client must show a certificate, in the words of Go's `crypto/tls`, which the web config uses. */
export const CLIENT_AUTH_TYPES = [
  'NoClientCert',
  'RequestClientCert',
  'RequireAnyClientCert',
  'VerifyClientCertIfGiven',
  'RequireAndVerifyClientCert',
] as const;
export type ClientAuthType = (typeof CLIENT_AUTH_TYPES)[number];

export type TlsVersion = 'TLSv1.2' | 'TLSv1.3';

/** How to speak TLS. All of it was tried before it got here: a server made of it does not fail. */
export interface TlsPolicy {
  /** PEM, the leaf first. */
  readonly cert: string;
  /** PEM. */
  readonly key: string;
  /** Unix time in milliseconds at which the leaf expires. */
  readonly notAfterMs: number;
  readonly clientAuth: ClientAuthType;
  /** PEM; absent where clients need no certificate that is verified. */
  readonly clientCa?: string;
  /** Absent: any certificate that `clientAuth` accepts will do. */
  readonly clientAllowedSans?: readonly string[];
  readonly minVersion: TlsVersion;
  readonly maxVersion: TlsVersion;
  /** In OpenSSL's words. */
  readonly ciphers: string;
  /** In OpenSSL's words, by preference; absent: OpenSSL's own choice. */
  readonly curves?: string;
  readonly prefersServerCiphers: boolean;
}

/** The same as Node wants it, but for what is asked of clients. */
export function secureContext(tls: TlsPolicy) {
  return {
    cert: tls.cert,
    key: tls.key,
    minVersion: tls.minVersion,
    maxVersion: tls.maxVersion,
    ciphers: tls.ciphers,
    honorCipherOrder: tls.prefersServerCiphers,
    ...present({ ca: tls.clientCa, ecdhCurve: tls.curves }),
  };
}

/** A token bucket: `burst` requests at once, and one more for each interval. */
export interface RateLimit {
  readonly intervalMs: number;
  readonly burst: number;
}

/** What a web config file asks for; `NO_POLICY` where there is none. */
export interface WebPolicy {
  /** Absent: plain HTTP. */
  readonly tls?: TlsPolicy;
  /** bcrypt hashes by user; empty: nobody is asked. */
  readonly users: ReadonlyMap<string, string>;
  /** Set on every answer, before the page's own. */
  readonly headers: Readonly<Record<string, string>>;
  readonly rateLimit?: RateLimit;
}

export const NO_POLICY: WebPolicy = { users: new Map(), headers: {} };
