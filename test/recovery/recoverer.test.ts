import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { NodeSnapshot } from '../../src/core/model/snapshot.ts';
import { ActorLocks } from '../../src/recovery/actor-locks.ts';
import { Recoverer, type RunCommand } from '../../src/recovery/recoverer.ts';
import type { RecoverySettings } from '../../src/config/config.ts';
import type { Answer, ProcessStat } from '../../src/sources/process/process-table.ts';
import { createTelemetry } from '../../src/telemetry/telemetry.ts';
import { ManualTicker, ManualTime } from '../helpers/manual-time.ts';
import { aGateway, aNode, aSnapshot, aZombie } from '../helpers/snapshots.ts';

let directory: string;
let world: World;
const open: Recoverer[] = [];

/** One node host with its process, and whoever restarts it. */
class World {
  readonly time = new ManualTime();
  readonly startedAt = this.time.now();
  readonly lines: string[] = [];
  running = { pid: 4711, startKey: '1' };
  state: 'zombie' | 'alive' = 'zombie';
  /** What is told as it happens. */
  readonly steps: string[] = [];
  runs = 0;
  /** Processes beside that of the node host. */
  others: ProcessStat[] = [];
  /** More node hosts of this machine, each with the process of the first. */
  more: Partial<NodeSnapshot>[] = [];
  kernelWords = (): Promise<string> => Promise.resolve('State: S');
  command: RunCommand = () => {
    this.runs += 1;
    this.running = { pid: this.running.pid + 1, startKey: '9' };
    this.state = 'alive';
    return Promise.resolve({ kind: 'ended', status: 0, output: '', errors: '' });
  };

  node(): NodeSnapshot {
    const { pid, startKey } = this.running;
    const isWell = this.state === 'alive';
    const make = isWell ? aNode : aZombie;
    return make({
      since: isWell ? this.time.now() : this.startedAt,
      target: 'state-dir:/node',
      connected: isWell,
      evidence: {
        process: {
          pid,
          incarnation: `${pid}:${startKey}`,
          kernelState: 'sleeping',
          startedAtWallMs: 0,
          cpuSeconds: 1,
          residentBytes: 1,
        },
        log: { readable: true },
      },
    });
  }

  stat(pid: number): Promise<Answer<ProcessStat>> {
    const { running } = this;
    const other = this.others.find((one) => one.pid === pid);
    if (other !== undefined) return Promise.resolve({ kind: 'value', value: other });
    if (pid !== running.pid) return Promise.resolve({ kind: 'gone' });
    const value = {
      ...running,
      parentPid: 1,
      name: 'openclaw-node',
      state: 'sleeping',
      startedMs: 0,
      usage: undefined,
    } as const;
    return Promise.resolve({ kind: 'value', value });
  }

  recoverer(settings: Partial<RecoverySettings> = {}, locks = join(directory, 'locks')): Recoverer {
    const recoverer = new Recoverer({
      settings: {
        enabled: true,
        dryRun: false,
        command: ['/bin/restart'],
        commandTimeoutMs: 1_000,
        heldMs: 10_000,
        gatewayHealthyMs: 0,
        waitForCommandsMs: 0,
        attachWithinMs: 60_000,
        cooldownMs: 600_000,
        maxAttempts: 3,
        refillAfterMs: 3_600_000,
        ...settings,
      },
      stateDirectory: directory,
      snapshot: () =>
        aSnapshot({
          at: this.time.now(),
          gateways: [aGateway({ healthySince: this.startedAt })],
          nodes: [this.node(), ...this.more.map((other) => ({ ...this.node(), ...other }))],
        }),
      processes: {
        pids: () => Promise.resolve([this.running.pid, ...this.others.map(({ pid }) => pid)]),
        stat: (pid) => this.stat(pid),
      },
      kernelWords: () => this.kernelWords(),
      logPath: () => join(directory, 'node.log'),
      run: (...asked) => this.command(...asked),
      locks: new ActorLocks(locks),
      clock: this.time,
      ticker: new ManualTicker(),
      random: () => 0,
      onStep: ({ name }, step) => {
        this.steps.push(`${name} ${step.kind === 'ended' ? step.outcome : step.words}`);
      },
      scrub: (text) => text.replaceAll('hunter22', '[redacted]'),
      telemetry: createTelemetry({ level: 'info', format: 'text', write: (line) => this.lines.push(line) }),
    });
    open.push(recoverer);
    return recoverer;
  }

  /** Reviews every five seconds. */
  async pass(recoverer: Recoverer, seconds: number): Promise<void> {
    for (let passed = 0; passed <= seconds; passed += 5) {
      await recoverer.review();
      await this.time.advance(5_000);
    }
  }
}

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'recovery-'));
  await writeFile(join(directory, 'node.log'), 'closed (1012): service restart hunter22\n');
  world = new World();
});

afterEach(async () => {
  for (const recoverer of open.splice(0)) recoverer.stop();
  await rm(directory, { recursive: true, force: true });
});

describe('Recoverer', () => {
  it('11. restarts a zombie once, and says what came of it', async () => {
    const recoverer = world.recoverer();
    await world.pass(recoverer, 30);
    expect(world.runs).toBe(1);
    expect(recoverer.status(world.node())).toMatchObject({
      attempts: { attached: 1, failed: 0 },
      last: { outcome: 'attached' },
      isExhausted: false,
    });
    expect(world.lines.join('')).toContain('is restarted by /bin/restart');
    expect(world.steps).toEqual([
      expect.stringMatching(/^\S+ restarted by \/bin\/restart: ./),
      expect.stringMatching(/ attached$/),
    ]);
  });

  it('5. keeps what it is about to destroy, without credentials', async () => {
    await world.pass(world.recoverer(), 30);
    const evidence = join(directory, 'recovery-evidence');
    const [name = ''] = await readdir(evidence);
    const text = await readFile(join(evidence, name), 'utf8');
    expect(text).toContain('service restart [redacted]');
    expect(text).toContain('State: S');
    expect(text).toContain('"family"');
  });

  it('8. neither repeats nor forgets what an exporter was killed in the middle of', async () => {
    world.command = () => {
      world.runs += 1;
      return new Promise(() => undefined);
    };
    const killed = world.recoverer();
    await world.pass(killed, 15);
    expect(world.runs).toBe(1);
    killed.stop();
    const next = world.recoverer();
    await world.pass(next, 50);
    expect(next.status(world.node()).now).toBe('it is being restarted');
    await world.pass(next, 120);
    expect(world.runs).toBe(1);
    expect(next.status(world.node()).attempts.failed).toBe(1);
    const saved = JSON.parse(await readFile(join(directory, 'recovery.json'), 'utf8')) as {
      nodes: Record<string, { spent: unknown[] }>;
    };
    expect(Object.values(saved.nodes)[0]?.spent).toHaveLength(1);
  });

  it('8. is exhausted by a fault that comes back with each new process, and restarts it no more', async () => {
    world.command = () => {
      world.runs += 1;
      world.running = { pid: world.running.pid + 1, startKey: '9' };
      return Promise.resolve({ kind: 'ended', status: 0, output: '', errors: '' });
    };
    const recoverer = world.recoverer();
    await world.pass(recoverer, 3 * 3_600);
    expect(world.runs).toBe(3);
    expect(recoverer.status(world.node())).toMatchObject({
      attempts: { still_detached: 3 },
      isExhausted: true,
    });
  });

  it('4. does nothing where the process was replaced at the last moment', async () => {
    const recoverer = world.recoverer();
    await world.pass(recoverer, 5);
    const stat = world.stat.bind(world);
    let looks = 0;
    // The look for its children sees it, the one right before the restart does not.
    world.stat = (pid) => ((looks += 1) > 1 ? Promise.resolve({ kind: 'gone' }) : stat(pid));
    await world.pass(recoverer, 10);
    expect(world.runs).toBe(0);
    expect(recoverer.status(world.node()).attempts.skipped).toBe(1);
    expect(world.steps).toEqual([expect.stringMatching(/ skipped$/)]);
  });

  it('11. tells of a command that refuses', async () => {
    world.command = () =>
      Promise.resolve({ kind: 'ended', status: 5, output: '', errors: 'Unit not found.\nmore' });
    const recoverer = world.recoverer();
    await world.pass(recoverer, 30);
    expect(recoverer.status(world.node()).last).toMatchObject({
      outcome: 'refused',
      words: '/bin/restart: exit status 5: Unit not found.',
    });
  });

  // Fixed: the next start could not read so long a line, and restarted nobody until a person had removed the file.
  it('8. remembers a command that said more than a line', async () => {
    const errors = `\u001b[31m${'token=hunter23 '.repeat(500)}`;
    world.command = () => Promise.resolve({ kind: 'ended', status: 1, output: '', errors });
    const first = world.recoverer({ command: ['/bin/restart', 'x'.repeat(3_000)] });
    await world.pass(first, 30);
    const words = first.status(world.node()).last?.words;
    expect(words).toContain('exit status 1: \\u001b[31mtoken=[redacted]');
    expect(words?.length).toBeLessThan(3_300);
    // It is on the disk before it is told.
    await vi.waitFor(() => expect(world.steps.at(-1)).toMatch(/ refused$/));
    first.stop();
    const next = world.recoverer();
    await world.pass(next, 30);
    expect(next.status(world.node())).toMatchObject({ attempts: { refused: 1 } });
    expect(next.status(world.node()).now).toContain('a restart of it was tried lately');
  });

  // Fixed: it was restarted by nobody for as long as the clock had been ahead.
  it('8. cools down no longer than it is set to, where the clock was ahead', async () => {
    world.command = () => {
      world.runs += 1;
      return Promise.resolve({ kind: 'ended', status: 1, output: '', errors: '' });
    };
    const first = world.recoverer();
    await world.pass(first, 15);
    await vi.waitFor(() => expect(world.steps.at(-1)).toMatch(/ refused$/));
    first.stop();
    const path = join(directory, 'recovery.json');
    const saved = JSON.parse(await readFile(path, 'utf8')) as {
      nodes: Record<string, { coolUntil: number }>;
    };
    for (const node of Object.values(saved.nodes)) node.coolUntil += 365 * 86_400_000;
    await writeFile(path, JSON.stringify(saved));
    await world.pass(world.recoverer(), 730);
    expect(world.runs).toBe(2);
  });

  // Fixed: a disk that took its time while the evidence was written had one restarted that had come back meanwhile.
  it.each([
    [
      'came back by itself',
      (): Promise<void> => {
        world.state = 'alive';
        return Promise.resolve();
      },
    ],
    [
      'is paused',
      (recoverer: Recoverer): Promise<void> => recoverer.pause({ reason: 'now', untilWallMs: 8e15 }),
    ],
    [
      'is stopped',
      (recoverer: Recoverer): Promise<void> => {
        recoverer.stop();
        return Promise.resolve();
      },
    ],
  ])('4. does nothing to one that %s while the evidence is written', async (_what, meanwhile) => {
    const recoverer = world.recoverer();
    world.kernelWords = async () => {
      await meanwhile(recoverer);
      return 'State: S';
    };
    await world.pass(recoverer, 15);
    expect(world.runs).toBe(0);
    const { attempts, last, isExhausted } = recoverer.status(world.node());
    expect(attempts.skipped).toBe(1);
    expect(last?.words).toContain('right before the restart: nothing was done');
    expect(isExhausted).toBe(false);
  });

  // Fixed: each try took one of three, and whoever had mended the command was left without.
  it('8. spends nothing on a command whose program does not exist', async () => {
    let isThere = false;
    const restart = world.command;
    world.command = (...asked) => (isThere ? restart(...asked) : Promise.resolve({ kind: 'missing' }));
    const recoverer = world.recoverer();
    for (let tries = 0; tries < 4; tries += 1) await world.pass(recoverer, 610);
    const { last, attempts, isExhausted } = recoverer.status(world.node());
    expect(last).toMatchObject({ outcome: 'refused', words: '/bin/restart: no such program' });
    expect(attempts.refused).toBeGreaterThan(3);
    expect(isExhausted).toBe(false);
    isThere = true;
    await world.pass(recoverer, 610);
    expect(recoverer.status(world.node()).last?.outcome).toBe('attached');
  });

  it('11. tells of a command that hangs, at once and with what came of it', async () => {
    world.command = () => Promise.resolve({ kind: 'late', ended: Promise.resolve(undefined) });
    const recoverer = world.recoverer();
    await world.pass(recoverer, 30);
    const hung = '/bin/restart did not end within 1 s and was killed';
    expect(world.lines.join('')).toContain(`recovery: node host NodeA: ${hung}`);
    await world.pass(recoverer, 60);
    expect(recoverer.status(world.node()).last).toMatchObject({
      outcome: 'failed',
      words: `its old process did not go within 60 s; ${hung}`,
    });
  });

  it('10. only tells in a dry run', async () => {
    const recoverer = world.recoverer({ dryRun: true });
    await world.pass(recoverer, 60);
    expect(world.runs).toBe(0);
    expect(recoverer.status(world.node())).toMatchObject({ attempts: { dry_run: 1 }, isExhausted: false });
    expect(world.steps).toEqual([expect.stringMatching(/ dry_run$/)]);
  });

  it('9. leaves a node host to the exporter that has its lock', async () => {
    const locks = join(directory, 'locks');
    const other = new ActorLocks(locks);
    await other.claim('state-dir:/node');
    const recoverer = world.recoverer({}, locks);
    await world.pass(recoverer, 30);
    expect(world.runs).toBe(0);
    expect(recoverer.status(world.node()).now).toBe('another exporter of this machine acts on it');
    other.release();
    await world.pass(recoverer, 10);
    expect(world.runs).toBe(1);
  });

  it('10. pauses by a file, and by request, and goes on after', async () => {
    const recoverer = world.recoverer();
    await writeFile(join(directory, 'recovery.pause'), '1h moving the gateway\n');
    await world.pass(recoverer, 30);
    expect(world.runs).toBe(0);
    expect(recoverer.status(world.node()).now).toContain('moving the gateway');
    await recoverer.resume();
    await recoverer.pause({ reason: 'again', untilWallMs: world.time.now().wallMs + 60_000 });
    await world.pass(recoverer, 50);
    expect(world.runs).toBe(0);
    await world.pass(recoverer, 20);
    expect(world.runs).toBe(1);
  });

  it('8. does nothing while it cannot know what it did before', async () => {
    await writeFile(join(directory, 'recovery.json'), '{"version":7}');
    const recoverer = world.recoverer();
    await world.pass(recoverer, 30);
    expect(world.runs).toBe(0);
    expect(recoverer.status(world.node()).now).toContain('recovery.json');
  });

  it('5. has the evidence on the disk before anything is done', async () => {
    let kept: readonly string[] = [];
    const { command } = world;
    world.command = async (...asked) => {
      kept = await readdir(join(directory, 'recovery-evidence'));
      return command(...asked);
    };
    await world.pass(world.recoverer(), 30);
    expect(kept).toHaveLength(1);
  });

  it('5. keeps 20 files, and no more than the end of a long log', async () => {
    await writeFile(join(directory, 'node.log'), `${'x'.repeat(79)}\n`.repeat(10_000));
    const recoverer = world.recoverer({ dryRun: false, maxAttempts: 100, cooldownMs: 60_000 });
    world.command = () => {
      world.running = { pid: world.running.pid + 1, startKey: '9' };
      return Promise.resolve({ kind: 'ended', status: 0, output: '', errors: '' });
    };
    await world.pass(recoverer, 45 * 60);
    const evidence = join(directory, 'recovery-evidence');
    const names = await readdir(evidence);
    expect(names).toHaveLength(20);
    const texts = await Promise.all(names.map((name) => readFile(join(evidence, name), 'utf8')));
    expect(Math.max(...texts.map((text) => text.length))).toBeLessThan(64 * 1024);
  });

  it('6. waits for a command that it runs, and not for what it started at its start', async () => {
    const child = (pid: number, startedMs: number): ProcessStat => ({
      pid,
      startKey: '2',
      parentPid: 4711,
      name: 'sh',
      state: 'sleeping',
      startedMs,
      usage: undefined,
    });
    world.others = [child(5_000, 1_000)];
    const patient = { waitForCommandsMs: 600_000 };
    world.others.push(child(5_001, 300_000));
    const recoverer = world.recoverer(patient);
    await world.pass(recoverer, 300);
    expect(world.runs).toBe(0);
    expect(recoverer.status(world.node()).now).toContain('it runs 1 commands');
    // It has ended; the broker of its start is nobody's command.
    world.others.pop();
    await world.pass(recoverer, 5);
    expect(world.runs).toBe(1);
  });

  it('4. has failed where a child of the old process lives on, though the new one is attached', async () => {
    world.others = [
      {
        pid: 5_000,
        startKey: '2',
        parentPid: 4711,
        name: 'openclaw',
        state: 'sleeping',
        startedMs: 1_000,
        usage: undefined,
      },
    ];
    const recoverer = world.recoverer();
    await world.pass(recoverer, 120);
    expect(world.runs).toBe(1);
    expect(recoverer.status(world.node())).toMatchObject({
      attempts: { failed: 1, attached: 0 },
      last: { words: '1 processes that the old one had started live on' },
    });
  });

  it('8. knows after its own restart how often it acted, and when it may again', async () => {
    world.command = () => {
      world.runs += 1;
      world.running = { pid: world.running.pid + 1, startKey: '9' };
      return Promise.resolve({ kind: 'ended', status: 0, output: '', errors: '' });
    };
    const first = world.recoverer();
    await world.pass(first, 120);
    first.stop();
    const second = world.recoverer();
    await world.pass(second, 240);
    expect(world.runs).toBe(1);
    await world.pass(second, 7_200);
    second.stop();
    const third = world.recoverer();
    await world.pass(third, 7_200);
    expect(world.runs).toBe(3);
    expect(third.status(world.node())).toMatchObject({ attempts: { still_detached: 3 }, isExhausted: true });
  });

  it('8. does nothing that it cannot write down first', async () => {
    // Nobody can make a file where a directory is, root neither.
    await mkdir(join(directory, 'recovery.json.tmp'));
    const recoverer = world.recoverer();
    await world.pass(recoverer, 60);
    expect(world.runs).toBe(0);
    expect(recoverer.status(world.node())).toMatchObject({ isExhausted: false });
    expect(world.lines.join('')).toContain('cannot be written down');
  });

  it('8. says what came of a restart whose exporter died after it, without a time that nobody took', async () => {
    world.command = () => {
      world.runs += 1;
      world.running = { pid: world.running.pid + 1, startKey: '9' };
      return new Promise(() => undefined);
    };
    const killed = world.recoverer();
    await world.pass(killed, 15);
    killed.stop();
    world.state = 'alive';
    const next = world.recoverer();
    await world.pass(next, 30);
    expect(world.runs).toBe(1);
    const { attempts, last } = next.status(world.node());
    expect(attempts.attached).toBe(1);
    expect(last?.attachedAfterMs).toBeUndefined();
  });

  it('9. restarts one after the other, never two at once', async () => {
    world.more = [{ key: 'other', name: 'other', nodeId: 'other' }];
    world.command = () => {
      world.runs += 1;
      return new Promise(() => undefined);
    };
    const recoverer = world.recoverer();
    await world.pass(recoverer, 40);
    expect(world.runs).toBe(1);
    expect(recoverer.status({ key: 'other' }).now).toBe(
      'another node host of this machine is being restarted',
    );
  });

  it('11. with nobody to look at restarts nobody', async () => {
    const recoverer = world.recoverer();
    world.state = 'alive';
    await world.pass(recoverer, 60);
    expect(world.runs).toBe(0);
    expect(recoverer.status({ key: 'unheard of' })).toMatchObject({ isExhausted: false });
  });
});
