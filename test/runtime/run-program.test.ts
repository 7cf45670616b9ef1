import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runProgram, type ProgramAnswer, type RunOptions } from '../../src/runtime/run-program.ts';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'run-program-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

const shell = (script: string, given: Partial<RunOptions> = {}): Promise<ProgramAnswer> =>
  runProgram('/bin/sh', ['-c', script], {
    deadlineMs: 60_000,
    environment: { PATH: process.env.PATH },
    maxOutputBytes: 1_024,
    ...given,
  });

/** One that has ended and that nobody waited for is still listed. */
function isRunning(pidFile: string): boolean {
  const pid = readFileSync(pidFile, 'utf8').trim();
  return /^[^Z]/.test(spawnSync('ps', ['-o', 'state=', '-p', pid], { encoding: 'utf8' }).stdout);
}

describe('a program', () => {
  it('that ends has its status and what it said, and reads what it is given', async () => {
    expect(await shell('cat; echo "no" >&2; exit 3', { input: 'given' })).toEqual({
      kind: 'ended',
      status: 3,
      output: 'given',
      errors: 'no\n',
    });
  });

  it('that is not there, or cannot be one, is told apart', async () => {
    const options = { deadlineMs: 1_000, environment: {}, maxOutputBytes: 1 };
    expect(await runProgram(join(directory, 'none'), [], options)).toEqual({ kind: 'missing' });
    expect(await runProgram(directory, [], options)).toMatchObject({ kind: 'failed', code: 'EACCES' });
    expect(await runProgram('/bin/sh/sh', [], options)).toMatchObject({ kind: 'failed', code: 'ENOTDIR' });
  });

  it('that is too late is killed with all that it started', async () => {
    const pid = join(directory, 'pid');
    const answer = await shell(`sleep 600 & echo $! >${pid}.new; mv ${pid}.new ${pid}; wait`, {
      deadlineMs: 1_000,
    });
    if (answer.kind !== 'late') throw new Error(answer.kind);
    await answer.ended;
    expect(existsSync(pid)).toBe(true);
    await expect.poll(() => isRunning(pid)).toBe(false);
  });

  it('that ends and leaves something running has ended, and that goes on', async () => {
    const pid = join(directory, 'pid');
    const answer = await shell(`echo started; sleep 600 & echo $! >${pid}`);
    expect(answer).toMatchObject({ kind: 'ended', status: 0, output: 'started\n' });
    expect(isRunning(pid)).toBe(true);
    process.kill(Number(readFileSync(pid, 'utf8')), 'SIGKILL');
  });

  it('that says too much, or whose answer nobody wants, is killed', async () => {
    expect(await shell('yes')).toEqual({ kind: 'failed', why: 'it says more than 1024 bytes' });
    const given = new AbortController();
    const answer = shell('sleep 600', { signal: given.signal });
    given.abort();
    expect(await answer).toMatchObject({ kind: 'failed' });
    expect(await shell('sleep 600', { signal: given.signal })).toMatchObject({ kind: 'failed' });
  });

  it('that a signal ends has failed', async () => {
    expect(await shell('kill -9 $$')).toEqual({ kind: 'failed', why: 'it was ended by SIGKILL' });
  });
});
