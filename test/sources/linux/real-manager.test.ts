import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createSystemctl } from '../../../src/sources/linux/systemctl.ts';
import type { ServiceAnswer } from '../../../src/sources/supervisor/service-manager.ts';
import { startRealManager } from './real-manager.ts';

/*
 * The real `systemd --user` and `systemctl` of this machine. Starting a manager beside the machine's own takes root;
 * elsewhere these are skipped, and what systemd 252 printed here is held fast in interpret-unit.test.ts.
 */
const manager = await startRealManager();
afterAll(() => manager?.stop());

/** As OpenClaw installs it, in a hurry. */
function service(command: string, policy = 'Restart=always\nRestartSec=50ms'): string {
  return `[Unit]
DefaultDependencies=no
StartLimitIntervalSec=60
StartLimitBurst=3

[Service]
ExecStart=${command}
${policy}
RestartPreventExitStatus=78
SuccessExitStatus=0 143
`;
}

function ask(unit: string): Promise<ServiceAnswer> {
  if (manager === undefined) throw new Error('no manager');
  // Whether its user lingers is this machine's affair.
  const lingerDirectory = join(manager.environment.XDG_RUNTIME_DIR ?? '', 'no', 'linger');
  const systemctl = createSystemctl({ environment: manager.environment, lingerDirectory });
  return systemctl({ manager: 'systemd', unit, user: true }, AbortSignal.timeout(10_000));
}

describe.skipIf(manager === undefined)('a real systemd (skipped: one of our own takes root)', () => {
  it('that was made to give up says so', async () => {
    manager?.run('quits.service', service('/bin/false'));
    await expect
      .poll(() => ask('quits.service'), { timeout: 10_000 })
      .toEqual({
        kind: 'known',
        standing: { kind: 'gave-up', because: 'restart-limit', lastExit: 'exit status 1' },
        restarts: 3,
      });
  });

  it('has not given up any more once its failure was cleared as we advise', async () => {
    const repaired = join(manager?.environment.XDG_RUNTIME_DIR ?? '', 'repaired');
    manager?.run('cleared.service', service(`/bin/sh -c 'test -e ${repaired} && exec sleep 600; exit 1'`));
    await expect
      .poll(() => ask('cleared.service'), { timeout: 10_000 })
      .toMatchObject({ standing: { kind: 'gave-up' } });
    writeFileSync(repaired, '');
    // The limit holds for starts by hand, too.
    manager?.systemctl('start', 'cleared.service');
    expect(await ask('cleared.service')).toMatchObject({ standing: { kind: 'gave-up' } });
    manager?.systemctl('reset-failed', 'cleared.service');
    manager?.systemctl('start', 'cleared.service');
    expect(await ask('cleared.service')).toEqual({
      kind: 'known',
      standing: { kind: 'running' },
      restarts: 0,
    });
  });

  it('does not restart after the status that its unit excepts', async () => {
    manager?.run('misconfigured.service', service("/bin/sh -c 'exit 78'"));
    await expect
      .poll(() => ask('misconfigured.service'), { timeout: 10_000 })
      .toEqual({
        kind: 'known',
        standing: { kind: 'gave-up', because: 'exit-status', lastExit: 'exit status 78' },
        restarts: 0,
      });
  });

  it('counts its restarts, and has not given up while it has some left', async () => {
    manager?.run('killed.service', service('/bin/sleep 600'));
    await expect
      .poll(() => ask('killed.service'), { timeout: 10_000 })
      .toMatchObject({ standing: { kind: 'running' }, restarts: 0 });
    manager?.systemctl('kill', '--signal=KILL', 'killed.service');
    await expect
      .poll(() => ask('killed.service'), { timeout: 10_000 })
      .toEqual({ kind: 'known', standing: { kind: 'running' }, restarts: 1 });
  });

  it('that waits for the next start has not given up', async () => {
    manager?.run('waits.service', service('/bin/false', 'Restart=always\nRestartSec=600'));
    await expect
      .poll(() => ask('waits.service'), { timeout: 10_000 })
      .toEqual({ kind: 'known', standing: { kind: 'restarting' }, restarts: 0 });
  });

  it('whose unit somebody stopped has not given up', async () => {
    manager?.run('stopped.service', service('/bin/sleep 600'));
    await expect
      .poll(() => ask('stopped.service'), { timeout: 10_000 })
      .toMatchObject({
        standing: { kind: 'running' },
      });
    manager?.systemctl('stop', 'stopped.service');
    expect(await ask('stopped.service')).toMatchObject({ standing: { kind: 'stopped' } });
  });

  it('without a restart policy has failed, not given up', async () => {
    manager?.run('once.service', service('/bin/false', 'Restart=no'));
    await expect
      .poll(() => ask('once.service'), { timeout: 10_000 })
      .toEqual({
        kind: 'known',
        standing: { kind: 'failed', lastExit: 'exit status 1' },
        restarts: 0,
      });
  });

  it('starts none that is masked, until that is undone as we advise', async () => {
    manager?.systemctl('mask', '--runtime', 'masked.service');
    expect(await ask('masked.service')).toMatchObject({
      standing: { kind: 'not-loaded', because: 'disabled' },
    });
    manager?.systemctl('unmask', '--runtime', 'masked.service');
    manager?.run('masked.service', service('/bin/sleep 600'));
    await expect
      .poll(() => ask('masked.service'), { timeout: 10_000 })
      .toMatchObject({ standing: { kind: 'running' } });
  });

  it('cannot start one whose file is faulty', async () => {
    manager?.run('faulty.service', service('not/absolute'));
    expect(await ask('faulty.service')).toMatchObject({ standing: { kind: 'cannot-start' } });
  });

  it('knows no unit that is not there', async () => {
    expect(await ask('nowhere.service')).toMatchObject({ error: { kind: 'not_found', isAbsent: true } });
  });
});
