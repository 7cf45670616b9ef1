import type { TlsPolicy, WebPolicy } from '../../http/security/web-policy.ts';

/** PEM, or the absolute path of the file that it is in. */
export type PemPlace =
  { readonly kind: 'file'; readonly path: string } | { readonly kind: 'inline'; readonly pem: string };

/** `tls_server_config`, before any file that it names was read. */
export interface TlsSettings extends Omit<TlsPolicy, 'cert' | 'key' | 'clientCa' | 'notAfterMs'> {
  readonly cert: PemPlace;
  readonly key: PemPlace;
  readonly clientCa?: PemPlace;
}

/** A web config file, valid in itself. */
export interface WebSettings extends Omit<WebPolicy, 'tls'> {
  readonly tls?: TlsSettings;
}
