import { describe, expect, it } from 'vitest';
import type { FileSystem } from '../../src/config/file-system.ts';
import type { GivenFlag } from '../../src/config/flag-layer.ts';
import { formatEffectiveConfig } from '../../src/config/effective.ts';
import { loadConfig, type LoadInput } from '../../src/config/load.ts';
import { formatProblem } from '../../src/config/problem.ts';

function flags(...pairs: readonly (readonly [string, string | boolean])[]): readonly GivenFlag[] {
  return pairs.map(([flag, value]) => ({ flag, value }));
}

function load(input: Partial<LoadInput> & { readonly file?: string } = {}) {
  const { file, ...rest } = input;
  const fileSystem: FileSystem = {
    kindOf: () => Promise.resolve({ error: 'ENOENT' }),
    readText: (path) =>
      Promise.resolve(
        path === '/etc/liveness.yml' && file !== undefined ? { text: file } : { error: 'ENOENT' },
      ),
    refusalOf: () => Promise.resolve(undefined),
  };
  const named = file === undefined ? [] : flags(['--config.file', '/etc/liveness.yml']);
  return loadConfig({
    environment: { HOME: '/home/a', ...rest.environment },
    cwd: '/srv',
    fileSystem,
    flags: [...named, ...(rest.flags ?? [])],
  });
}

async function webOf(input: Parameters<typeof load>[0]) {
  const loaded = await load(input);
  if (!loaded.ok) throw new Error(loaded.problems.map(formatProblem).join('\n'));
  return loaded.config.web;
}

async function problemsOf(input: Parameters<typeof load>[0]): Promise<readonly string[]> {
  const loaded = await load(input);
  return loaded.ok ? [] : loaded.problems.map(formatProblem);
}

const BOTH = [
  { kind: 'tcp', host: '127.0.0.1', port: 9789 },
  { kind: 'unix', path: '/run/liveness.sock' },
];

describe('several addresses', () => {
  it('are given by a flag that is repeated', async () => {
    const given = flags(
      ['--web.listen-address', '127.0.0.1:9789'],
      ['--web.listen-address', 'unix:/run/liveness.sock'],
    );
    expect((await webOf({ flags: given })).listen).toEqual(BOTH);
  });

  it('are given by a variable with commas', async () => {
    const environment = { OPENCLAW_LIVENESS_WEB_LISTEN_ADDRESS: '127.0.0.1:9789, unix:/run/liveness.sock' };
    expect((await webOf({ environment })).listen).toEqual(BOTH);
  });

  it('are given by a list in the file; one may be written alone', async () => {
    expect(
      (await webOf({ file: 'web:\n  listen_address: ["127.0.0.1:9789", "unix:/run/liveness.sock"]\n' }))
        .listen,
    ).toEqual(BOTH);
    expect((await webOf({ file: 'web:\n  listen_address: "127.0.0.1:9789"\n' })).listen).toEqual([BOTH[0]]);
  });

  it('of flags replace those of the file', async () => {
    const file = 'web:\n  listen_address: [":1", ":2"]\n';
    expect((await webOf({ file, flags: flags(['--web.listen-address', ':3']) })).listen).toEqual([
      { kind: 'tcp', port: 3 },
    ]);
  });

  it.each([
    [
      '[":1", "nonsense"]',
      'found "nonsense"; allowed: host:port, :port for every address of the machine, [IPv6]:port, or unix:path.',
    ],
    [
      '[]',
      'found an empty list; allowed: host:port, :port for every address of the machine, [IPv6]:port, or unix:path.',
    ],
    ['[":1", ":1"]', '":1" is given twice; remove one of them.'],
    [
      '[9789]',
      'found 9789; allowed: host:port, :port for every address of the machine, [IPv6]:port, or unix:path.',
    ],
  ])('as %s are refused', async (written, message) => {
    expect(await problemsOf({ file: `web:\n  listen_address: ${written}\n` })).toEqual([
      `/etc/liveness.yml:2: web.listen_address: ${message}`,
    ]);
  });

  it('may be a socket path of 107 bytes, and of a longer one it is said how much is too much', async () => {
    const path = `/${'é'.repeat(53)}`;
    expect((await webOf({ file: `web:\n  listen_address: unix:${path}\n` })).listen).toEqual([
      { kind: 'unix', path },
    ]);
    expect(await problemsOf({ file: `web:\n  listen_address: [unix:${path}x]\n` })).toEqual([
      `/etc/liveness.yml:2: web.listen_address: the path of the socket has 108 bytes, and the system takes up to 107; use a shorter one: ${path}x`,
    ]);
  });

  it('of which two are any free port are no mistake', async () => {
    expect(
      (await webOf({ file: 'web:\n  listen_address: ["127.0.0.1:0", "127.0.0.1:0"]\n' })).listen,
    ).toHaveLength(2);
  });
});

describe('paths of the web section', () => {
  it('are relative to the file where it names them, and else to the working directory', async () => {
    const file = 'web:\n  listen_address: unix:a.sock\n  config_file: web.yml\n';
    expect(await webOf({ file })).toMatchObject({
      listen: [{ kind: 'unix', path: '/etc/a.sock' }],
      configFile: '/etc/web.yml',
    });
    expect(
      await webOf({
        flags: flags(['--web.listen-address', 'unix:a.sock'], ['--web.config.file', '~/web.yml']),
      }),
    ).toMatchObject({ listen: [{ kind: 'unix', path: '/srv/a.sock' }], configFile: '/home/a/web.yml' });
  });
});

describe('the mode of a socket', () => {
  it.each([
    ['"600"', 0o600],
    ['"0666"', 0o666],
  ])('may be %s', async (written, mode) => {
    expect((await webOf({ file: `web:\n  socket_mode: ${written}\n` })).socketMode).toBe(mode);
  });

  // YAML reads the one as six hundred and sixty, and the other as four hundred and thirty-two.
  it.each(['0660', '0o660', '"888"', '"rw-rw----"'])('may not be %s', async (written) => {
    const [problem] = await problemsOf({ file: `web:\n  socket_mode: ${written}\n` });
    expect(problem).toContain('allowed: three octal digits in quotes, such as "660".');
  });
});

describe('sockets of systemd', () => {
  const environment = { LISTEN_FDS: '1', LISTEN_PID: String(process.pid) };

  it('take the place of the default address', async () => {
    expect(await webOf({ environment, flags: flags(['--web.systemd-socket', true]) })).toMatchObject({
      listen: [],
      inherited: { ok: true, sockets: [{ fd: 3 }] },
    });
  });

  it('stand beside addresses that somebody gave', async () => {
    const given = flags(['--web.systemd-socket', true], ['--web.listen-address', ':1']);
    expect((await webOf({ environment, flags: given })).listen).toEqual([{ kind: 'tcp', port: 1 }]);
  });

  it('are not looked for unless asked', async () => {
    expect(await webOf({ environment })).not.toHaveProperty('inherited');
  });

  it('that are not there do not keep config check from working', async () => {
    expect((await webOf({ flags: flags(['--web.systemd-socket', true]) })).inherited).toMatchObject({
      ok: false,
    });
  });
});

describe('the effective configuration', () => {
  it('is read back as it was', async () => {
    const file =
      'web:\n  listen_address: [":1", "unix:/run/a.sock"]\n  config_file: /etc/web.yml\n  socket_mode: "600"\n  open_probes: true\n  max_requests: 3\n';
    const loaded = await load({ file });
    const written = loaded.ok ? formatEffectiveConfig(loaded.config) : '';
    const again = await load({ file: written });
    expect(again.ok && again.config.web).toEqual(loaded.ok && loaded.config.web);
    expect(written).toContain('listen_address: [":1","unix:/run/a.sock"]  # /etc/liveness.yml:2');
  });
});
