import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LaunchdJob } from '../../src/core/index.ts';
import { createDarwinPlatform } from '../../src/sources/darwin/platform.ts';
import { choosePlatform } from '../../src/sources/platform.ts';
import { ProcessSource } from '../../src/sources/process/process-source.ts';
import { ManualTicker, ManualTime } from '../helpers/manual-time.ts';
import { RecordingSink } from '../helpers/recording-sink.ts';
import { FakePrograms } from '../macos/fake-programs.ts';

const JOB: LaunchdJob = { manager: 'launchd', label: 'ai.openclaw.node', domain: 'gui/501' };

/** The real one, behind whatever chooses among several; empty: there is none. */
const python = spawnSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' });
const PYTHON = python.status === 0 ? python.stdout.trim() : '';

function plistOf(version: string): URL {
  return new URL(`../fixtures/macos/plist-openclaw-${version}.plist`, import.meta.url);
}

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'platform-'));
});
afterEach(() => {
  rmSync(home, { recursive: true });
});

it.each(['linux', 'darwin'] as const)('%s has adapters of its own', async (system) => {
  expect((await choosePlatform({ system, environment: {} })).name).toBe(system);
});

describe('a system that we have no adapters for', () => {
  it('says plainly that its processes cannot be watched, and accuses nobody', async () => {
    const { name, processes, connections, installedService, jobNamed, logOf } = await choosePlatform({
      system: 'win32',
      environment: {},
    });
    const [sink, ticker] = [new RecordingSink(), new ManualTicker()];
    const source = new ProcessSource({
      targets: [{ target: 'a', by: { kind: 'state-dir', path: home }, explicit: true }],
      table: processes,
      clock: new ManualTime(),
      sink,
      ticker,
    });
    source.start();
    await ticker.beat();
    await source.stop();
    expect(name).toBe('none');
    expect(sink.observations).toEqual([]);
    expect(sink.errors()).toMatchObject([{ kind: 'unsupported' }]);
    expect(sink.errors()[0]?.message).toContain('cannot be watched on win32');
    expect(await connections.socketsOf([])).toEqual(new Map());
    expect([installedService(home), jobNamed('x'), await logOf(JOB, home)]).toEqual([
      undefined,
      undefined,
      [],
    ]);
  });
});

describe('what OpenClaw installed on a Mac', () => {
  const installed = (programs: FakePrograms) => createDarwinPlatform({ run: programs.run, userId: 501 });

  function install(plist: string | Buffer = 'bplist00', label = JOB.label): FakePrograms {
    const agents = join(home, 'Library', 'LaunchAgents');
    mkdirSync(agents, { recursive: true });
    writeFileSync(join(agents, `${label}.plist`), plist);
    return new FakePrograms(home);
  }

  it('is its launch agent, and the log that this names', async () => {
    const programs = install();
    programs.prints('plutil', JSON.stringify({ StandardErrorPath: '/Users/user/node.err.log' }));
    const platform = installed(programs);
    expect(platform.installedService(home)).toEqual(JOB);
    expect(await platform.logOf(JOB, home)).toEqual(['/Users/user/node.err.log']);
    expect(programs.asked).toEqual([
      `/usr/bin/plutil -convert json -o - ${join(home, 'Library/LaunchAgents/ai.openclaw.node.plist')}`,
    ]);
  });

  it('has the log of any other job, too, by its label', async () => {
    const programs = install('bplist00', 'com.example.node');
    programs.prints('plutil', JSON.stringify({ StandardErrorPath: '/Users/user/node.err.log' }));
    const job = installed(programs).jobNamed('com.example.node')!;
    expect(job).toEqual({ ...JOB, label: 'com.example.node' });
    expect(await installed(programs).logOf(job, home)).toEqual(['/Users/user/node.err.log']);
    expect(await installed(programs).logOf(JOB, home)).toEqual([]);
  });

  describe.skipIf(PYTHON === '')(
    `as ${PYTHON === '' ? 'plutil reads it (skipped: no python3)' : 'plutil reads it'}`,
    () => {
      /** Reads both forms and, as plutil does, has no JSON for dates and data. */
      const plutil = `exec '${PYTHON}' -c 'import json, plistlib, sys; print(json.dumps(plistlib.load(open(sys.argv[1], "rb"))))' "$5"`;

      async function logIn(plist: Buffer): Promise<readonly string[]> {
        const programs = install(plist);
        programs.does('plutil', plutil);
        return installed(programs).logOf(JOB, home);
      }

      it.each([
        ['2026.1.30', ['.openclaw/logs/node.log', '.openclaw/logs/node.err.log']],
        ['2026.3.13', ['.openclaw/logs/node.log', '.openclaw/logs/node.err.log']],
        ['2026.4.15', ['.openclaw/logs/node.log', '.openclaw/logs/node.err.log']],
        ['2026.5.18', []],
        ['2026.7.1', []],
        ['2026.9.6', ['Library/Logs/openclaw/node.log']],
        ['2026.9.6-binary', ['Library/Logs/openclaw/node.log']],
      ])('is what %s installed', async (version, paths) => {
        const plist = readFileSync(plistOf(version));
        expect(await logIn(plist)).toEqual(paths.map((path) => `/Users/user/${path}`));
      });

      it('is nothing where the file is cut, or holds what JSON cannot', async () => {
        const plist = readFileSync(plistOf('2026.4.15'));
        for (const part of [0.1, 0.5, 0.9])
          expect(await logIn(plist.subarray(0, plist.length * part))).toEqual([]);
        const dated = plist
          .toString()
          .replace('<dict>', '<dict><key>At</key><date>2026-09-21T00:00:00Z</date>');
        expect(await logIn(Buffer.from(dated))).toEqual([]);
      });
    },
  );

  it('has no log that can be told where plutil fails, hangs or is not there', async () => {
    const programs = install();
    expect(await installed(programs).logOf(JOB, home)).toEqual([]);
    programs.prints('plutil', '', { status: 1, errors: 'invalid object in plist for destination format' });
    expect(await installed(programs).logOf(JOB, home)).toEqual([]);
  });

  it('is nothing where it installed nothing', async () => {
    const platform = installed(new FakePrograms(home));
    expect(platform.installedService(home)).toBeUndefined();
    expect(await platform.logOf(JOB, home)).toEqual([]);
  });
});

describe('a Mac without koffi', () => {
  it('is looked at by ps and lsof, and says so', () => {
    const { processes } = createDarwinPlatform({ library: '/nowhere.dylib' });
    expect(processes.blindSpots().join()).toMatch(/ps every 5 s.*pulse/);
  });
});
