import { messageOf } from '../runtime/error-parts.ts';

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
      redirect: 'error',
      signal: AbortSignal.timeout(SEND_WITHIN_MS),
    });
    if (response.ok && isRead) return { ok: true, text: await response.text() };
    await response.body?.cancel();
    return response.ok ? { ok: true, text: '' } : { ok: false, why: `it answered HTTP ${response.status}` };
  } catch (error) {
    return { ok: false, why: causeOf(error) };
  }
}

/** `fetch failed` says nothing; its cause does, and may name the host, which is half of the address. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return messageOf(error);
  if (error.name === 'TimeoutError') return `it did not answer within ${SEND_WITHIN_MS / 1_000} s`;
  const { cause } = error;
  return cause instanceof Error && 'code' in cause ? String(cause.code) : error.name;
}
