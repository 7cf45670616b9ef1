import { codeOf, messageOf } from '../runtime/error-parts.ts';

export type SendResult = { readonly ok: true } | { readonly ok: false; readonly why: string };

export type Answer =
  { readonly ok: true; readonly text: string } | { readonly ok: false; readonly why: string };

/** As Alertmanager's. */
export const SEND_WITHIN_MS = 10_000;

export interface RequestOptions {
  /** Sent as JSON by POST; absent: GET. */
  readonly body?: string | undefined;
  /** Whether what is answered is of interest; absent: it is not read. */
  readonly isRead?: boolean;
}

/** One HTTP request. Never rejects; what is said of a failure does not name the address, which may hold a secret. */
export async function request(url: string, { body, isRead = false }: RequestOptions): Promise<Answer> {
  try {
    const response = await fetch(url, {
      ...(body !== undefined && { method: 'POST', headers: { 'content-type': 'application/json' }, body }),
      redirect: 'manual',
      signal: AbortSignal.timeout(SEND_WITHIN_MS),
    });
    if (response.ok && isRead) return { ok: true, text: await response.text() };
    await response.body?.cancel();
    return response.ok ? { ok: true, text: '' } : { ok: false, why: refusalOf(response) };
  } catch (error) {
    return { ok: false, why: causeOf(error, url) };
  }
}

/** A message does not follow a redirect: whoever answers there may be somebody else, and a POST would become a GET. */
function refusalOf({ status, headers }: Response): string {
  return status >= 300 && status < 400 && headers.has('location')
    ? `it redirects (HTTP ${status}): name the address that it leads to`
    : `it answered HTTP ${status}`;
}

const CAUSES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nobody listens there',
  ENOTFOUND: 'its name is not known here',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS; http:// instead?',
};

/** `fetch failed` says nothing; its cause does. */
function causeOf(error: unknown, url: string): string {
  if (error instanceof Error && error.name === 'TimeoutError')
    return `it did not answer within ${SEND_WITHIN_MS / 1_000} s`;
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = codeOf(cause);
  if (code !== undefined) return `${CAUSES[code] ?? 'it cannot be called'} (${code})`;
  return `it cannot be called (${withoutAddress(messageOf(cause), url)})`;
}

/** The whole of it or its parts, the longest first: none of them may be read. */
function withoutAddress(message: string, url: string): string {
  const { href = '', host = '', hostname = '', pathname = '', search = '' } = URL.parse(url) ?? {};
  return [url, href, `${pathname}${search}`, pathname, host, hostname]
    .filter((part) => part.length > 1)
    .reduce((text, part) => text.replaceAll(part, '…'), message);
}
