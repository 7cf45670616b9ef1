import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { claimState } from '../../src/state/state-lock.ts';

const hasProc = process.platform === 'linux';

describe.skipIf(!hasProc)('a claim on the state directory', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'state-lock-'));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true, force: true });
  });
  const claim = (): string => join(directory, 'exporter.pid');
  const startTimeOf = (pid: number): string => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  };

  it('keeps a second exporter out, and names the first', () => {
    const other = process.ppid;
    writeFileSync(claim(), `${other} ${startTimeOf(other)}\n`);
    expect(claimState(directory)).toEqual({ kind: 'taken', pid: other });
  });

  it('ends with its process', async () => {
    const child = spawn(process.execPath, ['-e', '']);
    const pid = child.pid ?? 0;
    writeFileSync(claim(), `${pid} ${startTimeOf(pid)}\n`);
    await new Promise((resolve) => child.once('exit', resolve));
    expect(claimState(directory).kind).toBe('ours');
  });

  it('of a pid that is used again stands for nothing', () => {
    writeFileSync(claim(), `${process.ppid} 1\n`);
    expect(claimState(directory).kind).toBe('ours');
  });

  it('that nobody can read as one stands for nothing', () => {
    writeFileSync(claim(), 'hello');
    expect(claimState(directory).kind).toBe('ours');
  });

  it('is given back', () => {
    const lock = claimState(join(directory, 'a', 'b'));
    expect(lock.kind).toBe('ours');
    if (lock.kind === 'ours') lock.release();
    expect(() => readFileSync(join(directory, 'a', 'b', 'exporter.pid'))).toThrow('ENOENT');
  });
});
