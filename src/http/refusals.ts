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

/** Counts them. */
export class Refusals {
  readonly #counts = new Map<RefusalReason, number>(REFUSAL_REASONS.map((reason) => [reason, 0]));

  count(reason: RefusalReason): void {
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1);
  }

  counts(): ReadonlyMap<RefusalReason, number> {
    return new Map(this.#counts);
  }
}
