import type { ClientAuthType, RateLimit, TlsVersion } from '../../http/security/web-policy.ts';

/** PEM, or the absolute path of the file that it is in. */
export type PemPlace =
  { readonly kind: 'file'; readonly path: string } | { readonly kind: 'inline'; readonly pem: string };

/** What `tls_server_config` names, where it could be read; the rest of the section may be mistaken. */
export interface PemPlaces {
  readonly cert?: PemPlace;
  readonly key?: PemPlace;
  readonly clientCa?: PemPlace;
}

/** `tls_server_config`, before any file that it names was read. */
export interface TlsSettings extends PemPlaces {
  readonly cert: PemPlace;
  readonly key: PemPlace;
  readonly clientAuth: ClientAuthType;
  readonly clientAllowedSans?: readonly string[];
  readonly minVersion: TlsVersion;
  readonly maxVersion: TlsVersion;
  readonly ciphers: string;
  readonly curves?: string;
  readonly prefersServerCiphers: boolean;
}

/** A web config file, valid in itself. */
export interface WebSettings {
  readonly tls?: TlsSettings;
  readonly users: ReadonlyMap<string, string>;
  readonly headers: Readonly<Record<string, string>>;
  readonly rateLimit?: RateLimit;
}
