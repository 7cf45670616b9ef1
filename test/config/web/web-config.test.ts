import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { realFileSystem, type FileSystem } from '../../../src/config/file-system.ts';
import { formatProblem } from '../../../src/config/problem.ts';
import { loadWebConfig } from '../../../src/config/web/load-web-config.ts';
import { parseWebConfig } from '../../../src/config/web/parse-web-config.ts';

const TLS = fileURLToPath(new URL('../../fixtures/tls/web', import.meta.url));
const HASH = '$2y$10$mDwo.lAisC94iLAyP81MCesa29IzH37oigHC/42V2pdJlUprsJPze';
const NOW_MS = Date.UTC(2026, 10, 22);

/** A web config file that lies beside the certificates, without being written. */
function besideCertificates(text: string): FileSystem {
  return {
    ...realFileSystem,
    readText: (path) =>
      path === `${TLS}/web.yml` ? Promise.resolve({ text }) : realFileSystem.readText(path),
  };
}

function load(text: string, nowMs = NOW_MS) {
  return loadWebConfig(`${TLS}/web.yml`, besideCertificates(text), nowMs);
}

/** What is said about a file, without the place where it lies. */
async function problemsOf(text: string): Promise<readonly string[]> {
  const loaded = await load(text);
  return loaded.ok ? [] : loaded.problems.map((problem) => formatProblem(problem).replaceAll(`${TLS}/`, ''));
}

async function warningsOf(text: string, nowMs = NOW_MS): Promise<readonly string[]> {
  const loaded = await load(text, nowMs);
  if (!loaded.ok) throw new Error(loaded.problems.map(formatProblem).join('\n'));
  return loaded.warnings
    .map((warning) => formatProblem(warning).replaceAll(`${TLS}/`, ''))
    .filter((warning) => !warning.includes('can be read by every user'));
}

const SERVER = 'tls_server_config:\n  cert_file: server.pem\n  key_file: server.key\n';

describe('a web config file', () => {
  it.each([
    '',
    '# nothing yet\n',
    'tls_server_config:\nhttp_server_config:\nbasic_auth_users:\nrate_limit:\n',
  ])('that says nothing (%j) asks for nothing', async (text) => {
    expect(await load(text)).toEqual({
      ok: true,
      policy: { users: new Map(), headers: {} },
      warnings: [],
      files: [`${TLS}/web.yml`],
    });
  });

  it('with everything of the toolkit is understood', async () => {
    const loaded = await load(`
tls_server_config:
  cert_file: server.pem
  key_file: server.key
  client_auth_type: RequireAndVerifyClientCert
  client_ca_file: ca.pem
  client_allowed_sans: [prometheus.example]
  min_version: TLS12
  max_version: TLS13
  cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, TLS_AES_128_GCM_SHA256]
  prefer_server_cipher_suites: false
  curve_preferences: [CurveP256, X25519]
http_server_config:
  http2: true
  headers:
    Content-Security-Policy: frame-ancestors https://grafana.example
    X-Frame-Options: sameorigin
    X-Content-Type-Options: nosniff
    X-XSS-Protection: ''
    Strict-Transport-Security: max-age=86400
basic_auth_users:
  alice: ${HASH}
rate_limit:
  interval: 1m
  burst: 20
`);
    expect(loaded).toMatchObject({
      ok: true,
      policy: {
        tls: {
          cert: await readFile(`${TLS}/server.pem`, 'utf8'),
          key: await readFile(`${TLS}/server.key`, 'utf8'),
          clientCa: await readFile(`${TLS}/ca.pem`, 'utf8'),
          clientAuth: 'RequireAndVerifyClientCert',
          clientAllowedSans: ['prometheus.example'],
          minVersion: 'TLSv1.2',
          maxVersion: 'TLSv1.3',
          // TLS 1.3 keeps its own suites, as with Go.
          ciphers:
            'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:ECDHE-ECDSA-AES128-GCM-SHA256',
          curves: 'P-256:X25519',
          prefersServerCiphers: false,
        },
        users: new Map([['alice', HASH]]),
        headers: {
          'Content-Security-Policy': 'frame-ancestors https://grafana.example',
          'X-Frame-Options': 'sameorigin',
          'X-Content-Type-Options': 'nosniff',
          'Strict-Transport-Security': 'max-age=86400',
        },
        rateLimit: { intervalMs: 60_000, burst: 20 },
      },
      files: ['web.yml', 'server.pem', 'server.key', 'ca.pem'].map((file) => `${TLS}/${file}`),
    });
    // A blank header is as good as none.
    expect(loaded.ok && loaded.policy.headers).not.toHaveProperty('X-XSS-Protection');
  });

  it('offers TLS 1.2 with forward secrecy and authenticated encryption only, unless suites are named', async () => {
    const loaded = await load('tls_server_config:\n  cert_file: server.pem\n  key_file: server.key\n');
    const ciphers = loaded.ok ? (loaded.policy.tls?.ciphers ?? '').split(':') : [];
    expect(ciphers).toHaveLength(9);
    expect(ciphers.filter((name) => !/^(?:TLS_|ECDHE-.*(?:-GCM-|-CHACHA20-))/.test(name))).toEqual([]);
  });

  it('may have numbers for headers, as exporter-toolkit takes them', async () => {
    const loaded = await load(
      'http_server_config:\n  headers:\n    X-XSS-Protection: 1\n    Strict-Transport-Security:\n',
    );
    expect(loaded).toMatchObject({ ok: true, policy: { headers: { 'X-XSS-Protection': '1' } } });
    expect(loaded.ok && loaded.policy.headers).not.toHaveProperty('Strict-Transport-Security');
  });

  it('may hold the certificate and its key themselves', async () => {
    const indent = async (file: string): Promise<string> =>
      (await readFile(`${TLS}/${file}`, 'utf8')).trim().replaceAll('\n', '\n    ');
    const loaded = await load(
      `tls_server_config:\n  cert: |\n    ${await indent('server.pem')}\n  key: |\n    ${await indent('server.key')}\n`,
    );
    expect(loaded).toMatchObject({ ok: true, files: [`${TLS}/web.yml`] });
  });

  it.each<readonly [what: string, text: string, problems: readonly string[]]>([
    [
      'an unknown key',
      'tls_server_config:\n  cert_fil: server.pem\n',
      ['web.yml:2: tls_server_config.cert_fil: unknown key. Did you mean "cert_file"?'],
    ],
    [
      'a key of another section',
      'http_server_config:\n  client_ca_file: ca.pem\n',
      [
        'web.yml:2: http_server_config.client_ca_file: unknown key. Did you mean tls_server_config.client_ca_file?',
      ],
    ],
    [
      'an unknown section',
      'basic_auth_user:\n  a: b\n',
      ['web.yml:1: basic_auth_user: unknown key. Did you mean "basic_auth_users"?'],
    ],
    [
      'a list',
      '- a\n',
      [
        'web.yml:1: found a list; allowed: sections (tls_server_config, http_server_config, basic_auth_users, rate_limit).',
      ],
    ],
    [
      'no YAML',
      'tls_server_config: [\n',
      [
        'web.yml:2: not valid YAML: Flow sequence in block collection must be sufficiently indented and end with a ].',
      ],
    ],
    [
      'several documents',
      'rate_limit:\n---\nbasic_auth_users:\n',
      [
        'web.yml:2: not valid YAML: a second document begins here (---); remove that line, or put what follows into a file of its own.',
      ],
    ],
    [
      'a certificate without a key',
      'tls_server_config:\n  cert_file: server.pem\n',
      [
        'web.yml:1: tls_server_config.key_file: missing: TLS needs the key of the certificate; name its PEM file.',
      ],
    ],
    [
      'a wish about TLS without a certificate',
      'tls_server_config:\n  min_version: TLS13\n',
      [
        'web.yml:1: tls_server_config.cert_file: missing: TLS needs a certificate; name its PEM file.',
        'web.yml:1: tls_server_config.key_file: missing: TLS needs the key of the certificate; name its PEM file.',
      ],
    ],
    [
      'a version that can be broken',
      `${SERVER}  min_version: TLS10\n`,
      [
        'web.yml:4: tls_server_config.min_version: TLS 1.0 and 1.1 can be broken, and are not offered; write TLS12, or leave it out (Prometheus speaks TLS 1.2 and 1.3).',
      ],
    ],
    [
      'a version that is none',
      `${SERVER}  max_version: TLS14\n`,
      ['web.yml:4: tls_server_config.max_version: found "TLS14"; allowed: TLS12 or TLS13.'],
    ],
    [
      'versions the wrong way round',
      `${SERVER}  min_version: TLS13\n  max_version: TLS12\n`,
      [
        'web.yml:4: tls_server_config.min_version: min_version is above max_version; lower the one or raise the other.',
      ],
    ],
    [
      'a suite without forward secrecy',
      `${SERVER}  cipher_suites:\n    - TLS_RSA_WITH_AES_128_CBC_SHA\n`,
      [
        'web.yml:5: tls_server_config.cipher_suites[0]: found "TLS_RSA_WITH_AES_128_CBC_SHA"; allowed: TLS_AES_128_GCM_SHA256, TLS_AES_256_GCM_SHA384, TLS_CHACHA20_POLY1305_SHA256, TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256, TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA, TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA.',
      ],
    ],
    [
      'an unknown curve',
      `${SERVER}  curve_preferences: [P256]\n`,
      [
        'web.yml:4: tls_server_config.curve_preferences[0]: found "P256"; allowed: X25519, CurveP256, CurveP384, CurveP521.',
      ],
    ],
    [
      'an unknown client_auth_type',
      `${SERVER}  client_auth_type: Require\n`,
      [
        'web.yml:4: tls_server_config.client_auth_type: found "Require"; allowed: NoClientCert, RequestClientCert, RequireAnyClientCert, VerifyClientCertIfGiven, RequireAndVerifyClientCert, RequireClientCert.',
      ],
    ],
    [
      'a CA that nobody is checked against',
      `${SERVER}  client_ca_file: ca.pem\n`,
      [
        'web.yml:4: tls_server_config.client_ca_file: a CA for clients, and no client is asked for a certificate; add client_auth_type: RequireAndVerifyClientCert.',
      ],
    ],
    [
      'clients that are checked against every public CA',
      `${SERVER}  client_auth_type: RequireAndVerifyClientCert\n`,
      [
        'web.yml:4: tls_server_config.client_auth_type: RequireAndVerifyClientCert without client_ca_file would trust whoever has a certificate of any public CA; name the CA of your clients.',
      ],
    ],
    [
      'names of clients that may come without any',
      `${SERVER}  client_auth_type: VerifyClientCertIfGiven\n  client_ca_file: ca.pem\n  client_allowed_sans: [a]\n`,
      [
        'web.yml:6: tls_server_config.client_allowed_sans: VerifyClientCertIfGiven lets a client in without a certificate, and so without a name; use client_auth_type: RequireAndVerifyClientCert.',
      ],
    ],
    [
      'a certificate that is not there',
      'tls_server_config:\n  cert_file: nowhere.pem\n  key_file: server.key\n',
      [
        'web.yml:2: tls_server_config.cert_file: nowhere.pem does not exist; correct the path (a relative one is relative to this file), or put it there.',
      ],
    ],
    [
      'the key of another certificate',
      'tls_server_config:\n  cert_file: server.pem\n  key_file: server-next.key\n',
      [
        'web.yml:3: tls_server_config.key_file: server-next.key is not the key of the certificate in server.pem; put the two that belong together in place.',
      ],
    ],
    [
      'certificate and key mixed up',
      'tls_server_config:\n  cert_file: server.key\n  key_file: server.pem\n',
      [
        'web.yml:2: tls_server_config.cert_file: server.key holds a key and no certificate; were the two mixed up?',
        'web.yml:3: tls_server_config.key_file: server.pem holds a certificate and no key; were the two mixed up?',
      ],
    ],
    [
      'an encrypted key',
      'tls_server_config:\n  cert_file: server.pem\n  key_file: encrypted.key\n',
      [
        'web.yml:3: tls_server_config.key_file: encrypted.key is encrypted, and nobody is there to type the passphrase; write it without one: openssl pkey -in … -out ….',
      ],
    ],
    [
      'a certificate that is none',
      'tls_server_config:\n  cert_file: README.md\n  key_file: server.key\n',
      [
        'web.yml:2: tls_server_config.cert_file: README.md holds no certificate in PEM (-----BEGIN CERTIFICATE-----); convert one in DER with: openssl x509 -inform der.',
      ],
    ],
    [
      'a header that cannot be set',
      'http_server_config:\n  headers:\n    Server: me\n',
      [
        'web.yml:3: http_server_config.headers.Server: this header cannot be set. Allowed: Content-Security-Policy, X-Frame-Options, X-Content-Type-Options, X-XSS-Protection, Strict-Transport-Security.',
      ],
    ],
    [
      'a header with a typo',
      'http_server_config:\n  headers:\n    X-Frame-Option: deny\n',
      [
        'web.yml:3: http_server_config.headers.X-Frame-Option: unknown header. Did you mean "X-Frame-Options"?',
      ],
    ],
    [
      'a header with a value that nobody knows',
      'http_server_config:\n  headers:\n    X-Frame-Options: DENY\n',
      ['web.yml:3: http_server_config.headers.X-Frame-Options: found "DENY"; allowed: deny or sameorigin.'],
    ],
    [
      'a header with another header in it',
      'http_server_config:\n  headers:\n    X-XSS-Protection: "0\\r\\nSet-Cookie: a=b"\n',
      [
        'web.yml:3: http_server_config.headers.X-XSS-Protection: found characters that a header cannot have (a line feed, say); remove them.',
      ],
    ],
    [
      'a rate without a burst',
      'rate_limit:\n  interval: 1s\n',
      [
        'web.yml:1: rate_limit.burst: an interval without a burst lets nobody in; allowed: a whole number from 1 to 100000.',
      ],
    ],
    [
      'an interval without a unit',
      'rate_limit:\n  interval: 1\n  burst: 1\n',
      [
        'web.yml:2: rate_limit.interval: found 1; allowed: a duration such as 1s or 100ms, up to 1m, or 0 for no limit.',
      ],
    ],
  ])('with %s is refused, and says what to do', async (_what, text, problems) => {
    expect(await problemsOf(text)).toEqual(problems);
  });

  it.each([
    ['a password instead of a hash', 'hunter2-hunter2'],
    ['another kind of hash', '$6$rounds=5000$salt$abcdefghijkl'],
    ['a hash that lost its end', HASH.slice(0, -1)],
    ['a number', '1234567890'],
    ['a cost that cannot be', HASH.replace('$10$', '$03$')],
  ])('with %s for a user is refused without showing it', async (_what, secret) => {
    const [problem = '', ...others] = await problemsOf(`basic_auth_users:\n  alice: ${secret}\n`);
    expect(others).toEqual([]);
    expect(problem).toMatch(/^web.yml:2: basic_auth_users.alice: this is no bcrypt hash .*htpasswd/);
    expect(problem).not.toContain(secret);
  });

  it('with a hash that would take minutes to check is refused', async () => {
    const [problem] = await problemsOf(`basic_auth_users:\n  alice: ${HASH.replace('$10$', '$20$')}\n`);
    expect(problem).toContain(
      'the bcrypt hash has cost 20: to check it would take minutes. Allowed: up to 16',
    );
  });

  it('tells every mistake at once', async () => {
    expect(await problemsOf('rate_limit:\n  brst: 1\nbasic_auth_users:\n  a: b\n')).toHaveLength(2);
  });

  it('tells the mistakes of every section at once, each with its line, and then those of what it names', async () => {
    const placesOf = async (text: string): Promise<readonly (string | undefined)[]> =>
      (await problemsOf(text)).map((problem) => /^web\.yml:\d+: [\w.]+/.exec(problem)?.[0]);
    const tls = [
      'tls_server_config:',
      '  cert_file: no-cert.pem',
      '  key_file: server.pem',
      '  client_ca_file: README.md',
      '  client_auth_type: RequireAndVerifyClientCert',
      '',
    ].join('\n');
    const text = `${tls}  min_version: TLS13\n  max_version: TLS12\nbasic_auth_users:\n  alice: hunter2\nrate_limit:\n  interval: often\n`;
    expect(await placesOf(text)).toEqual([
      'web.yml:6: tls_server_config.min_version',
      'web.yml:9: basic_auth_users.alice',
      'web.yml:11: rate_limit.interval',
    ]);
    expect(await placesOf(tls)).toEqual([
      'web.yml:2: tls_server_config.cert_file',
      'web.yml:3: tls_server_config.key_file',
      'web.yml:4: tls_server_config.client_ca_file',
    ]);
  });

  it('whose certificate cannot be used is looked at again when that changes', async () => {
    const loaded = await load('tls_server_config:\n  cert_file: nowhere.pem\n  key_file: server.key\n');
    expect(loaded).toMatchObject({
      ok: false,
      files: ['web.yml', 'nowhere.pem', 'server.key'].map((file) => `${TLS}/${file}`),
    });
  });

  it('that is not there says so', async () => {
    const loaded = await loadWebConfig('/nowhere/web.yml', realFileSystem, NOW_MS);
    expect(loaded.ok ? [] : loaded.problems.map(formatProblem)).toEqual([
      '/nowhere/web.yml: /nowhere/web.yml does not exist; correct the path, or leave --web.config.file out to serve plain HTTP to everybody.',
    ]);
  });

  it('names files relative to itself', () => {
    const parsed = parseWebConfig(
      '/etc/exporter/web.yml',
      'tls_server_config:\n  cert_file: tls/a.pem\n  key_file: /keys/a.key\n',
    );
    expect(parsed.ok && parsed.settings.tls).toMatchObject({
      cert: { path: '/etc/exporter/tls/a.pem' },
      key: { path: '/keys/a.key' },
    });
  });
});

describe('what works, but perhaps not as meant', () => {
  it('is a certificate that expired', async () => {
    const [warning] = await warningsOf(SERVER, Date.UTC(2200, 0, 1));
    expect(warning).toMatch(
      /^web.yml:2: tls_server_config.cert_file: the certificate CN=server in server.pem expired on .*; renew it/,
    );
  });

  it('is a certificate that is not valid yet', async () => {
    const [warning] = await warningsOf(SERVER, Date.UTC(2000, 0, 1));
    expect(warning).toMatch(/is not valid before .*; is the clock of this machine right\?/);
  });

  it('is nothing, with a certificate that is valid', async () => {
    expect(await warningsOf(SERVER)).toEqual([]);
  });

  it('is a key that everybody can read', async () => {
    const files: FileSystem = {
      ...besideCertificates(SERVER),
      kindOf: () => Promise.resolve({ kind: 'file', readableByOthers: true }),
    };
    const loaded = await loadWebConfig(`${TLS}/web.yml`, files, NOW_MS);
    expect(loaded.ok && loaded.warnings.map(({ message }) => message)).toEqual([
      `${TLS}/server.key can be read by every user of this machine; run: chmod 600 ${TLS}/server.key`,
    ]);
  });

  it('is a password that travels in the clear', async () => {
    expect(await warningsOf(`basic_auth_users:\n  alice: ${HASH}\n`)).toEqual([
      'web.yml:1: basic_auth_users: passwords without TLS can be read on the network; add tls_server_config, unless only this machine can connect.',
    ]);
  });

  it.each(['RequestClientCert', 'RequireAnyClientCert', 'RequireClientCert'])(
    'is %s, which verifies nothing',
    async (type) => {
      expect(await warningsOf(`${SERVER}  client_auth_type: ${type}\n`)).toEqual([
        expect.stringContaining('verifies no certificate: anybody can make one') as string,
      ]);
    },
  );
});
