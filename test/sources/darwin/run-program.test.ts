import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FakePrograms } from '../../macos/fake-programs.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'programs-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

/** Lines that the scripts wrote into a file of the test's. */
function written(name: string): readonly string[] {
  const path = join(directory, name);
  return existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : [];
}

it('programs run one after the other, in their own language, with nothing of our environment', async () => {
  const programs = new FakePrograms(directory);
  process.env.SECRET_OF_A_TEST = 'x';
  for (const name of ['a', 'b']) {
    programs.does(
      name,
      `echo ${name} begins >>'${directory}/order'; sleep 0.1; echo ${name} ends >>'${directory}/order'; env`,
    );
  }
  const [first, second] = await Promise.all([programs.run('a', []), programs.run('b', [])]);
  delete process.env.SECRET_OF_A_TEST;
  expect(written('order')).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
  for (const answer of [first, second]) {
    const output = answer.kind === 'ended' ? answer.output : answer.kind;
    expect(output).toMatch(/^LC_ALL=C$/m);
    expect(output).toMatch(/^TZ=UTC0$/m);
    expect(output).not.toContain('SECRET');
  }
});

it('one that outlives being killed is not run a second time until it has ended, and keeps nobody else waiting', async () => {
  const programs = new FakePrograms(directory, 300);
  // What it leaves behind holds its output, as a process does that hangs in the kernel.
  programs.does('lsof', `echo $$ >>'${directory}/runs'; sleep 600 & echo $! >'${directory}/left'; wait`);
  programs.prints('ps', 'well');
  expect(await programs.run('lsof', [])).toMatchObject({ kind: 'late' });
  expect(await programs.run('lsof', [])).toMatchObject({ kind: 'late' });
  expect(written('runs')).toHaveLength(1);
  expect(await programs.run('ps', [])).toMatchObject({ kind: 'ended', output: 'well' });
  process.kill(Number(written('left')[0]), 'SIGKILL');
  programs.prints('lsof', 'well');
  await expect.poll(() => programs.run('lsof', [])).toMatchObject({ kind: 'ended', output: 'well' });
});
