import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageVersion } from '../../src/package-version.ts';
import { packPackage } from '../helpers/packed.ts';
import { mayRunAsNobody, NOBODY, unitAsWritten } from '../helpers/written-unit.ts';
import { reservePort } from '../real/harness/ports.ts';
import { startRealManager } from '../sources/linux/real-manager.ts';

const UNIT = 'openclaw-liveness-exporter.service';

/** Without privileges, as everybody's own manager is: root's could give its services what another's cannot. */
const USER = mayRunAsNobody ? NOBODY : 0;

/** The real systemd of this machine; where it takes root to have one of our own, or there is none, these are skipped. */
const manager = await startRealManager(USER);
afterAll(() => manager?.stop());

describe.skipIf(manager === undefined)(
  'a service of a real systemd (skipped: takes root and systemd)',
  () => {
    if (manager === undefined) return;
    const { home, configHome } = manager;
    const systemctl = (...command: readonly string[]): string => manager.systemctl(...command);
    const unitFile = join(configHome, 'systemd', 'user', UNIT);
    const prefix = join(home, 'prefix');
    const environment = {
      // What tells npm its registry, and whom to trust there.
      ...process.env,
      ...manager.environment,
      PATH: [join(prefix, 'bin'), dirname(process.execPath), process.env.PATH].join(delimiter),
      HOME: home,
      XDG_CONFIG_HOME: configHome,
    };
    /** As its user. */
    const run = (program: string, ...argv: readonly string[]): SpawnSyncReturns<string> =>
      spawnSync(program, argv, {
        env: environment,
        encoding: 'utf8',
        timeout: PROGRAM_MS,
        uid: USER,
        gid: USER,
      });
    const service = (...argv: readonly string[]): SpawnSyncReturns<string> =>
      run('openclaw-liveness-exporter', 'service', ...argv);
    /** As root, into a prefix of the user's: npm's cache is root's. */
    const npm = (...argv: readonly string[]): SpawnSyncReturns<string> =>
      spawnSync('npm', [...argv, '--prefix', prefix], {
        env: environment,
        encoding: 'utf8',
        timeout: PROGRAM_MS,
      });
    const property = (name: string): string =>
      systemctl('show', `--property=${name}`, '--value', UNIT).trim();
    /** Settings of the operator's own, as `systemctl edit` writes them. */
    const dropIn = (text: string): void => {
      mkdirSync(`${unitFile}.d`, { recursive: true });
      writeFileSync(join(`${unitFile}.d`, 'override.conf'), text);
      systemctl('daemon-reload');
    };
    let port = 0;
    const install = (): SpawnSyncReturns<string> =>
      service('install', '--yes', '--web.listen-address', `127.0.0.1:${port}`);

    it('comes with the package, and is ready in less than a minute', async () => {
      const { directory, tarball } = packPackage();
      const cache = spawnSync('npm', ['config', 'get', 'cache'], { encoding: 'utf8' }).stdout.trim();
      const flags = ['--cache', cache, '--prefer-offline', '--no-audit', '--no-fund', '--no-update-notifier'];
      port = await reservePort();
      const begun = performance.now();
      const added = npm('install', '--global', ...flags, tarball);
      const installedMs = performance.now() - begun;
      const { status, stderr, stdout } = install();
      const readyMs = performance.now() - begun;
      rmSync(directory, { recursive: true });
      expect([added.status, status, stderr]).toEqual([0, 0, '']);
      expect(added.stderr).not.toContain('EBADENGINE');
      process.stdout.write(`npm install ${inSeconds(installedMs)}, with its service ${inSeconds(readyMs)}\n`);
      expect(readyMs).toBeLessThan(60_000);
      expect(stdout).toContain(`done: write ${unitFile}`);
      // It was started and has said so: otherwise systemd would still wait.
      expect(property('ActiveState')).toBe('active');
      expect((await fetch(`http://127.0.0.1:${port}/livez`)).status).toBe(200);
      await expect.poll(() => property('StatusText')).toBe(`serving at http://127.0.0.1:${port}`);
      expect(service('status').status).toBe(0);
      // Whatever systemd-analyze makes of a user unit: it can gain nothing, and call what a service needs.
      const kernelWords = readFileSync(`/proc/${property('MainPID')}/status`, 'utf8');
      expect(kernelWords).toMatch(/^NoNewPrivs:\t1$/m);
      expect(kernelWords).toMatch(/^Seccomp:\t2$/m);
      expect(run('openclaw-liveness-exporter', '--version').stdout).toBe(`${packageVersion()}\n`);
      // The service is asked, which knows of no node host here.
      const check = run('openclaw-liveness-exporter', 'check', '--web.listen-address', `127.0.0.1:${port}`);
      expect([check.status, check.stdout]).toEqual([3, expect.stringContaining('asked the exporter at')]);
    });

    it('that is as it should be goes on running when it is installed again', () => {
      const before = property('MainPID');
      expect(install().status).toBe(0);
      expect(property('MainPID')).toBe(before);
    });

    it('that hangs is started anew, since it gives no sign of life', async () => {
      dropIn('[Service]\nWatchdogSec=3\nRestartSec=100ms\n');
      systemctl('restart', UNIT);
      const before = property('MainPID');
      // It outlives several deadlines by itself.
      const born = performance.now();
      await expect.poll(() => performance.now() - born, { timeout: 10_000 }).toBeGreaterThan(4_500);
      expect([property('MainPID'), property('NRestarts')]).toEqual([before, '0']);
      // 0 would be everybody who runs the tests.
      expect(Number(before)).toBeGreaterThan(0);
      process.kill(Number(before), 'SIGSTOP');
      await expect.poll(() => property('NRestarts'), { timeout: 30_000 }).toBe('1');
      await expect.poll(() => property('ActiveState'), { timeout: 30_000 }).toBe('active');
    });

    it('with a mistake in its settings is not started over and over', async () => {
      dropIn('[Service]\nEnvironment=OPENCLAW_LIVENESS_LOG_LEVEL=loud\nRestartSec=100ms\n');
      systemctl('restart', UNIT);
      await expect.poll(() => property('ActiveState'), { timeout: 30_000 }).toBe('failed');
      expect([property('ExecMainStatus'), property('NRestarts')]).toEqual(['2', '0']);
    });

    // From 254 on systemd gives it a user namespace in their place, in which the exporter is blind.
    it
      .skipIf(USER === 0 || managerVersion() > 253)
      .each([
        ...['CapabilityBoundingSet=', 'PrivateDevices=yes', 'ProtectClock=yes'],
        ...['ProtectKernelLogs=yes', 'ProtectKernelModules=yes'],
      ])('would not start with %s: its manager may not give up capabilities for it', async (line) => {
      const unit = 'forbidden.service';
      manager.run(unit, `[Service]\nType=oneshot\nExecStart=true\n${line}\n`);
      const status = (): string =>
        systemctl('show', '--property=ActiveState,ExecMainStatus', '--value', unit).trim();
      await expect.poll(status, { timeout: 30_000 }).toMatch(/^218\nfailed$|^failed\n218$/);
      systemctl('reset-failed', unit);
    });

    it('is gone with all that it left once it is uninstalled', () => {
      dropIn('');
      systemctl('restart', UNIT);
      const { status, stderr } = service('uninstall', '--yes');
      expect([status, stderr]).toEqual([0, '']);
      expect(property('LoadState')).toBe('not-found');
      expect(npm('uninstall', '--global', 'openclaw-liveness-exporter').status).toBe(0);
      const left = readdirSync(home, { recursive: true, encoding: 'utf8' });
      // What the operator wrote is the operator's.
      expect(left.filter((path) => path.includes('liveness') && !path.includes('.service.d'))).toEqual([]);
      expect(existsSync(unitFile)).toBe(false);
    });
  },
);

function managerVersion(): number {
  const { stdout } = spawnSync('systemctl', ['--version'], { encoding: 'utf8' });
  return Number(/^systemd (\d+)/.exec(stdout)?.[1]);
}

function inSeconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

/** A manager of the machine is root's. */
const machine = mayRunAsNobody ? await startRealManager() : undefined;
afterAll(() => machine?.stop());

describe.skipIf(machine === undefined)(
  'the unit of the machine (skipped: takes root, systemd and a checkout that all may read)',
  () => {
    beforeAll(() => {
      if (machine === undefined) return;
      const { home, configHome, environment } = machine;
      // Where a manager of the machine has its state and its socket everybody may pass, and tell it something.
      const runtime = environment.XDG_RUNTIME_DIR ?? '';
      for (const path of [home, configHome, runtime, join(runtime, 'systemd')]) chmodSync(path, 0o711);
      chmodSync(join(runtime, 'systemd', 'notify'), 0o777);
    });

    it('serves as its user, without any capability, from a system that is read-only', async () => {
      if (machine === undefined) return;
      const systemctl = (...command: readonly string[]): string => machine.systemctl(...command);
      const port = await reservePort();
      machine.run(UNIT, unitAsWritten('--run-as', 'nobody', '--web.listen-address', `127.0.0.1:${port}`));
      const property = (name: string): string =>
        systemctl('show', `--property=${name}`, '--value', UNIT).trim();
      await expect.poll(() => property('ActiveState'), { timeout: 60_000 }).toBe('active');
      expect((await fetch(`http://127.0.0.1:${port}/livez`)).status).toBe(200);
      const status = readFileSync(`/proc/${property('MainPID')}/status`, 'utf8');
      for (const set of ['CapPrm', 'CapEff', 'CapBnd', 'CapAmb'])
        expect(status).toMatch(new RegExp(`^${set}:\\t0+$`, 'm'));
      expect(status).toMatch(/^NoNewPrivs:\t1$/m);
      expect(status).not.toMatch(/^Uid:\t0/m);
      const mounts = readFileSync(`/proc/${property('MainPID')}/mounts`, 'utf8');
      expect(mounts).toMatch(/^\S+ \/ \S+ ro,/m);
      systemctl('stop', UNIT);
    });

    // Fixed: where exporters agree on who acts was read-only, too, so as a service of the machine it restarted nobody, ever.
    it('may take the lock without which nobody is restarted', async () => {
      if (machine === undefined) return;
      const script = join(machine.home, 'lock.mjs');
      const locks = new URL('../../src/recovery/actor-locks.ts', import.meta.url).href;
      writeFileSync(
        script,
        `import { ActorLocks, defaultLockDirectory } from '${locks}';
const why = await new ActorLocks(defaultLockDirectory()).claim('a node host of nobody');
if (why !== undefined) throw new Error(why);
`,
        { mode: 0o644 },
      );
      const text = unitAsWritten('--run-as', 'nobody')
        .replace(/^ExecStart=.*$/m, `ExecStart=${process.execPath} ${script}`)
        .replace('Type=notify', 'Type=oneshot\nRemainAfterExit=yes')
        .replace('Restart=on-failure', 'Restart=no');
      machine.run('lock.service', text);
      const state = (): string =>
        machine.systemctl('show', '--property=ActiveState', '--value', 'lock.service').trim();
      await expect.poll(state, { timeout: 60_000 }).toMatch(/^(?:active|failed)$/);
      expect(state()).toBe('active');
    });
  },
);

const hasSystemd = spawnSync('systemd-analyze', ['--version']).error === undefined;
describe.skipIf(!hasSystemd)(
  'exposure, in systemd’s own judgement (skipped: there is no systemd-analyze)',
  () => {
    /** In tenths. A user's manager cannot give up capabilities for a unit, and each is counted (docs/decisions/0007). */
    it.each([
      ['of the machine', ['--run-as', 'ada'], 40],
      ['of the user', [], 64],
    ])('the unit %s is exposed no more than it was', (_which, flags, threshold) => {
      const directory = mkdtempSync(join(tmpdir(), 'unit-'));
      writeFileSync(join(directory, UNIT), unitAsWritten(...flags));
      const judged = spawnSync(
        'systemd-analyze',
        ['security', '--offline=yes', '--no-pager', `--threshold=${threshold}`, join(directory, UNIT)],
        { encoding: 'utf8' },
      );
      rmSync(directory, { recursive: true });
      expect(judged.stdout).toMatch(/Overall exposure level/);
      expect(judged.status).toBe(0);
    });
  },
);

/** No program that is called here takes as long; one that hangs must not take the suite with it. */
const PROGRAM_MS = 120_000;
