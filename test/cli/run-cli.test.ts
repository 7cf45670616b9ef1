import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { nodesDocument } from '../../src/document/nodes-document.ts';
import type { NodeSnapshot, Snapshot } from '../../src/core/model/snapshot.ts';
import { ago, aNode, aSnapshot, aZombie } from '../helpers/snapshots.ts';
import { FakeCli } from './fake-cli.ts';

const A_PROCESS = {
  pid: 4711,
  incarnation: '4711:1',
  kernelState: 'sleeping',
  startedAtWallMs: ago(60).wallMs,
  cpuSeconds: 1,
  residentBytes: 1,
} as const;

function snapshotAt(seconds: number, node: NodeSnapshot): Snapshot {
  return aSnapshot({ at: ago(-seconds), nodes: [node] });
}

describe('a mistake', () => {
  it('in the configuration is told once, ends with 2, and starts nothing', async () => {
    const cli = new FakeCli();
    expect(await cli.run('--log.level', 'loud', '--web.listen-address', 'x')).toBe(2);
    expect(cli.err).toBe(
      [
        'openclaw-liveness-exporter: 2 mistakes in the configuration',
        '  flag --web.listen-address: web.listen_address: found "x"; allowed: host:port, :port for every address of the machine, [IPv6]:port, or unix:path.',
        '  flag --log.level: log.level: found "loud"; allowed: debug, info, warn or error.',
        '',
      ].join('\n'),
    );
    expect(cli.starts).toEqual([]);
  });

  it('of form is told with all the others of form at once, then those in the paths', async () => {
    const cli = new FakeCli();
    const flags = [
      '--log.level',
      'loud',
      '--gateway.token-file',
      '/nonexistent/token',
      '--state.dir',
      '/dev/null/x',
    ];
    expect(await cli.run(...flags, '--web.max-requests', 'many')).toBe(2);
    expect(cli.err).toContain('2 mistakes in the configuration');
    expect(cli.err).toContain('log.level: found "loud"');
    expect(cli.err).toContain('web.max_requests: found "many"');
    expect(await cli.run(...flags.slice(2))).toBe(2);
    expect(cli.err).toContain('gateway.token_file: /nonexistent/token does not exist');
    expect(cli.err).toContain('state.dir: /dev/null/x cannot be');
  });

  it('in a path that is configured ends with 2', async () => {
    const cli = new FakeCli();
    expect(await cli.run('--gateway.token-file', '/nonexistent/token')).toBe(2);
    expect(cli.err).toContain(
      'flag --gateway.token-file: gateway.token_file: /nonexistent/token does not exist; create it with mode 0600, or correct the path.',
    );
  });

  it('in a flag’s name ends with 2 and says which was meant', async () => {
    const cli = new FakeCli();
    expect(await cli.run('serve', '--gateway.ulr', 'x')).toBe(2);
    expect(cli.err).toContain('(Did you mean --gateway.url?)');
  });

  it('in a command’s name ends with 2 and says which was meant', async () => {
    const cli = new FakeCli();
    expect(await cli.run('chekc')).toBe(2);
    expect(cli.err).toContain("error: unknown command 'chekc'\n(Did you mean check?)");
    expect(cli.starts).toEqual([]);
  });

  it.each([[['--log.level']], [['--nonsense']], [['--log.level', 'loud']], [['--timeout', 'never']]])(
    'of a check (%o) ends with 3: to a monitoring system 2 would be a dead node host',
    async (flags) => {
      const cli = new FakeCli();
      expect(await cli.run('check', ...flags)).toBe(3);
      expect(cli.err).not.toBe('');
    },
  );

  it('of giving the token as a flag does not show the token', async () => {
    for (const flags of [['--gateway.token', 's3cr3t'], ['--gateway.token=s3cr3t']]) {
      const cli = new FakeCli();
      expect(await cli.run(...flags)).toBe(2);
      expect(cli.err).toContain('--gateway.token-file');
      expect(cli.err + cli.out).not.toContain('s3cr3t');
    }
  });
});

describe('serve', () => {
  it('is what happens without a command: it says where it listens and runs until SIGTERM', async () => {
    const cli = new FakeCli();
    const ended = cli.run('--web.listen-address', ':9789');
    await cli.started();
    expect(cli.starts[0]?.options).toMatchObject({ listen: true, readOnlyState: false });
    expect(cli.starts[0]?.config.web.listen).toEqual([{ kind: 'tcp', port: 9789 }]);
    cli.signal('SIGTERM');
    expect(await ended).toBe(0);
    expect(cli.err).toContain(
      'listening on http://127.0.0.1:9789 (status page at /, /metrics, /livez, /readyz, /api/v1/nodes)',
    );
    expect(cli.stops).toBe(1);
    expect(cli.isListening).toBe(false);
    expect(cli.out).toBe('');
  });

  it('says why it cannot start and ends with the code of the reason', async () => {
    const cli = new FakeCli();
    cli.problem = { message: 'cannot listen on 127.0.0.1:9789: the port is in use', exitCode: 1 };
    expect(await cli.run('serve')).toBe(1);
    expect(cli.err).toContain('ERROR cannot listen on 127.0.0.1:9789: the port is in use');
    expect(cli.isListening).toBe(false);
  });

  it('does not lose a signal that comes while it starts', async () => {
    const cli = new FakeCli();
    const ended = cli.run();
    await cli.started();
    cli.signal('SIGINT');
    expect(await ended).toBe(0);
  });

  it('reloads at each SIGHUP, also at one that comes while it starts, and does not end', async () => {
    const cli = new FakeCli();
    const starting = Promise.withResolvers<undefined>();
    cli.starting = starting.promise.then(() => undefined);
    const ended = cli.run();
    await cli.started();
    cli.hangUp();
    cli.hangUp();
    expect(cli.reloads).toBe(0);
    starting.resolve(undefined);
    while (!cli.err.includes('listening')) await Promise.resolve();
    expect(cli.reloads).toBe(1);
    cli.hangUp();
    expect(cli.reloads).toBe(2);
    cli.signal('SIGTERM');
    expect(await ended).toBe(0);
    // It would end a process that still writes its state.
    expect(() => {
      cli.hangUp();
    }).toThrow('ended the process');
  });

  it('still listens for SIGHUP while it stops, so that one cannot cut that short', async () => {
    const cli = new FakeCli();
    const stopping = Promise.withResolvers<undefined>();
    cli.stopping = stopping.promise.then(() => undefined);
    const ended = cli.run();
    await cli.started();
    cli.signal('SIGTERM');
    while (cli.stops === 0) await Promise.resolve();
    cli.hangUp();
    stopping.resolve(undefined);
    expect(await ended).toBe(0);
  });

  it('gives the exporter a way to read flags, environment and file again, with the same checks', async () => {
    const cli = new FakeCli();
    const directory = await mkdtemp(join(tmpdir(), 'reload-cli-'));
    onTestFinished(() => rm(directory, { recursive: true }));
    const file = join(directory, 'exporter.yml');
    await writeFile(file, 'limits: { max_nodes: 5 }\n');
    const ended = cli.run('--config.file', file, '--log.level', 'warn');
    await cli.started();
    const { loadAgain } = cli.starts[0]!.options;
    await writeFile(file, 'limits: { max_nodes: 6 }\n');
    expect(await loadAgain?.()).toMatchObject({
      ok: true,
      config: { log: { level: 'warn' }, limits: { maxNodes: 6 } },
    });
    await writeFile(file, 'gateway: { token_file: /nonexistent/token }\nnodes: [{ pid_file: / }]\n');
    expect(await loadAgain?.()).toMatchObject({
      ok: false,
      problems: [{ key: 'gateway.token_file' }, { key: 'nodes[0].pid_file' }],
    });
    cli.signal('SIGTERM');
    await ended;
  });

  it('watches also where nobody can be told, and says so; whoever reloads or checks is refused', async () => {
    const cli = new FakeCli();
    const directory = await mkdtemp(join(tmpdir(), 'notify-cli-'));
    onTestFinished(() => rm(directory, { recursive: true }));
    const file = join(directory, 'exporter.yml');
    await writeFile(file, 'notify: { webhook_url_file: /nonexistent/url }\n');
    const ended = cli.run('--config.file', file);
    await cli.started();
    expect(cli.err).toContain('/nonexistent/url does not exist');
    expect(await cli.starts[0]!.options.loadAgain?.()).toMatchObject({ ok: false });
    cli.signal('SIGTERM');
    await ended;
    for (const command of [['config', 'check'], ['service', 'install', '--yes'], ['drill']])
      expect(await new FakeCli().run(...command, '--config.file', file)).toBe(2);
  });

  it('ends at once at the second signal, as a shell reports it', async () => {
    const cli = new FakeCli();
    cli.stopping = new Promise(() => undefined);
    const ended = cli.run();
    await cli.started();
    cli.signal('SIGTERM');
    cli.signal('SIGINT');
    expect(await ended).toBe(130);
    expect(cli.err).toContain('stopped at once: a second signal (SIGINT)');
  });

  it('does not wait for ever for a stop that hangs', async () => {
    const cli = new FakeCli();
    cli.stopping = new Promise(() => undefined);
    const ended = cli.run();
    await cli.started();
    cli.signal('SIGTERM');
    // The deadline is set after the signal was taken in, a few turns later.
    while (cli.stops === 0) await Promise.resolve();
    await Promise.resolve();
    cli.passDeadlines();
    expect(await ended).toBe(1);
    expect(cli.err).toContain('stopping took longer than 10 s');
  });

  it('tells what is doubtful in the configuration, and starts', async () => {
    const cli = new FakeCli();
    const ended = cli.run('--node.log', '/nonexistent/node.log', '--log.format', 'json');
    await cli.started();
    cli.signal('SIGTERM');
    await ended;
    expect(cli.err).toContain('"event":"config_doubtful"');
    expect(cli.err).toContain('/nonexistent/node.log does not exist yet');
  });
});

describe('check', () => {
  const zombies = aSnapshot({ nodes: [aZombie({ name: 'build-box' })] });

  it('asks the exporter that runs, which has watched for longer', async () => {
    const cli = new FakeCli();
    const asked: string[] = [];
    cli.fetch = (url) => {
      asked.push(new Request(url).url);
      return Promise.resolve(Response.json(nodesDocument(zombies)));
    };
    expect(await cli.run('check')).toBe(2);
    expect(asked).toEqual(['http://127.0.0.1:9789/api/v1/nodes']);
    expect(cli.out).toContain('CRITICAL - 1 of 1 node host: build-box is zombie');
    expect(cli.out).toContain('asked the exporter at http://127.0.0.1:9789');
    expect(cli.starts).toEqual([]);
  });

  it('asks on the loopback address an exporter that listens everywhere', async () => {
    const cli = new FakeCli();
    const asked: string[] = [];
    cli.fetch = (url) => {
      asked.push(new Request(url).url);
      return Promise.resolve(Response.json(nodesDocument(aSnapshot())));
    };
    expect(await cli.run('check', '--web.listen-address', ':1234')).toBe(0);
    expect(asked).toEqual(['http://127.0.0.1:1234/api/v1/nodes']);
  });

  it('looks itself where none runs: without listening, without writing state, without a log', async () => {
    const cli = new FakeCli();
    cli.snapshot = zombies;
    expect(await cli.run('check', '--timeout', '3s')).toBe(2);
    expect(cli.starts.map(({ options }) => [options.listen, options.readOnlyState])).toEqual([[false, true]]);
    expect(cli.settledFor).toEqual([3_000]);
    expect(cli.stops).toBe(1);
    expect(cli.err).toBe('');
    expect(cli.out).toContain('an exporter that runs all the time sees more');
  });

  it('looks on while a longer look would tell more: a process that was just stopped still looks attached', async () => {
    const cli = new FakeCli();
    cli.isPatient = true;
    const stopped = aNode({ evidence: { process: { ...A_PROCESS, kernelState: 'stopped' } } });
    cli.snapshot = snapshotAt(0, stopped);
    cli.later = [
      snapshotAt(2, stopped),
      snapshotAt(5, { ...stopped, state: 'wedged', ready: false, live: false }),
    ];
    expect(await cli.run('check', '--standalone')).toBe(2);
    expect(cli.out).toContain('NodeA is wedged');
    expect(cli.out).toContain('looked for 5 s');
  });

  it('looks for three seconds at least: only then the gateway’s row is known to be this node host', async () => {
    const cli = new FakeCli();
    cli.isPatient = true;
    cli.snapshot = snapshotAt(0, aNode({ name: 'first' }));
    cli.later = [snapshotAt(1, aNode({ name: 'second' })), snapshotAt(3, aNode({ name: 'third' }))];
    expect(await cli.run('check', '--standalone')).toBe(0);
    expect(cli.out).toContain('third');
    expect(cli.out).toContain('looked for 3 s');
  });

  it('does not look on for longer than it may', async () => {
    const cli = new FakeCli();
    cli.isPatient = true;
    const waiting = aNode({ state: 'reconnecting', ready: false });
    cli.snapshot = snapshotAt(0, waiting);
    cli.later = [2, 4, 6, 8].map((seconds) => snapshotAt(seconds, waiting));
    expect(await cli.run('check', '--standalone', '--timeout', '5s')).toBe(1);
    expect(cli.out).toContain('looked for 6 s');
  });

  it('needs no state directory', async () => {
    const cli = new FakeCli();
    cli.environment = { ...cli.environment, OPENCLAW_LIVENESS_STATE_DIR: '/dev/null/state' };
    expect(await cli.run('check')).toBe(0);
    expect(await cli.run('serve')).toBe(2);
  });

  it('looks itself with --standalone, and where flags say what to watch', async () => {
    for (const flags of [['--standalone'], ['--gateway.url', 'ws://127.0.0.1:1'], ['--node.name', 'a']]) {
      const cli = new FakeCli();
      cli.fetch = () => Promise.resolve(Response.json(nodesDocument(zombies)));
      expect(await cli.run('check', ...flags)).toBe(0);
      expect(cli.starts.length).toBe(1);
    }
  });

  it.each([
    [
      'another page',
      () => Promise.resolve(new Response('<html>', { status: 200 })),
      'its answer is not JSON',
    ],
    ['another API', () => Promise.resolve(Response.json({})), 'its answer is not that of this exporter'],
    ['a refusal', () => Promise.resolve(new Response('', { status: 403 })), 'HTTP 403'],
    [
      'one with a password',
      () => Promise.resolve(new Response('', { status: 401 })),
      'it asks for a password',
    ],
    ['silence', () => Promise.reject(new DOMException('', 'TimeoutError')), 'no answer within 2 s'],
  ])('looks itself, and says so, where %s is at the address', async (_what, fetch, why) => {
    const cli = new FakeCli();
    cli.fetch = fetch;
    expect(await cli.run('check')).toBe(0);
    expect(cli.out.replace(/\s+/g, ' ')).toContain(`no exporter answered at http://127.0.0.1:9789: ${why}`);
  });

  it('ends with 3 where it could not look', async () => {
    const cli = new FakeCli();
    cli.problem = { message: 'no /proc', exitCode: 1 };
    expect(await cli.run('check')).toBe(3);
    expect(cli.out).toBe('UNKNOWN - no /proc\n');
  });

  it('stops what it started even where looking fails', async () => {
    const cli = new FakeCli();
    Object.defineProperty(cli, 'settledFor', {
      get: () => {
        throw new Error('surprise');
      },
    });
    await expect(cli.run('check')).rejects.toThrow('surprise');
    expect(cli.stops).toBe(1);
  });

  it('prints JSON, and nothing else, with --json', async () => {
    const cli = new FakeCli();
    cli.snapshot = aSnapshot({ nodes: [aNode({ state: 'offline', scope: 'remote', ready: false })] });
    expect(await cli.run('check', '--json')).toBe(1);
    expect(JSON.parse(cli.out)).toMatchObject({ status: 'warning', exitCode: 1 });
  });

  it('colours a terminal, unless NO_COLOR says not to', async () => {
    const cli = new FakeCli();
    cli.isTty = true;
    await cli.run('check');
    expect(cli.out).toContain('\u001b[32m');
    const plain = new FakeCli();
    plain.isTty = true;
    plain.environment = { ...plain.environment, NO_COLOR: '1' };
    await plain.run('check');
    expect(plain.out).not.toContain('\u001b');
  });
});

describe('config check', () => {
  it('prints what is in force and ends with 0', async () => {
    const cli = new FakeCli();
    expect(await cli.run('config', 'check', '--log.level', 'debug')).toBe(0);
    expect(cli.out).toContain('\n  level: debug  # flag --log.level\n');
    expect(cli.starts).toEqual([]);
  });

  it('warns on a Mac of what only Linux has, and knows its launchd label', async () => {
    const cli = new FakeCli();
    cli.system = 'darwin';
    expect(await cli.run('config', 'check', '--node.systemd-unit', 'openclaw-node')).toBe(0);
    expect(cli.err).toContain('warning: flag --node.systemd-unit');
    expect(cli.err).toContain('no systemd on macOS');
    const labelled = new FakeCli();
    labelled.system = 'darwin';
    expect(await labelled.run('config', 'check', '--node.launchd-label', 'ai.openclaw.node')).toBe(0);
    expect(labelled.out).toContain('launchd_label: ai.openclaw.node  # flag --node.launchd-label\n');
    expect(labelled.err).toBe('');
  });

  it('tells mistakes and ends with 2', async () => {
    const cli = new FakeCli();
    expect(await cli.run('config', 'check', '--config.file', '/nonexistent.yml')).toBe(2);
    expect(cli.err).toContain('/nonexistent.yml does not exist');
    expect(cli.out).toBe('');
  });

  it('never shows the token', async () => {
    const cli = new FakeCli();
    cli.environment = { ...cli.environment, OPENCLAW_GATEWAY_TOKEN: 's3cr3t' };
    expect(await cli.run('config', 'check')).toBe(0);
    expect(cli.out + cli.err).not.toContain('s3cr3t');
  });
});

describe('demo', () => {
  it('takes the flags of serve, and runs until a signal', async () => {
    const cli = new FakeCli();
    const ended = cli.run('demo', '--web.listen-address', ':1234');
    await cli.started();
    cli.signal('SIGINT');
    expect(await ended).toBe(0);
    expect(cli.demos[0]?.web.listen).toEqual([{ kind: 'tcp', port: 1234 }]);
    expect(cli.starts[0]?.options).toMatchObject({ listen: true });
    expect(cli.stops).toBe(1);
  });

  it('ends by itself after --duration', async () => {
    expect(await new FakeCli().run('demo', '--duration', '1m')).toBe(0);
  });

  it('says why it cannot start', async () => {
    const cli = new FakeCli();
    cli.problem = { message: 'the port is in use', exitCode: 1 };
    expect(await cli.run('demo')).toBe(1);
    expect(cli.err).toBe('the port is in use\n');
  });
});
