import type { FailureReason } from '../../core/index.ts';
import { messageOf } from '../../runtime/error-parts.ts';
import { OTLP_FAILURE_REASONS, type OtlpFailureReason } from './otlp-status.ts';

/** Why a request was not taken. */
export interface ExportFailure {
  readonly reason: OtlpFailureReason;
  /** For a person. */
  readonly message: string;
  /** The collector will never take this request: it must not be repeated. */
  readonly isFinal: boolean;
}

/** Why a connection could not be made or broke, from the error that Node.js gave. */
export type NetworkReasonOf = (error: unknown) => FailureReason;

/** Lowest HTTP status; gRPC's codes are all below. */
const HTTP_CODES_FROM = 100;

/** Of gRPC: CANCELLED, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, ABORTED, OUT_OF_RANGE, UNAVAILABLE, DATA_LOSS. */
const REPEATABLE_GRPC: ReadonlySet<number> = new Set([1, 4, 8, 10, 11, 14, 15]);

/**
 * Reads what the official exporters give as the error of a request. Which of them may be repeated is as the protocol
 * says: https://opentelemetry.io/docs/specs/otlp/#failures
 */
export function exportFailureOf(error: unknown, networkReasonOf: NetworkReasonOf): ExportFailure {
  const message = messageOf(error);
  const code = numericCodeOf(error);
  if (code !== undefined && code >= HTTP_CODES_FROM) {
    return { reason: httpReason(code), message: `HTTP ${code} ${message}`.trimEnd(), isFinal: true };
  }
  if (code !== undefined) {
    return { reason: grpcReason(code, message), message, isFinal: !REPEATABLE_GRPC.has(code) };
  }
  // How the HTTP exporter gives 429, 502, 503 and 504 after its own repetitions; it does not say which.
  if (message.includes('retryable status')) {
    return {
      reason: 'busy',
      message: 'it asks to come back later (HTTP 429, 502, 503 or 504)',
      isFinal: false,
    };
  }
  const reason = networkReasonOf(error);
  return { reason: isOurs(reason) ? reason : 'other', message, isFinal: false };
}

function httpReason(status: number): OtlpFailureReason {
  if (status === 401 || status === 403) return 'auth';
  return status >= 500 ? 'http_5xx' : status >= 400 ? 'http_4xx' : 'protocol';
}

/** Codes of https://grpc.github.io/grpc/core/md_doc_statuscodes.html; UNAVAILABLE stands for whatever kept it from connecting. */
function grpcReason(code: number, message: string): OtlpFailureReason {
  switch (code) {
    case 4:
      return 'timeout';
    case 7:
    case 16:
      return 'auth';
    case 8:
      return 'busy';
    case 3:
    case 12:
    case 13:
      return 'protocol';
    case 14:
      if (message.includes('ECONNREFUSED')) return 'refused';
      if (/ENOTFOUND|EAI_|name resolution/i.test(message)) return 'dns';
      if (/certificate|\btls\b|\bssl\b|EPROTO/i.test(message)) return 'tls';
      if (/ETIMEDOUT|timed? ?out/i.test(message)) return 'timeout';
      if (/ECONNRESET|EPIPE|connection dropped|socket hang up/i.test(message)) return 'closed';
      return 'busy';
    default:
      return 'other';
  }
}

function isOurs(reason: FailureReason): reason is FailureReason & OtlpFailureReason {
  return (OTLP_FAILURE_REASONS as readonly string[]).includes(reason);
}

function numericCodeOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'number' ? error.code : undefined;
}
