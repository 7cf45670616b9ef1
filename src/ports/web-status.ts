/** Why a client got no page, before any page was asked. */
export const REFUSAL_REASONS = [
  'bad_request',
  'body',
  'client_certificate',
  'credentials',
  'password_queue',
  'rate_limit',
  'cross_site',
  'scrape_limit',
  'connection_limit',
  'slow_client',
  'tls_handshake',
] as const;
export type RefusalReason = (typeof REFUSAL_REASONS)[number];

/** How the web config file fares. */
export interface WebConfigStatus {
  /** The files as they are now are in force. */
  readonly isLastReloadSuccessful: boolean;
  /** Unix time in milliseconds at which what is in force was read. */
  readonly loadedMs: number;
  /** Unix time in milliseconds at which the certificate that is served expires; absent without TLS. */
  readonly certificateNotAfterMs?: number;
}

/** What the exporter tells of its own doors. */
export interface WebStatus {
  /** Absent without a web config file. */
  readonly config?: WebConfigStatus;
  /** Clients that got no page, by reason, since it listens. */
  readonly refusals: ReadonlyMap<RefusalReason, number>;
}
