import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkPaths, realFileSystem } from '../../src/config/check-paths.ts';
import { loadConfig } from '../../src/config/load.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sound-part-'));
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

/** Keys that are told of a faulty file: those that its schema refuses, then those whose path is wrong. */
async function toldOf(file: string, stateDirectory = join(directory, 'state')): Promise<string[][]> {
  await writeFile(join(directory, 'liveness.yml'), file);
  const loaded = await loadConfig({
    flags: [{ flag: '--config.file', value: 'liveness.yml' }],
    environment: { HOME: directory, STATE_DIRECTORY: stateDirectory },
    cwd: directory,
  });
  if (loaded.ok) throw new Error('no fault was found');
  const { sound } = loaded;
  const found =
    sound === undefined ? undefined : await checkPaths(sound.config, realFileSystem, { stateDir: true });
  const paths = (found?.problems ?? []).map(({ key = '' }) => key);
  return [loaded.problems.map(({ key = '' }) => key), paths.filter((key) => sound?.isMeant(key))];
}

describe('what is sound of a faulty configuration', () => {
  it('has its paths looked at all the same', async () => {
    expect(await toldOf('log: {level: loud}\ngateway: {token_file: missing}\n')).toEqual([
      ['log.level'],
      ['gateway.token_file'],
    ]);
  });

  it('keeps the places of its node hosts when one of them is at fault', async () => {
    await writeFile(join(directory, 'file'), '');
    const nodes = ['{state_dir: a, pid_file: b}', '{logg: x, state_dir: file}', '{log: ., name: ""}'];
    expect(await toldOf(`nodes:\n${nodes.map((node) => `  - ${node}\n`).join('')}`)).toEqual([
      ['nodes[0]', 'nodes[1].logg', 'nodes[2].name'],
      ['nodes[1].state_dir', 'nodes[2].log'],
    ]);
  });

  it('does not call two node hosts one that are alike only without their faults', async () => {
    expect(await toldOf('nodes:\n  - {state_dir: 1}\n  - {state_dir: 2}\n')).toEqual([
      ['nodes[0].state_dir', 'nodes[1].state_dir'],
      [],
    ]);
  });

  it('is not told of a default that stands in for what is at fault', async () => {
    expect(await toldOf('state: {dri: x}\n', '/dev/null/x')).toEqual([['state.dri'], []]);
    expect(await toldOf('log: {level: loud}\n', '/dev/null/x')).toEqual([['log.level'], ['state.dir']]);
  });

  it('is only what flags and variables say where the file cannot be read at all', async () => {
    expect((await toldOf('log: [\n', '/dev/null/x'))[1]).toEqual([]);
  });

  it('is nothing where the file is no section', async () => {
    expect(await toldOf('- a\n', '/dev/null/x')).toEqual([[''], []]);
  });
});
