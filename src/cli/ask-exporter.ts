import type { ListenAddress } from '../config/listen-address.ts';
import { readNodesDocument } from './nodes-document.ts';
import type { CheckReport } from './check-report.ts';
import { listenUrl } from './listen-url.ts';

/** It answers from memory; an exporter that needs longer is not one to wait for. */
const ANSWER_WITHIN_MS = 2_000;

export type ExporterAnswer =
  | { readonly kind: 'report'; readonly report: CheckReport }
  /** Nobody listens there. */
  | { readonly kind: 'nobody' }
  /** Somebody listens there who does not answer as an exporter does. */
  | { readonly kind: 'stranger'; readonly why: string };

/** Asks an exporter that may already be running: it has watched for longer than we could. */
export async function askExporter(
  listen: ListenAddress,
  fetch: typeof globalThis.fetch,
): Promise<ExporterAnswer> {
  // Port 0 means any free port: nobody can know which.
  if (listen.port === 0) return { kind: 'nobody' };
  const url = listenUrl(listen);
  try {
    const answer = await fetch(`${url}/api/v1/nodes`, {
      headers: { accept: 'application/json' },
      redirect: 'error',
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
    if (!answer.ok) return { kind: 'stranger', why: `HTTP ${answer.status}` };
    const report = readNodesDocument(await answer.json(), url);
    return report === undefined
      ? { kind: 'stranger', why: 'its answer is not that of this exporter' }
      : { kind: 'report', report };
  } catch (error: unknown) {
    return isRefused(error) ? { kind: 'nobody' } : { kind: 'stranger', why: describe(error) };
  }
}

/** `fetch` wraps the reason, and wraps several where a name has several addresses. */
function isRefused(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ((error as NodeJS.ErrnoException).code === 'ECONNREFUSED') return true;
  if (error instanceof AggregateError) return error.errors.every(isRefused);
  return isRefused(error.cause);
}

function describe(error: unknown): string {
  if (error instanceof DOMException && error.name === 'TimeoutError')
    return `no answer within ${ANSWER_WITHIN_MS / 1_000} s`;
  if (error instanceof SyntaxError) return 'its answer is not JSON';
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
