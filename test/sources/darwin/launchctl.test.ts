import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LaunchdJob } from '../../../src/core/index.ts';
import { createLaunchctl } from '../../../src/sources/darwin/launchctl.ts';
import { FakePrograms } from '../../macos/fake-programs.ts';
import { capture } from './fixtures.ts';

const JOB: LaunchdJob = { manager: 'launchd', label: 'ai.openclaw.node', domain: 'gui/501' };

let directory: string;
let programs: FakePrograms;
let nowMs: number;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'launchctl-'));
  programs = new FakePrograms(directory);
  nowMs = 0;
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

const ask = (job = JOB, ctl = createLaunchctl({ run: programs.run, nowMs: () => nowMs })) =>
  ctl(job, new AbortController().signal);

describe('launchctl', () => {
  it('is asked for the job in its domain', async () => {
    programs.prints('launchctl', capture('launchctl-print-node-running-26.txt'));
    expect(await ask()).toEqual({ kind: 'known', service: JOB, standing: { kind: 'running' }, restarts: 0 });
    expect(programs.asked).toEqual(['/bin/launchctl print gui/501/ai.openclaw.node']);
  });

  it('that knows it in another domain tells of it there: over ssh, or a daemon', async () => {
    programs.does(
      'launchctl',
      `case $2 in system/*) cat '${new URL('../../fixtures/macos/launchctl-print-node-running-26.txt', import.meta.url).pathname}';; *) exit 113;; esac`,
    );
    expect(await ask()).toMatchObject({ kind: 'known', service: { ...JOB, domain: 'system' } });
    expect(programs.asked).toHaveLength(3);
  });

  it('that knows it nowhere says that it is not loaded', async () => {
    programs.prints('launchctl', '', {
      status: 113,
      errors: capture('launchctl-print-notfound-stderr-26.txt'),
    });
    expect(await ask()).toEqual({ kind: 'known', standing: { kind: 'not-loaded' } });
  });

  it('that was told not to load it says so', async () => {
    const list = capture('launchctl-print-disabled-27.txt').replace('com.example.grow', JOB.label);
    programs.does('launchctl', `case $1 in print-disabled) cat <<'END'\n${list}END\n;; *) exit 113;; esac`);
    expect(await ask()).toEqual({ kind: 'known', standing: { kind: 'not-loaded', because: 'disabled' } });
  });

  it('that has no domain for the user says that nobody is logged in, whatever it knows of the system', async () => {
    programs.does('launchctl', 'case $2 in system/*) exit 113;; *) exit 112;; esac');
    expect(await ask()).toEqual({ kind: 'known', standing: { kind: 'not-loaded', because: 'logged-out' } });
  });

  it('that refuses everywhere is nobody to ask', async () => {
    programs.prints('launchctl', '', { status: 125 });
    expect(await ask()).toMatchObject({ kind: 'error', error: { kind: 'permission', isAbsent: true } });
  });

  it('that says what nobody understands is an error of parsing, and no standing', async () => {
    programs.prints('launchctl', 'Something else entirely\n');
    expect(await ask()).toMatchObject({ kind: 'error', error: { kind: 'parse' } });
    programs.prints('launchctl', '', { status: 64, errors: 'Usage: launchctl …\n' });
    expect(await ask()).toMatchObject({ kind: 'error', error: { kind: 'other' } });
  });

  it('that hangs, or is not there, is an error', async () => {
    const slow = new FakePrograms(directory, 200);
    slow.does('launchctl', 'exec sleep 60');
    expect(await ask(JOB, createLaunchctl({ run: slow.run }))).toMatchObject({ error: { kind: 'timeout' } });
    expect(await ask(JOB, createLaunchctl({ run: programs.run, launchctl: 'absent' }))).toMatchObject({
      error: { kind: 'unsupported', isAbsent: true },
    });
  });

  it('has nothing to say of a unit of systemd', async () => {
    const unit = { manager: 'systemd', unit: 'x.service', user: true } as const;
    const answer = await createLaunchctl({ run: programs.run })(unit, new AbortController().signal);
    expect(answer).toMatchObject({ error: { kind: 'unsupported', isAbsent: true } });
  });

  it('that starts nothing for a minute, of what it is to keep alive, holds it back', async () => {
    const idle = 'x = {\n\tstate = not running\n\tproperties = keepalive | runatload\n}';
    programs.prints('launchctl', idle);
    const ctl = createLaunchctl({ run: programs.run, nowMs: () => nowMs });
    const standing = async () => {
      const answer = await ask(JOB, ctl);
      return answer.kind === 'known' ? answer.standing.kind : answer.error.message;
    };
    expect(await standing()).toBe('restarting');
    nowMs = 59_999;
    expect(await standing()).toBe('restarting');
    nowMs = 60_000;
    expect(await standing()).toBe('gave-up');
    programs.prints('launchctl', capture('launchctl-print-node-running-26.txt'));
    expect(await standing()).toBe('running');
    programs.prints('launchctl', idle);
    expect(await standing()).toBe('restarting');
  });

  it('that names /dev/null for the errors of one that does not run says that there is no log; of one that runs its process does', async () => {
    const held = capture('launchctl-print-not-running-exit0-26.txt');
    const blind = (output: string): string => output.replace(/stderr path = .*/, 'stderr path = /dev/null');
    expect(blind(held)).not.toBe(held);
    programs.prints('launchctl', blind(held));
    expect(await ask()).toMatchObject({
      note: expect.stringContaining('log blind: ai.openclaw.node') as string,
    });
    programs.prints('launchctl', held);
    expect(await ask()).not.toHaveProperty('note');
    programs.prints('launchctl', blind(capture('launchctl-print-node-running-26.txt')));
    expect(await ask()).not.toHaveProperty('note');
  });

  it('keeps the environment that it prints to itself', async () => {
    const secret = capture('launchctl-print-node-running-26.txt').replace(
      'OSLogRateLimit => 64',
      'TOKEN => s3cret',
    );
    programs.prints('launchctl', secret);
    expect(JSON.stringify(await ask())).not.toContain('s3cret');
    programs.prints('launchctl', secret.replaceAll('state = ', 'status = '));
    expect(JSON.stringify(await ask())).not.toContain('s3cret');
  });
});
