import { describe, expect, it } from 'vitest';
import { networkFailureReason } from '../../src/sources/network-failure.ts';

const coded = (code: string, message = code): Error => Object.assign(new Error(message), { code });

describe('the reason of a network failure', () => {
  it.each([
    ['refused', coded('ECONNREFUSED')],
    ['timeout', coded('ETIMEDOUT')],
    ['dns', coded('ENOTFOUND')],
    ['dns', coded('EAI_AGAIN')],
    ['tls', coded('DEPTH_ZERO_SELF_SIGNED_CERT')],
    ['tls', coded('CERT_HAS_EXPIRED')],
    ['tls', coded('ERR_TLS_CERT_ALTNAME_INVALID')],
    ['tls', coded('UNABLE_TO_VERIFY_LEAF_SIGNATURE')],
    ['tls', coded('EPROTO', 'write EPROTO … wrong version number')],
    ['tls', new Error('gateway tls fingerprint mismatch')],
    ['closed', coded('ECONNRESET', 'socket hang up')],
    ['closed', new Error('socket hang up')],
    ['protocol', coded('HPE_INVALID_CONSTANT')],
    ['timeout', new Error('Opening handshake has timed out')],
    ['timeout', new Error('gateway connect challenge timeout (waited 3 ms, limit 3 ms)')],
    ['refused', coded('EHOSTUNREACH')],
    ['other', coded('EMFILE')],
    ['other', 'not even an error'],
  ] as const)('is %s for %o', (reason, error) => {
    expect(networkFailureReason(error)).toBe(reason);
  });

  it('of a name with several addresses is that of the first', () => {
    const both = new AggregateError([coded('ECONNREFUSED'), coded('ECONNREFUSED')]);
    expect(networkFailureReason(both)).toBe('refused');
  });

  it('may be told by the cause', () => {
    expect(networkFailureReason(new Error('fetch failed', { cause: coded('ENOTFOUND') }))).toBe('dns');
  });
});
