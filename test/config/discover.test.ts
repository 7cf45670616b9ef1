import { describe, expect, it } from 'vitest';
import { discoverGateway, viewOpenclawConfig } from '../../src/config/discover.ts';
import type { OpenclawEnvironment } from '../../src/config/openclaw.ts';

const PATH = '/home/user/.openclaw/openclaw.json';

function view(content: string) {
  return viewOpenclawConfig(PATH, { text: content });
}

function discover(content: string | undefined, environment: Partial<OpenclawEnvironment> = {}) {
  const read = content === undefined ? viewOpenclawConfig(PATH, { error: 'ENOENT' }) : view(content);
  const { fallback, from } = discoverGateway(read, { home: '/home/user', ...environment });
  return `${fallback} (${from})`;
}

describe('the gateway that nobody named', () => {
  it.each<[string, string | undefined, Partial<OpenclawEnvironment>, string]>([
    ['without a file is OpenClaw’s default', undefined, {}, 'ws://127.0.0.1:18789 (OpenClaw’s default)'],
    ['of an empty file is OpenClaw’s default', '{}', {}, 'ws://127.0.0.1:18789 (OpenClaw’s default)'],
    [
      'is at the file’s port',
      '{ gateway: { mode: "local", port: 19999, }, } // JSON5',
      {},
      `ws://127.0.0.1:19999 (gateway.port in ${PATH})`,
    ],
    [
      'is where the variable says before where the file says',
      '{ gateway: { port: 19999 } }',
      { gatewayPort: '20000' },
      'ws://127.0.0.1:20000 (OPENCLAW_GATEWAY_PORT)',
    ],
    [
      'is where the file says when the variable says nonsense',
      '{ gateway: { port: 19999 } }',
      { gatewayPort: 'none' },
      `ws://127.0.0.1:19999 (gateway.port in ${PATH})`,
    ],
    [
      'speaks TLS where the file turns it on',
      '{ gateway: { port: 19999, tls: { enabled: true } } }',
      {},
      `wss://127.0.0.1:19999 (gateway.port in ${PATH})`,
    ],
    [
      'speaks TLS at the variable’s port too',
      '{ gateway: { tls: { enabled: true } } }',
      { gatewayPort: '20000' },
      'wss://127.0.0.1:20000 (OPENCLAW_GATEWAY_PORT)',
    ],
    [
      'is the remote one in remote mode, whatever the port',
      '{ gateway: { mode: "remote", port: 1, remote: { url: "wss://gateway.example/" } } }',
      { gatewayPort: '20000' },
      `wss://gateway.example (gateway.remote.url in ${PATH})`,
    ],
    [
      'is not the remote one in local mode',
      '{ gateway: { mode: "local", remote: { url: "wss://gateway.example" } } }',
      {},
      'ws://127.0.0.1:18789 (OpenClaw’s default)',
    ],
    [
      'of the profile dev is at its port',
      undefined,
      { profile: 'dev' },
      'ws://127.0.0.1:19001 (OpenClaw’s default for the profile dev)',
    ],
  ])('%s', (_claim, content, environment, expected) => {
    expect(discover(content, environment)).toBe(expected);
  });
});

describe('openclaw.json', () => {
  it.each([
    ['null', '{"a": null}'],
    ['a list', '[1, 2]'],
    ['text', '"gateway"'],
    ['a gateway that is text', '{ gateway: "local" }'],
    ['a gateway that is a list', '{ gateway: [] }'],
    ['a remote that is null', '{ gateway: { mode: "remote", remote: null } }'],
    ['keys of the prototype', '{ "__proto__": { "gateway": { "port": 1 } } }'],
  ])('with %s in it is read as if it said nothing', (_what, content) => {
    expect(discover(content)).toBe('ws://127.0.0.1:18789 (OpenClaw’s default)');
    expect(view(content)).toMatchObject({
      isRemote: expect.any(Boolean) as boolean,
      credential: 'absent',
      problems: [],
    });
  });

  it('with a port that is none, and a remote URL that is none, says so', () => {
    expect(view('{ gateway: { port: "many" } }').problems).toEqual([
      `gateway.port in ${PATH} is not a port; set gateway.url.`,
    ]);
    expect(view('{ gateway: { mode: "remote", remote: { url: "wss://u:s3cr3t@h" } } }').problems).toEqual([
      `gateway.remote.url in ${PATH} is not a URL that can be used here; set gateway.url.`,
    ]);
  });

  it('that is broken says where, and not what: the parser would quote the token', () => {
    const broken = view('{ gateway: { auth: { token: s3cr3t } } }');
    expect(broken).toEqual({
      path: PATH,
      credential: 'absent',
      setsUpGateway: false,
      problems: [`${PATH}:1:29 is not valid JSON5; it was ignored.`],
    });
  });

  it('that may not be read says what to do', () => {
    expect(viewOpenclawConfig(PATH, { error: 'EACCES' }).problems).toEqual([
      `${PATH} cannot be read (EACCES); run as the user of OpenClaw, or set gateway.url and gateway.token_file.`,
    ]);
  });

  it.each([
    ['{ gateway: { auth: { token: "abc" } } }', 'present'],
    ['{ gateway: { auth: { password: "abc" } } }', 'present'],
    ['{ gateway: { auth: { token: "  " } } }', 'absent'],
    ['{ gateway: { auth: { token: "${OPENCLAW_GATEWAY_TOKEN}" } } }', 'reference'],
    ['{ gateway: { auth: { token: { source: "exec", id: "x" } } } }', 'reference'],
    ['{ gateway: { auth: { mode: "none" } } }', 'not-needed'],
    ['{ gateway: { mode: "remote", auth: { token: "abc" } } }', 'absent'],
    ['{ gateway: { mode: "remote", remote: { token: "abc" } } }', 'present'],
  ])('%s has a credential that is %s', (content, credential) => {
    expect(view(content).credential).toBe(credential);
  });

  it('is reduced to what we use, so that no credential leaves it', () => {
    const seen = JSON.stringify(
      view('{ gateway: { port: 1234, auth: { token: "s3cr3t", password: "pa55" } } }'),
    );
    expect(seen).not.toMatch(/s3cr3t|pa55/);
  });

  it('gives the pin of a remote gateway only', () => {
    const remote = '{ gateway: { mode: "remote", remote: { url: "wss://h", tlsFingerprint: "ab" } } }';
    expect(view(remote).tlsFingerprint).toBe('ab');
    expect(view(remote.replace('"remote",', '"local",')).tlsFingerprint).toBeUndefined();
  });
});

describe('whether the gateway’s address is a guess', () => {
  const isGuess = (content: string | undefined, environment: Partial<OpenclawEnvironment> = {}) => {
    const read = content === undefined ? viewOpenclawConfig(PATH, { error: 'ENOENT' }) : view(content);
    return discoverGateway(read, { home: '/home/user', ...environment }).isGuess;
  };

  it.each<[string, string | undefined, Partial<OpenclawEnvironment>, boolean]>([
    ['yes, where nothing was said', undefined, {}, true],
    ['yes, where the file says nothing of a gateway', '{ models: {} }', {}, true],
    ['yes, where only the profile is known', undefined, { profile: 'dev' }, true],
    ['no, where the file sets up a gateway here', '{ gateway: { mode: "local" } }', {}, false],
    ['no, where the file has a credential of a gateway', '{ gateway: { auth: { token: "t" } } }', {}, false],
    ['no, where the file gives the port', '{ gateway: { port: 19999 } }', {}, false],
    ['no, where the variable gives the port', undefined, { gatewayPort: '20000' }, false],
    [
      'no, where the file names a remote one',
      '{ gateway: { mode: "remote", remote: { url: "wss://gw" } } }',
      {},
      false,
    ],
    ['yes, where the remote one has no address', '{ gateway: { mode: "remote" } }', {}, true],
  ])('%s', (_name, content, environment, expected) => {
    expect(isGuess(content, environment)).toBe(expected);
  });
});
