import { describe, expect, it } from 'vitest';
import { exportFailureOf } from '../../../src/exporters/otlp/export-failure.ts';
import { networkFailureReason } from '../../../src/sources/network-failure.ts';

function failure(message: string, code?: number | string): string {
  const error = Object.assign(new Error(message), code !== undefined && { code });
  const { reason, isFinal } = exportFailureOf(error, networkFailureReason);
  return `${reason}${isFinal ? ', for good' : ''}`;
}

describe('a request that was not taken', () => {
  it.each([
    ['Bad Request', 400, 'http_4xx, for good'],
    ['Unauthorized', 401, 'auth, for good'],
    ['Forbidden', 403, 'auth, for good'],
    ['Not Found', 404, 'http_4xx, for good'],
    ['Internal Server Error', 500, 'http_5xx, for good'],
    // After its own repetitions the HTTP exporter no longer says which status it was.
    ['Export failed with retryable status', undefined, 'busy'],
    ['connect ECONNREFUSED 127.0.0.1:4318', 'ECONNREFUSED', 'refused'],
    ['getaddrinfo ENOTFOUND otel', 'ENOTFOUND', 'dns'],
    ['self-signed certificate', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'tls'],
    ['Request timed out', undefined, 'timeout'],
    ['socket hang up', 'ECONNRESET', 'closed'],
    ['something new', undefined, 'other'],
  ])('over HTTP: %s (%s) is %s', (message, code, expected) => {
    expect(failure(message, code)).toBe(expected);
  });

  it.each([
    [
      '14 UNAVAILABLE: No connection established. Last error: connect ECONNREFUSED 127.0.0.1:4317',
      14,
      'refused',
    ],
    ['14 UNAVAILABLE: Name resolution failed for target dns:otel:4317', 14, 'dns'],
    ['14 UNAVAILABLE: No connection established. Last error: self-signed certificate', 14, 'tls'],
    ['14 UNAVAILABLE: Connection dropped', 14, 'closed'],
    ['14 UNAVAILABLE: overloaded', 14, 'busy'],
    ['4 DEADLINE_EXCEEDED: Deadline exceeded after 2s', 4, 'timeout'],
    ['8 RESOURCE_EXHAUSTED: slow down', 8, 'busy'],
    ['16 UNAUTHENTICATED: no token', 16, 'auth, for good'],
    ['7 PERMISSION_DENIED: not you', 7, 'auth, for good'],
    ['3 INVALID_ARGUMENT: bad request', 3, 'protocol, for good'],
    ['12 UNIMPLEMENTED: no such service', 12, 'protocol, for good'],
  ])('over gRPC: %s (%s) is %s', (message, code, expected) => {
    expect(failure(message, code)).toBe(expected);
  });

  it('a host with several addresses is refused by each, and its message says so', () => {
    const each = ['::1', '127.0.0.1'].map((address) =>
      Object.assign(new Error(`connect ECONNREFUSED ${address}:4318`), { code: 'ECONNREFUSED' }),
    );
    expect(exportFailureOf(new AggregateError(each, ''), networkFailureReason)).toEqual({
      reason: 'refused',
      message: 'connect ECONNREFUSED ::1:4318; connect ECONNREFUSED 127.0.0.1:4318',
      isFinal: false,
    });
  });
});
