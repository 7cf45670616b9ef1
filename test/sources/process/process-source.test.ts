import { mkdirSync, mkdtempSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ProcessObservation } from '../../../src/core/model/observation.ts';
import { Secret } from '../../../src/core/index.ts';
import { knownSecrets } from '../../../src/sources/known-secrets.ts';
import { LinuxProcessTable } from '../../../src/sources/linux/process-table.ts';
import { ProcessSource } from '../../../src/sources/process/process-source.ts';
import type { ProcessTarget } from '../../../src/sources/process/process-target.ts';
import type { ProcessTable } from '../../../src/sources/process/process-table.ts';
import { ManualTicker, ManualTime } from '../../helpers/manual-time.ts';
import { RecordingSink } from '../../helpers/recording-sink.ts';
import type { FakeProcess } from '../linux/fake-proc.ts';
import { changed, FakeProc, launcherAndHost, withEnvironment } from '../linux/fake-proc.ts';

/** When the recordings were made: 1952.16 s after boot, 740 s after the node hosts started. */
const uptimeSeconds = 1952.16;

let proc: FakeProc;
let home: string;
let stateDir: string;
beforeEach(() => {
  proc = new FakeProc({ uptimeSeconds });
  home = mkdtempSync(join(tmpdir(), 'home-'));
  stateDir = join(home, 'state');
  mkdirSync(stateDir);
});
afterEach(() => {
  proc.dispose();
  rmSync(home, { recursive: true });
});

class Bench {
  readonly time = new ManualTime();
  readonly ticker = new ManualTicker();
  readonly sink = new RecordingSink();
  readonly source: ProcessSource;

  constructor(targets: readonly ProcessTarget[], table: Partial<ProcessTable> = {}, userId = 1000) {
    const real = new LinuxProcessTable({ root: proc.root });
    const mixed = new Proxy(real, {
      get: (_, name: keyof ProcessTable): unknown => {
        const own: unknown = Reflect.get(name in table ? table : real, name);
        return typeof own === 'function' ? (own.bind(real) as unknown) : own;
      },
    });
    this.source = new ProcessSource({
      targets,
      table: mixed,
      clock: this.time,
      sink: this.sink,
      ticker: this.ticker,
      userId,
    });
    this.source.start();
  }

  /** One look, `ms` after the one before; answers with what it told of the first target. */
  async look(ms = 1000): Promise<ProcessObservation | undefined> {
    await this.time.advance(ms);
    const before = this.sink.observations.length;
    await this.ticker.beat();
    return this.sink.observations.slice(before)[0] as ProcessObservation | undefined;
  }

  get lastReport(): RecordingSink['reports'][number] {
    return this.sink.reports.at(-1)!;
  }
}

const byStateDir = (path: string, explicit = true): ProcessTarget => ({
  target: path,
  by: { kind: 'state-dir', path },
  explicit,
});

/** The recorded processes, keeping their state in a directory that exists here. */
function pair(version: '2026.4.15' | '2026.9.6', directory = stateDir): [FakeProcess, FakeProcess] {
  const [launcher, host] = launcherAndHost(version);
  const variables = { OPENCLAW_STATE_DIR: directory };
  return [withEnvironment(launcher, variables), withEnvironment(host, variables)];
}

describe('a node host is found by its state directory', () => {
  it.each([
    ['2026.9.6', 6718, '6718:121340'],
    ['2026.4.15', 6702, '6702:121297'],
  ] as const)('%s: the child, not the launcher', async (version, pid, incarnation) => {
    proc.put(...pair(version));
    const bench = new Bench([byStateDir(stateDir)]);
    const seen = await bench.look();
    expect(seen).toMatchObject({
      source: 'process',
      target: stateDir,
      at: bench.time.now(),
      process: { pid, incarnation, kernelState: 'sleeping' },
    });
    expect(seen?.process?.uptimeMs).toBeGreaterThan(738_000);
    expect(seen?.process?.uptimeMs).toBeLessThan(740_000);
    expect(seen?.process?.voluntarySwitches).toBeGreaterThan(25);
    expect(bench.source.located(stateDir)).toMatchObject({ pid, incarnation });
    expect(bench.lastReport).toEqual({ source: 'process', at: bench.time.now(), durationMs: 0 });
  });

  it('and its main thread is asked for its CPU time only where that of the process has moved', async () => {
    proc.put(...pair('2026.9.6'));
    const real = new LinuxProcessTable({ root: proc.root });
    let asked = 0;
    let usedSeconds = 5;
    const bench = new Bench([byStateDir(stateDir)], {
      async stat(pid) {
        const answer = await real.stat(pid);
        if (answer.kind !== 'value' || answer.value.usage === undefined) return answer;
        const usage = { ...answer.value.usage, cpuSeconds: usedSeconds };
        return { kind: 'value', value: { ...answer.value, usage } };
      },
      mainThreadCpuSeconds: () => Promise.resolve((asked += 1)),
    });
    const seen = [await bench.look(), await bench.look(), await bench.look()];
    usedSeconds += 0.01;
    seen.push(await bench.look());
    expect(seen.map((each) => each?.process?.mainThreadCpuSeconds)).toEqual([1, 1, 1, 2]);
  });

  it('what programs that it started used is told of one that may still be starting', async () => {
    proc.put(...pair('2026.9.6'));
    const bench = new Bench([byStateDir(stateDir)]);
    expect((await bench.look())?.process?.childrenCpuSeconds).toBeUndefined();
    proc.setUptime(1_214 + 299);
    expect((await bench.look())?.process?.childrenCpuSeconds).toBeGreaterThan(0);
  });

  it('two on one machine are told apart', async () => {
    const other = join(home, 'other');
    mkdirSync(other);
    proc.put(...pair('2026.9.6'), ...pair('2026.4.15', other));
    const bench = new Bench([byStateDir(other), byStateDir(stateDir)]);
    await bench.look();
    expect(bench.source.located(other)?.pid).toBe(6702);
    expect(bench.source.located(stateDir)?.pid).toBe(6718);
    expect(bench.source.otherNodeHosts()).toEqual([]);
  });

  it('one that belongs to no target is told for advice', async () => {
    proc.put(...pair('2026.9.6'), ...pair('2026.4.15', '/srv/other'));
    const bench = new Bench([byStateDir(stateDir)]);
    await bench.look();
    expect(bench.source.otherNodeHosts()).toEqual([{ pid: 6702, stateDir: '/srv/other' }]);
  });

  it('through symbolic links, on either side', async () => {
    const link = join(home, 'link');
    symlinkSync(stateDir, link);
    proc.put(...pair('2026.9.6', link));
    const bench = new Bench([byStateDir(stateDir), byStateDir(link)]);
    await bench.look();
    expect(bench.source.located(stateDir)?.pid).toBe(6718);
    expect(bench.source.located(link)?.pid).toBe(6718);
  });

  it('that is only the default of its home', async () => {
    const [launcher, host] = launcherAndHost('2026.4.15');
    const variables = { OPENCLAW_STATE_DIR: undefined, HOME: home };
    proc.put(withEnvironment(launcher, variables), withEnvironment(host, variables));
    mkdirSync(join(home, '.clawdbot'));
    const bench = new Bench([
      byStateDir(join(home, '.clawdbot')),
      byStateDir(join(home, '.openclaw'), false),
    ]);
    await bench.look();
    expect(bench.source.located(join(home, '.clawdbot'))?.pid).toBe(6702);
    expect(bench.source.located(join(home, '.openclaw'))).toBeUndefined();
  });

  it('that is of the profile on the command line of its launcher', async () => {
    const [launcher, host] = launcherAndHost('2026.9.6');
    const variables = { OPENCLAW_STATE_DIR: undefined, HOME: home };
    const cmdline = launcher.cmdline.replace('\0node\0run', '\0--profile\0work\0node\0run');
    proc.put({ ...withEnvironment(launcher, variables), cmdline }, withEnvironment(host, variables));
    const bench = new Bench([byStateDir(join(home, '.openclaw-work'))]);
    expect((await bench.look())?.process?.pid).toBe(6718);
  });
});

describe('a process that changes', () => {
  it('is another incarnation when its pid is another process now', async () => {
    const [launcher, host] = pair('2026.9.6');
    proc.put(launcher, host);
    const bench = new Bench([byStateDir(stateDir)]);
    await bench.look();
    proc.put(changed(host, { startTicks: 195_000 }));
    expect((await bench.look())?.process?.incarnation).toBe('6718:195000');
  });

  it('is no process when its pid is that of a stranger now', async () => {
    const [launcher, host] = pair('2026.9.6');
    proc.put(launcher, host);
    const bench = new Bench([byStateDir(stateDir)]);
    await bench.look();
    proc.put(changed(host, { startTicks: 195_000, name: 'bash', cmdline: 'bash\0' }));
    expect((await bench.look())?.process).toBeNull();
    expect(bench.source.located(stateDir)).toBeUndefined();
  });

  it('is no process when it is defunct', async () => {
    const [launcher, host] = pair('2026.9.6');
    proc.put(launcher, host);
    const bench = new Bench([byStateDir(stateDir)]);
    await bench.look();
    proc.put(changed(host, { state: 'Z', environ: '', cmdline: '' }));
    expect((await bench.look())?.process).toBeNull();
  });

  it('is stopped when the kernel says T', async () => {
    const [launcher, host] = pair('2026.9.6');
    proc.put(launcher, host);
    const bench = new Bench([byStateDir(stateDir)]);
    await bench.look();
    proc.put(changed(host, { state: 'T' }));
    expect((await bench.look())?.process?.kernelState).toBe('stopped');
    proc.put(host);
    expect((await bench.look())?.process?.kernelState).toBe('sleeping');
  });

  it('shows its pulse anew at each look', async () => {
    const [launcher, host] = pair('2026.4.15');
    proc.put(launcher, host);
    const bench = new Bench([byStateDir(stateDir)]);
    const first = await bench.look();
    const taskStatus = host.taskStatus.replace(
      /\nvoluntary_ctxt_switches:\t\d+/,
      '\nvoluntary_ctxt_switches:\t99999',
    );
    proc.put({ ...host, taskStatus });
    expect((await bench.look())?.process?.voluntarySwitches).toBe(99_999);
    expect(first?.process?.voluntarySwitches).toBeLessThan(99_999);
  });

  it('is found again at the next look after it was restarted', async () => {
    const [launcher, host] = pair('2026.4.15');
    const bench = new Bench([byStateDir(stateDir)]);
    expect((await bench.look())?.process).toBeNull();
    proc.put(launcher, host);
    expect((await bench.look())?.process?.pid).toBe(6702);
    proc.remove(6702);
    proc.remove(6686);
    expect((await bench.look())?.process).toBeNull();
    const restart = { startTicks: 195_400 };
    proc.put(
      changed(launcher, { pid: 7000, ...restart }),
      changed(host, { pid: 7001, parentPid: 7000, ...restart }),
    );
    expect((await bench.look())?.process?.incarnation).toBe('7001:195400');
  });

  it('is found in the end although it had another name when it was first seen', async () => {
    const [launcher, host] = pair('2026.4.15');
    const young = { startTicks: 195_100 };
    proc.put(changed(launcher, young), changed(host, { ...young, name: 'MainThread' }));
    const bench = new Bench([byStateDir(stateDir)]);
    expect((await bench.look())?.process).toBeNull();
    proc.put(changed(host, young));
    expect((await bench.look())?.process?.pid).toBe(6702);
  });

  // Fixed: on a busy machine a launcher takes longer to bring its child about than one that is gone is waited for.
  it('that has just been started is told from one that is gone', async () => {
    const [launcher] = pair('2026.9.6');
    const bench = new Bench([byStateDir(stateDir)]);
    proc.put(changed(launcher, { startTicks: 195_100 }));
    expect(await bench.look()).toMatchObject({ process: null, isStarting: true });
    proc.remove(launcher.pid);
    expect(await bench.look()).not.toHaveProperty('isStarting');
  });

  it('that has just been started for another state directory says nothing of ours', async () => {
    const [launcher] = launcherAndHost('2026.9.6');
    const bench = new Bench([byStateDir(stateDir)]);
    const elsewhere = withEnvironment(launcher, { OPENCLAW_STATE_DIR: join(home, 'other') });
    proc.put(changed(elsewhere, { startTicks: 195_100 }));
    expect(await bench.look()).not.toHaveProperty('isStarting');
  });

  it('that vanishes while it is read is no process, and no error', async () => {
    proc.put(...pair('2026.9.6'));
    const bench = new Bench([byStateDir(stateDir)], {
      environment: (pid) => {
        proc.remove(pid);
        return Promise.resolve({ kind: 'gone' });
      },
    });
    expect((await bench.look())?.process).toBeNull();
    expect(bench.sink.errors()).toEqual([]);
  });
});

describe('two candidates for one state directory', () => {
  const newer = { pid: 8001, startTicks: 195_000 };

  it('the one watched stays until the newer has lasted for ten seconds; the report tells of both', async () => {
    const [launcher, host] = pair('2026.4.15');
    proc.put(launcher, host);
    const bench = new Bench([byStateDir(stateDir)]);
    await bench.look();
    proc.put(changed(launcher, { ...newer, pid: 8000 }), changed(host, { ...newer, parentPid: 8000 }));
    expect((await bench.look(30_000))?.process?.pid).toBe(6702);
    expect(bench.lastReport.note).toBe(
      `2 node hosts fit state directory ${stateDir} (pids 6702, 8001); watching 6702`,
    );
    proc.setUptime(1960);
    expect((await bench.look())?.process?.pid).toBe(8001);
    expect(bench.lastReport.note).toContain('watching 8001');
    proc.remove(6702);
    proc.remove(6686);
    expect((await bench.look())?.process?.pid).toBe(8001);
    expect(bench.lastReport).not.toHaveProperty('note');
  });

  it('a newer one takes over at once when the older ends', async () => {
    const [launcher, host] = pair('2026.4.15');
    proc.put(launcher, host);
    const bench = new Bench([byStateDir(stateDir)]);
    await bench.look();
    proc.put(changed(launcher, { ...newer, pid: 8000 }), changed(host, { ...newer, parentPid: 8000 }));
    proc.put(changed(host, { state: 'Z' }));
    expect((await bench.look())?.process?.pid).toBe(8001);
  });

  it('`openclaw node status` beside a node host changes nothing', async () => {
    const [launcher, host] = pair('2026.9.6');
    proc.put(launcher, host);
    const cmdline = 'node\0/usr/lib/node_modules/openclaw/openclaw.mjs\0node\0status\0';
    proc.put(
      changed(launcher, { ...newer, pid: 8000, cmdline }),
      changed(host, { ...newer, parentPid: 8000 }),
    );
    const bench = new Bench([byStateDir(stateDir)]);
    expect((await bench.look())?.process?.pid).toBe(6718);
    expect(bench.lastReport).not.toHaveProperty('note');
  });
});

it('a child seen between fork and exec, with the arguments of the launcher, is not taken for a node host later', async () => {
  const [launcher, host] = pair('2026.9.6');
  const forked = changed(launcher, { pid: 9000, parentPid: 6684, startTicks: 195_210 });
  proc.put(launcher, host, forked);
  const bench = new Bench([byStateDir(stateDir)]);
  expect((await bench.look())?.process?.pid).toBe(6718);
  proc.put({ ...forked, cmdline: 'node\0/srv/worker.js\0' });
  proc.setUptime(uptimeSeconds + 30);
  expect((await bench.look(30_000))?.process?.pid).toBe(6718);
  expect(bench.lastReport).not.toHaveProperty('note');
});

describe('what cannot be read', () => {
  const denied: Partial<ProcessTable> = {
    environment: () => Promise.resolve({ kind: 'denied' }),
    owner: () => Promise.resolve(1007),
  };

  it('is told with pid and remedy, and never taken for no process', async () => {
    proc.put(...pair('2026.9.6'));
    const bench = new Bench([byStateDir(stateDir)], denied);
    expect(await bench.look()).toBeUndefined();
    expect(bench.lastReport.error).toEqual({
      kind: 'permission',
      message: `process 6718 (openclaw-node, uid 1007) may be the node host of state directory ${stateDir}, but its environment cannot be read: run the exporter as that user, or choose the node host by pid file or systemd unit`,
    });
    expect(await bench.look()).toBeUndefined();
    expect(bench.lastReport.error?.kind).toBe('permission');
  });

  it('matters not where another process is readable and fits', async () => {
    const [launcher, host] = pair('2026.4.15');
    proc.put(launcher, host, ...pair('2026.9.6'));
    const real = new LinuxProcessTable({ root: proc.root });
    const bench = new Bench([byStateDir(stateDir)], {
      environment: (pid, names) =>
        pid === 6718 ? Promise.resolve({ kind: 'denied' }) : real.environment(pid, names),
    });
    expect((await bench.look())?.process?.pid).toBe(6702);
    expect(bench.sink.errors()).toEqual([]);
  });

  it("matters not for our own default directory where the process is another user's", async () => {
    proc.put(...pair('2026.9.6'));
    const bench = new Bench([byStateDir(stateDir, false)], denied);
    expect((await bench.look())?.process).toBeNull();
    expect(bench.sink.errors()).toEqual([]);
  });

  it('in time is told as such', async () => {
    proc.put(...pair('2026.9.6'));
    const bench = new Bench([byStateDir(stateDir)], { environment: () => Promise.resolve({ kind: 'slow' }) });
    expect(await bench.look()).toBeUndefined();
    expect(bench.lastReport.error?.kind).toBe('timeout');
  });

  it('is not asked for again when it hangs, and recovers', async () => {
    proc.put(...pair('2026.9.6'));
    const real = new LinuxProcessTable({ root: proc.root });
    let asked = 0;
    const bench = new Bench([byStateDir(stateDir)], {
      environment: (pid, names) => {
        asked += 1;
        return asked === 1 ? Promise.resolve({ kind: 'slow' }) : real.environment(pid, names);
      },
    });
    expect(await bench.look()).toBeUndefined();
    expect((await bench.look())?.process?.pid).toBe(6718);
    await bench.look();
    expect(asked).toBe(2);
  });

  it('is asked for again every 30 s when it was denied', async () => {
    proc.put(...pair('2026.9.6'));
    const real = new LinuxProcessTable({ root: proc.root });
    let isDenied = true;
    const bench = new Bench([byStateDir(stateDir)], {
      environment: (pid, names) =>
        isDenied ? Promise.resolve({ kind: 'denied' }) : real.environment(pid, names),
    });
    expect(await bench.look()).toBeUndefined();
    isDenied = false;
    expect(await bench.look()).toBeUndefined();
    expect((await bench.look(30_000))?.process?.pid).toBe(6718);
    expect(bench.lastReport).not.toHaveProperty('error');
  });

  it('because of hidepid is told where the state directory is not ours', async () => {
    const hidden = { hidesOtherUsers: () => Promise.resolve(true) };
    const bench = new Bench([byStateDir(stateDir)], hidden, process.getuid!() + 1);
    expect(await bench.look()).toBeUndefined();
    expect(bench.lastReport.error?.message).toContain('hidepid');
    const own = new Bench([byStateDir(stateDir)], hidden, process.getuid!());
    expect((await own.look())?.process).toBeNull();
  });

  it('because a pid file is another’s is told where its processes are hidden', async () => {
    const path = join(home, 'pid');
    writeFileSync(path, '4711\n');
    const target: ProcessTarget = { target: 'a', by: { kind: 'pid-file', path }, explicit: true };
    const hidden = { hidesOtherUsers: () => Promise.resolve(true) };
    const bench = new Bench([target], hidden, process.getuid!() + 1);
    expect(await bench.look()).toBeUndefined();
    expect(bench.lastReport.error?.kind).toBe('permission');
    expect((await new Bench([target], hidden, process.getuid!()).look())?.process).toBeNull();
  });

  it('because of arguments that cannot be read now is no missing node host', async () => {
    proc.put(changed(pair('2026.9.6')[1], { name: 'node' }));
    const locked = { commandLine: () => Promise.resolve({ kind: 'slow' as const }) };
    const bench = new Bench([byStateDir(join(home, 'elsewhere'))], locked);
    expect(await bench.look()).toBeUndefined();
    expect(bench.lastReport.error).toMatchObject({ kind: 'timeout' });
    const denied = { commandLine: () => Promise.resolve({ kind: 'denied' as const }) };
    expect((await new Bench([byStateDir(join(home, 'elsewhere'))], denied).look())?.process).toBeNull();
  });

  it('is an error when the whole table is', async () => {
    const broken = new Bench([byStateDir(stateDir)], {
      pids: () => Promise.reject(new Error('EIO: i/o error')),
    });
    expect(await broken.look()).toBeUndefined();
    expect(broken.lastReport.error).toEqual({
      kind: 'other',
      message: 'cannot search the process table: EIO: i/o error',
    });
  });

  it('in a search does not hide a process that is watched already', async () => {
    proc.put(...pair('2026.9.6'));
    let isBroken = false;
    const real = new LinuxProcessTable({ root: proc.root });
    const bench = new Bench([byStateDir(stateDir), byStateDir('/srv/missing')], {
      pids: () => (isBroken ? Promise.reject(new Error('EIO')) : real.pids()),
    });
    await bench.look();
    isBroken = true;
    expect((await bench.look())?.process?.pid).toBe(6718);
    expect(bench.lastReport.error?.kind).toBe('other');
    expect(bench.sink.observations.filter((it) => it.at === bench.lastReport.at)).toHaveLength(1);
  });
});

describe('by pid file', () => {
  let path: string;
  let target: ProcessTarget;
  beforeEach(() => {
    path = join(home, 'node.pid');
    target = { target: 'pid', by: { kind: 'pid-file', path }, explicit: true };
    proc.put(...pair('2026.9.6'), ...pair('2026.4.15'));
  });

  it.each([
    ['the node host itself', '6718\n', 6718],
    ['its launcher', ' 6684', 6718],
    ['the launcher of the other', '6686\n', 6702],
  ])('%s', async (_, text, pid) => {
    writeFileSync(path, text);
    expect((await new Bench([target]).look())?.process?.pid).toBe(pid);
  });

  it('is not in need of the environment', async () => {
    writeFileSync(path, '6684');
    const bench = new Bench([target], { environment: () => Promise.resolve({ kind: 'denied' }) });
    expect((await bench.look())?.process?.pid).toBe(6718);
    expect(bench.sink.errors()).toEqual([]);
  });

  it('that is stale, or names a stranger, means no process', async () => {
    writeFileSync(path, '31000\n');
    expect((await new Bench([target]).look())?.process).toBeNull();
    const [launcher] = pair('2026.9.6');
    proc.put(changed(launcher, { pid: 31_000, name: 'bash', cmdline: 'bash\0' }));
    expect((await new Bench([target]).look())?.process).toBeNull();
  });

  it('that is gone means no process, until it is back', async () => {
    const bench = new Bench([target]);
    expect((await bench.look())?.process).toBeNull();
    expect(bench.sink.errors()).toEqual([]);
    writeFileSync(path, '6684');
    expect((await bench.look())?.process?.pid).toBe(6718);
    unlinkSync(path);
    expect((await bench.look(30_000))?.process?.pid).toBe(6718);
  });

  it.each(['', 'node host', '0', '1', '-5', '67 18', '99999999999'])(
    'that reads %j is an error',
    async (text) => {
      writeFileSync(path, text);
      const bench = new Bench([target]);
      expect(await bench.look()).toBeUndefined();
      expect(bench.lastReport.error?.kind).toBe('parse');
      expect(bench.lastReport.error?.message).toContain(path);
    },
  );

  it('in a folder that does not exist is an error: the path is wrong', async () => {
    const by = { kind: 'pid-file', path: '/srv/nowhere/node.pid' } as const;
    const bench = new Bench([{ target: 'pid', by, explicit: true }]);
    expect(await bench.look()).toBeUndefined();
    expect(bench.lastReport.error).toMatchObject({ kind: 'not_found' });
  });

  it('that is no file is an error', async () => {
    mkdirSync(path);
    const bench = new Bench([target]);
    expect(await bench.look()).toBeUndefined();
    expect(bench.lastReport.error?.message).toBe(`pid file ${path} cannot be read: not a regular file`);
  });
});

describe('by systemd unit', () => {
  const unit = (name: string, user: boolean): ProcessTarget => ({
    target: name,
    by: { kind: 'systemd-unit', unit: name, user },
    explicit: true,
  });
  const userCgroup = '0::/user.slice/user-1000.slice/user@1000.service/app.slice/openclaw-node.service\n';

  it('the node host in its control group, with or without the suffix', async () => {
    const [launcher, host] = pair('2026.9.6');
    proc.put({ ...launcher, cgroup: userCgroup }, { ...host, cgroup: userCgroup });
    expect((await new Bench([unit('openclaw-node', true)]).look())?.process?.pid).toBe(6718);
    const bench = new Bench([unit('openclaw-node.service', true)]);
    const seen = await bench.look();
    expect(seen?.process?.pid).toBe(6718);
    expect(seen?.hints?.service).toEqual({ manager: 'systemd', unit: 'openclaw-node.service', user: true });
  });

  it('not the unit of the same name of the other systemd, nor another unit', async () => {
    const [launcher, host] = pair('2026.9.6');
    proc.put({ ...launcher, cgroup: userCgroup }, { ...host, cgroup: userCgroup });
    expect((await new Bench([unit('openclaw-node', false)]).look())?.process).toBeNull();
    expect((await new Bench([unit('claw-node', true)]).look())?.process).toBeNull();
  });
});

describe('hints', () => {
  const nodeJson = {
    version: 1,
    nodeId: 'ea04d453-de0d-475f-ae8a-10002085b787',
    displayName: 'Node-2026.4.15',
    gateway: { host: '127.0.0.1', port: 31_889, tls: false },
  };
  const deviceId = '4f18ac8ef5fbfa3b6510bc3f0d17aec04b9e34fa2d1df33c68b8b6d86f6d1379';

  it('2026.9.6: of the command line of the launcher', async () => {
    const [launcher, host] = pair('2026.9.6');
    const log = join(home, 'node.log');
    writeFileSync(log, '');
    proc.put(launcher, { ...host, fds: { ...host.fds, 1: log, 2: log } });
    const bench = new Bench([byStateDir(stateDir)]);
    expect((await bench.look())?.hints).toEqual({
      endpoint: { host: '127.0.0.1', port: 31_789 },
      displayName: 'Node-2026.9.6',
      logPaths: [log],
    });
    expect(bench.source.located(stateDir)?.endpoint).toEqual({ host: '127.0.0.1', port: 31_789 });
  });

  it('2026.4.15: of node.json and the device id, and nothing that is secret', async () => {
    writeFileSync(join(stateDir, 'node.json'), JSON.stringify(nodeJson));
    mkdirSync(join(stateDir, 'identity'));
    const device = { version: 1, deviceId, publicKeyPem: 'PUBLIC', privateKeyPem: 'PRIVATE', createdAtMs: 1 };
    writeFileSync(join(stateDir, 'identity', 'device.json'), JSON.stringify(device));
    proc.put(...pair('2026.4.15'));
    const seen = await new Bench([byStateDir(stateDir)]).look();
    expect(seen?.hints).toEqual({
      endpoint: { host: '127.0.0.1', port: 31_889 },
      displayName: 'Node-2026.4.15',
      tls: false,
      nodeId: deviceId,
    });
    expect(JSON.stringify(seen)).not.toMatch(/PRIVATE|not-a-real-token/);
  });

  it('hold no credential of ours, whoever put it into the name', async () => {
    const displayName = 'Mac of-our-gateways-token';
    writeFileSync(join(stateDir, 'node.json'), JSON.stringify({ ...nodeJson, displayName }));
    proc.put(...pair('2026.4.15'));
    knownSecrets.expect(
      Promise.resolve().then(() => {
        knownSecrets.learn(new Secret('of-our-gateways-token'));
      }),
    );
    expect((await new Bench([byStateDir(stateDir)]).look())?.hints?.displayName).toBe('Mac [redacted]');
  });

  it.each(['', ' ', '\u200b'])('have no name where node.json says %j', async (blank) => {
    writeFileSync(join(stateDir, 'node.json'), JSON.stringify({ ...nodeJson, displayName: blank }));
    proc.put(...pair('2026.4.15'));
    expect((await new Bench([byStateDir(stateDir)]).look())?.hints).toEqual({
      endpoint: { host: '127.0.0.1', port: 31_889 },
      tls: false,
    });
  });

  it('come later when node.json does, and change with it', async () => {
    proc.put(...pair('2026.4.15'));
    const bench = new Bench([byStateDir(stateDir)]);
    expect((await bench.look())?.hints).toEqual({});
    expect(bench.source.located(stateDir)?.endpoint).toBeNull();
    writeFileSync(join(stateDir, 'node.json'), '{"version":1,"gate');
    expect((await bench.look(30_000))?.hints).toEqual({});
    writeFileSync(join(stateDir, 'node.json'), JSON.stringify(nodeJson));
    expect((await bench.look(30_000))?.hints?.endpoint?.port).toBe(31_889);
  });

  it('of a node.json just rewritten are seen within five seconds of a young process', async () => {
    const [launcher, host] = pair('2026.4.15');
    const young = { startTicks: 195_000 };
    proc.put(changed(launcher, young), changed(host, young));
    const bench = new Bench([byStateDir(stateDir)]);
    await bench.look();
    writeFileSync(join(stateDir, 'node.json'), JSON.stringify(nodeJson));
    expect((await bench.look(5_000))?.hints?.endpoint?.port).toBe(31_889);
  });

  it('of the command line win over node.json', async () => {
    writeFileSync(join(stateDir, 'node.json'), JSON.stringify(nodeJson));
    const [launcher, host] = pair('2026.9.6');
    proc.put({ ...launcher, cmdline: 'node\0/usr/bin/openclaw\0node\0run\0--host\0gw\0--tls\0' }, host);
    const seen = await new Bench([byStateDir(stateDir)]).look();
    expect(seen?.hints).toMatchObject({ endpoint: { host: 'gw', port: 31_889 }, tls: true });
  });

  it('have no endpoint where only a part of it is known', async () => {
    const [launcher, host] = pair('2026.9.6');
    proc.put({ ...launcher, cmdline: 'node\0/usr/bin/openclaw\0node\0run\0--host\0gw\0' }, host);
    expect((await new Bench([byStateDir(stateDir)]).look())?.hints).toEqual({});
  });

  it('name the version of the package that the launcher was started from', async () => {
    const [launcher, host] = pair('2026.9.6');
    const folder = join(home, 'lib', 'openclaw');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'openclaw.mjs'), '');
    writeFileSync(join(folder, 'package.json'), '{"name":"openclaw","version":"2026.9.6"}');
    symlinkSync(join(folder, 'openclaw.mjs'), join(home, 'openclaw'));
    const cmdline = `node\0${join(home, 'openclaw')}\0node\0run\0`;
    proc.put({ ...launcher, cmdline }, host);
    expect((await new Bench([byStateDir(stateDir)]).look())?.hints?.version).toBe('2026.9.6');
    // Then the launcher may have chosen another.
    mkdirSync(join(stateDir, 'node-runtime', 'current'), { recursive: true });
    expect((await new Bench([byStateDir(stateDir)]).look())?.hints).not.toHaveProperty('version');
  });

  it('are not taken from a nodeId that is no device id, nor from files too large or broken', async () => {
    writeFileSync(join(stateDir, 'node.json'), `{"displayName":"${'x'.repeat(70_000)}"}`);
    mkdirSync(join(stateDir, 'identity'));
    writeFileSync(join(stateDir, 'identity', 'device.json'), JSON.stringify({ deviceId: nodeJson.nodeId }));
    proc.put(...pair('2026.4.15'));
    expect((await new Bench([byStateDir(stateDir)]).look())?.hints).toEqual({});
  });
});

describe('the cost of a look', () => {
  function counting(): { table: Partial<ProcessTable>; stats: () => number[] } {
    const real = new LinuxProcessTable({ root: proc.root });
    let asked: number[] = [];
    return {
      table: {
        stat: (pid) => {
          asked.push(pid);
          return real.stat(pid);
        },
      },
      stats: () => {
        const before = asked;
        asked = [];
        return before;
      },
    };
  }

  function crowd(): void {
    const [launcher] = pair('2026.9.6');
    for (let pid = 20_000; pid < 20_025; pid += 1) {
      proc.put(changed(launcher, { pid, name: 'MainThread', cmdline: 'node\0server.js\0', fds: {} }));
    }
  }

  it('is one process while it runs, and all of them every 30 s', async () => {
    crowd();
    proc.put(...pair('2026.9.6'));
    const { table, stats } = counting();
    const bench = new Bench([byStateDir(stateDir)], table);
    await bench.look();
    stats();
    await bench.look();
    expect(stats()).toEqual([6718]);
    await bench.look(29_000);
    expect(stats().length).toBeGreaterThan(25);
  });

  it('is only the young processes while it is missing', async () => {
    crowd();
    const { table, stats } = counting();
    const bench = new Bench([byStateDir(stateDir)], table);
    await bench.look();
    expect(stats()).toHaveLength(25);
    await bench.look();
    expect(stats()).toEqual([]);
    const [launcher] = pair('2026.9.6');
    proc.put(changed(launcher, { pid: 30_000, startTicks: 195_000 }));
    await bench.look();
    await bench.look();
    expect(stats()).toEqual([30_000, 30_000]);
  });
});

it('start and stop are idempotent; nothing runs after stop', async () => {
  const bench = new Bench([byStateDir(stateDir)]);
  bench.source.start();
  expect(bench.ticker.intervalsMs).toEqual([1000]);
  await bench.source.stop();
  await bench.source.stop();
  expect(bench.ticker.intervalsMs).toEqual([]);
});

describe('other targets than at the start', () => {
  const others = (): ProcessTarget => byStateDir(join(home, 'other'));

  it('a process that has run for long, and was not in the table when it was last searched, is found at once', async () => {
    proc.put(...pair('2026.9.6'));
    const bench = new Bench([byStateDir(stateDir)]);
    await bench.look();
    const other = join(home, 'other');
    mkdirSync(other);
    proc.put(...pair('2026.4.15', other));
    await bench.look();
    bench.source.setTargets([byStateDir(stateDir), byStateDir(other)]);
    await bench.look();
    expect(bench.sink.observations.at(-1)).toMatchObject({ target: other, process: { pid: 6702 } });
    expect(bench.source.otherNodeHosts()).toEqual([]);
  });

  it('one that stays is watched on without another search; one that goes is nobody’s', async () => {
    proc.put(...pair('2026.9.6'));
    let searches = 0;
    const bench = new Bench([byStateDir(stateDir), others()], {
      hidesOtherUsers: () => {
        searches += 1;
        return Promise.resolve(false);
      },
    });
    const { process: before } = (await bench.look())!;
    bench.source.setTargets([byStateDir(stateDir)]);
    expect((await bench.look())?.process?.incarnation).toBe(before?.incarnation);
    const searchesBefore = searches;
    await bench.look();
    expect(searches).toBe(searchesBefore);
    bench.source.setTargets([others()]);
    expect(await bench.look()).toMatchObject({ target: join(home, 'other'), process: null });
    expect(bench.source.located(stateDir)).toBeUndefined();
    expect(bench.source.otherNodeHosts()).toMatchObject([{ stateDir }]);
  });

  it('one that comes while the table is read is not called missing before it was looked for', async () => {
    proc.put(...pair('2026.9.6'));
    const bench = new Bench([others()], {
      hidesOtherUsers: () => {
        bench.source.setTargets([others(), byStateDir(stateDir)]);
        return Promise.resolve(false);
      },
    });
    await bench.look();
    expect(bench.sink.observations).toMatchObject([{ target: join(home, 'other') }]);
    await bench.look();
    expect(bench.sink.observations.slice(1)).toMatchObject([
      { target: join(home, 'other'), process: null },
      { target: stateDir, process: { pid: 6718 } },
    ]);
  });
});

describe('a system without systemd', () => {
  it('does not call the node host of a unit gone: nobody could tell', async () => {
    proc.put(...launcherAndHost('2026.9.6'));
    const unit: ProcessTarget = {
      target: 'a',
      by: { kind: 'systemd-unit', unit: 'openclaw-node', user: true },
      explicit: true,
    };
    const watch = new Bench([unit], { serviceManager: 'launchd' });
    await watch.look();
    expect(watch.sink.observations).toEqual([]);
    expect(watch.lastReport.error).toMatchObject({ kind: 'unsupported' });
  });
});
