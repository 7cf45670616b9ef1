import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkPaths } from '../../src/config/check-paths.ts';
import { realFileSystem } from '../../src/config/file-system.ts';
import type { Config } from '../../src/config/config.ts';
import { formatEffectiveConfig } from '../../src/config/effective.ts';
import type { Environment } from '../../src/config/environment-layer.ts';
import type { GivenFlag } from '../../src/config/flag-layer.ts';
import { loadConfig } from '../../src/config/load.ts';
import { formatProblem } from '../../src/config/problem.ts';

const HOME = '/home/user';
const PIN = 'ab'.repeat(32);

interface Said {
  readonly file: string;
  readonly environment?: Environment;
  readonly flags?: readonly GivenFlag[];
  readonly directory?: string;
}

async function newDirectory(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'gateways-'));
}

async function load({ file, environment = {}, flags = [], directory }: Said) {
  const cwd = directory ?? (await newDirectory());
  await writeFile(join(cwd, 'liveness.yml'), file);
  return loadConfig({
    flags: [...flags, { flag: '--config.file', value: 'liveness.yml' }],
    environment: { HOME, ...environment },
    cwd,
  });
}

async function configOf(said: Said): Promise<Config> {
  const loaded = await load(said);
  if (!loaded.ok) throw new Error(loaded.problems.map(formatProblem).join('\n'));
  return loaded.config;
}

async function problemsOf(said: Said): Promise<readonly string[]> {
  const loaded = await load(said);
  return loaded.ok ? [] : loaded.problems.map(formatProblem);
}

async function warningsOf(said: Said): Promise<readonly string[]> {
  const loaded = await load(said);
  return loaded.ok ? loaded.warnings.map(formatProblem) : ['refused'];
}

/** One line an entry. */
function list(...entries: readonly string[]): string {
  return `gateways:\n${entries.map((entry) => `  - ${entry}\n`).join('')}`;
}

describe('a list of gateways', () => {
  it('has a name, a URL, a token file, a fingerprint and probes for each', async () => {
    const directory = await newDirectory();
    const file = list(
      `{ name: home, url: "http://127.0.0.1:18789/", token_file: home.token, probe: true }`,
      `{ name: office, url: wss://gw.example/openclaw, token_file: ~/office.token, tls_fingerprint: ${PIN} }`,
    );
    expect((await configOf({ file, directory })).gateways).toEqual([
      {
        name: 'home',
        url: 'ws://127.0.0.1:18789',
        tokenFile: join(directory, 'home.token'),
        probe: true,
      },
      {
        name: 'office',
        url: 'wss://gw.example/openclaw',
        tokenFile: `${HOME}/office.token`,
        tlsFingerprint: 'AB:'.repeat(32).slice(0, -1),
        probe: false,
      },
    ]);
  });

  it('looks for token files beside the file that names them, wherever the exporter was started', async () => {
    const directory = await newDirectory();
    const path = join(directory, 'liveness.yml');
    await writeFile(path, list('{ url: ws://a:1, token_file: a.token }'));
    const flags = [{ flag: '--config.file', value: path }];
    const loaded = await loadConfig({ flags, environment: { HOME }, cwd: '/srv' });
    expect(loaded.ok && loaded.config.gateways).toMatchObject([{ tokenFile: join(directory, 'a.token') }]);
  });

  it('is empty unless it is written', async () => {
    for (const file of ['', 'gateways:\n', 'gateways: []\n', 'gateway: { url: ws://a:1 }\ngateways: []\n']) {
      expect((await configOf({ file })).gateways).toEqual([]);
    }
  });

  it('calls each by host and port unless it is named', async () => {
    const file = list(
      'url: wss://GW.example/path',
      'url: ws://gw.example',
      'url: "[::1]:18789"',
      'url: 10.0.0.1:1',
    );
    expect((await configOf({ file })).gateways.map(({ name }) => name)).toEqual([
      'gw.example:443',
      'gw.example:80',
      '[::1]:18789',
      '10.0.0.1:1',
    ]);
  });

  it('probes by way of each where probes are on, but for one that says no or has no token', async () => {
    const file = `probe: { enabled: true }\n${list(
      '{ url: ws://a:1, token_file: t }',
      '{ url: ws://b:1, token_file: t, probe: false }',
      '{ url: ws://c:1 }',
    )}`;
    expect((await configOf({ file })).gateways.map(({ probe }) => probe)).toEqual([true, false, false]);
  });

  it('takes no token from anywhere but its token files', async () => {
    const environment = {
      OPENCLAW_GATEWAY_TOKEN: 's3cr3t',
      OPENCLAW_GATEWAY_TOKEN_FILE: '/elsewhere',
      OPENCLAW_GATEWAY_PASSWORD: 'pa55word',
    };
    const config = await configOf({ file: list('url: ws://127.0.0.1:1'), environment });
    expect(config.gateways).toEqual([{ name: '127.0.0.1:1', url: 'ws://127.0.0.1:1', probe: false }]);
    const text = formatEffectiveConfig(config);
    expect(text).toContain(
      '\n# credential of 127.0.0.1:1: none: looked at by HTTP alone, its own view of the node hosts is missing; give it a token_file\n',
    );
    expect(text).not.toMatch(/s3cr3t|pa55word|elsewhere/);
  });

  it('says where each of its values was written', async () => {
    const { origins } = await configOf({
      file: 'gateways:\n  - name: a\n    url: ws://a:1\n  - url: ws://b:1\n    token_file: t\n',
    });
    const line = (number: number) => ({ kind: 'file', file: 'liveness.yml', line: number });
    expect(origins).toEqual({
      'gateways[0].name': line(2),
      'gateways[0].url': line(3),
      'gateways[1].url': line(4),
      'gateways[1].token_file': line(5),
    });
  });
});

describe('a mistake in a list of gateways', () => {
  it.each<[string, string, readonly string[]]>([
    [
      'a section where the list belongs',
      'gateways:\n  home: { url: ws://a:1 }\n',
      [
        'liveness.yml:1: gateways: found a section (key: value); allowed: a list (lines that start with "- ").',
      ],
    ],
    [
      'a URL where an entry belongs',
      list('ws://a:1'),
      [
        'liveness.yml:2: gateways[0]: found text; allowed: a section with any of name, url, token_file, tls_fingerprint, log, probe.',
      ],
    ],
    [
      'an entry without a URL',
      list('name: a', 'url: ws://b:1', 'token_file: t'),
      [
        'liveness.yml:2: gateways[0].url: found nothing; allowed: ws://, wss://, http:// or https:// followed by host[:port][/path], or host:port.',
        'liveness.yml:4: gateways[2].url: found nothing; allowed: ws://, wss://, http:// or https:// followed by host[:port][/path], or host:port.',
      ],
    ],
    [
      'a URL that is none',
      list('url: gateway.example'),
      [
        'liveness.yml:2: gateways[0].url: found "gateway.example"; allowed: ws://, wss://, http:// or https:// followed by host[:port][/path], or host:port.',
      ],
    ],
    [
      'a URL with credentials',
      list('url: wss://me:5ec12e7a@gateway.example'),
      [
        'liveness.yml:2: gateways[0].url: found a URL with credentials in it (not shown); remove them: a URL ends up in logs and labels. Put the token in a file and name it in token_file.',
      ],
    ],
    [
      'a URL with a query',
      list('url: wss://gateway.example/?token=5ec12e7a'),
      [
        'liveness.yml:2: gateways[0].url: found a URL with a query or a fragment (not shown); write it without: the gateway needs neither.',
      ],
    ],
    [
      'the token itself',
      list('{ url: ws://a:1, token: 5ec12e7a }'),
      [
        'liveness.yml:2: gateways[0].token: unknown key (its value is not shown): a credential does not belong in this file. Put the token in a file of its own (mode 0600) and set token_file.',
      ],
    ],
    [
      'a list where a token file belongs',
      list('{ url: ws://a:1, token_file: [t] }'),
      [
        'liveness.yml:2: gateways[0].token_file: found a list; allowed: the path of a file that holds the token.',
      ],
    ],
    [
      'a fingerprint that is none',
      list('{ url: wss://a, tls_fingerprint: "12:34" }'),
      [
        'liveness.yml:2: gateways[0].tls_fingerprint: found "12:34"; allowed: 64 hexadecimal digits, with or without colons.',
      ],
    ],
    [
      'a probe that is neither on nor off',
      list('{ url: ws://a:1, token_file: t, probe: 5s }'),
      ['liveness.yml:2: gateways[0].probe: found "5s"; allowed: true or false.'],
    ],
    [
      'a probe without a token',
      list('{ url: ws://a:1, probe: true }'),
      [
        'liveness.yml:2: gateways[0].probe: found probe without token_file; remove it, or name the token: a probe is sent over a session, which needs one.',
      ],
    ],
    [
      'a key that is nearly one',
      'gateways:\n  - url: ws://a:1\n    tokenFile: t\n',
      ['liveness.yml:3: gateways[0].tokenFile: unknown key. Did you mean "token_file"?'],
    ],
    [
      'a key that is none',
      'gateways:\n  - url: ws://a:1\n    colour_of_the_sky: blue\n',
      [
        'liveness.yml:3: gateways[0].colour_of_the_sky: unknown key; remove it. Known here: name, url, token_file, tls_fingerprint, log, probe.',
      ],
    ],
    [
      'the same name twice',
      list('{ name: a, url: ws://a:1 }', '{ name: b, url: ws://b:1 }', '{ name: " a", url: ws://c:1 }'),
      [
        'liveness.yml:4: gateways[2].name: found "a", which is the name of gateways[0] too; give each its own.',
      ],
    ],
    [
      'the name that another one has by its address',
      list('url: ws://a:1', '{ name: "a:1", url: ws://b:1 }'),
      [
        'liveness.yml:3: gateways[1].name: found "a:1", which is the name of gateways[0] too; give each its own.',
      ],
    ],
    [
      'an address that is the name of another one',
      list('{ name: "a:1", url: ws://b:1 }', 'url: ws://a:1'),
      [
        'liveness.yml:3: gateways[1].name: host and port of its url make the name "a:1", which is that of gateways[0] too; give it one of its own.',
      ],
    ],
    [
      'the same address twice, by whatever path and protocol',
      list('{ name: a, url: wss://GW.example/a }', '{ name: b, url: ws://gw.example:443/b }'),
      [
        'liveness.yml:3: gateways[1].url: gw.example:443 is the address of gateways[0] too; remove one of them: by the address that a node host dials it is told which gateway it belongs to.',
      ],
    ],
    [
      'the same address in other words',
      list('url: ws://127.0.0.1:1', 'url: ws://localhost:2', 'url: localhost:1', 'url: "[::1]:1"'),
      [
        'liveness.yml:4: gateways[2].url: localhost:1 is the address of gateways[0] too (127.0.0.1:1); remove one of them: by the address that a node host dials it is told which gateway it belongs to.',
        'liveness.yml:5: gateways[3].url: [::1]:1 is the address of gateways[0] too (127.0.0.1:1); remove one of them: by the address that a node host dials it is told which gateway it belongs to.',
      ],
    ],
    [
      'a host that is too long for a name',
      list(`url: ws://${'a.'.repeat(70)}example:1`),
      [
        'liveness.yml:2: gateways[0].name: host and port of its url make a name of 149 characters; allowed: a name of 1 to 128 characters on one line. Give it one.',
      ],
    ],
  ])('%s is told with its line', async (_, file, messages) => {
    expect(await problemsOf({ file })).toEqual(messages);
  });

  it.each([
    ['""', '""'],
    ['"\\u200b"', '"\u200b"'],
    ['"a\\nb"', '"a\\nb"'],
    ['"a\\e[31mb"', '"a\\u001b[31mb"'],
    ['"a\\u0085b"', '"a\u0085b"'],
    ['"a\\u2028b"', '"a\u2028b"'],
    ['7', '7'],
  ])('is the name %s', async (written, shown) => {
    expect(await problemsOf({ file: list(`{ url: ws://a:1, name: ${written} }`) })).toEqual([
      `liveness.yml:2: gateways[0].name: found ${shown}; allowed: a name of 1 to 128 characters on one line.`,
    ]);
  });

  it('is a name of more than 128 characters', async () => {
    const [problem = ''] = await problemsOf({ file: list(`{ url: ws://a:1, name: ${'n'.repeat(129)} }`) });
    expect(problem).toContain('; allowed: a name of 1 to 128 characters on one line.');
    expect(await problemsOf({ file: list(`{ url: ws://a:1, name: ${'n'.repeat(128)} }`) })).toEqual([]);
  });

  it('of form is told before those that two have together', async () => {
    const file = list(
      '{ name: a, url: nowhere }',
      '{ name: a, url: ws://b:1 }',
      'token_file: t',
      '{ name: c, url: ws://b:1 }',
      '{ nmae: d, url: ws://b:1 }',
    );
    expect((await problemsOf({ file })).map((problem) => problem.split(': ')[1])).toEqual([
      'gateways[0].url',
      'gateways[2].url',
      'gateways[4].nmae',
    ]);
  });
});

describe('a list of gateways beside a single one', () => {
  const file = `log: { level: info }\n${list('url: ws://a:1')}`;

  it('in the file is refused, with both places', async () => {
    expect(
      await problemsOf({
        file: `gateway:\n  url: ws://b:1\n  token_file: t\n  tls_fingerprint: ${PIN}\n${file}`,
      }),
    ).toEqual(
      ['url', 'token_file', 'tls_fingerprint'].map(
        (leaf, index) =>
          `liveness.yml:${index + 2}: gateway.${leaf}: is for a single gateway, but liveness.yml:6 lists gateways; remove it here, or give up the list (each of its entries has a ${leaf} of its own).`,
      ),
    );
  });

  it.each([
    ['--gateway.url', 'ws://b:1', 'url'],
    ['--gateway.token-file', 't', 'token_file'],
    ['--gateway.tls-fingerprint', PIN, 'tls_fingerprint'],
  ])('by the flag %s is refused', async (flag, value, leaf) => {
    expect(await problemsOf({ file, flags: [{ flag, value }] })).toEqual([
      `flag ${flag}: gateway.${leaf}: is for a single gateway, but liveness.yml:2 lists gateways; leave the flag out, or give up the list (each of its entries has a ${leaf} of its own).`,
    ]);
  });

  it.each([
    ['OPENCLAW_LIVENESS_GATEWAY_URL', 'ws://b:1', 'url'],
    ['OPENCLAW_LIVENESS_GATEWAY_TOKEN_FILE', 't', 'token_file'],
    ['OPENCLAW_LIVENESS_GATEWAY_TLS_FINGERPRINT', PIN, 'tls_fingerprint'],
  ])('by the variable %s is refused', async (variable, value, leaf) => {
    expect(await problemsOf({ file, environment: { [variable]: value } })).toEqual([
      `environment variable ${variable}: gateway.${leaf}: is for a single gateway, but liveness.yml:2 lists gateways; unset the variable, or give up the list (each of its entries has a ${leaf} of its own).`,
    ]);
  });

  it('is no mistake where the section of the single one is empty', async () => {
    expect(await problemsOf({ file: `gateway:\n${file}` })).toEqual([]);
  });

  it('cannot be written as variables', async () => {
    for (const variable of ['OPENCLAW_LIVENESS_GATEWAYS', 'OPENCLAW_LIVENESS_GATEWAYS_0_URL']) {
      expect(await problemsOf({ file: '', environment: { [variable]: 'ws://a:1' } })).toEqual([
        `environment variable ${variable}: unknown variable: a list of gateways is written into the config file only (gateways). Unset it.`,
      ]);
    }
  });
});

describe('the token files of a list of gateways', () => {
  it('are looked at as that of a single one, each with its line', async () => {
    const directory = await newDirectory();
    await writeFile(join(directory, 'fine'), 'abc\n', { mode: 0o600 });
    await writeFile(join(directory, 'open'), 'abc\n', { mode: 0o644 });
    await writeFile(join(directory, 'empty'), ' \n', { mode: 0o600 });
    const files = ['fine', 'missing', 'open', 'empty', '.', '5ec12e7a0b1c2d3e4f5061728394a5b6'];
    const config = await configOf({
      file: list(...files.map((path, index) => `{ url: "ws://a:${index + 1}", token_file: ${path} }`)),
      directory,
    });
    const { problems, warnings } = await checkPaths(config, realFileSystem, {
      stateDir: false,
      acting: 'ignored',
    });
    expect(problems.map(formatProblem)).toEqual([
      `liveness.yml:3: gateways[1].token_file: ${directory}/missing does not exist; create it with mode 0600, or correct the path.`,
      `liveness.yml:5: gateways[3].token_file: ${directory}/empty is empty; write the gateway token into it.`,
      `liveness.yml:6: gateways[4].token_file: ${directory} is a directory; name the file with the token in it.`,
      'liveness.yml:7: gateways[5].token_file: the file named there (not shown) does not exist; if that is the token itself: write it into a file and give the file’s path.',
    ]);
    expect(warnings.map(formatProblem)).toEqual([
      `liveness.yml:4: gateways[2].token_file: ${directory}/open can be read by every user of this machine; run: chmod 600 ${directory}/open`,
    ]);
  });
});

describe('a gateway that is told of without being refused', () => {
  const UNENCRYPTED =
    'ws:// to another machine is not encrypted: the token can be read on the way, and is only sent to private addresses, .local and .ts.net names, and to any other name where OPENCLAW_ALLOW_INSECURE_PRIVATE_WS is 1. Use wss://, or the local end of an SSH tunnel.';
  const PINNED =
    'ws:// has no certificate, so no session is opened; write the url with wss://, or remove the fingerprint.';

  it('is one elsewhere that would get its token in the clear', async () => {
    const file = list(
      '{ url: ws://gw.example:1, token_file: t }',
      '{ url: ws://127.0.0.1:1, token_file: t }',
      '{ url: ws://localhost:2, token_file: t }',
      '{ url: wss://gw.example, token_file: t }',
      'url: ws://gw.example:2',
    );
    expect(await warningsOf({ file })).toEqual([`liveness.yml:2: gateways[0].url: ${UNENCRYPTED}`]);
  });

  it('is one with a fingerprint of a certificate that it cannot have', async () => {
    const file = list(`{ url: "ws://127.0.0.1:1", tls_fingerprint: ${PIN} }`);
    expect(await warningsOf({ file })).toEqual([`liveness.yml:2: gateways[0].tls_fingerprint: ${PINNED}`]);
  });

  it('is a single one just so', async () => {
    const flags = [
      { flag: '--gateway.url', value: 'ws://gw.example:1' },
      { flag: '--gateway.tls-fingerprint', value: PIN },
    ];
    const environment = { OPENCLAW_GATEWAY_TOKEN: 't' };
    expect(await warningsOf({ file: '', flags, environment })).toEqual([
      `flag --gateway.tls-fingerprint: gateway.tls_fingerprint: ${PINNED}`,
      `flag --gateway.url: gateway.url: ${UNENCRYPTED}`,
    ]);
    const local = [{ flag: '--gateway.url', value: 'ws://127.0.0.1:1' }];
    expect(await warningsOf({ file: '', flags: local, environment })).toEqual([]);
  });

  it('never is one of a list because of a broken openclaw.json, which it has nothing from', async () => {
    const directory = await newDirectory();
    await writeFile(join(directory, 'openclaw.json'), '{');
    const environment = { OPENCLAW_STATE_DIR: directory };
    expect(await warningsOf({ file: list('url: ws://127.0.0.1:1'), environment })).toEqual([]);
    expect(await warningsOf({ file: '', environment })).toHaveLength(1);
  });
});

describe('the effective configuration of a list of gateways', () => {
  const file = `probe: { enabled: true }\n${list(
    '{ name: "no: \'plain\' #name", url: wss://gw.example/a, token_file: /t, probe: false }',
    `{ url: "10.0.0.1:1", token_file: u, tls_fingerprint: ${PIN} }`,
    'url: "[::1]:2"',
  )}nodes: [{ pid_file: /node.pid }]\n`;

  it('has every entry, with where each value comes from, and no single gateway', async () => {
    const directory = await newDirectory();
    const text = formatEffectiveConfig(await configOf({ file, directory }));
    expect(text).toContain(
      [
        'gateways:',
        '  - name: "no: \'plain\' #name"  # liveness.yml:3',
        '    url: wss://gw.example/a  # liveness.yml:3',
        '    token_file: /t  # liveness.yml:3',
        '    probe: false  # liveness.yml:3',
        '  - name: 10.0.0.1:1  # host and port of its url',
        '    url: ws://10.0.0.1:1  # liveness.yml:4',
        `    token_file: ${directory}/u  # liveness.yml:4`,
        `    tls_fingerprint: ${'AB:'.repeat(32).slice(0, -1)}  # liveness.yml:4`,
        '    probe: true  # as probe.enabled',
        '  - name: "[::1]:2"  # host and port of its url',
        '    url: ws://[::1]:2  # liveness.yml:5',
        '    probe: false  # no token_file to open a session with',
        'nodes:',
      ].join('\n'),
    );
    expect(text).not.toMatch(/^gateway:/m);
    expect(text).toMatch(
      new RegExp(
        [
          "\n# credential of no: 'plain' #name: the token in /t",
          `# credential of 10\\.0\\.0\\.1:1: the token in ${directory}/u`,
          '# credential of \\[::1\\]:2: none: [^\n]*\n$',
        ].join('\n'),
      ),
    );
  });

  it('is read back as the same configuration', async () => {
    const config = await configOf({ file });
    const again = await configOf({ file: formatEffectiveConfig(config) });
    expect({ ...again, origins: {} }).toEqual({ ...config, origins: {} });
  });
});
