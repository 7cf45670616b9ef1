import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { realFileSystem } from '../../src/config/file-system.ts';
import { formatProblem } from '../../src/config/problem.ts';
import { loadWebConfig } from '../../src/config/web/load-web-config.ts';
import { CURVES, TLS12_SUITES, TLS13_SUITES } from '../../src/config/web/tls-vocabulary.ts';
import { CLIENT_AUTH_TYPES } from '../../src/http/security/web-policy.ts';
import { describeWith, PROMTOOL } from '../helpers/debian-program.ts';

const FIXTURES = fileURLToPath(new URL('../fixtures/tls/web', import.meta.url));
const EXAMPLES = fileURLToPath(new URL('../../docs/examples', import.meta.url));
const HASH = '$2y$10$mDwo.lAisC94iLAyP81MCesa29IzH37oigHC/42V2pdJlUprsJPze';
const SERVER = 'tls_server_config:\n  cert_file: tls/server.pem\n  key_file: tls/server.key\n';
const list = (names: Iterable<string>): string => `[${[...names].join(', ')}]`;

/** What we accept, as widely as it goes. */
const ACCEPTED: Readonly<Record<string, string>> = {
  nothing: '',
  'empty sections': 'tls_server_config:\nhttp_server_config:\nbasic_auth_users:\n',
  TLS: SERVER,
  'every version': `${SERVER}  min_version: TLS12\n  max_version: TLS13\n`,
  'every suite': `${SERVER}  cipher_suites: ${list([...TLS13_SUITES, ...TLS12_SUITES.keys()])}\n`,
  'every curve': `${SERVER}  curve_preferences: ${list(CURVES.keys())}\n  prefer_server_cipher_suites: false\n`,
  headers: `http_server_config:\n  http2: false\n  headers:\n    Content-Security-Policy: default-src 'none'\n    X-Frame-Options: deny\n    X-Content-Type-Options: nosniff\n    X-XSS-Protection: '0'\n    Strict-Transport-Security: max-age=1\n`,
  users: `basic_auth_users:\n  alice: ${HASH}\n  bob: ${HASH.replace('$2y$', '$2a$')}\n  carol: ${HASH.replace('$2y$', '$2b$')}\n`,
  'the example': readFileSync(`${EXAMPLES}/web-config.yml`, 'utf8'),
  'the example with client certificates': readFileSync(`${EXAMPLES}/web-config-mtls.yml`, 'utf8')
    // Newer than the promtool of Debian 12, which stands in for the many that are in use.
    .replace(/ {2}client_allowed_sans:\n {4}- .*\n/, ''),
  ...Object.fromEntries(
    CLIENT_AUTH_TYPES.map((type) => [
      type,
      type === 'NoClientCert'
        ? `${SERVER}  client_auth_type: ${type}\n`
        : `${SERVER}  client_auth_type: ${type}\n  client_ca_file: tls/ca.pem\n`,
    ]),
  ),
};

/** Mistakes that both of us must see. */
const REFUSED: Readonly<Record<string, string>> = {
  'an unknown key': 'tls_server_confg: {}\n',
  'a hash that is none': 'basic_auth_users:\n  alice: hunter2\n',
  'a header that cannot be set': 'http_server_config:\n  headers:\n    Server: me\n',
  'a certificate that is not there': SERVER.replace('server.pem', 'nowhere.pem'),
  'the key of another certificate': SERVER.replace('server.key', 'server-next.key'),
  'an unknown curve': `${SERVER}  curve_preferences: [P256]\n`,
  'an unknown client_auth_type': `${SERVER}  client_auth_type: Sometimes\n`,
};

describeWith(PROMTOOL, (promtool) => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'web-config-'));
    mkdirSync(`${directory}/tls`);
    for (const file of ['server.pem', 'server.key', 'server-next.key', 'ca.pem']) {
      copyFileSync(`${FIXTURES}/${file}`, `${directory}/tls/${file}`);
    }
  });
  afterAll(() => {
    rmSync(directory, { recursive: true, force: true });
  });

  async function judge(text: string): Promise<{ readonly ours: readonly string[]; readonly theirs: string }> {
    const path = `${directory}/web.yml`;
    writeFileSync(path, text);
    const loaded = await loadWebConfig(path, realFileSystem, Date.now());
    const { status, stdout, stderr } = spawnSync(promtool, ['check', 'web-config', path], {
      encoding: 'utf8',
    });
    return {
      ours: loaded.ok ? [] : loaded.problems.map(formatProblem),
      theirs: status === 0 ? '' : `${stdout}${stderr}`,
    };
  }

  it.each(Object.entries(ACCEPTED))('accepts, as we do, a web config with %s', async (_what, text) => {
    expect(await judge(text)).toEqual({ ours: [], theirs: '' });
  });

  it.each(Object.entries(REFUSED))('refuses, as we do, a web config with %s', async (_what, text) => {
    const { ours, theirs } = await judge(text);
    expect(ours).not.toEqual([]);
    expect(theirs).not.toBe('');
  });
});
