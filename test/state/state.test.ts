import { mkdtemp, readdir, readFile, rm, stat, writeFile, chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dehydrate } from '../../src/state/dehydrate.ts';
import { rehydrate } from '../../src/state/rehydrate.ts';
import { loadState, saveState, setStateAside } from '../../src/state/state-file.ts';
import { stateSchema, type SavedState } from '../../src/state/state-schema.ts';
import { snapshotOf } from '../../src/core/snapshot-of.ts';
import { LivenessCore } from '../../src/core/core.ts';
import { aRow, World } from '../helpers/world.ts';

/** What a world with a past leaves behind. */
function past(): { readonly world: World; readonly saved: SavedState } {
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
    saved: dehydrate(world.core, { wallMs: world.now.wallMs, logs: { local: { offset: 7 } } }),
  };
}

const freshCore = (world: World, name = world.core.gatewayName): LivenessCore =>
  new LivenessCore({ ...world.core.options, gateway: { name, url: `ws://${name}` }, startedAt: world.now });

describe('what survives a restart', () => {
  it('goes through the file’s own schema unchanged', () => {
    const { saved } = past();
    expect(stateSchema.parse(JSON.parse(JSON.stringify(saved)))).toEqual(saved);
  });

  it('of a version that knew no service manager is good, and so is what this one adds', () => {
    const { saved } = past();
    expect(saved.locals.local).not.toHaveProperty('lastUnit');
    const lastUnit = { manager: 'systemd', unit: 'openclaw-node.service', user: true };
    const added = { ...saved, locals: { local: { ...saved.locals.local!, lastUnit } } };
    expect(stateSchema.parse(JSON.parse(JSON.stringify(added)))).toEqual(added);
  });

  it('is the same after one more restart', () => {
    const { world, saved } = past();
    const core = freshCore(world);
    rehydrate(core, saved, world.now);
    expect(dehydrate(core, { wallMs: world.now.wallMs, logs: saved.logs })).toEqual(saved);
  });

  it('counters count on from when they began, not from the restart', () => {
    const { world, saved } = past();
    const began = world.core.options.startedAt.wallMs;
    world.advance(60);
    const core = freshCore(world);
    rehydrate(core, saved, world.now);
    const { nodes, gateway, nodesDroppedSince } = snapshotOf(core, world.now);
    expect(nodes.find(({ scope }) => scope === 'local')?.counters.since).toBe(began);
    expect(gateway.counters.since).toBe(began);
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
    ) as SavedState;
    const core = freshCore(world);
    for (const local of Object.values(old.locals)) local.verdict.since = saved.savedAt;
    for (const remote of Object.values(old.remotes)) remote.verdict.since = saved.savedAt;
    rehydrate(core, stateSchema.parse(old), world.now);
    const { nodes, gateway } = snapshotOf(core, world.now);
    expect([...nodes.map(({ counters }) => counters.since), gateway.counters.since]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('the ledger stays behind where the log has no position: its history is read again', () => {
    const { world, saved } = past();
    expect(saved.locals.local?.ledger.parked?.auth).toBe('pairing_required');
    const core = freshCore(world);
    rehydrate(core, { ...saved, logs: {} }, world.now);
    expect(core.beliefs.locals.get('local')?.facts.ledger.parked).toBeUndefined();
    expect(core.beliefs.locals.get('local')?.facts.counters).toEqual(saved.locals.local?.counters);
  });

  it('remote node hosts and counts of another gateway stay behind', () => {
    const { world, saved } = past();
    expect(saved.gateway.restarts).toBe(1);
    const core = freshCore(world, 'elsewhere:1');
    rehydrate(core, saved, world.now);
    expect(core.beliefs.remotes.size).toBe(0);
    expect(core.gateway.counters.restarts).toBe(0);
    expect(core.beliefs.locals.get('local')?.facts.counters.connects).toBe(saved.locals.local?.counters.connects);
  });

  it('a time in the future is now: the clock was set back', () => {
    const { world, saved } = past();
    const core = freshCore(world);
    const earlier = { monoMs: world.now.monoMs, wallMs: world.now.wallMs - 86_400_000 };
    rehydrate(core, saved, earlier);
    expect(core.beliefs.locals.get('local')?.facts.heartbeats.log).toEqual(earlier);
  });

  it('a local node host that is watched no more stays behind', () => {
    const { world, saved } = past();
    const core = new LivenessCore({ ...world.core.options, targets: [] });
    rehydrate(core, saved, world.now);
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
    expect(await loadState(directory, saved.savedAt)).toEqual({ kind: 'restored', state: saved, aheadMs: 0 });
    expect((await stat(file())).mode & 0o777).toBe(0o600);
    expect(await readdir(directory)).toEqual(['state.json']);
  });

  it('is made with its directory', async () => {
    await saveState(join(directory, 'a', 'b'), past().saved);
    expect((await loadState(join(directory, 'a', 'b'), Date.now())).kind).toBe('restored');
  });

  it('that is not there is no error', async () => {
    expect(await loadState(directory, Date.now())).toEqual({ kind: 'none' });
  });

  it.each([
    ['cut short by a power cut', '{"version":1,"writ'],
    ['empty', ''],
    ['of another program', '{"version":1,"writtenBy":"somebody"}'],
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
