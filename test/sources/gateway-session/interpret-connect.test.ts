import { describe, expect, it } from 'vitest';
import { interpretConnectFailure } from '../../../src/sources/gateway-session/interpret-connect.ts';
import type { GatewayError } from '../../../src/sources/gateway-session/session-client.ts';
import { CAPTURED_VERSIONS, capturedAnswers } from '../../helpers/captured-frames.ts';

const rejected = (error: Partial<GatewayError>): object =>
  interpretConnectFailure({ kind: 'rejected', error: { code: 'INVALID_REQUEST', message: '', ...error } });

describe('a connect that the gateway rejected', () => {
  it.each(CAPTURED_VERSIONS)('for the token, as %s words it, is refused', (version) => {
    const error = capturedAnswers(version, 'connect').find(({ ok }) => ok === false)!.error!;
    expect(interpretConnectFailure({ kind: 'rejected', error })).toEqual({
      kind: 'refused',
      auth: 'token_mismatch',
      detailCode: 'AUTH_TOKEN_MISMATCH',
      message: 'unauthorized: gateway token mismatch (provide gateway auth token)',
    });
  });

  it.each([
    ['PAIRING_REQUIRED', 'pairing_required'],
    ['AUTH_RATE_LIMITED', 'rate_limited'],
    ['AUTH_PASSWORD_MISMATCH', 'password_mismatch'],
    ['DEVICE_AUTH_SIGNATURE_EXPIRED', 'device_auth_invalid'],
    ['AUTH_TAILSCALE_WHOIS_FAILED', 'tailscale'],
    ['PROTOCOL_MISMATCH', 'protocol_mismatch'],
    ['AUTH_OF_THE_FUTURE', 'other'],
    ['AUTH_REQUIRED', 'other'],
  ])('with code %s is refused: %s', (code, auth) => {
    expect(rejected({ details: { code } })).toMatchObject({ kind: 'refused', auth, detailCode: code });
  });

  it.each([
    ['unauthorized: gateway token mismatch (provide gateway auth token)', 'token_mismatch'],
    ['unauthorized: device token mismatch (rotate/reissue device token)', 'device_token_mismatch'],
    ['unauthorized: gateway password missing (enter the password)', 'password_missing'],
    ['unauthorized: too many failed authentication attempts (retry later)', 'rate_limited'],
    ['pairing required', 'pairing_required'],
    ['pairing required: device is not approved yet (requestId: x)', 'pairing_required'],
    ['device signature expired', 'device_auth_invalid'],
    ['device identity required', 'device_identity_required'],
    ['protocol mismatch', 'protocol_mismatch'],
    ['unauthorized', 'other'],
  ])('without a code, saying %j, is refused: %s', (message, auth) => {
    expect(rejected({ message })).toEqual({ kind: 'refused', auth, detailCode: '', message });
  });

  it('tells when to come back', () => {
    expect(rejected({ details: { code: 'AUTH_RATE_LIMITED' }, retryAfterMs: 299_000 })).toMatchObject({
      retryAfterMs: 299_000,
    });
  });

  it('while it starts is a matter of moments', () => {
    const error = {
      code: 'UNAVAILABLE',
      message: 'gateway starting',
      details: { reason: 'startup-sidecars' },
    };
    expect(rejected({ ...error, retryAfterMs: 500 })).toEqual({
      kind: 'starting',
      message: 'gateway starting',
      retryAfterMs: 500,
    });
  });

  it('because it goes down is no matter of the credential', () => {
    expect(rejected({ code: 'UNAVAILABLE', message: 'gateway restart in progress' })).toEqual({
      kind: 'failed',
      reason: 'closed',
      message: 'gateway restart in progress',
    });
  });

  it('because it did not understand us is neither', () => {
    expect(rejected({ message: 'invalid connect params: at /client/id' })).toMatchObject({
      kind: 'failed',
      reason: 'protocol',
    });
  });
});

describe('a dial that met no gateway', () => {
  it.each([
    [502, { kind: 'failed', reason: 'http_5xx' }],
    [503, { kind: 'failed', reason: 'http_5xx' }],
    [403, { kind: 'failed', reason: 'http_4xx' }],
    [302, { kind: 'failed', reason: 'protocol' }],
    [429, { kind: 'refused', auth: 'rate_limited' }],
  ])('but HTTP %i', (httpStatus, expected) => {
    expect(interpretConnectFailure({ kind: 'not-upgraded', httpStatus, message: 'x' })).toMatchObject(
      expected,
    );
  });

  it.each([
    [1006, '', { kind: 'failed', reason: 'closed', message: 'closed before the hello (1006)' }],
    [1012, 'service restart', { kind: 'failed', reason: 'closed' }],
    [1013, 'gateway starting', { kind: 'starting' }],
    [1008, 'unauthorized: gateway token missing (x)', { kind: 'refused', auth: 'token_missing' }],
    [1008, 'connect challenge timeout', { kind: 'failed', reason: 'closed' }],
  ])('but a close %i %s', (code, reason, expected) => {
    expect(interpretConnectFailure({ kind: 'closed-early', code, reason })).toMatchObject(expected);
  });

  it.each([
    ['timeout', { kind: 'deadline', deadlineMs: 10_000 }],
    ['timeout', { kind: 'abandoned' }],
    ['refused', { kind: 'failed', error: Object.assign(new Error('x'), { code: 'ECONNREFUSED' }) }],
    ['protocol', { kind: 'failed', error: new Error('gateway connect challenge missing nonce') }],
  ] as const)('ends as %s: %o', (reason, outcome) => {
    expect(interpretConnectFailure(outcome)).toMatchObject({ kind: 'failed', reason });
  });
});
