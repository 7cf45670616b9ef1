import type { RequestListener, ServerResponse } from 'node:http';
import { isDeepStrictEqual } from 'node:util';
import { clientAddress } from '../server/connection-gate.ts';
import type { Limits } from '../server/limits.ts';
import type { Refusals } from '../server/refusals.ts';
import { respondPlainly, type Exchange } from '../server/respond-plainly.ts';
import type { Authenticator } from './authenticator.ts';
import { readBasicCredentials } from './basic-credentials.ts';
import { isProbePath } from './open-paths.ts';
import { TokenBucket } from './token-bucket.ts';
import type { WebPolicy } from './web-policy.ts';

/** On every answer; a page may say more of itself. */
const SECURITY_HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'deny',
} as const;

const CHALLENGE = 'Basic realm="openclaw-liveness-exporter", charset="UTF-8"';

export interface GuardOptions {
  readonly policy: WebPolicy;
  readonly authenticator: Authenticator;
  /** Leave `/livez`, `/readyz`, `/-/healthy` and `/-/ready` open to those without credentials. */
  readonly openProbes: boolean;
  /** How many pages may be under way at once; probes are not counted. */
  readonly maxRequests: number;
  readonly limits: Limits;
  readonly refusals: Refusals;
  /** A clock that never goes back, in milliseconds. */
  readonly nowMs: () => number;
}

/** What stands before the pages: who may ask, how much, and for how long. */
export class Guard {
  readonly #options: GuardOptions;
  #policy: WebPolicy;
  #bucket: TokenBucket | undefined;
  readonly #underWay = new Set<ServerResponse>();

  constructor(options: GuardOptions) {
    this.#options = options;
    this.#policy = options.policy;
    this.#bucket = this.#newBucket();
  }

  /** Holds from the next request on. */
  apply(policy: WebPolicy): void {
    const { rateLimit: before } = this.#policy;
    this.#policy = policy;
    if (!isDeepStrictEqual(before, policy.rateLimit)) this.#bucket = this.#newBucket();
  }

  #newBucket(): TokenBucket | undefined {
    const { rateLimit } = this.#policy;
    return rateLimit === undefined ? undefined : new TokenBucket(rateLimit, this.#options.nowMs);
  }

  /** `pages` behind all of it; those of a socket that keeps other users out are asked for no credentials. */
  protect(router: RequestListener, { isPrivate }: { readonly isPrivate: boolean }): RequestListener {
    const pages = this.#limited(router);
    return (request, response) => {
      const exchange = { request, response };
      this.#cutOffWhenSlow(exchange);
      for (const [name, value] of Object.entries({ ...SECURITY_HEADERS, ...this.#policy.headers })) {
        response.setHeader(name, value);
      }
      if (this.#refusesBody(exchange) || this.#refusesForeignSite(exchange)) return;
      const isOpen = isPrivate || (this.#options.openProbes && isProbePath(request.url ?? ''));
      if (isOpen) return pages(request, response);
      if (this.#bucket?.take() === false) {
        this.#options.refusals.count('rate_limit');
        return respondPlainly(exchange, 429, 'too many requests', { 'Retry-After': '1' });
      }
      if (this.#policy.users.size === 0) return pages(request, response);
      void this.#authenticate(exchange, pages);
    };
  }

  async #authenticate(exchange: Exchange, pages: RequestListener): Promise<void> {
    const { request, response } = exchange;
    const { authenticator, refusals } = this.#options;
    const credentials = readBasicCredentials(request.headers.authorization);
    const result =
      credentials === undefined
        ? 'wrong'
        : await authenticator.authenticate(credentials, {
            users: this.#policy.users,
            address: clientAddress(request.socket),
          });
    switch (result) {
      case 'right':
        pages(request, response);
        return;
      case 'wrong':
        refusals.count('credentials');
        respondPlainly(exchange, 401, 'this page asks for a user and a password', {
          'WWW-Authenticate': CHALLENGE,
        });
        return;
      case 'busy':
        refusals.count('password_queue');
        respondPlainly(exchange, 429, 'too many passwords wait to be checked', { 'Retry-After': '5' });
        return;
      case 'failed':
        respondPlainly(exchange, 503, 'the password could not be checked; the log of the exporter says why');
        return;
      default:
        result satisfies never;
    }
  }

  /** As node_exporter's `--web.max-requests`: each page under way holds its whole text until the client has taken it. */
  #limited(router: RequestListener): RequestListener {
    const { maxRequests, refusals } = this.#options;
    return (request, response) => {
      if (isProbePath(request.url ?? '')) return router(request, response);
      if (this.#underWay.size >= maxRequests) {
        refusals.count('scrape_limit');
        const text = `${maxRequests} pages are under way, and that is the limit (web.max_requests); try again`;
        return respondPlainly({ request, response }, 503, text, { 'Retry-After': '1' });
      }
      this.#underWay.add(response);
      response.once('close', () => this.#underWay.delete(response));
      router(request, response);
    };
  }

  /** No page takes a body. It would be read to its end before the connection can be used again. */
  #refusesBody({ request, response }: Exchange): boolean {
    const { 'content-length': length = '0', 'transfer-encoding': encoding } = request.headers;
    if (encoding === undefined && Number(length) <= this.#options.limits.maxBodyBytes) return false;
    this.#options.refusals.count('body');
    response.once('finish', () => request.destroy());
    respondPlainly({ request, response }, 413, 'no page here takes a request body', { Connection: 'close' });
    return true;
  }

  /** A page of another site must not have the browser of somebody who knows the password reload the exporter. */
  #refusesForeignSite({ request, response }: Exchange): boolean {
    if (request.method === 'GET' || request.method === 'HEAD') return false;
    const { 'sec-fetch-site': site } = request.headers;
    // Absent where no browser asks.
    if (site === undefined || site === 'same-origin' || site === 'none') return false;
    this.#options.refusals.count('cross_site');
    respondPlainly({ request, response }, 403, 'a page of another site may not ask for this');
    return true;
  }

  #cutOffWhenSlow({ response }: Exchange): void {
    const { limits, refusals } = this.#options;
    const timer = setTimeout(() => {
      refusals.count('slow_client');
      response.destroy();
    }, limits.responseTimeoutMs);
    timer.unref();
    response.once('close', () => clearTimeout(timer));
  }
}
