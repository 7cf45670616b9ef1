import { describe, expect, it } from 'vitest';
import { interpretHealth } from '../../../src/sources/gateway-http/interpret-health.ts';

describe('an answer to GET /health', () => {
  it.each([200, 204, 299])('with status %i is a gateway that works', (status) => {
    expect(interpretHealth({ kind: 'answered', status, body: '' }, 12)).toEqual({ ok: true, rttMs: 12 });
  });

  it.each([
    [301, 'protocol'],
    [401, 'http_4xx'],
    [404, 'http_4xx'],
    [500, 'http_5xx'],
    [502, 'http_5xx'],
  ] as const)('with status %i is an answer, and %s', (status, reason) => {
    expect(interpretHealth({ kind: 'answered', status, body: '' }, 12)).toEqual({
      ok: false,
      reason,
      message: `/health answered HTTP ${status}`,
      answered: true,
    });
  });

  it('that does not come in time is a timeout and no answer', () => {
    expect(interpretHealth({ kind: 'deadline', deadlineMs: 3_000 }, 3_001)).toMatchObject({
      ok: false,
      reason: 'timeout',
      answered: false,
    });
  });

  it('that cannot come says why, also when both addresses of a name failed', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED ::1:1'), { code: 'ECONNREFUSED' });
    expect(interpretHealth({ kind: 'failed', error: new AggregateError([refused, refused]) }, 1)).toEqual({
      ok: false,
      reason: 'refused',
      message: 'connect ECONNREFUSED ::1:1',
      answered: false,
    });
  });

  it('because of a certificate with thousands of names says the first of them', () => {
    const text = `Hostname/IP does not match certificate's altnames: ${'DNS:a.example, '.repeat(5_000)}`;
    const error = Object.assign(new Error(text), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
    expect(interpretHealth({ kind: 'failed', error }, 1)).toMatchObject({
      reason: 'tls',
      message: text.slice(0, 300),
    });
  });
});
