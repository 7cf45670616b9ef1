import { codeOf } from '../runtime/error-parts.ts';
import { formatListenAddress, listenUrl, type ListenAddress } from '../config/listen-address.ts';
import { reportDocument, type CheckReport } from './check-report.ts';
import { readNodesDocument } from './read-nodes-document.ts';
import {
  ANSWER_WITHIN_MS,
  requestExporter,
  type AskDependencies,
  type ExporterWays,
} from './request-exporter.ts';

const NODES_PATH = '/api/v1/nodes';

export type ExporterAnswer =
  | { readonly kind: 'report'; readonly report: CheckReport }
  /** Nobody listens there. */
  | { readonly kind: 'nobody' }
  /** Somebody listens there who does not answer as an exporter does. */
  | { readonly kind: 'stranger'; readonly at: string; readonly why: string };

/**
 * Asks an exporter that may already be running: it has watched for longer than we could. A Unix socket is asked first,
 * since it wants neither a password nor a certificate.
 */
export async function askExporter(
  ways: ExporterWays,
  dependencies: AskDependencies,
): Promise<ExporterAnswer> {
  let stranger: ExporterAnswer | undefined;
  for (const address of ways.listen.toSorted(
    (a, b) => Number(b.kind === 'unix') - Number(a.kind === 'unix'),
  )) {
    const answer = await askAt(address, ways.certificate, dependencies);
    if (answer.kind === 'report') return answer;
    if (answer.kind === 'stranger') stranger ??= answer;
  }
  return stranger ?? { kind: 'nobody' };
}

async function askAt(
  address: ListenAddress,
  certificate: string | undefined,
  { fetch, localRequest }: AskDependencies,
): Promise<ExporterAnswer> {
  // Port 0 means any free port: nobody can know which.
  if (address.kind === 'tcp' && address.port === 0) return { kind: 'nobody' };
  const at = describeWay(address, certificate);
  const stranger = (why: string): ExporterAnswer => ({ kind: 'stranger', at, why });
  try {
    const answer = await requestExporter(address, { certificate, path: NODES_PATH }, { fetch, localRequest });
    if (answer.status === 401)
      return stranger(
        'it asks for a password, and only hashes are known here; add a unix: address to web.listen_address',
      );
    if (answer.status === 403 && certificate !== undefined)
      return stranger(
        'it asks for a client certificate, and check has none; add a unix: address to web.listen_address',
      );
    if (!answer.ok) return stranger(`HTTP ${answer.status}`);
    const document = readNodesDocument(await answer.json());
    return document === undefined
      ? stranger('its answer is not that of this exporter')
      : { kind: 'report', report: reportDocument(document, { kind: 'exporter', url: at }) };
  } catch (error: unknown) {
    return isRefused(error) ? { kind: 'nobody' } : stranger(describe(error));
  }
}

function describeWay(address: ListenAddress, certificate: string | undefined): string {
  if (address.kind === 'unix') return formatListenAddress(address);
  return listenUrl(address, certificate === undefined ? 'http' : 'https');
}

/** `fetch` wraps the reason, and wraps several where a name has several addresses. */
function isRefused(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  // The file of a Unix socket is gone once nobody listens.
  if (['ECONNREFUSED', 'ENOENT'].includes(codeOf(error) ?? '')) return true;
  if (error instanceof AggregateError) return error.errors.every(isRefused);
  return isRefused(error.cause);
}

function describe(error: unknown): string {
  if (isTimeout(error)) return `no answer within ${ANSWER_WITHIN_MS / 1_000} s`;
  if (error instanceof SyntaxError) return 'its answer is not JSON';
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}

/** `fetch` rejects with the timeout, a request of Node with an `AbortError` that it caused. */
function isTimeout(error: unknown): boolean {
  if (error instanceof Error && error.name === 'TimeoutError') return true;
  return error instanceof Error && error.cause !== undefined && isTimeout(error.cause);
}
