import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readBasicCredentials } from '../../../src/http/security/basic-credentials.ts';
import { isClientAdmitted } from '../../../src/http/security/client-certificate.ts';
import { isProbePath } from '../../../src/http/security/open-paths.ts';
import { canonicalName, subjectAltNames } from '../../../src/http/security/subject-alt-names.ts';
import { TokenBucket } from '../../../src/http/security/token-bucket.ts';
import { basic } from './web-fixtures.ts';

describe('credentials in a header', () => {
  it.each<[string | undefined, ReturnType<typeof readBasicCredentials>]>([
    [basic('alice', 'wonder:land').authorization, { user: 'alice', password: 'wonder:land' }],
    [basic('älice', 'pässwörd ✓').authorization, { user: 'älice', password: 'pässwörd ✓' }],
    [basic('', '').authorization, { user: '', password: '' }],
    [basic('alice', 'a').authorization.replace('Basic', 'basic'), { user: 'alice', password: 'a' }],
    [undefined, undefined],
    ['', undefined],
    ['Basic', undefined],
    ['Basic !!!', undefined],
    ['Basic YWxpY2U=', undefined],
    ['Bearer YWxpY2U6YQ==', undefined],
  ])('%j are read as %j', (header, expected) => {
    expect(readBasicCredentials(header)).toEqual(expected);
  });

  it('are read back as they were written', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (text, password) => {
        const user = text.replaceAll(':', '');
        expect(readBasicCredentials(basic(user, password).authorization)).toEqual({ user, password });
      }),
    );
  });
});

describe('a path that may be left open', () => {
  it.each([
    '/livez',
    '/livez?verbose',
    '/livez/NodeB',
    '/livez/a%2Fb?x',
    '/readyz',
    '/readyz/x',
    '/-/healthy',
    '/-/ready',
  ])('is %s', (target) => {
    expect(isProbePath(target)).toBe(true);
  });

  it.each([
    '/',
    '/metrics',
    '/api/v1/nodes',
    '/sd',
    '/-/stream',
    '/-/reload',
    '/livez/a/b',
    '/livez/../metrics',
    '//livez',
    '/LIVEZ',
    '/livezz',
    '/metrics?/livez',
    '/metrics#/livez',
    'http://exporter/livez',
    '/-/healthy/',
    '',
    '*',
  ])('is not %j', (target) => {
    expect(isProbePath(target)).toBe(false);
  });
});

describe('names in a certificate', () => {
  it('are read from the text that Node makes of them', () => {
    expect(
      subjectAltNames(
        'DNS:prometheus.example, IP Address:10.0.0.1, IP Address:2001:DB8:0:0:0:0:0:1, email:ops@example.org, URI:spiffe://example.org/prometheus, DirName:CN=x',
      ),
    ).toEqual([
      'prometheus.example',
      '10.0.0.1',
      '2001:db8::1',
      'ops@example.org',
      'spiffe://example.org/prometheus',
    ]);
  });

  it('cannot be smuggled in with a comma', () => {
    // As Node writes a DNS name with a comma in it: quoted.
    expect(subjectAltNames('DNS:"evil.example, DNS:prometheus.example"')).toEqual([
      'evil.example, DNS:prometheus.example',
    ]);
    expect(subjectAltNames('URI:"http://a/\\", DNS:prometheus.example"')).toEqual([
      'http://a/", DNS:prometheus.example',
    ]);
  });

  it('are none where there are none', () => {
    expect(subjectAltNames(undefined)).toEqual([]);
  });

  it('are compared as Go writes them', () => {
    expect(['2001:DB8:0:0::1', '10.0.0.1', 'a.example'].map(canonicalName)).toEqual([
      '2001:db8::1',
      '10.0.0.1',
      'a.example',
    ]);
  });
});

describe('a client', () => {
  const verified = { isVerified: true, subjectAltName: 'DNS:prometheus.example' };
  const unverified = { ...verified, isVerified: false };

  it.each([
    ['NoClientCert', undefined, true],
    ['RequestClientCert', undefined, true],
    ['RequestClientCert', unverified, true],
    ['RequireAnyClientCert', undefined, false],
    ['RequireAnyClientCert', unverified, true],
    ['VerifyClientCertIfGiven', undefined, true],
    ['VerifyClientCertIfGiven', unverified, false],
    ['VerifyClientCertIfGiven', verified, true],
    ['RequireAndVerifyClientCert', undefined, false],
    ['RequireAndVerifyClientCert', unverified, false],
    ['RequireAndVerifyClientCert', verified, true],
  ] as const)('under %s with %j is let in: %s', (clientAuth, certificate, isLetIn) => {
    expect(isClientAdmitted({ clientAuth }, certificate)).toBe(isLetIn);
  });

  it.each([
    [['prometheus.example'], true],
    [['other.example', 'prometheus.example'], true],
    [['example'], false],
    [[], false],
  ] as const)('with a name among %j is let in: %s', (clientAllowedSans, isLetIn) => {
    const demands = { clientAuth: 'RequireAndVerifyClientCert', clientAllowedSans } as const;
    expect(isClientAdmitted(demands, verified)).toBe(isLetIn);
  });
});

describe('a rate limit', () => {
  it('lets a burst through, and then one for each interval', () => {
    let nowMs = 0;
    const bucket = new TokenBucket({ intervalMs: 100, burst: 3 }, () => nowMs);
    const take = (count: number): number =>
      Array.from({ length: count }, () => bucket.take()).filter(Boolean).length;
    expect(take(10)).toBe(3);
    nowMs = 99;
    expect(take(1)).toBe(0);
    nowMs = 100;
    expect(take(2)).toBe(1);
    nowMs = 350;
    expect(take(5)).toBe(2);
    nowMs = 1_000_000;
    expect(take(10)).toBe(3);
  });
});
