import { mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StateKeeper } from '../../src/app/state-keeper.ts';
import { StateDirectory } from '../../src/state/state-directory.ts';
import type { Dialled } from '../../src/app/gateway-choice.ts';
import { createTelemetry } from '../../src/telemetry/telemetry.ts';
import { ManualTicker } from '../helpers/manual-time.ts';
import { aRow, World } from '../helpers/world.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'state-keeper-'));
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

/** A keeper of a world with a fleet; `writes` tells whether the next beat writes the file. */
function keeperOf(world: World) {
  const dialled = new Map<string, Dialled>();
  const ticker = new ManualTicker();
  const kept = new StateDirectory(directory);
  const lines: string[] = [];
  const keeper = new StateKeeper({
    directory: kept,
    memory: () => world.core.memory(),
    clock: { now: () => world.now },
    boot: () => ({ id: 'this start', uptimeMs: world.now.monoMs }),
    ticker,
    telemetry: createTelemetry({
      level: 'info',
      format: 'json',
      write: (line) => lines.push((JSON.parse(line) as { event: string }).event),
    }),
    positions: () => ({}),
    dialled: () => dialled,
  });
  keeper.start();
  const path = join(directory, 'state.json');
  const inode = (): Promise<number> =>
    stat(path).then(
      ({ ino, mtimeMs }) => ino + mtimeMs,
      () => 0,
    );
  const writes = async (): Promise<boolean> => {
    const before = await inode();
    await ticker.beat();
    return (await inode()) !== before;
  };
  const saved = async (): Promise<Record<string, unknown>> =>
    JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
  const savedRemotes = async (): Promise<Record<string, unknown>> =>
    (await saved()).remotes as Record<string, unknown>;
  return { dialled, writes, saved, savedRemotes, kept, keeper, lines };
}

function fleet(nodes: number): World {
  const world = new World({ explicitTarget: false, log: false });
  for (let index = 0; index < nodes; index += 1) {
    world.gateway.others.push(aRow({ nodeId: `far-${index}`, connectedAtMs: world.now.wallMs }));
  }
  return world.advance(20);
}

describe('the state of a fleet', () => {
  it('is written whole, however many pieces that takes', async () => {
    const world = fleet(123);
    const { writes, savedRemotes } = keeperOf(world);
    expect(await writes()).toBe(true);
    expect(Object.keys(await savedRemotes()).sort()).toEqual([...world.core.beliefs.remotes.keys()].sort());
  });

  it('is not written again while only heartbeats move, for a minute', async () => {
    const world = fleet(3);
    const { writes } = keeperOf(world);
    expect(await writes()).toBe(true);
    world.advance(30);
    expect(await writes()).toBe(false);
    world.advance(40);
    expect(await writes()).toBe(true);
  });

  it('is written at once when one of it went away, or came back', async () => {
    const world = fleet(3);
    const { writes } = keeperOf(world);
    expect(await writes()).toBe(true);
    world.gateway.others[1] = aRow({ nodeId: 'far-1', connected: false });
    world.advance(6);
    expect(world.remote('far-1').state).toBe('offline');
    expect(await writes()).toBe(true);
    expect(await writes()).toBe(false);
    world.gateway.others[1] = aRow({ nodeId: 'far-1', connectedAtMs: world.now.wallMs });
    world.advance(6);
    expect(await writes()).toBe(true);
  });

  it('is written on time although the clock was set back', async () => {
    const world = fleet(1);
    const { writes } = keeperOf(world);
    expect(await writes()).toBe(true);
    world.wallClockSteps(-86_400);
    world.advance(70);
    expect(await writes()).toBe(true);
  });
});

describe('a state file that cannot be written', () => {
  it('costs a line when it begins and when it ends, and counts each time', async () => {
    const world = fleet(1);
    const { keeper, kept, lines, savedRemotes } = keeperOf(world);
    const obstacle = join(directory, 'state.json.tmp');
    await kept.claim();
    await mkdir(obstacle);
    await keeper.save(true);
    await keeper.save(true);
    expect(lines).toEqual(['state_file_not_written']);
    expect(kept.failures).toBe(2);
    await rm(obstacle, { recursive: true });
    await keeper.save(true);
    await keeper.save(true);
    expect(lines).toEqual(['state_file_not_written', 'state_file_written_again']);
    expect(kept.failures).toBe(2);
    expect(Object.keys(await savedRemotes())).toEqual(['far-0']);
    await kept.release();
  });
});

describe('the state', () => {
  it('is not written again while a healthy node host only lives on, its statistics included', async () => {
    const world = new World();
    world.nodeHost().attached();
    world.advance(61);
    const { writes } = keeperOf(world);
    expect(await writes()).toBe(true);
    world.advance(50);
    expect(await writes()).toBe(false);
  });

  it('is written when a node host turns out to dial another gateway', async () => {
    const { dialled, writes, saved } = keeperOf(fleet(1));
    expect(await writes()).toBe(true);
    dialled.set('local', { endpoint: { host: 'gw.lan', port: 18_789 }, tls: true });
    expect(await writes()).toBe(true);
    expect(await saved()).toMatchObject({ dialled: { local: 'wss://gw.lan:18789' } });
    expect(await writes()).toBe(false);
  });

  it('is not written for an address that makes no URL', async () => {
    const { dialled, writes } = keeperOf(fleet(1));
    expect(await writes()).toBe(true);
    dialled.set('local', { endpoint: { host: 'gw.lan:18789', port: 18_789 }, tls: false });
    expect(await writes()).toBe(false);
  });

  it('says by which start of the machine its times are', async () => {
    const { writes, saved } = keeperOf(fleet(1));
    await writes();
    expect(await saved()).toMatchObject({ boot: { id: 'this start' } });
  });

  // Fixed: a lock-out was over for the next run as soon as the clock had been set forward by its length (p1-199).
  it('is as old as it is, whoever set the clock since', async () => {
    const world = fleet(1);
    const { writes, saved } = keeperOf(world);
    const sinceMs = async (): Promise<number> => {
      await writes();
      const { remotes, savedAt } = (await saved()) as {
        remotes: Record<string, { verdict: { since: number } }>;
        savedAt: number;
      };
      return savedAt - Object.values(remotes)[0]!.verdict.since;
    };
    const before = await sinceMs();
    world.wallClockSteps(1_100).advance(5);
    expect(await sinceMs()).toBe(before + 5_000);
    world.wallClockSteps(-3_000).advance(5);
    expect(await sinceMs()).toBe(before + 10_000);
  });
});
