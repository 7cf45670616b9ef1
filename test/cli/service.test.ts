import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { FakeCli } from './fake-cli.ts';

const UNIT = '/home/ada/.config/systemd/user/openclaw-liveness-exporter.service';
const PLIST = '/home/ada/Library/LaunchAgents/ai.openclaw.liveness-exporter.plist';

function installed(path: string, text = 'of somebody'): FakeCli {
  const cli = new FakeCli();
  cli.files.set(path, text);
  return cli;
}

describe('service install', () => {
  it('asks before it does anything, and names what it would do', async () => {
    const cli = new FakeCli();
    cli.answer = false;
    expect(await cli.run('service', 'install')).toBe(1);
    expect(cli.out).toContain(`would: write ${UNIT}\nwould: systemctl --user daemon-reload\n`);
    expect(cli.out).toContain('Nothing was done.');
    expect(cli.files).toEqual(new Map());
    expect(cli.ran).toEqual(['systemctl --user show --property=Version']);
  });

  it('does nothing where nobody can be asked, and says how to do it without', async () => {
    const cli = new FakeCli();
    expect(await cli.run('service', 'install')).toBe(1);
    expect(cli.err).toContain('nobody is there to ask; --yes');
    expect(cli.files).toEqual(new Map());
  });

  it('dry prints the unit and touches nothing, also where there is no systemd', async () => {
    const cli = new FakeCli();
    cli.failing.set('systemctl --user show --property=Version', 'no bus');
    expect(await cli.run('service', 'install', '--dry-run', '--yes')).toBe(0);
    expect(cli.out).toContain('  Type=notify\n');
    expect([cli.files.size, cli.ran]).toEqual([0, []]);
  });

  it('writes, enables and starts, and a second time leaves what runs alone', async () => {
    const cli = new FakeCli();
    cli.answer = true;
    expect(await cli.run('service', 'install')).toBe(0);
    const first = cli.ran.splice(0);
    expect(first.slice(1)).toEqual([
      'systemctl --user daemon-reload',
      'systemctl --user enable openclaw-liveness-exporter.service',
      'systemctl --user restart openclaw-liveness-exporter.service',
    ]);
    const text = cli.files.get(UNIT);
    expect(await cli.run('service', 'install')).toBe(0);
    expect(cli.ran.at(-1)).toBe('systemctl --user start openclaw-liveness-exporter.service');
    expect(cli.files.get(UNIT)).toBe(text);
    expect(cli.out).toContain(`${UNIT} is as it should be.`);
  });

  it('gives the service the flags that it was given, paths as they are from here', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'service '));
    onTestFinished(() => {
      rmSync(directory, { recursive: true });
    });
    const token = join(directory, '100% "token"');
    writeFileSync(token, 'x', { mode: 0o600 });
    const cli = new FakeCli();
    const flags = ['--gateway.token-file', token, '--log.level=debug', '--no-probe'];
    expect(await cli.run('service', 'install', '--yes', ...flags)).toBe(0);
    const written = `"${token.replace('%', '%%').replaceAll('"', '\\"')}"`;
    expect(cli.files.get(UNIT)).toContain(
      `ExecStart=/opt/node --disable-sigusr1 /opt/exporter/dist/main.js serve --gateway.token-file ${written} --log.level debug --no-probe\n`,
    );
  });

  it('refuses flags that the exporter would refuse, before it writes', async () => {
    const cli = new FakeCli();
    expect(await cli.run('service', 'install', '--yes', '--log.level', 'loud')).toBe(2);
    expect(cli.err).toContain('log.level: found "loud"');
    expect(cli.files.size).toBe(0);
  });

  it('says which variables of this shell the service will not have', async () => {
    const cli = new FakeCli();
    cli.environment = { ...cli.environment, OPENCLAW_GATEWAY_TOKEN: 'secret' };
    await cli.run('service', 'install', '--yes');
    expect(cli.err).toContain('OPENCLAW_GATEWAY_TOKEN');
    expect(cli.err).toContain('--gateway.token-file');
    expect(cli.err + cli.out + [...cli.files.values()].join()).not.toContain('secret');
  });

  it('says what to do where the service manager cannot be asked, or there is no such user', async () => {
    const cli = new FakeCli();
    cli.failing.set('systemctl --user show --property=Version', 'Failed to connect to bus');
    expect(await cli.run('service', 'install', '--yes')).toBe(1);
    expect(cli.err).toContain('Failed to connect to bus\nThe service manager of a user runs while');
    expect(cli.err).toContain('enable-linger');
    cli.userId = 0;
    cli.failing.set('id -u bob', 'id: ‘bob’: no such user');
    expect(await cli.run('service', 'install', '--yes', '--run-as', 'bob')).toBe(1);
    expect(cli.err).toContain('no such user\n--run-as names');
    expect(cli.files.size).toBe(0);
  });

  it('ends with the step that failed, and says where the log is', async () => {
    const cli = new FakeCli();
    const start = 'systemctl --user restart openclaw-liveness-exporter.service';
    cli.failing.set(start, 'Job failed');
    expect(await cli.run('service', 'install', '--yes')).toBe(1);
    expect(cli.err).toContain(
      `${start}: Job failed\nIts log: journalctl --user -u openclaw-liveness-exporter`,
    );
  });

  it('does not make a service of what npx will throw away', async () => {
    const cli = new FakeCli();
    cli.program = [
      '/opt/node',
      '/home/ada/.npm/_npx/1f/node_modules/openclaw-liveness-exporter/dist/main.js',
    ];
    expect(await cli.run('service', 'install', '--yes')).toBe(2);
    expect(cli.err).toContain('npm install --global');
  });

  it('of the machine takes root, runs as somebody, and knows no other users’ tricks', async () => {
    const cli = new FakeCli();
    expect(await cli.run('service', 'install', '--yes', '--run-as', 'ada')).toBe(2);
    cli.userId = 0;
    expect(await cli.run('service', 'install', '--yes', '--run-as', 'ada\nExecStart=/bin/evil')).toBe(2);
    expect(await cli.run('service', 'install', '--yes', '--run-as', 'ada')).toBe(0);
    const text = cli.files.get('/etc/systemd/system/openclaw-liveness-exporter.service');
    expect(text).toContain('\nUser=ada\n');
    expect(text).toContain('\nWantedBy=multi-user.target\n');
    expect(cli.ran.at(-1)).toBe('systemctl restart openclaw-liveness-exporter.service');
  });
});

describe('service uninstall', () => {
  it('removes the unit and what systemd keeps for it', async () => {
    const cli = installed(UNIT);
    expect(await cli.run('service', 'uninstall', '--yes')).toBe(0);
    expect(cli.files.size).toBe(0);
    expect(cli.ran).toContain('systemctl --user disable --now openclaw-liveness-exporter.service');
    expect(cli.ran).toContain('systemctl --user clean --what=state openclaw-liveness-exporter.service');
  });

  it('works with a configuration that is broken, and has nothing to do twice', async () => {
    const cli = installed(UNIT);
    cli.environment = { ...cli.environment, OPENCLAW_LIVENESS_LOG_LEVEL: 'loud' };
    expect(await cli.run('service', 'uninstall', '--yes')).toBe(0);
    expect(await cli.run('service', 'uninstall', '--yes')).toBe(0);
    expect(cli.out).toContain('nothing to do');
  });
});

describe('service status', () => {
  it('is a failure where there is none', async () => {
    const cli = new FakeCli();
    expect(await cli.run('service', 'status')).toBe(1);
    expect(cli.out).toContain('is not installed');
  });
});

describe('on a Mac', () => {
  it('a LaunchAgent is loaded, and one that was loaded goes first', async () => {
    const cli = new FakeCli();
    cli.system = 'darwin';
    cli.userId = 501;
    cli.program = ['/opt/homebrew/bin/node', '/Users/a & b/main.js'];
    expect(await cli.run('service', 'install', '--yes')).toBe(0);
    expect(cli.ran.slice(1)).toEqual([
      'launchctl bootout gui/501/ai.openclaw.liveness-exporter',
      'launchctl enable gui/501/ai.openclaw.liveness-exporter',
      `launchctl bootstrap gui/501 ${PLIST}`,
      'launchctl kickstart gui/501/ai.openclaw.liveness-exporter',
    ]);
    expect(cli.files.get(PLIST)).toContain('<string>/Users/a &amp; b/main.js</string>');
    expect(cli.files.get(PLIST)).not.toMatch(/\n\n/);
  });

  it('is tried again where launchd still takes down the one before', async () => {
    const cli = installed(PLIST);
    cli.system = 'darwin';
    const bootstrap = `launchctl bootstrap gui/1000 ${PLIST}`;
    cli.first.set(
      bootstrap,
      Array.from({ length: 3 }, () => 'Bootstrap failed: 5: Input/output error'),
    );
    expect(await cli.run('service', 'install', '--yes')).toBe(0);
    expect(cli.ran.filter((command) => command === bootstrap)).toHaveLength(4);
    cli.files.set(PLIST, 'another');
    cli.failing.set(bootstrap, 'Bootstrap failed: 5: Input/output error');
    expect(await cli.run('service', 'install', '--yes')).toBe(1);
    expect(cli.err).toContain(`${bootstrap}: Bootstrap failed: 5: Input/output error`);
  });

  it('keeps its state where it is told to', async () => {
    const cli = new FakeCli();
    cli.system = 'darwin';
    expect(await cli.run('service', 'install', '--yes', '--state.dir', '/var/lib/liveness')).toBe(0);
    expect(cli.files.get(PLIST)?.match(/--state\.dir/g)).toHaveLength(1);
    expect(cli.files.get(PLIST)).toContain('<string>/var/lib/liveness</string>');
  });

  it('goes with its log and its state, once it has ended', async () => {
    const cli = installed(PLIST);
    cli.system = 'darwin';
    const print = 'launchctl print gui/1000/ai.openclaw.liveness-exporter';
    cli.first.set(print, [undefined, undefined]);
    cli.failing.set(print, 'Could not find service');
    cli.files.set('/home/ada/Library/Logs/openclaw-liveness-exporter.log', '');
    cli.files.set('/home/ada/Library/Application Support/openclaw-liveness-exporter', '');
    expect(await cli.run('service', 'uninstall', '--yes')).toBe(0);
    expect(cli.ran.filter((command) => command === print)).toHaveLength(3);
    expect(cli.files).toEqual(new Map());
  });
});

it('elsewhere there is nothing to install', async () => {
  const cli = new FakeCli();
  cli.system = 'win32';
  expect(await cli.run('service', 'install', '--yes')).toBe(2);
  expect(cli.err).toContain('win32 has neither');
});
