import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dehydrate } from '../../src/state/dehydrate.ts';
import { StateDirectory } from '../../src/state/state-directory.ts';
import { World } from '../helpers/world.ts';

let directory: string;
const children: ChildProcess[] = [];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'state-directory-'));
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await rm(directory, { recursive: true });
});

interface Told {
  readonly pid: number;
  readonly kind: string;
  readonly by?: string;
  readonly doubts?: readonly string[];
}

/** Another process that claims the directory, and what it says came of it. */
async function anotherProcess(
  command: readonly string[] = [],
): Promise<Told & { readonly child: ChildProcess }> {
  const script = fileURLToPath(new URL('claiming-process.ts', import.meta.url));
  const argv = [...command, process.execPath, '--no-warnings', script, directory];
  const child = spawn(argv[0] ?? '', argv.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  for await (const line of createInterface({ input: child.stdout })) {
    return { ...(JSON.parse(line) as Told), child };
  }
  throw new Error('it said nothing');
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
}

const inside = (name: string): string => join(directory, name);
const aState = () => dehydrate(new World({}).core.memory(), { now: { monoMs: 0, wallMs: 0 }, logs: {} });

describe('a claim on the state directory', () => {
  it('keeps a second exporter out, and tells it who the first is', async () => {
    const { pid } = await anotherProcess();
    expect(await new StateDirectory(directory).claim()).toEqual({
      kind: 'taken',
      by: `pid ${pid} on ${hostname()}`,
    });
  });

  it('of several that start at once exactly one gets', async () => {
    const told = await Promise.all(Array.from({ length: 6 }, () => anotherProcess()));
    expect(told.map(({ kind }) => kind).sort()).toEqual([
      'ours',
      'taken',
      'taken',
      'taken',
      'taken',
      'taken',
    ]);
  });

  it('ends with its process, however that ended, and at once', async () => {
    const { child } = await anotherProcess();
    await kill(child);
    expect(await new StateDirectory(directory).claim()).toEqual({ kind: 'ours', doubts: [] });
  });

  it('of a process that is stopped holds', async () => {
    const { child } = await anotherProcess();
    child.kill('SIGSTOP');
    expect((await new StateDirectory(directory).claim()).kind).toBe('taken');
  });

  it('does not go by a pid: that of a crashed owner may be used again, and be ours', async () => {
    await writeFile(inside('exporter.pid'), `${process.ppid}\n${hostname()}\n`);
    expect((await new StateDirectory(directory).claim()).kind).toBe('ours');
    expect(await readFile(inside('exporter.pid'), 'utf8')).toBe(`${process.pid}\n${hostname()}\n`);
  });

  const asContainer = [
    'unshare',
    '--user',
    '--map-root-user',
    '--pid',
    '--fork',
    '--kill-child',
    '--mount-proc',
  ];
  const [unshare = '', ...unshareArgs] = asContainer;
  const hasContainers = spawnSync(unshare, [...unshareArgs, 'true']).status === 0;
  it.skipIf(!hasContainers)('holds between containers that share it, where each is pid 1', async () => {
    const first = await anotherProcess(asContainer);
    const second = await anotherProcess(asContainer);
    expect([first, second]).toMatchObject([
      { pid: 1, kind: 'ours' },
      { pid: 1, kind: 'taken', by: `pid 1 on ${hostname()}` },
    ]);
    await kill(first.child);
    await kill(second.child);
    // The kernel ends what is in the container after that.
    while ((await new StateDirectory(directory).claim()).kind !== 'ours') await new Promise(setImmediate);
  });

  it('is given back, and then is another’s', async () => {
    const ours = new StateDirectory(join(directory, 'a', 'b'));
    expect(await ours.claim()).toEqual({ kind: 'ours', doubts: [] });
    expect((await new StateDirectory(ours.path).claim()).kind).toBe('taken');
    await ours.release();
    // The file that is locked stays: two could each lock one of their own.
    expect(await readdir(ours.path)).toEqual(['exporter.lock']);
    expect((await stat(join(ours.path, 'exporter.lock'))).mode & 0o777).toBe(0o600);
    const next = new StateDirectory(ours.path);
    expect(await next.claim()).toEqual({ kind: 'ours', doubts: [] });
    await next.release();
  });

  it('is made anew by the next save when somebody removed the directory', async () => {
    const ours = new StateDirectory(directory);
    await ours.claim();
    await rm(directory, { recursive: true });
    expect(await ours.save(aState())).toEqual({ ok: true });
    expect((await anotherProcess()).kind).toBe('taken');
  });

  it('that another took meanwhile keeps us from writing', async () => {
    const ours = new StateDirectory(directory);
    await ours.claim();
    await rm(inside('exporter.lock'));
    const { pid } = await anotherProcess();
    expect(await ours.save(aState())).toEqual({
      ok: false,
      why: `another exporter has the directory now, pid ${pid} on ${hostname()}`,
    });
    expect(ours.failures).toBe(1);
  });
});

describe('a state directory in trouble', () => {
  it('whose pid file cannot be written is ours all the same', async () => {
    await mkdir(inside('exporter.pid'));
    const ours = new StateDirectory(directory);
    expect(await ours.claim()).toMatchObject({ kind: 'ours', doubts: [expect.stringContaining('EISDIR')] });
    expect(ours.failures).toBe(1);
    expect((await anotherProcess()).kind).toBe('taken');
    await ours.release();
    expect((await anotherProcess()).kind).toBe('ours');
  });

  it('that cannot be locked is used without a lock, until it can be', async () => {
    await mkdir(inside('exporter.lock'));
    const ours = new StateDirectory(directory);
    expect(await ours.claim()).toMatchObject({
      kind: 'ours',
      doubts: [expect.stringMatching(/exporter\.lock cannot be locked \(unable to open database file\)$/)],
    });
    expect(await ours.save(aState())).toEqual({ ok: true });
    expect(ours.failures).toBe(1);
    await rm(inside('exporter.lock'), { recursive: true });
    expect(await ours.save(aState())).toEqual({ ok: true });
    expect((await anotherProcess()).kind).toBe('taken');
  });

  // Its own user can write anything, root can write almost anything: not this.
  it.skipIf(process.platform !== 'linux')('that is read-only is used as far as it goes', async () => {
    const ours = new StateDirectory('/sys');
    expect(await ours.claim()).toMatchObject({ kind: 'ours', doubts: [expect.any(String)] });
    expect(await ours.save(aState())).toMatchObject({ ok: false });
    expect(ours.failures).toBe(2);
    await ours.release();
  });

  it.skipIf(process.platform !== 'linux')(
    'that can never be is refused, and not tried for ever',
    async () => {
      expect(await new StateDirectory('/proc/no-such').claim()).toMatchObject({ kind: 'impossible' });
      await writeFile(inside('file'), '');
      expect(await new StateDirectory(inside('file')).claim()).toMatchObject({ kind: 'impossible' });
    },
  );
});

describe('what a write left that a SIGKILL cut short', () => {
  it('is one file at most, and gone at the next start', async () => {
    for (const name of ['state.json.tmp', 'state.json.4711.tmp', 'state.json.4712.tmp', 'instance-id.1.tmp'])
      await writeFile(inside(name), '{');
    await writeFile(inside('device-identity.json.4711.0a1b2c3d4e5f.tmp'), '{');
    await writeFile(inside('mine.tmp'), 'not ours');
    const ours = new StateDirectory(directory);
    await ours.claim();
    expect(await readdir(directory)).toEqual(['exporter.lock', 'exporter.pid', 'mine.tmp']);
    await ours.release();
  });

  it('has the same name each time', async () => {
    const ours = new StateDirectory(directory);
    await ours.claim();
    // What cannot be replaced shows the name.
    await mkdir(inside('state.json.tmp'));
    expect(await ours.save(aState())).toMatchObject({
      ok: false,
      why: expect.stringContaining('EISDIR') as string,
    });
    await ours.release();
  });

  it('of another that runs is left alone', async () => {
    await anotherProcess();
    await writeFile(inside('state.json.tmp'), '{');
    await new StateDirectory(directory).claim();
    expect(await readdir(directory)).toContain('state.json.tmp');
  });
});
