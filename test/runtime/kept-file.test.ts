import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { replaceFile } from '../../src/runtime/kept-file.ts';

// Fixed: a webhook and a program that took a message in the same instant wrote down each what was told, to one file.
it('several that replace a file at once take turns: what the last one wrote is there, and nothing else', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'kept-file-'));
  const path = join(directory, 'told.json');
  const texts = Array.from({ length: 20 }, (_, index) => `${index} `.repeat(2_000 - 100 * index));
  const written = await Promise.allSettled(texts.map((text) => replaceFile(path, [text])));
  expect(written.filter(({ status }) => status === 'rejected')).toEqual([]);
  expect(await readFile(path, 'utf8')).toBe(texts.at(-1));
  expect(await readdir(directory)).toEqual(['told.json']);
  await rm(directory, { recursive: true });
});

it('one that could not be replaced holds up no later one', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'kept-file-'));
  const path = join(directory, 'told.json');
  const broken = (function* pieces(): Generator<string> {
    yield 'half';
    throw new Error('no more');
  })();
  const [first, second] = await Promise.allSettled([replaceFile(path, broken), replaceFile(path, ['whole'])]);
  expect([first.status, second.status]).toEqual(['rejected', 'fulfilled']);
  expect(await readFile(path, 'utf8')).toBe('whole');
  await rm(directory, { recursive: true });
});
