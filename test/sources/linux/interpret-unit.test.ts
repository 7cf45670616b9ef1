import { describe, expect, it } from 'vitest';
import type { UNIT_PROPERTIES } from '../../../src/sources/linux/interpret-unit.ts';
import { interpretUnit } from '../../../src/sources/linux/interpret-unit.ts';

/** What `systemctl --user show` of systemd 252 printed for units that really did this, unless a test says otherwise. */
function answer(properties: Partial<Record<(typeof UNIT_PROPERTIES)[number], string>>): string {
  const running = {
    Restart: 'always',
    RestartPreventExitStatus: '78',
    Result: 'success',
    NRestarts: '0',
    ExecMainCode: '0',
    ExecMainStatus: '0',
    LoadState: 'loaded',
    ActiveState: 'active',
    SubState: 'running',
    StartLimitBurst: '3',
  };
  return Object.entries({ ...running, ...properties })
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

const FAILED = { ActiveState: 'failed', SubState: 'failed' } as const;
const EXITED = { Result: 'exit-code', ExecMainCode: '1' } as const;

describe('a unit', () => {
  it('that is masked is not loaded, and one whose file is faulty cannot be started', () => {
    const idle = { ActiveState: 'inactive', SubState: 'dead' } as const;
    expect(interpretUnit(answer({ ...idle, LoadState: 'masked' }))).toMatchObject({
      standing: { kind: 'not-loaded', because: 'disabled' },
    });
    for (const LoadState of ['bad-setting', 'error']) {
      expect(interpretUnit(answer({ ...idle, LoadState }))).toMatchObject({
        standing: { kind: 'cannot-start', lastExit: 'its unit file is faulty' },
      });
    }
    // What runs is not judged by what happened to its file since.
    expect(interpretUnit(answer({ LoadState: 'masked' }))).toMatchObject({ standing: { kind: 'running' } });
  });

  it('that runs', () => {
    expect(interpretUnit(answer({ NRestarts: '2' }))).toEqual({
      kind: 'known',
      standing: { kind: 'running' },
      restarts: 2,
    });
  });

  it('whose last tries all failed was given up, although the result is still that of the last exit', () => {
    const output = answer({ ...FAILED, ...EXITED, ExecMainStatus: '1', NRestarts: '3' });
    expect(interpretUnit(output)).toEqual({
      kind: 'known',
      standing: { kind: 'gave-up', because: 'restart-limit', lastExit: 'exit status 1' },
      restarts: 3,
    });
  });

  it('that was killed too often was given up', () => {
    const output = answer({
      ...FAILED,
      Result: 'signal',
      ExecMainCode: '2',
      ExecMainStatus: '9',
      NRestarts: '3',
    });
    expect(interpretUnit(output)).toMatchObject({
      standing: { kind: 'gave-up', because: 'restart-limit', lastExit: 'signal 9' },
    });
  });

  it('that somebody started too often was given up, with no restart of its own', () => {
    const output = answer({ ...FAILED, Result: 'start-limit-hit', ExecMainCode: '1', ExecMainStatus: '1' });
    expect(interpretUnit(output)).toMatchObject({
      standing: { kind: 'gave-up', because: 'restart-limit', lastExit: 'exit status 1' },
    });
  });

  it('that ended with the status that excepts it from restarts was given up at once', () => {
    const output = answer({ ...FAILED, ...EXITED, ExecMainStatus: '78', StartLimitBurst: '5' });
    expect(interpretUnit(output)).toEqual({
      kind: 'known',
      standing: { kind: 'gave-up', because: 'exit-status', lastExit: 'exit status 78' },
      restarts: 0,
    });
  });

  it('is excepted by one status of several, and by no signal of the same number', () => {
    const excepted = { ...FAILED, RestartPreventExitStatus: '2 78 SIGKILL', ExecMainStatus: '78' };
    expect(interpretUnit(answer({ ...excepted, ...EXITED }))).toMatchObject({
      standing: { kind: 'gave-up', because: 'exit-status' },
    });
    expect(interpretUnit(answer({ ...excepted, Result: 'signal', ExecMainCode: '2' }))).toMatchObject({
      standing: { kind: 'failed' },
    });
    expect(interpretUnit(answer({ ...excepted, ...EXITED, ExecMainStatus: '7' }))).toMatchObject({
      standing: { kind: 'failed' },
    });
  });

  it('that failed before its limit was stopped badly, not given up', () => {
    const output = answer({ ...FAILED, ...EXITED, ExecMainStatus: '1', NRestarts: '2' });
    expect(interpretUnit(output)).toMatchObject({ standing: { kind: 'failed', lastExit: 'exit status 1' } });
  });

  it('that nobody was asked to restart was not given up', () => {
    const output = answer({
      ...FAILED,
      ...EXITED,
      ExecMainStatus: '78',
      Restart: 'no',
      NRestarts: '0',
      StartLimitBurst: '5',
    });
    expect(interpretUnit(output)).toMatchObject({ standing: { kind: 'failed' } });
  });

  it('without a limit is never given up for its restarts', () => {
    const output = answer({
      ...FAILED,
      ...EXITED,
      ExecMainStatus: '1',
      NRestarts: '4000',
      StartLimitBurst: '0',
    });
    expect(interpretUnit(output)).toMatchObject({ standing: { kind: 'failed' } });
  });

  it('that waits for its next start is not given up, however often it was restarted', () => {
    const output = answer({
      ...EXITED,
      ActiveState: 'activating',
      SubState: 'auto-restart',
      NRestarts: '10',
    });
    expect(interpretUnit(output)).toMatchObject({ standing: { kind: 'restarting' }, restarts: 10 });
  });

  it.each([
    ['failed', 'failed-before-auto-restart'],
    ['inactive', 'dead-before-auto-restart'],
    ['activating', 'auto-restart-queued'],
  ])('is %s on its way to the next start (%s, systemd 254)', (ActiveState, SubState) => {
    const output = answer({ ...EXITED, ActiveState, SubState, NRestarts: '10' });
    expect(interpretUnit(output)).toMatchObject({ standing: { kind: 'restarting' } });
  });

  it.each(['activating', 'deactivating', 'reloading'])('that is %s has somebody who cares', (ActiveState) => {
    expect(interpretUnit(answer({ ActiveState, SubState: 'start' }))).toMatchObject({
      standing: { kind: 'running' },
    });
  });

  it('that somebody stopped is stopped', () => {
    const output = answer({ ActiveState: 'inactive', SubState: 'dead' });
    expect(interpretUnit(output)).toMatchObject({ standing: { kind: 'stopped' } });
  });

  it('that could not even be run says what was in the way', () => {
    const output = answer({ ...FAILED, Result: 'resources', NRestarts: '3' });
    expect(interpretUnit(output)).toMatchObject({ standing: { kind: 'gave-up', lastExit: 'resources' } });
  });
});

describe('an answer', () => {
  it('that knows no such unit', () => {
    const output = answer({ LoadState: 'not-found', ActiveState: 'inactive', SubState: 'dead' });
    expect(interpretUnit(output)).toEqual({ kind: 'no-such-unit' });
  });

  it('of a failed unit whose file was removed still tells that it failed', () => {
    const output = answer({ ...FAILED, ...EXITED, LoadState: 'not-found', NRestarts: '3' });
    expect(interpretUnit(output)).toMatchObject({ standing: { kind: 'gave-up' } });
  });

  it('without a count of restarts leaves it out', () => {
    expect(interpretUnit('LoadState=loaded\nActiveState=active\nSubState=running\n')).toEqual({
      kind: 'known',
      standing: { kind: 'running' },
    });
    expect(interpretUnit(answer({ NRestarts: '4294967295' }))).not.toHaveProperty('restarts');
  });

  it.each(['', 'nonsense', 'SubState=running\n'])('without a state cannot be read: %j', (output) => {
    expect(interpretUnit(output)).toMatchObject({ kind: 'unreadable' });
  });
});
