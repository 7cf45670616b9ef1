import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDarwinPlatform } from '../../src/sources/darwin/platform.ts';
import { choosePlatform } from '../../src/sources/platform.ts';
import { ProcessSource } from '../../src/sources/process/process-source.ts';
import { ManualTicker, ManualTime } from '../helpers/manual-time.ts';
import { RecordingSink } from '../helpers/recording-sink.ts';
import { FakePrograms } from '../macos/fake-programs.ts';

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
    const { name, processes, connections, installedService, installedLog } = await choosePlatform({
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
    expect([installedService(home), await installedLog(home)]).toEqual([undefined, []]);
  });
});

describe('what OpenClaw installed on a Mac', () => {
  const installed = (programs: FakePrograms) => createDarwinPlatform({ run: programs.run, userId: 501 });

  function install(): FakePrograms {
    const agents = join(home, 'Library', 'LaunchAgents');
    mkdirSync(agents, { recursive: true });
    writeFileSync(join(agents, 'ai.openclaw.node.plist'), 'bplist00');
    return new FakePrograms(home);
  }

  it('is its launch agent, and the log that this names', async () => {
    const programs = install();
    programs.prints('plutil', JSON.stringify({ StandardErrorPath: '/Users/user/node.err.log' }));
    const platform = installed(programs);
    expect(platform.installedService(home)).toEqual({
      manager: 'launchd',
      label: 'ai.openclaw.node',
      domain: 'gui/501',
    });
    expect(await platform.installedLog(home)).toEqual(['/Users/user/node.err.log']);
    expect(programs.asked).toEqual([
      `/usr/bin/plutil -convert json -o - ${join(home, 'Library/LaunchAgents/ai.openclaw.node.plist')}`,
    ]);
  });

  it('has no log that can be told where plutil fails, hangs or is not there', async () => {
    const programs = install();
    expect(await installed(programs).installedLog(home)).toEqual([]);
    programs.prints('plutil', '', { status: 1, errors: 'invalid object in plist for destination format' });
    expect(await installed(programs).installedLog(home)).toEqual([]);
  });

  it('is nothing where it installed nothing', async () => {
    const platform = installed(new FakePrograms(home));
    expect(platform.installedService(home)).toBeUndefined();
    expect(await platform.installedLog(home)).toEqual([]);
  });
});

describe('a Mac without koffi', () => {
  it('is looked at by ps and lsof, and says so', () => {
    const { processes } = createDarwinPlatform({ library: '/nowhere.dylib' });
    expect(processes.blindSpots?.().join()).toMatch(/ps every 5 s.*pulse/);
  });
});
