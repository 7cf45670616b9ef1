import { mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeDirectory } from '../../src/runtime/make-directory.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'make-directory-'));
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

describe('a directory that is made', () => {
  it('is there with all above it, for its owner alone', async () => {
    await makeDirectory(join(directory, 'a', 'b', 'c'));
    for (const path of ['a', 'a/b', 'a/b/c'])
      expect((await stat(join(directory, path))).mode & 0o777).toBe(0o700);
  });

  it('may be there already, also behind a link, and is left as it is', async () => {
    await mkdir(join(directory, 'there'), { mode: 0o755 });
    await symlink(join(directory, 'there'), join(directory, 'link'));
    await makeDirectory(join(directory, 'there'));
    await makeDirectory(join(directory, 'link'));
    expect((await stat(join(directory, 'there'))).mode & 0o777).toBe(0o755);
    await makeDirectory('/');
  });

  it('may be made by two at once', async () => {
    const path = join(directory, 'a', 'b', 'c');
    await Promise.all([makeDirectory(path), makeDirectory(path), makeDirectory(path)]);
    expect((await stat(path)).isDirectory()).toBe(true);
  });

  it('cannot be where a file is, nor below one', async () => {
    await writeFile(join(directory, 'file'), '');
    await expect(makeDirectory(join(directory, 'file'))).rejects.toMatchObject({ code: 'ENOTDIR' });
    await expect(makeDirectory(join(directory, 'file', 'a'))).rejects.toMatchObject({ code: 'ENOTDIR' });
  });

  it.skipIf(process.platform !== 'linux')('below /proc is refused, instead of tried for ever', async () => {
    await expect(makeDirectory('/proc/no-such/a/b')).rejects.toThrow(/ENOENT|EACCES/);
  });
});
