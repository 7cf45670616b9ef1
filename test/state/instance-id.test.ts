import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { instanceId } from '../../src/state/instance-id.ts';

describe('the id of the exporter', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'instance-id-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  it('is a UUID that stays the same', async () => {
    const first = await instanceId(join(directory, 'new'));
    expect(first).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(await instanceId(join(directory, 'new'))).toBe(first);
    expect((await stat(join(directory, 'new', 'instance-id'))).mode & 0o777).toBe(0o600);
  });

  it('is another in another directory', async () => {
    expect(await instanceId(join(directory, 'a'))).not.toBe(await instanceId(join(directory, 'b')));
  });

  it('is made anew when the file holds something else', async () => {
    const path = join(directory, 'instance-id');
    await writeFile(path, 'half a uu');
    const id = await instanceId(directory);
    expect((await readFile(path, 'utf8')).trim()).toBe(id);
  });

  it('holds for this run where nothing can be written', async () => {
    const file = join(directory, 'file');
    await writeFile(file, '');
    expect(await instanceId(join(file, 'below'))).toMatch(/^[0-9a-f-]{36}$/);
  });
});
