import { describe, expect, it } from 'vitest';
import type { CoreSettings } from '../../src/core/core.ts';
import type { Target } from '../../src/core/facts/local.ts';
import { aRow, World } from '../helpers/world.ts';

const LOCAL: Target = { id: 'local', explicit: true };
const OTHER: Target = { id: 'other', explicit: true };

/** The same settings as before, but for what is given. */
function reconfigure(world: World, changes: Partial<CoreSettings>): void {
  world.core.reconfigure({ ...world.core.options, ...changes }, world.now);
}

/** The gateway lists these, beside the node host of this machine. */
function lists(world: World, ...nodeIds: readonly string[]): void {
  const rows = [world.node.row(), ...nodeIds.map((nodeId) => aRow({ nodeId }))];
  const at = world.now;
  world.observe({ source: 'gateway-session', kind: 'roster', at, gatewayTsMs: at.wallMs, rows, rttMs: 1 });
}

/** A node host that has run and lost a connection, so that there is something to lose. */
function aWorldWithHistory(options: ConstructorParameters<typeof World>[0] = {}): World {
  const world = new World(options);
  world.nodeHost();
  world.advance(60);
  world.gateway.goesDown();
  world.advance(10);
  world.gateway.comesBack();
  world.advance(110);
  expect(world.view()).toMatchObject({ state: 'alive', counters: { connects: 2 } });
  return world;
}

describe('settings that change while the exporter runs', () => {
  it('leave a node host whose own did not change exactly as it was', () => {
    const world = aWorldWithHistory();
    const before = world.core.beliefs.locals.get('local');
    reconfigure(world, { targets: [OTHER, LOCAL] });
    expect(world.core.beliefs.locals.get('local')).toEqual(before);
    expect([...world.core.beliefs.locals.keys()]).toEqual(['local', 'other']);
    const { states } = world.during(() => world.advance(60));
    expect([...states]).toEqual(['alive']);
    expect(world.view().since).toEqual(before?.verdict.since);
  });

  it('give a node host another name and leave the rest', () => {
    const world = aWorldWithHistory();
    const before = world.view();
    reconfigure(world, { targets: [{ ...LOCAL, name: 'attic' }] });
    world.advance(10);
    const { name, key, state, since, counters, transitions, nodeId } = world.view();
    expect(name).toBe('attic');
    expect({ key, state, since, counters, transitions, nodeId }).toEqual({
      key: before.key,
      state: before.state,
      since: before.since,
      counters: before.counters,
      transitions: before.transitions,
      nodeId: before.nodeId,
    });
  });

  it('take effect on the next verdict', () => {
    const world = new World();
    world.nodeHost();
    world.advance(60);
    world.node.exits();
    world.advance(10);
    expect(world.view().state).toBe('reconnecting');
    reconfigure(world, { limits: { ...world.limits, downAfterMs: 10_000 } });
    world.advance(1);
    expect(world.view().state).toBe('down');
  });

  it('can switch a viewpoint off and on again; what it counted stays', () => {
    const world = aWorldWithHistory();
    world.report({ source: 'log', at: world.now, durationMs: 1, error: { kind: 'other', message: 'x' } });
    const { enabledSources } = world.core.options;
    reconfigure(world, { enabledSources: enabledSources.filter((source) => source !== 'log') });
    const log = (): unknown => world.snapshot.sources.find(({ source }) => source === 'log');
    expect(log()).toMatchObject({ enabled: false, errors: { other: 1 } });
    reconfigure(world, { enabledSources });
    expect(log()).toMatchObject({ enabled: true, errors: { other: 1 } });
  });
});

describe('a node host that is added', () => {
  it('has no verdict before it was looked at', () => {
    const world = aWorldWithHistory();
    const added = world.now;
    reconfigure(world, { targets: [LOCAL, OTHER] });
    const other = (): unknown => world.core.beliefs.locals.get('other')?.verdict;
    world.advance(3);
    expect(other()).toMatchObject({ state: 'unknown', reasons: ['just-started'], live: true });
    for (let second = 0; second < 60; second += 1) {
      world.observe({ source: 'process', target: 'other', at: world.now, process: null });
      world.advance(1);
    }
    // Gone for as long as we have looked, which is less long than the exporter has run.
    expect(other()).toMatchObject({ state: 'down', since: { monoMs: expect.any(Number) as number } });
    expect(world.core.beliefs.locals.get('other')?.facts.counters).toMatchObject({
      since: added.wallMs,
      transitions: { unknown: 0 },
    });
  });

  it('is given the time that any node host has from the start of the exporter on, however old its process is', () => {
    const world = aWorldWithHistory();
    world.node.losesItsTimer();
    world.gateway.drops(world.node);
    world.secondsUntil('zombie', 120);
    world.advance(600);
    reconfigure(world, { targets: [OTHER] });
    reconfigure(world, { targets: [LOCAL, OTHER] });
    expect(world.secondsUntil('zombie', 120)).toBeGreaterThan(20);
  });

  it('is not remote as well, once its row is known to be its own', () => {
    const world = aWorldWithHistory();
    lists(world, 'f00');
    expect(world.remote('f00').scope).toBe('remote');
    reconfigure(world, { targets: [LOCAL, { ...OTHER, nodeId: 'f00' }] });
    expect(world.snapshot.nodes.map(({ key }) => key)).toEqual(expect.arrayContaining(['local', 'other']));
    expect(world.core.beliefs.remotes.has('f00')).toBe(false);
  });
});

describe('a node host that is no target any more', () => {
  it('is forgotten, and is remote to us where the gateway lists it', () => {
    const world = aWorldWithHistory();
    const { nodeId } = world.view();
    reconfigure(world, { targets: [OTHER] });
    world.advance(5);
    expect(world.core.beliefs.locals.has('local')).toBe(false);
    expect(world.snapshot.nodes.find((node) => node.nodeId === nodeId)).toMatchObject({
      scope: 'remote',
      state: 'alive',
    });
  });

  it('is not brought back by what a source still says of it', () => {
    const world = aWorldWithHistory();
    reconfigure(world, { targets: [OTHER] });
    world.observe({ source: 'process', target: 'local', at: world.now, process: null });
    world.tick();
    expect([...world.core.beliefs.locals.keys()]).toEqual(['other']);
  });
});

describe('a limit on node hosts', () => {
  it('drops the remote ones that came last when it is lowered, and takes them back when it is raised', () => {
    const world = aWorldWithHistory();
    lists(world, 'a', 'b', 'c');
    const remotes = (): readonly string[] => [...world.core.beliefs.remotes.keys()];
    expect(remotes()).toEqual(['a', 'b', 'c']);
    reconfigure(world, { maxNodes: 2 });
    lists(world, 'a', 'b', 'c');
    expect(remotes()).toEqual(['a']);
    expect(world.snapshot.nodesDropped).toBe(2);
    reconfigure(world, { maxNodes: 10 });
    lists(world, 'a', 'b', 'c');
    expect(remotes()).toEqual(['a', 'b', 'c']);
  });
});
