import { mkdtemp, readdir, readFile, rm, stat, writeFile, chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dehydrate } from '../../src/state/dehydrate.ts';
import { rehydrate } from '../../src/state/rehydrate.ts';
import { machineBoot } from '../../src/state/machine-boot.ts';
import { loadState, saveState, setStateAside } from '../../src/state/state-file.ts';
import { Moment, stateSchema, type WrittenState } from '../../src/state/state-schema.ts';
import { LivenessCore, type CoreOptions } from '../../src/core/core.ts';
import type { GatewayRef } from '../../src/core/gateways.ts';
import { asRead } from '../helpers/as-read.ts';
import { aRow, GATEWAY, World } from '../helpers/world.ts';

/** What a world with a past leaves behind. */
function past(): { readonly world: World; readonly saved: WrittenState } {
  const world = new World();
  const node = world.nodeHost().attached();
  world.gateway.others.push(aRow({ nodeId: 'far', displayName: 'Far' }));
  world.advance(30);
  world.gateway.goesDown();
  world.advance(20);
  world.gateway.comesBack();
  world.advance(30);
  node.meets('parks-pairing').isUnpaired().dropped(1006, '');
  world.advance(20);
  expect(node.state).toBe('blocked');
  return {
    world,
    saved: dehydrate(world.core.memory(), { now: world.now, logs: { local: { offset: 7 } } }),
  };
}

/** The core of another run, which begins with what was saved. */
function nextRun(world: World, saved: WrittenState, change: Partial<CoreOptions> = {}): LivenessCore {
  const startedAt = change.startedAt ?? world.now;
  const memory = rehydrate(asRead(saved), startedAt);
  return new LivenessCore({ ...world.core.options, startedAt, memory, ...change });
}

/** Watched in place of the one of the world. */
const ELSEWHERE: GatewayRef = {
  name: 'elsewhere:1',
  url: 'ws://elsewhere:1',
  address: { host: 'elsewhere', port: 1 },
};

describe('what survives a restart', () => {
  it('goes through the file’s own schema unchanged', () => {
    const { saved } = past();
    const inFile = JSON.stringify(asRead(saved), (_, value: unknown) =>
      value instanceof Moment ? value.wallMs : value,
    );
    expect(JSON.parse(inFile)).toEqual(saved);
  });

  it('of a version that knew no service manager is good, and so is what this one adds', () => {
    const { saved } = past();
    expect(saved.locals.local).not.toHaveProperty('lastService');
    for (const lastService of [
      { manager: 'systemd', unit: 'openclaw-node.service', user: true },
      { manager: 'launchd', label: 'ai.openclaw.node', domain: 'gui/501' },
    ] as const) {
      const added = { ...saved, locals: { local: { ...saved.locals.local!, lastService } } };
      expect(asRead(added).locals.local?.lastService).toEqual(lastService);
    }
  });

  it('is the same after one more restart', () => {
    const { world, saved } = past();
    const core = nextRun(world, saved);
    expect(dehydrate(core.memory(), { now: world.now, logs: saved.logs })).toEqual(saved);
  });

  it('counters count on from when they began, not from the restart', () => {
    const { world, saved } = past();
    const began = world.core.options.startedAt.wallMs;
    world.advance(60);
    const { nodes, gateways, nodesDroppedSince } = nextRun(world, saved).snapshot(world.now);
    expect(nodes.find(({ scope }) => scope === 'local')?.counters.since).toBe(began);
    expect(gateways[0]?.counters.since).toBe(began);
    expect(nodesDroppedSince).toBe(began);
    const remote = nodes.find(({ scope }) => scope === 'remote');
    expect(remote?.counters.since).toBe(saved.remotes.far?.counters.since);
    expect(remote?.counters.since).toBeGreaterThan(began);
  });

  it('when counters of an earlier version began is not known, rather than now', () => {
    const { world, saved } = past();
    const old = JSON.parse(
      JSON.stringify(saved, (key, value: unknown) =>
        key === 'since' && typeof value === 'number' ? undefined : value,
      ),
    ) as WrittenState;
    for (const local of Object.values(old.locals)) local.verdict.since = saved.savedAt;
    for (const remote of Object.values(old.remotes)) remote.verdict.since = saved.savedAt;
    const { nodes, gateways } = nextRun(world, old).snapshot(world.now);
    expect([...nodes, ...gateways].map(({ counters }) => counters.since)).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('the ledger stays behind where the log has no position: its history is read again', () => {
    const { world, saved } = past();
    expect(saved.locals.local?.log?.ledger.parked?.auth).toBe('pairing_required');
    const core = nextRun(world, { ...saved, logs: {} });
    expect(core.beliefs.locals.get('local')?.facts.ledger.parked).toBeUndefined();
    expect(core.beliefs.locals.get('local')?.facts.counters).toEqual(saved.locals.local?.counters);
  });

  it('remote node hosts and counts of a gateway that is not watched wait until it is', () => {
    const { world, saved } = past();
    expect(saved.gateways[GATEWAY.name]?.counters.restarts).toBe(1);
    const core = nextRun(world, saved, { gateways: [ELSEWHERE] });
    expect(core.beliefs.remotes.size).toBe(0);
    expect(core.beliefs.gateways.get(ELSEWHERE.name)?.facts.counters.restarts).toBe(0);
    expect(core.beliefs.locals.get('local')?.facts.counters.connects).toBe(
      saved.locals.local?.counters.connects,
    );
    expect(dehydrate(core.memory(), { now: world.now, logs: {} })).toMatchObject({
      gateways: { [GATEWAY.name]: saved.gateways[GATEWAY.name] },
      remotes: saved.remotes,
    });
    core.watchGateways([ELSEWHERE, GATEWAY]);
    expect([...core.beliefs.remotes.keys()]).toEqual(['far']);
    expect(core.beliefs.gateways.get(GATEWAY.name)?.facts.counters.restarts).toBe(1);
  });

  it('several gateways keep their own counts and node hosts', () => {
    const { world, saved } = past();
    const two: WrittenState = {
      ...saved,
      gateways: {
        ...saved.gateways,
        [ELSEWHERE.name]: {
          counters: { ...saved.gateways[GATEWAY.name]!.counters, restarts: 5 },
          bootId: 'other',
        },
      },
      remotes: {
        ...saved.remotes,
        farther: { ...saved.remotes.far!, entry: { ...saved.remotes.far!.entry, gateway: ELSEWHERE.name } },
      },
    };
    const core = nextRun(world, two, { gateways: [GATEWAY, ELSEWHERE] });
    const { gateways, nodes } = core.snapshot(world.now);
    expect(gateways.map(({ name, counters }) => [name, counters.restarts])).toEqual([
      [GATEWAY.name, 1],
      [ELSEWHERE.name, 5],
    ]);
    expect(nodes.filter(({ scope }) => scope === 'remote').map(({ key, gateway }) => [key, gateway])).toEqual(
      expect.arrayContaining([
        ['far', GATEWAY.name],
        ['farther', ELSEWHERE.name],
      ]),
    );
    expect(dehydrate(core.memory(), { now: world.now, logs: saved.logs })).toEqual(two);
  });

  it('of a roster row is what tells one session from the next, not what is looked at again', () => {
    const { saved } = past();
    const { row } = saved.remotes.far!.entry;
    expect(Object.keys(row).sort()).toEqual(['clientId', 'connected', 'displayName', 'nodeId', 'paired']);
  });

  it('a heartbeat goes on where it was', () => {
    const { world, saved } = past();
    const { heartbeat } = saved.locals.local!;
    expect(heartbeat).toBeLessThan(world.now.wallMs - 15_000);
    world.advance(60);
    expect(nextRun(world, saved).beliefs.locals.get('local')?.facts.heartbeat?.wallMs).toBe(heartbeat);
  });

  it('a time in the future is now: the clock was set back', () => {
    const { world, saved } = past();
    const earlier = { monoMs: world.now.monoMs, wallMs: world.now.wallMs - 86_400_000 };
    const core = nextRun(world, saved, { startedAt: earlier });
    expect(core.beliefs.locals.get('local')?.facts.proofs.log).toEqual(earlier);
  });

  it('a local node host that is watched no more stays behind', () => {
    const { world, saved } = past();
    const core = nextRun(world, saved, { targets: [] });
    expect(core.beliefs.locals.size).toBe(0);
  });
});

describe('the state file', () => {
  let directory = '';
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'state-test-'));
  });
  afterEach(async () => {
    await rm(directory, { recursive: true, force: true });
  });
  const file = (): string => join(directory, 'state.json');

  it('comes back as it was written, and only its owner reads it', async () => {
    const { saved } = past();
    await saveState(directory, saved);
    expect(await loadState(directory, saved.savedAt)).toEqual({
      kind: 'restored',
      state: asRead(saved),
      aheadMs: 0,
    });
    expect((await stat(file())).mode & 0o777).toBe(0o600);
    expect(await readdir(directory)).toEqual(['state.json']);
  });

  it.skipIf(machineBoot() === undefined)('forgets that the clock was set while nobody looked', async () => {
    const boot = machineBoot()!;
    const { saved } = past();
    // Saved a minute ago, by a clock that was two hours behind ours.
    await saveState(directory, { ...saved, boot: { ...boot, uptimeMs: boot.uptimeMs - 60_000 } });
    const nowWallMs = saved.savedAt + 60_000 + 7_200_000;
    const loaded = await loadState(directory, nowWallMs);
    if (loaded.kind !== 'restored') throw new Error(loaded.kind);
    const ageSeconds = (nowWallMs - loaded.state.locals.local!.verdict.since.wallMs) / 1_000;
    expect(ageSeconds).toBeCloseTo((saved.savedAt + 60_000 - saved.locals.local!.verdict.since) / 1_000, -1);
  });

  it('is made with its directory', async () => {
    await saveState(join(directory, 'a', 'b'), past().saved);
    expect((await loadState(join(directory, 'a', 'b'), Date.now())).kind).toBe('restored');
  });

  it('that is not there is no error', async () => {
    expect(await loadState(directory, Date.now())).toEqual({ kind: 'none' });
  });

  it.each([
    ['cut short by a power cut', '{"version":2,"writ'],
    ['empty', ''],
    ['of another program', '{"version":2,"writtenBy":"somebody"}'],
    ['of another program’s first version', '{"version":1,"writtenBy":"somebody"}'],
    ['of a version 1 that holds nothing', '{"version":1,"writtenBy":"openclaw-liveness-exporter"}'],
    ['that is a list', '[]'],
    ['that is null', 'null'],
    ['of a later version', JSON.stringify({ version: 99 })],
    ['with a word instead of a number', JSON.stringify({ ...past().saved, savedAt: 'now' })],
  ])('%s is set aside, whole', async (_name, text) => {
    await writeFile(file(), text);
    const loaded = await loadState(directory, Date.now());
    expect(loaded).toMatchObject({ kind: 'unusable', path: file() });
    // Reading alone moves nothing: a one-shot check may look at a running exporter's state.
    expect(await readFile(file(), 'utf8')).toBe(text);
    expect(await setStateAside(file())).toEqual({ ok: true, movedTo: `${file()}.broken-1` });
    expect(await readFile(`${file()}.broken-1`, 'utf8')).toBe(text);
    expect(await loadState(directory, Date.now())).toEqual({ kind: 'none' });
  });

  it('a file that cannot be set aside is said so, not thrown', async () => {
    expect(await setStateAside(join(directory, 'missing', 'state.json'))).toMatchObject({ ok: false });
  });

  it('of those set aside three are kept, the newest first', async () => {
    for (const text of ['one', 'two', 'three', 'four']) {
      await writeFile(file(), text);
      await setStateAside(file());
    }
    const kept = await Promise.all([1, 2, 3].map((n) => readFile(`${file()}.broken-${n}`, 'utf8')));
    expect(kept).toEqual(['four', 'three', 'two']);
    expect(await readdir(directory)).toHaveLength(3);
  });

  it('words that a later version added are ignored, and its own new ones start at zero', () => {
    const { saved } = past();
    const raw = JSON.parse(JSON.stringify(saved)) as {
      locals: Record<string, { counters: { closes: object } }>;
    };
    raw.locals.local!.counters.closes = { '1006': 5, '4999': 2 };
    const { closes } = stateSchema.parse(raw).locals.local!.counters;
    expect(closes['1006']).toBe(5);
    expect(closes['1012']).toBe(0);
    expect(closes).not.toHaveProperty('4999');
  });

  it.skipIf(process.geteuid?.() === 0)('that cannot be read is left where it is', async () => {
    await writeFile(file(), '{}');
    await chmod(file(), 0o000);
    expect((await loadState(directory, Date.now())).kind).toBe('unreadable');
    await chmod(file(), 0o600);
    expect(await readFile(file(), 'utf8')).toBe('{}');
  });

  it('stays as it was when writing fails', async () => {
    const { saved } = past();
    await saveState(directory, saved);
    await expect(saveState(file(), saved)).rejects.toThrow();
    expect((await loadState(directory, Date.now())).kind).toBe('restored');
  });
});
