import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { DEFAULT_THRESHOLDS } from '../../src/core/model/thresholds.ts';
import type { Config } from '../../src/config/config.ts';
import type { Environment } from '../../src/config/environment-layer.ts';
import type { GivenFlag } from '../../src/config/flag-layer.ts';
import { loadConfig } from '../../src/config/load.ts';
import { formatProblem } from '../../src/config/problem.ts';

const HOME = '/home/user';

interface Said {
  readonly file?: string;
  readonly environment?: Environment;
  readonly flags?: readonly string[];
}

/** `--log.level debug` → the flags as the command line hands them over. */
function flagsOf(words: readonly string[]): readonly GivenFlag[] {
  return words.map((word) => {
    const [flag = '', value] = word.split(/ (.*)/s);
    if (flag.startsWith('--no-')) return { flag: flag.replace('--no-', '--'), value: false };
    return { flag, value: value ?? true };
  });
}

async function load({ file, environment = {}, flags = [] }: Said) {
  const directory = await mkdtemp(join(tmpdir(), 'config-'));
  const given = [...flagsOf(flags)];
  if (file !== undefined) {
    await writeFile(join(directory, 'liveness.yml'), file);
    given.push({ flag: '--config.file', value: 'liveness.yml' });
  }
  const loaded = await loadConfig({ flags: given, environment: { HOME, ...environment }, cwd: directory });
  return { loaded, directory };
}

async function configOf(said: Said): Promise<Config> {
  const { loaded } = await load(said);
  if (!loaded.ok) throw new Error(loaded.problems.map(formatProblem).join('\n'));
  return loaded.config;
}

async function problemsOf(said: Said): Promise<readonly string[]> {
  const { loaded } = await load(said);
  return loaded.ok ? [] : loaded.problems.map(formatProblem);
}

describe('the configuration without anything said', () => {
  it('is the defaults and OpenClaw’s own places', async () => {
    const config = await configOf({});
    expect(config).toMatchObject({
      web: {
        listen: [{ kind: 'tcp', host: '127.0.0.1', port: 9789 }],
        socketMode: 0o660,
        openProbes: false,
        maxRequests: 40,
        createdTimestamps: false,
        enableLifecycle: false,
      },
      gateway: { locator: { kind: 'discover', fallback: 'ws://127.0.0.1:18789' } },
      nodes: [
        {
          id: `state-dir:${HOME}/.openclaw`,
          locator: { kind: 'state-dir', path: `${HOME}/.openclaw`, explicit: false },
          log: { kind: 'auto' },
        },
      ],
      probe: { enabled: false, intervalMs: 5_000, timeoutMs: 3_000 },
      state: { dir: `${HOME}/.local/state/openclaw-liveness-exporter` },
      log: { level: 'info', format: 'text' },
      limits: { maxNodes: 1_000, forgetNodesAfterDays: 30 },
      origins: {},
    });
    expect(config.thresholds).toEqual(DEFAULT_THRESHOLDS);
  });

  it('cannot be changed by anybody who gets it', async () => {
    const config = await configOf({ flags: ['--node.name a'] });
    expect(Object.isFrozen(config)).toBe(true);
    expect(() => Object.assign(config.nodes[0]!.locator, { path: '/elsewhere' })).toThrow(TypeError);
  });

  it('takes an empty file, and one with nothing but comments and empty sections, for no file', async () => {
    const plain = await configOf({});
    for (const file of ['', '# nothing yet\n', 'web:\n#  listen_address: ":1"\nnodes:\n']) {
      expect(await configOf({ file })).toEqual(plain);
    }
  });
});

describe('precedence', () => {
  const file = 'log: { level: error, format: json }\nlimits: { max_nodes: 7 }\n';

  it('is flag before environment before file before default, value by value', async () => {
    const config = await configOf({
      file,
      environment: { OPENCLAW_LIVENESS_LOG_LEVEL: 'warn', OPENCLAW_LIVENESS_LOG_FORMAT: 'text' },
      flags: ['--log.level debug'],
    });
    expect(config.log).toEqual({ level: 'debug', format: 'text' });
    expect(config.limits.maxNodes).toBe(7);
    expect(config.origins).toEqual({
      'log.level': { kind: 'flag', flag: '--log.level' },
      'log.format': { kind: 'environment', variable: 'OPENCLAW_LIVENESS_LOG_FORMAT' },
      'limits.max_nodes': { kind: 'file', file: 'liveness.yml', line: 2 },
    });
  });

  it('lets the last of two equal flags win', async () => {
    expect((await configOf({ flags: ['--log.level debug', '--log.level warn'] })).log.level).toBe('warn');
  });

  it('lets --no-probe undo what the file says', async () => {
    const file = 'probe: { enabled: true }\n';
    expect((await configOf({ file })).probe.enabled).toBe(true);
    expect((await configOf({ file, flags: ['--no-probe'] })).probe.enabled).toBe(false);
  });

  it('replaces the node hosts of the file as a whole', async () => {
    const two = 'nodes:\n  - { name: a, state_dir: /a, log: none }\n  - { name: b, state_dir: /b }\n';
    const config = await configOf({ file: two, flags: ['--node.state-dir /c'] });
    expect(config.nodes).toEqual([
      {
        id: 'state-dir:/c',
        locator: { kind: 'state-dir', path: '/c', explicit: true },
        log: { kind: 'auto' },
      },
    ]);
    expect(config.origins).toEqual({ 'nodes[0].state_dir': { kind: 'flag', flag: '--node.state-dir' } });
  });

  it('replaces the node hosts of the environment by those of the flags', async () => {
    const config = await configOf({
      environment: { OPENCLAW_LIVENESS_NODE_STATE_DIR: '/a,/b', OPENCLAW_LIVENESS_NODE_NAME: 'a,b' },
      flags: ['--node.state-dir /c'],
    });
    expect(config.nodes.map(({ id, name }) => [id, name])).toEqual([['state-dir:/c', undefined]]);
    expect(config.origins).toEqual({ 'nodes[0].state_dir': { kind: 'flag', flag: '--node.state-dir' } });
  });
});

describe('the environment', () => {
  it('sets thresholds, in seconds or with a unit', async () => {
    const config = await configOf({
      environment: {
        OPENCLAW_LIVENESS_THRESHOLDS_FUTILE_AFTER: '1m30s',
        OPENCLAW_LIVENESS_THRESHOLDS_DOWN_AFTER: '20',
      },
    });
    expect(config.thresholds.futileAfterMs).toBe(90_000);
    expect(config.thresholds.downAfterMs).toBe(20_000);
  });

  it('joins lists by position', async () => {
    const config = await configOf({
      environment: {
        OPENCLAW_LIVENESS_NODE_STATE_DIR: '/a, /b',
        OPENCLAW_LIVENESS_NODE_NAME: 'first, ',
        OPENCLAW_LIVENESS_NODE_LOG: 'none,journal',
      },
    });
    expect(config.nodes.map(({ id, name, log }) => [id, name, log.kind])).toEqual([
      ['state-dir:/a', 'first', 'none'],
      ['state-dir:/b', undefined, 'journal'],
    ]);
  });

  it('refuses lists of different lengths', async () => {
    const environment = { OPENCLAW_LIVENESS_NODE_STATE_DIR: '/a,/b', OPENCLAW_LIVENESS_NODE_NAME: 'first' };
    expect(await problemsOf({ environment })).toEqual([
      'environment variable OPENCLAW_LIVENESS_NODE_NAME: nodes[].name: found 1 values; allowed: 2, one for each in OPENCLAW_LIVENESS_NODE_STATE_DIR.',
    ]);
  });

  it('refuses two ways of naming node hosts', async () => {
    const environment = { OPENCLAW_LIVENESS_NODE_STATE_DIR: '/a', OPENCLAW_LIVENESS_NODE_PID_FILE: '/b' };
    expect(await problemsOf({ environment })).toEqual([
      'environment variables OPENCLAW_LIVENESS_NODE_STATE_DIR and OPENCLAW_LIVENESS_NODE_PID_FILE: set only one of them: by variables all node hosts are named in the same way. Use --node.… flags or the nodes list of a config file otherwise.',
    ]);
  });

  it('refuses an unknown variable and says which was meant', async () => {
    expect(await problemsOf({ environment: { OPENCLAW_LIVENESS_LOG_LEVLE: 'debug' } })).toEqual([
      'environment variable OPENCLAW_LIVENESS_LOG_LEVLE: unknown variable. Did you mean OPENCLAW_LIVENESS_LOG_LEVEL?',
    ]);
  });

  it('refuses a token in a variable of ours without showing it', async () => {
    const [problem = '', ...others] = await problemsOf({
      environment: { OPENCLAW_LIVENESS_GATEWAY_TOKEN: 's3cr3t' },
    });
    expect(others).toEqual([]);
    expect(problem).toContain('Put the token in OPENCLAW_GATEWAY_TOKEN');
    expect(problem).not.toContain('s3cr3t');
  });

  it('takes a blank variable for none', async () => {
    expect((await configOf({ environment: { OPENCLAW_LIVENESS_LOG_LEVEL: ' ' } })).log.level).toBe('info');
  });

  it('is not disturbed by the variables that Kubernetes makes of a service with our name', async () => {
    const environment = {
      OPENCLAW_LIVENESS_EXPORTER_SERVICE_HOST: '10.0.0.7',
      OPENCLAW_LIVENESS_EXPORTER_SERVICE_PORT: '9789',
      OPENCLAW_LIVENESS_EXPORTER_SERVICE_PORT_METRICS: '9789',
      OPENCLAW_LIVENESS_EXPORTER_PORT: 'tcp://10.0.0.7:9789',
      OPENCLAW_LIVENESS_EXPORTER_PORT_9789_TCP: 'tcp://10.0.0.7:9789',
      OPENCLAW_LIVENESS_EXPORTER_PORT_9789_TCP_PROTO: 'tcp',
      OPENCLAW_LIVENESS_EXPORTER_PORT_9789_TCP_PORT: '9789',
      OPENCLAW_LIVENESS_EXPORTER_PORT_9789_TCP_ADDR: '10.0.0.7',
    };
    expect(await problemsOf({ environment })).toEqual([]);
  });

  it('names the file when no flag does', async () => {
    const { directory } = await load({ file: 'log: { level: debug }\n' });
    const environment = { HOME, OPENCLAW_LIVENESS_CONFIG_FILE: 'liveness.yml' };
    const loaded = await loadConfig({ flags: [], environment, cwd: directory });
    expect(loaded.ok && loaded.config.log.level).toBe('debug');
  });
});

describe('flags for node hosts', () => {
  it('belong to the node host named just before them', async () => {
    const config = await configOf({
      flags: [
        '--node.state-dir /a',
        '--node.name first',
        '--node.systemd-unit openclaw-node',
        '--node.log journal',
        '--node.pid-file /run/c.pid',
        '--node.name third',
        '--node.log none',
        '--node.launchd-label com.example.node',
      ],
    });
    expect(config.nodes).toEqual([
      {
        id: 'state-dir:/a',
        name: 'first',
        locator: { kind: 'state-dir', path: '/a', explicit: true },
        log: { kind: 'auto' },
      },
      {
        id: 'systemd-unit:user/openclaw-node.service',
        locator: { kind: 'systemd-unit', unit: 'openclaw-node.service', user: true },
        log: { kind: 'journal' },
      },
      {
        id: 'pid-file:/run/c.pid',
        name: 'third',
        locator: { kind: 'pid-file', path: '/run/c.pid' },
        log: { kind: 'none' },
      },
      {
        id: 'launchd-label:com.example.node',
        locator: { kind: 'launchd-label', label: 'com.example.node' },
        log: { kind: 'auto' },
      },
    ]);
  });

  it('need no order where there is one node host', async () => {
    const config = await configOf({ flags: ['--node.name a', '--node.state-dir /a'] });
    expect(config.nodes.map(({ id, name }) => [id, name])).toEqual([['state-dir:/a', 'a']]);
  });

  it('speak of the default node host where none is named', async () => {
    const config = await configOf({ flags: ['--node.name a', '--node.log none'] });
    expect(config.nodes).toMatchObject([{ name: 'a', locator: { explicit: false }, log: { kind: 'none' } }]);
  });

  it('are refused before the first of several node hosts', async () => {
    const flags = ['--node.name a', '--node.state-dir /a', '--node.state-dir /b'];
    expect(await problemsOf({ flags })).toEqual([
      'flag --node.name: with several node hosts this flag belongs to the one named just before it; write it after its --node.state-dir (or --node.pid-file, --node.systemd-unit, --node.launchd-label).',
    ]);
  });

  it('are refused when given twice for one node host', async () => {
    const flags = ['--node.state-dir /a', '--node.name a', '--node.name b'];
    expect(await problemsOf({ flags })).toEqual([
      'flag --node.name: given twice for one node host: "a" and "b". Remove one, or write each after the --node.state-dir it belongs to.',
    ]);
  });
});

describe('mistakes', () => {
  it('are told all at once, each with who made it', async () => {
    const problems = await problemsOf({
      file: 'log:\n  level: loud\n  colour: red\n',
      environment: { OPENCLAW_LIVENESS_LIMITS_MAX_NODES: 'many', OPENCLAW_LIVENESS_NONSENSE: '1' },
      flags: ['--web.listen-address nowhere', '--gateway.token s3cr3t'],
    });
    expect(problems).toEqual([
      'environment variable OPENCLAW_LIVENESS_NONSENSE: unknown variable. Unset it; docs/configuration.md lists what "OPENCLAW_LIVENESS_…" may set.',
      'flag --gateway.token: a token is not accepted as a flag: everybody on this machine could read it in the process list. Put it in a file (mode 0600) and give --gateway.token-file, or set OPENCLAW_GATEWAY_TOKEN.',
      'flag --web.listen-address: web.listen_address: found "nowhere"; allowed: host:port, :port for every address of the machine, [IPv6]:port, or unix:path.',
      'liveness.yml:2: log.level: found "loud"; allowed: debug, info, warn or error.',
      'liveness.yml:3: log.colour: unknown key; remove it. Known here: level, format.',
      'environment variable OPENCLAW_LIVENESS_LIMITS_MAX_NODES: limits.max_nodes: found "many"; allowed: a whole number from 1 to 100000.',
    ]);
  });

  it('in a node host of a flag name the flag', async () => {
    expect(await problemsOf({ flags: ['--node.systemd-unit two words'] })).toEqual([
      'flag --node.systemd-unit: nodes[0].systemd_unit: found "two words"; allowed: the name of a systemd service.',
    ]);
  });

  it('in the label of a job name what a label may be', async () => {
    expect(await problemsOf({ flags: ['--node.launchd-label gui/501/x'] })).toEqual([
      'flag --node.launchd-label: nodes[0].launchd_label: found "gui/501/x"; allowed: the label of a launchd job.',
    ]);
  });

  it('in a switch name what a switch may be', async () => {
    expect(await problemsOf({ environment: { OPENCLAW_LIVENESS_PROBE: 'perhaps' } })).toEqual([
      'environment variable OPENCLAW_LIVENESS_PROBE: probe.enabled: found "perhaps"; allowed: true or false.',
    ]);
  });

  it('in the file’s own path name the flag', async () => {
    expect(await problemsOf({ flags: ['--config.file nowhere.yml'] })).toEqual([
      'flag --config.file: nowhere.yml does not exist; correct the path, or leave it out to run on defaults.',
    ]);
    const environment = { OPENCLAW_LIVENESS_CONFIG_FILE: '/' };
    expect(await problemsOf({ environment })).toEqual([
      'environment variable OPENCLAW_LIVENESS_CONFIG_FILE: / is a directory; correct the path, or leave it out to run on defaults.',
    ]);
  });

  it('do not include aliases that expand without end', async () => {
    const bomb = ['a: &a [x, x, x, x, x, x, x, x, x, x]', 'b', 'c', 'd', 'e', 'f', 'g'].map(
      (line, index, all) => {
        if (index === 0) return line;
        const previous = index === 1 ? 'a' : all[index - 1];
        return `${line}: &${line} [${Array.from({ length: 10 }, () => `*${previous ?? ''}`).join(', ')}]`;
      },
    );
    const [problem] = await problemsOf({ file: bomb.join('\n') });
    expect(problem).toBe(
      'liveness.yml: not valid YAML: Excessive alias count indicates a resource exhaustion attack.',
    );
  });
});

describe('paths', () => {
  it('in the file are relative to the file, in flags to the working directory, and ~ is the home directory', async () => {
    const { directory } = await load({
      file: 'gateway: { token_file: secrets/token }\nstate: { dir: ~/state }\n',
    });
    const loaded = await loadConfig({
      flags: [
        { flag: '--config.file', value: join(directory, 'liveness.yml') },
        { flag: '--node.log', value: 'node.log' },
      ],
      environment: { HOME },
      cwd: '/srv',
    });
    expect(loaded.ok && loaded.config).toMatchObject({
      gateway: { tokenFile: join(directory, 'secrets/token') },
      state: { dir: `${HOME}/state` },
      nodes: [{ log: { kind: 'file', path: '/srv/node.log' } }],
    });
  });

  it.each([
    [{ STATE_DIRECTORY: '/var/lib/exporter:/var/lib/other', XDG_STATE_HOME: '/xdg' }, '/var/lib/exporter'],
    [{ XDG_STATE_HOME: '/xdg' }, '/xdg/openclaw-liveness-exporter'],
    [{ XDG_STATE_HOME: 'relative' }, `${HOME}/.local/state/openclaw-liveness-exporter`],
    [{}, `${HOME}/.local/state/openclaw-liveness-exporter`],
  ])('%o puts our state into %s', async (environment, expected) => {
    expect((await configOf({ environment })).state.dir).toBe(expected);
  });
});

describe('OpenClaw’s environment', () => {
  it('moves the default node host and its settings', async () => {
    const dirs = async (environment: Environment) => {
      const { nodes, openclaw } = await configOf({ environment });
      return [nodes[0]?.id, openclaw.config.path];
    };
    expect(await dirs({ OPENCLAW_STATE_DIR: '/srv/openclaw' })).toEqual([
      'state-dir:/srv/openclaw',
      '/srv/openclaw/openclaw.json',
    ]);
    expect(await dirs({ OPENCLAW_HOME: '~/svc' })).toEqual([
      `state-dir:${HOME}/svc/.openclaw`,
      `${HOME}/svc/.openclaw/openclaw.json`,
    ]);
    expect(await dirs({ OPENCLAW_PROFILE: 'work' })).toEqual([
      `state-dir:${HOME}/.openclaw-work`,
      `${HOME}/.openclaw-work/openclaw.json`,
    ]);
    expect(await dirs({ OPENCLAW_CONFIG_PATH: '~/a.json' })).toEqual([
      `state-dir:${HOME}/.openclaw`,
      `${HOME}/a.json`,
    ]);
  });

  it('is passed on without being printable', async () => {
    const { openclaw } = await configOf({
      environment: { OPENCLAW_GATEWAY_TOKEN: 's3cr3t', OPENCLAW_GATEWAY_PASSWORD: 'pa55word' },
    });
    expect(openclaw.environment.gatewayToken?.reveal()).toBe('s3cr3t');
    expect(openclaw.environment.gatewayPassword?.reveal()).toBe('pa55word');
    const printed = `${JSON.stringify(openclaw)} ${inspect(openclaw, { depth: 9 })} ${String(openclaw.environment.gatewayToken)}`;
    expect(printed).not.toMatch(/s3cr3t|pa55word/);
  });
});

describe('openclaw.json', () => {
  it('that is broken is a warning, not a mistake', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'openclaw-'));
    await writeFile(join(directory, 'openclaw.json'), '{ gateway: { auth: { token: "s3cr3t" ');
    const { loaded } = await load({ environment: { OPENCLAW_STATE_DIR: directory } });
    expect(loaded.ok && loaded.warnings.map(formatProblem)).toEqual([
      `openclaw.json: ${directory}/openclaw.json:1:38 is not valid JSON5; it was ignored.`,
    ]);
  });

  it('that is broken is of no interest where nothing is taken from it', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'openclaw-'));
    await writeFile(join(directory, 'openclaw.json'), '{');
    const { loaded } = await load({
      environment: { OPENCLAW_STATE_DIR: directory, OPENCLAW_GATEWAY_TOKEN: 't' },
      flags: ['--gateway.url ws://127.0.0.1:1'],
    });
    expect(loaded.ok && loaded.warnings).toEqual([]);
  });
});

describe('what another system has', () => {
  const warningsOn = async (system: string, ...flags: readonly string[]): Promise<readonly string[]> => {
    const given = flags.map((text) => {
      const [flag = '', value = ''] = text.split(' ');
      return { flag, value };
    });
    const loaded = await loadConfig({ flags: given, environment: { HOME }, system });
    return loaded.ok ? loaded.warnings.map(formatProblem) : ['refused'];
  };

  it('is told, since a node host is looked for in vain there', async () => {
    const [unit, label] = ['--node.systemd-unit openclaw-node', '--node.launchd-label ai.openclaw.node'];
    expect(await warningsOn('darwin', unit, '--node.log journal')).toEqual([
      'flag --node.systemd-unit: nodes[0].systemd_unit: there is no systemd on macOS; name the node host by launchd_label, state_dir or pid_file.',
      'flag --node.log: nodes[0].log: there is no journal on macOS; leave it out (auto), or name the file.',
    ]);
    expect(await warningsOn('linux', label)).toEqual([
      'flag --node.launchd-label: nodes[0].launchd_label: there is no launchd on Linux; name the node host by systemd_unit, state_dir or pid_file.',
    ]);
    expect(await warningsOn('darwin', label)).toEqual([]);
    expect(await warningsOn('linux', unit, '--node.log journal')).toEqual([]);
    expect(await warningsOn('win32', label)).toHaveLength(1);
  });
});

it('the address that links begin with has no slash at its end, and nothing that a reader should not see', async () => {
  const given = async (url: string): Promise<string> => {
    const { loaded } = await load({ file: `notify: { external_url: '${url}' }\n` });
    return loaded.ok ? (loaded.config.notify.externalUrl ?? '') : loaded.problems.map(formatProblem).join();
  };
  expect(await given('https://proxy.example/openclaw/')).toBe('https://proxy.example/openclaw');
  expect(await given('http://studio:9789')).toBe('http://studio:9789');
  for (const url of ['studio:9789', 'ftp://studio', 'https://me:secret@studio', 'https://studio/?token=1'])
    expect(await given(url)).toContain('notify.external_url');
});

it('a restart that would be judged while its command may run is told of', async () => {
  const warnings = async (attachWithin: string): Promise<readonly string[]> => {
    const { loaded } = await load({ file: `recovery: { enabled: true, attach_within: ${attachWithin} }\n` });
    return loaded.ok ? loaded.warnings.map(formatProblem) : ['refused'];
  };
  expect(await warnings('2m')).toEqual([]);
  expect(await warnings('119s')).toEqual([
    expect.stringContaining('recovery.attach_within: it is shorter than recovery.command_timeout'),
  ]);
});

it('a rehearsal of a recovery that is not on is told to rehearse nothing', async () => {
  const warnings = async (...keys: readonly string[]): Promise<readonly string[]> => {
    const flags = keys.map((key) => ({ flag: `--${key}`, value: 'true' }));
    const loaded = await loadConfig({ flags, environment: { HOME }, system: 'linux' });
    return loaded.ok ? loaded.warnings.map(formatProblem) : ['refused'];
  };
  expect(await warnings('recovery.dry-run')).toEqual([
    expect.stringContaining(
      'nothing is rehearsed while recovery is off; write recovery.enabled: true as well',
    ),
  ]);
  expect(await warnings('recovery.dry-run', 'recovery')).toEqual([]);
});
