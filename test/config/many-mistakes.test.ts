import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { realFileSystem } from '../../src/config/file-system.ts';
import { loadConfig } from '../../src/config/load.ts';
import { formatProblem } from '../../src/config/problem.ts';
import { countMistakes, tellFirst } from '../../src/config/tell-first.ts';
import { loadWebConfig } from '../../src/config/web/load-web-config.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'many-mistakes-'));
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

const MANY = 100_000;
const lines = (line: (index: number) => string, count = MANY): string =>
  Array.from({ length: count }, (_, index) => `${line(index)}\n`).join('');

async function problemsOf(text: string, environment: Readonly<Record<string, string>> = {}) {
  await writeFile(join(directory, 'liveness.yml'), text);
  const loaded = await loadConfig({
    flags: [{ flag: '--config.file', value: 'liveness.yml' }],
    environment: { HOME: directory, ...environment },
    cwd: directory,
  });
  if (loaded.ok) throw new Error('no mistake was found');
  return loaded.problems;
}

/** Each of these took minutes or gigabytes while every mistake was compared with every other. */
describe('a configuration of tens of thousands of mistakes is told in a moment, by the first twenty and a number', () => {
  it.each([
    ['unknown keys', lines((index) => `k${index}: 1`), MANY],
    ['keys written again', lines(() => 'k: 1', 30_000), 29_999],
    ['unknown keys in a section', `log:\n${lines((index) => ` k${index}: 1`, 30_000)}`, 30_000],
    [
      'node hosts with an unknown key',
      `nodes:\n${lines((index) => ` - {pid_file: /${index}, x: 1}`, 30_000)}`,
      30_000,
    ],
    ['node hosts that are the same', `nodes:\n${lines(() => ' - {pid_file: /a}', 10_000)}`, 9_999],
    ['node hosts that are none', `nodes:\n${lines(() => ' - 1', 30_000)}`, 30_000],
  ])('%s', async (_, text, count) => {
    const problems = await problemsOf(text);
    expect(problems).toHaveLength(21);
    expect(countMistakes(problems)).toBe(count);
    expect(formatProblem(problems[20]!)).toBe(
      `further on: ${count - 20} more, which are told once these are mended.`,
    );
  });

  it('unknown keys of a web config file', async () => {
    const path = join(directory, 'web.yml');
    await writeFile(
      path,
      lines((index) => `k${index}: 1`),
    );
    const loaded = await loadWebConfig(path, realFileSystem, 0);
    expect(loaded.ok ? 0 : countMistakes(loaded.problems)).toBe(MANY);
  });

  it('unknown variables', async () => {
    const variables = Array.from({ length: 10_000 }, (_, index) => [
      `OPENCLAW_LIVENESS_${'X'.repeat(50)}${index}`,
      '1',
    ]);
    const problems = await problemsOf('', Object.fromEntries(variables) as Record<string, string>);
    expect(problems).toHaveLength(21);
    expect(countMistakes(problems)).toBe(10_000);
  });
});

describe('what nobody writes by hand', () => {
  it('a key without end is cut short, and looked for nowhere', async () => {
    const [problem] = await problemsOf(`{"${'a'.repeat(900_000)}": 1}`);
    expect(problem?.key).toHaveLength(121);
  });

  it('a file without end is not read to its end', async () => {
    const loaded = await loadConfig({
      flags: [{ flag: '--config.file', value: '/dev/zero' }],
      environment: { HOME: directory },
      cwd: directory,
    });
    expect(loaded.ok ? [] : loaded.problems.map(formatProblem)).toEqual([
      'flag --config.file: /dev/zero cannot be read (larger than 16 MiB); correct the path, or leave it out to run on defaults.',
    ]);
  });

  it('a file larger than a configuration can be is not parsed', async () => {
    const [problem] = await problemsOf(lines((index) => `unknown_key_${index}: 1`));
    expect(problem).toEqual({
      where: 'liveness.yml',
      message: 'larger than a configuration can be (1 MiB); is it the right file?',
    });
  });
});

describe('telling the first mistakes', () => {
  const some = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ where: 'a.yml', message: String(index) }));

  it('leaves twenty as they are', () => {
    expect(tellFirst(some(20))).toEqual(some(20));
  });

  it('of lists that were cut already adds up what was left out', () => {
    const once = tellFirst(some(30), 5);
    expect(countMistakes(once)).toBe(35);
    const twice = tellFirst([...once, ...some(3)]);
    expect(twice).toHaveLength(21);
    expect(countMistakes(twice)).toBe(38);
  });
});
